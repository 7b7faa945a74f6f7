"""What only the contract tests share."""

import json
import os
import socket
import subprocess
import time

import pytest


@pytest.fixture(scope="session")
def net_probe(repository):
    """Does with our clients what a test asks for, and says what came of it."""
    program = os.environ.get("NET_PROBE") or repository / ".build" / "debug" / "net-probe"

    def run(tool, job, **environment):
        done = subprocess.run(
            [program, tool], input=json.dumps(job), env={**os.environ, **environment},
            capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


@pytest.fixture(scope="session")
def free_port():
    def find():
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            return one.getsockname()[1]

    return find


@pytest.fixture(scope="session")
def wait_for_port():
    def wait(port, process):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            assert process.poll() is None, "the server ended"
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.02)
        raise AssertionError("the server does not listen")

    return wait


@pytest.fixture
def socket_pairs():
    opened = []

    def make(count):
        pairs = [socket.socketpair() for _ in range(count)]
        opened.extend(one for pair in pairs for one in pair)
        return zip(*pairs)

    yield make
    for one in opened:
        one.close()
