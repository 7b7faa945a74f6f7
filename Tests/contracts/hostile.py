"""What no well-behaved client sends, each with what may come of it."""

import dataclasses
import functools
from collections.abc import Callable

from wire import Wire, request

# The connection ends without an answer: the client gave up, or was not worth one.
CLOSED = None

FORM = "Content-Type: application/x-www-form-urlencoded"
JSON = "Content-Type: application/json"
CHUNKED = "Transfer-Encoding: chunked"
BOUNDARY = "edge"
MULTIPART = f"Content-Type: multipart/form-data; boundary={BOUNDARY}"


@dataclasses.dataclass
class Case:
    """What is sent, and the statuses that may answer it."""

    make: Callable[[], bytes]
    statuses: set
    # The library answers by itself, with none of our headers.
    is_library: bool = False
    # Too large to be sent thousands of times.
    is_heavy: bool = False

    @functools.cached_property
    def data(self):
        return self.make()


def case(data, *statuses, **more):
    return Case(data if callable(data) else lambda: data, set(statuses), **more)


def heavy(make, *statuses, **more):
    return case(make, *statuses, is_heavy=True, **more)


def line(text):
    """A request line as it is, with a host."""
    return text + b"\r\nHost: localhost\r\n\r\n"


def field(raw):
    """A field as it is, in a request that is otherwise sound."""
    return b"GET /pricing HTTP/1.1\r\nHost: localhost\r\n" + raw + b"\r\n\r\n"


def post(*fields, body=b"", to="/preferences"):
    """The fields alone say how long the body is."""
    return request(to, *fields, method="POST") + body


def chunks(body, to="/preferences"):
    return post(FORM, CHUNKED, body=body, to=to)


def json(body):
    return request("/probe/body", JSON, method="POST", body=body)


def parts(*bodies, end=b"--" + BOUNDARY.encode() + b"--\r\n", type=MULTIPART):
    delimiter = f"--{BOUNDARY}\r\n".encode()
    body = b"".join(delimiter + body + b"\r\n" for body in bodies) + end
    return request("/probe/body", type, method="POST", body=body)


def part(name=b"a", body=b"b", more=b""):
    head = b'Content-Disposition: form-data; name="' + name + b'"' + more
    return head + b"\r\n\r\n" + body


TARGETS = {
    "a NUL in the path, encoded": case(request("/a%00b"), 400),
    "half an escape": case(request("/%zz"), 400),
    "an escape cut off": case(request("/pricing%"), 400),
    "no UTF-8 in the path": case(request("/%ff"), 400),
    "no UTF-8 in the path, as it is": case(line(b"GET /\xff\xfe HTTP/1.1"), 400),
    "an overlong slash": case(request("/assets/..%c0%af..%c0%afetc/passwd"), 400),
    "no UTF-8 in the query": case(request("/pricing?a=%ff"), 400),
    "a NUL in the query, encoded": case(request("/pricing?a=%00"), 400),
    "a dotted path": case(request("/a/../pricing"), 400),
    "a dotted path, encoded": case(request("/assets/%2e%2e/%2e%2e/etc/passwd"), 400),
    "a dotted path, half encoded": case(request("/assets/.%2e/etc/passwd"), 400),
    "a slash, encoded": case(request("/assets%2f..%2f..%2fetc%2fpasswd"), 400),
    "a dotted path, encoded twice": case(request("/assets/%252e%252e/etc/passwd"), 404),
    "a backslash": case(request("/assets/..\\..\\etc\\passwd"), 400),
    "a backslash, encoded": case(request("/assets/..%5c..%5cetc"), 400),
    "an endless path": case(request("/" + "a" * 40_000), 414, CLOSED, is_library=True),
    "a request line of 1 MB": heavy(
        lambda: request("/" + "a" * 1_000_000), 414, CLOSED, is_library=True
    ),
    "an unknown method": case(request("/", method="BREW"), 405),
    "a method of 1 KB": case(request("/", method="A" * 1_000), 405),
    "a tunnel": case(line(b"CONNECT evil.example:443 HTTP/1.1"), 400, 405),
    "another host in the target": case(line(b"GET http://evil.example/ HTTP/1.1"), 400),
    "a target that is none": case(line(b"GET pricing HTTP/1.1"), 400),
    "a version to come": case(line(b"GET / HTTP/3.0"), 400, 505, is_library=True),
    "no version at all": case(b"GET /\r\n\r\n", 400, CLOSED, is_library=True),
    "another protocol": case(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400, CLOSED,
                             is_library=True),
}  # fmt: skip

FIELDS = {
    "an endless field": case(request("/", f"X-Long: {'a' * 40_000}"), 431, is_library=True),
    "a field of 1 MB": heavy(
        lambda: request("/", f"X-Long: {'a' * 1_000_000}"), 431, CLOSED, is_library=True
    ),
    "10,000 fields": heavy(
        lambda: request("/", *[f"X-{n}: {n}" for n in range(10_000)]), 431, CLOSED, is_library=True
    ),
    "cookies without end": case(
        request("/", *["Cookie: " + "a=b; " * 200] * 20), 431, is_library=True
    ),
    "a name with a space": case(field(b"X Y: z"), 400),
    "a name followed by a space": case(field(b"X-Y : z"), 400),
    "no colon": case(field(b"X-Y"), 400, is_library=True),
    "a control character": case(field(b"X-Y: a\x07b"), 400),
    "a DEL": case(field(b"X-Y: a\x7fb"), 400),
    "no host": case(b"GET / HTTP/1.1\r\n\r\n", 400),
    "two hosts": case(request("/", "Host: localhost"), 400),
    "an unheard-of expectation": case(request("/", "Expect: tea"), 417),
}

# Some the library cannot read; others it reads and we refuse.
LENGTHS = {
    f"a length of {name}": case(
        post(FORM, f"Content-Length: {length}", body=b"theme=dark"), status, is_library=is_library
    )
    for name, length, status, is_library in [
        ("no digits", "ten", 400, True), ("hexadecimal digits", "0xa", 400, True),
        ("plus ten", "+10", 400, True), ("minus one", "-1", 400, True),
        ("two numbers", "10, 10", 400, True), ("a power", "1e1", 400, True),
        ("100 GB", 100 << 30, 413, False), ("2^63 - 1", 2**63 - 1, 413, False),
        ("2^63", 2**63, 400, False), ("2^64 - 1", 2**64 - 1, 400, False),
        ("2^64", 2**64, 413, True), ("2^64 + 10", 2**64 + 10, 413, True),
        ("30 digits", "9" * 30, 413, True),
    ]
}  # fmt: skip

SMUGGLING = {
    "two lengths": case(post(FORM, "Content-Length: 1", "Content-Length: 10"), 400),
    "a length twice": case(post(FORM, "Content-Length: 10", "Content-Length: 10"), 400),
    "a length and chunks": case(post(FORM, "Content-Length: 5", CHUNKED, body=b"0\r\n\r\n"), 400),
    "chunks and a length": case(post(FORM, CHUNKED, "Content-Length: 5", body=b"0\r\n\r\n"), 400),
    "a length before a space, and chunks": case(
        post(FORM, "Content-Length : 5", CHUNKED, body=b"0\r\n\r\n"), 400
    ),
    "chunks before a space": case(post(FORM, "Transfer-Encoding : chunked", body=b"0\r\n\r\n"), 400),
    "chunks twice": case(post(FORM, CHUNKED, CHUNKED, body=b"0\r\n\r\n"), 400),
    "chunks for an old client": case(
        b"POST /preferences HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n", 400
    ),
    **{
        f"a coding of {coding}": case(
            post(FORM, f"Transfer-Encoding: {coding}", body=b"0\r\n\r\n"), 400
        )
        for coding in ["gzip", "gzip, chunked", "chunked, chunked", "chunked;q=1", "identity", "xchunked",
                       "chunked\x0b", "\"chunked\""]
    },
}  # fmt: skip

CHUNKS = {
    "a chunk without a size": case(chunks(b"\r\ntheme\r\n0\r\n\r\n"), 400, CLOSED, is_library=True),
    "a size that is no number": case(chunks(b"zz\r\ntheme\r\n0\r\n\r\n"), 400, is_library=True),
    "a negative size": case(chunks(b"-5\r\ntheme\r\n0\r\n\r\n"), 400, is_library=True),
    "a size of 2^64": case(chunks(b"1" + b"0" * 16 + b"\r\nx"), 400, 413, is_library=True),
    # A fault of ours, says the library, when the line outgrows its memory.
    "an endless size": case(chunks(b"0" * 40_000), 500, CLOSED, is_library=True),
    "a chunk longer than its size": case(chunks(b"1\r\ntheme\r\n0\r\n\r\n"), 400, is_library=True),
    "chunks beyond the limit": heavy(
        lambda: chunks((b"10000\r\n" + b"a" * 0x10000 + b"\r\n") * 20 + b"0\r\n\r\n"), 413, CLOSED
    ),
    "trailers without end": heavy(
        lambda: chunks(b"0\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(20_000)) + b"\r\n"),
        400, 413, 431, CLOSED, is_library=True,
    ),
}  # fmt: skip

BODIES = {
    "another body than a form": case(
        request("/preferences", "Content-Type: text/xml", method="POST", body=b"<a/>"), 415
    ),
    "a compressed body": case(
        request("/preferences", FORM, "Content-Encoding: gzip", method="POST", body=b"x"), 415
    ),
    "a field that is none of its choices": case(
        request("/preferences", FORM, method="POST", body=b"theme=purple"), 422
    ),
    "a form that is no UTF-8": case(
        request("/preferences", FORM, method="POST", body=b"theme=%ff"), 400
    ),
    "a NUL in a form": case(request("/preferences", FORM, method="POST", body=b"theme=%00"), 400),
    "a form of 10^6 pairs": heavy(
        lambda: request("/probe/body", FORM, method="POST", body=b"a=b&" * 10**6), 400
    ),
    "JSON that is no UTF-8": case(json(b'{"a":"\xff\xfe"}'), 400),
    "JSON with a NUL": case(json(b'{"a":"\x00"}'), 400),
    "JSON with a NUL, escaped": case(json(rb'{"a":"\u0000"}'), 400),
    "JSON with half a pair": case(json(rb'{"a":"\ud800"}'), 400),
    "JSON with a key twice": case(json(b'{"a":1,"a":2}'), 400),
    "JSON cut off": case(json(b'{"a":[1,2'), 400),
    "JSON with a number of 1 MB": heavy(lambda: json(b"1" * 1_000_000), 400),
    "arrays 10^5 deep": case(json(b"[" * 10**5 + b"]" * 10**5), 400),
    "objects 10^5 deep": heavy(lambda: json(b'{"a":' * 10**5 + b"1" + b"}" * 10**5), 400),
    "10^6 keys": heavy(
        lambda: json(b"{" + b",".join(b'"%d":0' % n for n in range(10**6)) + b"}"), 400
    ),
    "10^6 keys for a form": heavy(
        lambda: request("/preferences", JSON, method="POST",
                        body=b"{" + b",".join(b'"%d":0' % n for n in range(10**6)) + b"}"),
        413, CLOSED,
    ),
}  # fmt: skip

MULTIPARTS = {
    "no boundary": case(parts(part(), type="Content-Type: multipart/form-data"), 400),
    "an endless boundary": case(
        parts(part(), type=f"Content-Type: multipart/form-data; boundary={'e' * 71}"), 400
    ),
    "no last boundary": case(parts(part(), end=b""), 400),
    "no boundary at all in the body": case(parts(end=b"a" * 1_000), 400),
    "10,000 parts": heavy(lambda: parts(*[part()] * 10_000), 413, CLOSED),
    "a part with a head of 1 MB": heavy(
        lambda: parts(part(more=b"\r\nX-Long: " + b"a" * 10**6)), 431, CLOSED
    ),
    "a part whose head never ends": heavy(
        lambda: parts(b"X: y\r\n" * 10**5), 400, 431, CLOSED
    ),
    "a part without a name": case(parts(b"Content-Disposition: form-data\r\n\r\nb"), 400),
    "a part without a head": case(parts(b"\r\n\r\nb"), 400),
    "a part's name that is no UTF-8": case(parts(part(name=b"\xff")), 400),
    "a field of 1 MB in a part": heavy(lambda: parts(part(body=b"a" * 10**6)), 413, CLOSED),
    "half boundaries": heavy(lambda: parts(part(body=b"\r\n--edg" * 9_000)), 200),
}  # fmt: skip

ALL = {**TARGETS, **FIELDS, **LENGTHS, **SMUGGLING, **CHUNKS, **BODIES, **MULTIPARTS}
LIGHT = {name: case for name, case in ALL.items() if not case.is_heavy}


def outcome(port, data):
    """The status of the answer to bytes of any kind; `CLOSED` when the connection ends without."""
    with Wire(port) as wire:
        try:
            wire.send(data)
            return wire.answer().status
        except (ConnectionError, EOFError):
            return CLOSED
