"""What Caddy, with the configuration in deploy/, keeps from Martlet. Decision 0011 has the list.

Each case is shown twice: what comes of it in Martlet alone, because of the library below it, and behind
Caddy. Then Caddy is asked for whom it forwards to: nothing but the plainest HTTP may come out of it.
"""

import contextlib
import re
import select
import socket
import threading

import hostile
import pytest
from caddies import caddy
from hostile import CHUNKED, CLOSED, JSON, outcome
from martlets import Martlet, copy, until
from serving import free_port
from wire import TIMEOUT_SECONDS, Wire, answer_to, ask, request

GET = b"GET /probe/seen HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST /probe/seen HTTP/1.1\r\nHost: localhost\r\n" + JSON.encode() + b"\r\n"
IN_CHUNKS = POST + CHUNKED.encode() + b"\r\n\r\n"

# What is sent; what Martlet alone takes it for; the same behind Caddy, or the status it refuses with.
ALTERED = {
    "bare line feeds": (GET.replace(b"\r", b"") + b"X-Seen: a\nX-Seen: b\n\n",
                        "/probe/seen [a][b] ", "/probe/seen [a][b] "),
    "bare line feeds around chunks": (IN_CHUNKS + b"2\n{}\n0\n\n", "/probe/seen  {}", 502),
    "blank lines before the request": (b"\r\n\r\n" + GET + b"\r\n", "/probe/seen  ", 400),
    "a NUL in a value": (GET + b"X-Seen: a\0b\r\n\r\n", "/probe/seen [a] ", 400),
    "a NUL in the host": (GET.replace(b"localhost", b"localhost\0.evil") + b"\r\n",
                          "/probe/seen  ", 400),
    "a NUL in the target": (GET.replace(b"seen", b"seen\0/x") + b"\r\n", "/probe/seen  ", 400),
    "a NUL in the method": (GET.replace(b"GET", b"GET\0X") + b"\r\n", "/probe/seen  ", 400),
    "a NUL in a trailer": (IN_CHUNKS + b"2\r\n{}\r\n0\r\nX-Seen: a\0b\r\n\r\n",
                           "/probe/seen  {}", "/probe/seen  {}"),
    "a folded field, which is lost": (GET + b"X-Seen: a\r\n b\r\n\r\n",
                                      "/probe/seen  ", "/probe/seen [a b] "),
    "a folded length, so that the body is a request": (
        POST + b"Content-Length:\r\n 2\r\n\r\n{}", "/probe/seen  ", "/probe/seen  {}"),
    "folded chunks, so that they are a request": (
        POST + b"Transfer-Encoding:\r\n chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        "/probe/seen  ", "/probe/seen  {}"),
    "no name, which ends the head": (GET + b": z\r\nX-Seen: a\r\n\r\n",
                                     "/probe/seen  ", "/probe/seen [a] "),
    "a version between two": (GET.replace(b"1.1", b"1.2") + b"\r\n", "/probe/seen  ", "/probe/seen  "),
}  # fmt: skip

# What the library refuses by itself, and what Caddy answers.
REFUSED = {
    "a blank first": (b" " + GET + b"\r\n", CLOSED, 400),
    "tabs in the request line": (GET.replace(b" ", b"\t", 2) + b"\r\n", CLOSED, 400),
    "a blank after the version": (GET.replace(b"1.1", b"1.1 ") + b"\r\n", 400, 400),
    "a NUL in a name": (GET + b"X-\0Seen: a\r\n\r\n", 400, 400),
    "a NUL in the version": (GET.replace(b"1.1", b"1.1\0") + b"\r\n", 400, 400),
    "no colon": (GET + b"X-Seen\r\n\r\n", 400, 400),
    "an old version": (GET.replace(b"1.1", b"0.9") + b"\r\n", 505, 505),
    "a blank after the length": (POST + b"Content-Length: 2 \r\n\r\n{}", 400, 200),
    "an empty length": (POST + b"Content-Length: \r\n\r\n", 400, 200),
    "a negative length": (POST + b"Content-Length: -1\r\n\r\n", 400, 400),
    "a length of 2^64": (POST + b"Content-Length: %d\r\n\r\n" % 2**64, 413, 400),
    "an endless target": (request("/" + "a" * 40_000), 414, 431),
    "an endless field": (request("/", "X-Seen: " + "a" * 40_000), 431, 431),
    "a cookie of 8 KB": (request("/", "Cookie: " + "a=b; " * 1_600), 431, 431),
    "a chunk's size that is none": (IN_CHUNKS + b"0x2\r\n{}\r\n0\r\n\r\n", 400, 502),
    "a chunk's size of 2^64": (IN_CHUNKS + b"1" + b"0" * 16 + b"\r\n{}\r\n", 413, 502),
    "a chunk's size without end": (IN_CHUNKS + b"0" * 40_000, 500, 502),
    "a chunk without its end": (IN_CHUNKS + b"2\r\n{}0\r\n\r\n", 400, 502),
}  # fmt: skip


@pytest.fixture(scope="module")
def alone(prepared, session_folders):
    settings = {"MARTLET_WEB_PROCESSES": "1", "MARTLET_TRUSTED_PROXIES": "127.0.0.0/8"}
    with Martlet(copy(prepared, session_folders.new()), settings) as server:
        yield server.port


@pytest.fixture(scope="module")
def edge(repository, session_folders):
    """Puts Caddy in front of a port, and gives its own."""

    def start(upstream):
        port = free_port()
        settings = {
            "MARTLET_HOST": f"http://localhost:{port}", "MARTLET_UPSTREAM": f"127.0.0.1:{upstream}",
        }  # fmt: skip
        config = repository / "deploy" / "Caddyfile"
        return port, caddy(config, session_folders.new(), port, **settings)

    return start


@pytest.fixture(scope="module")
def behind(edge, alone):
    port, running = edge(alone)
    with running:
        yield port


@pytest.mark.parametrize("name", ALTERED)
def test_what_the_library_alters_is_refused_at_the_edge_or_written_anew(name, alone, behind):
    data, taken_for, at_the_edge = ALTERED[name]
    assert answer_to(alone, data).text == taken_for
    answer = answer_to(behind, data)
    assert at_the_edge in (answer.status, answer.text)


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_library_refuses_by_itself_never_shows_its_page(name, alone, behind):
    data, by_the_library, at_the_edge = REFUSED[name]
    assert outcome(alone, data) == by_the_library
    if by_the_library is not CLOSED:
        assert answer_to(alone, data)["x-content-type-options"] is None
    answer = answer_to(behind, data)
    assert answer.status == at_the_edge
    # Refused before Caddy's own handlers, there is neither a page nor a header of anybody's.
    is_plain = answer["content-type"] == "text/plain; charset=utf-8"
    assert answer["x-content-type-options"] == "nosniff" or is_plain


# What comes out of Caddy.


class Recorder:
    """Somebody to forward to, who keeps every byte and answers each connection once."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.busy, self.heard, self.received = set(), [], []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                self.busy.add(connection)
                threading.Thread(target=self.record, args=(connection,), daemon=True).start()

    def record(self, connection):
        received = b""
        with connection, contextlib.suppress(ConnectionError):
            # As long as anything comes, whether it belongs to the request or follows it.
            connection.settimeout(0.02)
            with contextlib.suppress(TimeoutError):
                while more := connection.recv(65_536):
                    received += more
            self.heard.append(received)
            connection.settimeout(TIMEOUT_SECONDS)
            connection.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
            while more := connection.recv(65_536):
                received += more
        # A connection that Caddy made for somebody who had left brings nothing.
        if received:
            self.received.append(received)
        self.busy.remove(connection)

    def forwarded(self, edge, data):
        """What comes here of bytes sent to the edge."""
        self.heard, self.received = [], []
        with Wire(edge) as wire:
            wire.send(data)
            # Whoever promised a body and sends none gets no answer.
            until(lambda: any(self.heard) or is_answered(wire), "Caddy to answer or forward it")
        # Whatever Caddy still had to forward comes before this.
        assert ask(edge, "/last").status == 204
        until(lambda: not self.busy, "everything to have come")
        return [one for one in self.received if not one.startswith(b"GET /last ")]


def is_answered(wire):
    return select.select([wire.socket], [], [], 0)[0]


@pytest.fixture(scope="module")
def recorder():
    recorder = Recorder()
    yield recorder
    recorder.listener.close()


@pytest.fixture(scope="module")
def before_recorder(edge, recorder):
    port, running = edge(recorder.port)
    with running:
        yield port


TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
REQUEST_LINE = re.compile(TOKEN + rb" /[!-~]* HTTP/1\.1")
FIELD = re.compile(rb"(" + TOKEN + rb"): ([^\x00-\x08\x0a-\x1f\x7f]*)")


def assert_is_plain(data):
    """One request, which every reader of HTTP takes for the same, or the beginning of its body."""
    head, end, body = data.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    fields = [FIELD.fullmatch(line) for line in lines]
    assert end and REQUEST_LINE.fullmatch(first) and all(fields), head
    values = {}
    for field in fields:
        values.setdefault(field[1].lower(), []).append(field[2])
    assert len(values[b"host"]) == 1
    framing = values.get(b"content-length", []) + values.get(b"transfer-encoding", [])
    assert len(framing) < 2, framing
    if framing == [b"chunked"]:
        assert_are_plain_chunks(body)
    else:
        assert len(body) <= int(framing[0] if framing else 0)


def assert_are_plain_chunks(body):
    while body:
        size, _, rest = body.partition(b"\r\n")
        assert re.fullmatch(rb"[0-9a-f]{1,8}", size), body
        length = int(size, 16)
        if length == 0:
            assert re.fullmatch(rb"(?:" + FIELD.pattern + rb"\r\n)*\r\n", rest), rest
            return
        assert rest[length : length + 2] in (b"\r\n", b""), rest
        body = rest[length + 2 :]


@pytest.mark.parametrize("name", ALTERED)
def test_what_the_library_alters_would_be_noticed(name):
    with pytest.raises(AssertionError):
        assert_is_plain(ALTERED[name][0])


FORWARDED = {
    **{name: data for name, (data, *_) in {**ALTERED, **REFUSED}.items()},
    **{name: case.data for name, case in hostile.LIGHT.items()},
}


@pytest.mark.parametrize("name", FORWARDED)
def test_nothing_but_the_plainest_requests_comes_out_of_the_edge(name, before_recorder, recorder):
    forwarded = recorder.forwarded(before_recorder, FORWARDED[name])
    assert len(forwarded) < 2
    for data in forwarded:
        assert_is_plain(data)
