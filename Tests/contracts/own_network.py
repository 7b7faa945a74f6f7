"""Runs a program in a network of its own, where names and addresses are what a test says.

As a program it is the first process of that network: it reads a job as JSON from standard input and
writes to standard output what came of it. Web servers there listen on port 80 of every address.
"""

import contextlib
import json
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

NAMESERVER = "127.0.0.1"
TYPES = {1: socket.AF_INET, 28: socket.AF_INET6}


def run_in_own_network(program, *arguments, stdin, addresses, answers):
    """What the program printed, whom it connected to and how often it asked for an address.

    `addresses` are the network's own, beside 127.0.0.1 and ::1. `answers` are lists of addresses, one
    after another for each question about any name; the last one stays.
    """
    job = {"command": [str(program), *arguments], "stdin": stdin, "addresses": addresses,
           "answers": answers}  # fmt: skip
    namespaces = ["unshare", "--user", "--map-root-user", "--mount", "--net"]
    done = subprocess.run(
        [*namespaces, sys.executable, __file__], input=json.dumps(job), capture_output=True,
        text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


class Names:
    """A DNS server for one program."""

    def __init__(self, answers):
        self.answers = answers
        self.asked = dict.fromkeys(TYPES, 0)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((NAMESERVER, 53))
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            query, client = self.socket.recvfrom(4_096)
            self.socket.sendto(self.answer(query), client)

    def answer(self, query):
        end = query.index(0, 12) + 5
        kind = struct.unpack("!H", query[end - 4 : end - 2])[0]
        found = [packed(address) for address in self.next(kind)]
        # To be kept for no time at all.
        records = [
            b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 0, len(data)) + data
            for data in found if len(data) == {1: 4, 28: 16}.get(kind)
        ]  # fmt: skip
        head = query[:2] + struct.pack("!HHHHH", 0x8180, 1, len(records), 0, 0)
        return head + query[12:end] + b"".join(records)

    def next(self, kind):
        if kind not in TYPES:
            return []
        number = min(self.asked[kind], len(self.answers) - 1)
        self.asked[kind] += 1
        return self.answers[number]


def packed(address):
    return socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)


class Webs:
    """Web servers at every address, which say at which one they were found."""

    def __init__(self):
        self.connected = []
        self.socket = socket.create_server(("::", 80), family=socket.AF_INET6, dualstack_ipv6=True)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            connection, _ = self.socket.accept()
            address = connection.getsockname()[0].removeprefix("::ffff:")
            self.connected.append(address)
            with connection, contextlib.suppress(ConnectionError):
                connection.recv(65_536)
                head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(address)}\r\nConnection: close"
                connection.sendall(f"{head}\r\n\r\n{address}".encode())


def main():
    job = json.load(sys.stdin)
    command("ip", "link", "set", "lo", "up")
    for address in job["addresses"]:
        command("ip", "address", "add", address, "dev", "lo")
    with tempfile.NamedTemporaryFile("w") as configuration:
        configuration.write(f"nameserver {NAMESERVER}\n")
        configuration.flush()
        command("mount", "--bind", configuration.name, str(Path("/etc/resolv.conf").resolve()))
        names, webs = Names(job["answers"]), Webs()
        done = subprocess.run(
            job["command"], input=job["stdin"], stdout=subprocess.PIPE, text=True, check=True
        )
    json.dump({"output": done.stdout, "connected": webs.connected, "asked": names.asked[1]}, sys.stdout)


def command(*words):
    subprocess.run(words, check=True)


if __name__ == "__main__":
    main()
