"""Secrets as an installation keeps them: found nowhere else, and sealed by keys that change while it
serves."""

import base64
import contextlib
import random
import subprocess
import urllib.parse
from pathlib import Path
from subprocess import PIPE

import pytest
from hostile import FORM
from martlets import PROBE, PROGRAMS, Crowd, Martlet, begin, kill, run, until
from wire import Wire, answer_to, request

SHOPS = 1_500
WRITERS = 3


@pytest.fixture
def keys(data):
    return Path(data).parent / "root-keys"


@pytest.fixture
def settings(keys):
    return {"MARTLET_KEYS": str(keys), "MARTLET_WEB_PROCESSES": "2", "MARTLET_LOG_REQUESTS": "all"}


@pytest.fixture
def server(data, settings):
    with Martlet(data, settings) as server:
        yield server


def open_shops(server, count):
    done = run("secrets-prepare", "--data", server.data, "--shops", count, binary=PROBE)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def keep(wire, shop, token, **secrets):
    body = urllib.parse.urlencode(secrets).encode()
    return wire.ask(f"/probe/secrets/{token}?shop={shop}", FORM, method="POST", body=body)


def kept(wire, shop, token):
    return wire.ask(f"/probe/secrets/{token}?shop={shop}")


# Keys that change.


class Writers(Crowd):
    """Threads that keep secrets of ever more shops and read those they kept, without a pause."""

    def __init__(self, port, shops):
        super().__init__(WRITERS)
        self.port, self.shops = port, shops
        self.wrong, self.kept = [], []

    def work(self, number):
        chance = random.Random(number)
        shops, mine = self.shops[number::WRITERS], []
        try:
            with Wire(self.port) as wire:
                while not self.finished.is_set():
                    if len(mine) < len(shops) and (not mine or chance.random() < 0.3):
                        mine.append(shops[len(mine)])
                        self.judge(keep(wire, mine[-1], mine[-1], value=mine[-1]), "kept")
                        self.kept.append(mine[-1])
                    else:
                        shop = chance.choice(mine)
                        self.judge(kept(wire, shop, shop), shop)
        except (OSError, EOFError) as error:
            self.wrong.append(repr(error))

    def judge(self, answer, text):
        if (answer.status, answer.text) != (200, text):
            self.wrong.append(answer)


def rotate(server, settings):
    return begin("keys", "rotate", "--data", server.data, settings=settings)


@contextlib.contextmanager
def a_locked_key(server):
    """One shop's key that nobody can wrap anew, so that a rotation stands still before its end."""
    command = [f"{PROGRAMS}/psql", "-Xqt", "-h", server.socket_folder, "-U", "postgres", "martlet"]
    with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, text=True) as session:
        session.stdin.write("BEGIN; SELECT 'locked' FROM app.shop_keys LIMIT 1 FOR UPDATE;\n")
        session.stdin.flush()
        assert "locked" in session.stdout.readline()
        yield
        session.stdin.close()


def lines(keys):
    return [line for line in keys.read_text().splitlines() if line and not line.startswith("#")]


def test_keys_rotated_under_load_and_killed_half_way_fail_nobody(data, keys, settings):
    with Martlet(data, settings) as server:
        shops = open_shops(server, SHOPS)
        first = keys.read_bytes()
        with Writers(server.port, shops) as writers:
            until(lambda: len(writers.kept) > 100, "secrets to be kept")
            with a_locked_key(server):
                cut_off = rotate(server, settings)
                until(lambda: len(lines(keys)) == 2, "the new key beside the old one")
                cut_off.kill()
                cut_off.communicate()
            assert len(lines(keys)) == 2
            for _ in range(3):
                before = len(writers.kept)
                done = rotate(server, settings)
                assert done.wait(60) == 0, done.communicate()
                assert len(lines(keys)) == 1
                until(lambda: len(writers.kept) > before + 20, "more secrets to be kept")
        assert not writers.wrong, writers.wrong[:5]
        # The old key is nowhere of use: nothing is wrapped by it, and nothing may be.
        ids = server.sql("SELECT encode(root_key_id, 'hex') FROM app.root_keys").split()
        used = server.sql("SELECT DISTINCT encode(root_key_id, 'hex') FROM app.shop_keys").split()
        assert len(ids) == 1 and used == ids
    # To a server that has nothing in memory every secret is there.
    with Martlet(data, settings) as server, Wire(server.port) as wire:
        for shop in writers.kept:
            assert kept(wire, shop, shop).text == shop
    # With the old key alone there is nothing to open.
    keys.write_bytes(first)
    refused = run("serve", "--port", server.port, "--data", data, settings=settings)
    assert refused.returncode == 78
    assert "lacks the key" in refused.stderr


# What must be found nowhere.

CANARIES = {
    place: f"canary-{place}-8b1f04e6c2" for place in
    ["value", "password", "path", "query", "bearer", "cookie", "field", "agent"]
}  # fmt: skip


def spellings(secret):
    """As it could come to lie somewhere: as it is, as `bytea` is dumped, in base64."""
    text = secret.encode()
    # Of the three ways to begin in base64, what no neighbour changes.
    encoded = [base64.b64encode(b"-" * n + text)[4 * (n > 0) : -4] for n in range(3)]
    return [text, text.hex().encode(), *encoded]


def with_canaries(path, *fields, method="POST", **form):
    """A request that has one wherever a secret may be."""
    body = urllib.parse.urlencode({"field": CANARIES["field"], **form}).encode()
    return request(
        f"{path}{'&' if '?' in path else '?'}token={CANARIES['query']}", FORM,
        f"Authorization: Bearer {CANARIES['bearer']}", f"Cookie: session={CANARIES['cookie']}",
        f"User-Agent: {CANARIES['agent']}", *fields, method=method, body=body,
    )  # fmt: skip


def failures(shop):
    """Requests that go wrong in every way, with a canary at hand."""
    kept_at = f"/probe/secrets/{CANARIES['path']}"
    page = "Accept: text/html"
    return {
        "a mistake of ours": with_canaries(f"{kept_at}/mistake"),
        "a mistake of ours, as a page": with_canaries(f"{kept_at}/mistake", page),
        "too long for its column": with_canaries(f"{kept_at}?shop={shop}", value=CANARIES["value"] * 99),
        "another shop's token": with_canaries(f"{kept_at}?shop={shop[:-1]}{(int(shop[-1], 16) + 1) % 16:x}"),
        "nothing there": with_canaries(f"/nowhere/{CANARIES['path']}", page),
        "no such method": with_canaries(kept_at, method="DELETE"),
        "malformed": with_canaries(kept_at, "X Y: z"),
        "refused by the library": with_canaries(kept_at, "X-Long: " + "a" * 40_000),
        "another host": with_canaries(kept_at).replace(b"localhost", b"evil.example"),
        "a choice that is none": with_canaries("/preferences", page, theme=CANARIES["field"]),
        "a file's name": with_canaries("/assets/" + CANARIES["path"], method="GET"),
    }  # fmt: skip


def test_a_planted_secret_is_found_in_no_dump_log_or_error_page(data, server):
    [shop] = open_shops(server, 1)
    secrets = {"value": CANARIES["value"], "password": CANARIES["password"]}
    found = {}
    with Wire(server.port) as wire:
        assert keep(wire, shop, CANARIES["path"], **secrets).text == "kept"
        # Where it belongs it is.
        assert kept(wire, shop, CANARIES["path"]).text == CANARIES["value"]
    for name, bytes_ in failures(shop).items():
        answer = answer_to(server.port, bytes_)
        assert answer.status >= 400, name
        found[f"the answer to {name}"] = str(answer.fields).encode() + answer.body
    with Wire(server.port) as wire, contextlib.suppress(EOFError):
        wire.send(with_canaries(f"/probe/secrets/{CANARIES['path']}/trap"))
        wire.answer()
    until(lambda: server.events("web.died"), "the end of a process to be told")
    # Its database at this moment, as a crash of the machine would leave it.
    old = server.postmaster()
    kill(old)
    until(lambda: server.postmaster() not in (old, None), "another PostgreSQL")
    until(server.is_database_ready, "PostgreSQL to be ready")
    dump = [f"{PROGRAMS}/pg_dump", "-h", server.socket_folder, "-U", "postgres", "martlet"]
    dumped = subprocess.run(dump, capture_output=True, check=False)
    assert dumped.returncode == 0, dumped.stderr
    found["the dump"] = dumped.stdout
    found["the metrics"] = server.ask("/metrics").body
    found["the log"] = (server.folder / "log").read_bytes()
    # Tables, write-ahead log, PostgreSQL's own log, uploads.
    files = [file for file in Path(data).rglob("*") if file.is_file()]
    found.update({str(file): file.read_bytes() for file in files})
    assert b"request.failed" in found["the log"] and b"probe_secrets" in found["the dump"]
    leaks = {
        (place, secret) for place, content in found.items() for secret in CANARIES.values()
        if any(spelling in content for spelling in spellings(secret))
    }  # fmt: skip
    assert not leaks
