"""HTTP as bytes on a socket, for what no well-behaved client library would send or show."""

import socket
import struct

TIMEOUT_SECONDS = 30


class Answer:
    def __init__(self, head, body=b""):
        status_line, *lines = head.decode("latin-1").split("\r\n")
        self.version, status, *_ = status_line.split(" ", 2)
        self.status = int(status)
        pairs = (line.partition(":") for line in lines)
        self.fields = [(name.lower(), value.strip()) for name, _, value in pairs]
        self.body = body

    @property
    def text(self):
        return self.body.decode()

    def __getitem__(self, name):
        """The field's value; of several, all of them; None without one."""
        return ", ".join(value for key, value in self.fields if key == name.lower()) or None

    def __repr__(self):
        return f"{self.status} {self.fields} {self.body[:200]}"


class Wire:
    """One connection. Use it in a `with` statement."""

    def __init__(self, port):
        self.port = port
        self.socket = socket.create_connection(("127.0.0.1", port), TIMEOUT_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.unread = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def ask(self, target, *fields, method="GET", host="localhost", body=b""):
        self.send(request(target, *fields, method=method, host=host, body=body))
        return self.answer(to=method)

    def answer(self, to="GET"):
        """The next answer, whole. Raises EOFError when the connection ends before or within it."""
        while b"\r\n\r\n" not in self.unread:
            self._receive()
        head, _, self.unread = self.unread.partition(b"\r\n\r\n")
        answer = Answer(head)
        if to != "HEAD" and answer.status not in (204, 304):
            length = answer["content-length"]
            answer.body = self._take(int(length)) if length else self._take_all()
        return answer

    def is_over(self):
        """Whether the other side closed or reset the connection, having said nothing more."""
        try:
            self._receive()
        except EOFError:
            return True
        return False

    def has_been_read(self):
        """Whether the server's process has taken all that was sent from its socket."""
        ours, theirs = self.socket.getsockname()[1], self.port
        waiting = {
            tuple(int(end.split(":")[1], 16) for end in line.split()[1:3]): line.split()[4]
            for line in open("/proc/net/tcp").readlines()[1:]
        }
        unsent = waiting[ours, theirs].split(":")[0]
        return int(unsent, 16) == 0 and int(waiting[theirs, ours].split(":")[1], 16) == 0

    def reset(self):
        """Leaves without the usual goodbye."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def _take(self, count):
        while len(self.unread) < count:
            self._receive()
        taken, self.unread = self.unread[:count], self.unread[count:]
        return taken

    def _take_all(self):
        """What an answer without a length says, which its connection ends with."""
        while not self.is_over():
            pass
        taken, self.unread = self.unread, b""
        return taken

    def _receive(self):
        try:
            received = self.socket.recv(65_536)
        except ConnectionError:
            received = b""
        if not received:
            raise EOFError
        self.unread += received


def request(target, *fields, method="GET", host="localhost", body=b""):
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", *fields]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def ask(port, target, *fields, method="GET", host="localhost", body=b""):
    """One request on a connection of its own."""
    with Wire(port) as wire:
        return wire.ask(target, *fields, method=method, host=host, body=body)


def answer_to(port, data):
    """What bytes of any kind are answered with, on a connection of their own."""
    with Wire(port) as wire:
        wire.send(data)
        return wire.answer()
