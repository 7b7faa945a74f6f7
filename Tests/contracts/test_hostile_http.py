"""Hostile HTTP as bytes on a socket: it is refused or hung up on, and nobody else notices.

HOSTILE_CASES=100000 script/test mixed    as many mixed cases, instead of 3,000
"""

import concurrent.futures
import contextlib
import os
import random
import re
import select
import socket
import time

import hostile
import pytest
from hostile import FORM
from martlets import Martlet, until
from wire import Wire, request

CASES = int(os.environ.get("HOSTILE_CASES", "3000"))
CLIENTS = 4
# Of the memory of a web process, from the first fifth of the mixed cases to the last.
GROWTH = 1.10


@pytest.mark.parametrize("name", hostile.ALL)
def test_what_no_browser_sends_is_refused_and_harms_nobody(name, probe):
    processes = probe.web_processes()
    assert hostile.outcome(probe.port, hostile.ALL[name].data) in hostile.ALL[name].statuses
    assert probe.ask("/pricing").status == 200
    assert probe.web_processes() == processes


HUGE = 2**64


@pytest.mark.parametrize(
    "field, status, part",
    [
        (f"bytes=0-{HUGE - 1}", 206, slice(0, None)), (f"bytes=1-{HUGE * 10**9}", 206, slice(1, None)),
        (f"bytes=0-{HUGE // 2}", 206, slice(0, None)), (f"bytes=-{HUGE}", 206, slice(0, None)),
        (f"bytes={HUGE // 2 - 1}-", 416, None), (f"bytes={HUGE}-{HUGE + 1}", 416, None),
        (f"bytes={HUGE - 1}-0", 416, None), ("bytes=-0", 416, None),
        ("bytes=--1", 200, slice(0, None)), ("bytes=0-" + "9" * 5_000, 206, slice(0, None)),
        ("bytes=" + ",".join(f"{n}-{n}" for n in range(500)), 200, slice(0, None)),
    ],
)  # fmt: skip
def test_a_range_at_the_edge_of_integers_is_a_part_the_whole_or_nothing(field, status, part, probe):
    whole = probe.ask("/probe/file").body
    answer = probe.ask("/probe/file", f"Range: {field}")
    assert answer.status == status
    if part:
        assert answer.body == whole[part]


# Clients that take their time.


def dripped(port, beginning, warm=False):
    """Seconds until the server hangs up on somebody who begins so and then sends a byte now and
    then."""
    with Wire(port) as wire:
        if warm:
            wire.ask("/healthz")
        began = time.monotonic()
        with contextlib.suppress(ConnectionError):
            wire.send(beginning)
            while not select.select([wire.socket], [], [], 0.5)[0]:
                wire.send(b"a")
        seconds = time.monotonic() - began
        assert wire.is_over()
        return seconds


def unread(port):
    """Seconds until the server hangs up on somebody who asks for much and reads nothing."""
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        slow.connect(("127.0.0.1", port))
        slow.sendall(request("/probe/large"))
        began = time.monotonic()
        # The server's end is the only news: what it has sent already is not.
        until(lambda: not is_open(slow), "the server to hang up", 90)
        return time.monotonic() - began


def is_open(client):
    """Whether the kernel still holds the other end as a connection."""
    ours, theirs = client.getsockname()[1], client.getpeername()[1]
    ends = f"{theirs:04X}", f"{ours:04X}"
    established = "01"
    return any(
        tuple(end.split(":")[1] for end in line.split()[1:3]) == ends
        and line.split()[3] == established
        for line in open("/proc/net/tcp").readlines()[1:]
    )


def test_clients_that_take_their_time_are_hung_up_on_at_a_deadline(probe, record_property):
    head = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
    body = request("/preferences", FORM, "Content-Length: 1000", method="POST")
    endless = request("/preferences", FORM, hostile.CHUNKED, method="POST") + b"f" * 16 + b"\r\n"
    attempts = {
        "line": (dripped, b"GET /"), "head": (dripped, head), "second head": (dripped, head, True),
        "body": (dripped, body), "chunk of 2^64 - 1": (dripped, endless), "reader": (unread,),
    }  # fmt: skip
    with concurrent.futures.ThreadPoolExecutor(len(attempts)) as pool:
        running = {
            name: pool.submit(how, probe.port, *more) for name, (how, *more) in attempts.items()
        }
        # Whoever comes meanwhile is served.
        for _ in range(20):
            assert probe.ask("/pricing").status == 200
        seconds = {name: future.result() for name, future in running.items()}
    record_property("hung_up_after_seconds", seconds)
    print("\n" + ", ".join(f"{name}: {value:.1f} s" for name, value in seconds.items()))
    # Deadlines of ten seconds, and time for a busy machine; each byte would renew a time-out.
    slow_readers = seconds.pop("reader")
    assert max(seconds.values()) < 20
    assert slow_readers < 60


# Clients that vanish.


def open_files(server):
    """Connections and uploads; not what the runtime keeps for its timers once it had one."""
    found = 0
    for process in server.web_processes():
        for descriptor in os.listdir(f"/proc/{process}/fd"):
            # Closed meanwhile.
            with contextlib.suppress(FileNotFoundError):
                link = os.readlink(f"/proc/{process}/fd/{descriptor}")
                found += not link.startswith("anon_inode")
    return found


def test_clients_that_vanish_leave_nothing_behind(probe):
    before = open_files(probe)
    unfinished = [
        b"", b"GET", request("/")[:-2], request("/probe/slow?milliseconds=300"),
        request("/preferences", FORM, "Content-Length: 10", method="POST") + b"theme",
        hostile.parts(hostile.part(b"f", b"x" * 1_000, b'; filename="f"'))[:-20],
        request("/probe/large"),
    ]  # fmt: skip
    wires = [Wire(probe.port) for _ in range(5) for _ in unfinished]
    for wire, data in zip(wires, unfinished * 5):
        wire.send(data)
    for wire in wires:
        until(wire.has_been_read, "what was sent to be read")
    assert open_files(probe) > before
    for wire in wires:
        wire.reset()
    until(lambda: open_files(probe) <= before, "the connections to be closed")


# Everything at once.


def mixed(random_):
    """The bytes of one connection, and whether an answer may be waited for."""
    cases = list(hostile.LIGHT.values())
    data = random_.choice(cases).data
    match random_.randrange(10):
        case 0 | 1:
            return data[: random_.randrange(len(data) + 1)], False
        case 2:
            changed = bytearray(data)
            for _ in range(random_.randint(1, 4)):
                changed[random_.randrange(len(changed))] = random_.randrange(256)
            return bytes(changed), False
        case 3:
            return request("/pricing") + data + random_.choice(cases).data, True
        case 4:
            return request(f"/probe/echo?text={random_.random()}"), True
        case _:
            return data, True


def attack(port, seed, count):
    random_ = random.Random(seed)
    for _ in range(count):
        data, is_whole = mixed(random_)
        middle = random_.randrange(len(data) + 1)
        with contextlib.suppress(ConnectionError), Wire(port) as wire:
            wire.send(data[:middle])
            wire.send(data[middle:])
            if is_whole:
                wire.socket.recv(4_096)
            if random_.random() < 0.3:
                wire.reset()


def resident_kilobytes(process):
    return int(re.search(r"VmRSS:\s+(\d+) kB", open(f"/proc/{process}/status").read())[1])


def test_mixed_cases_without_end_cost_no_process_and_no_memory(data, record_property):
    print()
    with Martlet(data, {"MARTLET_WEB_PROCESSES": "1"}) as server:
        processes = server.web_processes()
        sizes = []
        for fifth in range(5):
            for heavy in hostile.ALL.values():
                hostile.outcome(server.port, heavy.data)
            with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
                share = CASES // 5 // CLIENTS
                seeds = range(fifth * CLIENTS, (fifth + 1) * CLIENTS)
                list(pool.map(lambda seed: attack(server.port, seed, share), seeds))
            sizes.append(resident_kilobytes(*processes))
            print(f"{(fifth + 1) * share * CLIENTS} cases: {sizes[-1]} kB resident")
        assert server.ask("/pricing").status == 200
        assert server.web_processes() == processes
        assert server.events("web.died") == []
    record_property("resident_kilobytes", sizes)
    assert sizes[-1] <= sizes[0] * GROWTH, sizes
