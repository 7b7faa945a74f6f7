"""What readers see while PostgreSQL goes and comes back under load."""

import random
import signal
import subprocess
import time

import pytest
from martlets import MARTLET, Crowd, Martlet, best_of, is_alive, kill, sql, until
from wire import Wire

READERS = 8
ROWS = 10_000
BACK_WITHIN_SECONDS = 2


class Readers(Crowd):
    """Threads that ask for random rows all the time and note every answer that is no right one."""

    def __init__(self, port):
        super().__init__(READERS)
        self.port = port
        self.right = 0
        self.refused = 0
        self.wrong = []

    def work(self, seed):
        ids = random.Random(seed)
        try:
            with Wire(self.port) as wire:
                while not self.finished.is_set():
                    self.judge(id := ids.randint(1, ROWS), wire.ask(f"/probe/query?id={id}"))
        except (OSError, EOFError) as error:
            self.wrong.append(f"the connection broke: {error!r}")

    def judge(self, id, answer):
        if answer.status == 200 and is_row(id, answer):
            self.right += 1
        elif answer.status == 503 and int(answer["retry-after"] or 0) > 0:
            self.refused += 1
        else:
            self.wrong.append(f"row {id}: {answer}")


def is_row(id, answer):
    text = f"<!doctype html><title>Item {id}</title><h1>Item {id}</h1>\n<p>{id}0, no. {id}</p>"
    return answer.text.strip() == text


@pytest.mark.parametrize(
    "end", [signal.SIGINT, signal.SIGQUIT, signal.SIGKILL], ids=["fast", "immediate", "killed"]
)
def test_reads_are_right_or_refused_while_the_database_restarts(end, probe, record_property):
    with Readers(probe.port) as readers:
        until(lambda: readers.right > 500, "the readers to be at work")
        seconds = best_of(3, BACK_WITHIN_SECONDS, lambda: seconds_to_serve_again(probe, end))
        before = readers.right
        until(lambda: readers.right > before + 500, "the readers to be at work again")
    record_property("served_after_seconds", seconds)
    print(f"\nserved {seconds:.3f} s after pg_isready; {readers.refused} reads were refused")
    assert not readers.wrong, readers.wrong[:5]
    assert seconds <= BACK_WITHIN_SECONDS


def seconds_to_serve_again(server, end):
    """From when pg_isready said so to the first right answer of each web process."""
    old = server.postmaster()
    wires = [server.wire_to(process) for process in server.web_processes()]
    kill(old, end)
    until(lambda: server.postmaster() not in (old, None), "another PostgreSQL")
    until(server.is_database_ready, "PostgreSQL to be ready")
    began = time.monotonic()
    for wire in wires:
        with wire:
            until(lambda: is_row(7, wire.ask("/probe/query?id=7")), "a right answer")
    return time.monotonic() - began


def test_a_hanging_database_is_no_hanging_page(probe):
    with Wire(probe.port) as wire:
        # So that it has a connection to the database, which then stays silent.
        assert is_row(7, wire.ask("/probe/query?id=7"))
        # Stopped processes answer nothing and refuse nothing; only our own time limits help.
        stopped = [probe.postmaster(), *backends(probe)]
        try:
            for process in stopped:
                kill(process, signal.SIGSTOP)
            for _ in "silent", "new":
                answer = wire.ask("/probe/query?id=7")
                assert (answer.status, answer["retry-after"]) == (503, "2")
            # Whoever needs no database is served meanwhile.
            assert wire.ask("/probe/echo?text=alive").text == "alive"
        finally:
            for process in stopped:
                if is_alive(process):
                    kill(process, signal.SIGCONT)
        until(lambda: is_row(7, wire.ask("/probe/query?id=7")), "a right answer")


def backends(server):
    found = subprocess.run(
        ["pgrep", "-P", str(server.postmaster())], check=True, capture_output=True, text=True
    )
    return [int(pid) for pid in found.stdout.split()]


def test_readyz_says_why_it_is_not_ready(data):
    """With a database that is somebody else's to start again."""
    with Martlet(data) as owner:
        url = f"host={owner.socket_folder} user=martlet_web dbname=martlet"
        worker = url.replace("martlet_web", "martlet_worker")
        settings = {"DATABASE_URL": url, "MARTLET_WORKER_URL": worker}
        with Martlet(None, settings, MARTLET) as server:
            ready = server.ask("/readyz")
            assert (ready.status, ready.text) == (200, "ready\n")

            sql(owner.socket_folder, "INSERT INTO app.migrations VALUES (9000, 'later', '')")
            newer = server.ask("/readyz")
            assert newer.status == 503
            assert newer.text.startswith("schema_unknown: The database is newer")

            owner.__exit__()
            away = server.ask("/readyz")
            assert (away.status, away.text) == (503, "database_unavailable\n")
            assert int(away["retry-after"]) > 0
            assert server.ask("/healthz").status == 200
            page = server.ask("/pricing", "Accept: text/html")
            assert page.status == 503 and int(page["retry-after"]) > 0
            assert "Wait a few seconds" in page.text
