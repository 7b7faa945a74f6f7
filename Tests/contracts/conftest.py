"""What only the contract tests share."""

import json
import os
import socket
import subprocess
import time

import pytest
from martlets import MARTLET, PROBE, Folders, Martlet, copy, run


@pytest.fixture(scope="session")
def net_probe_program(repository):
    return os.environ.get("NET_PROBE") or repository / ".build" / "debug" / "net-probe"


@pytest.fixture(scope="session")
def net_probe(net_probe_program):
    """Does with our clients what a test asks for, and says what came of it."""

    def run(tool, job, **environment):
        done = subprocess.run(
            [net_probe_program, tool], input=json.dumps(job), env={**os.environ, **environment},
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


@pytest.fixture(scope="session")
def session_folders():
    with Folders() as folders:
        yield folders


@pytest.fixture
def folders():
    with Folders() as folders:
        yield folders


@pytest.fixture(scope="session")
def prepared(session_folders):
    """A stopped data folder with the schema: copied in a moment, where making one takes seconds."""
    data = session_folders.new() / "data"
    assert run("migrate", "--data", data).returncode == 0
    # Tests end no machine, only processes; what the system still holds is enough for them.
    with (data / "postgresql" / "data" / "postgresql.auto.conf").open("a") as settings:
        settings.write("fsync = off\n")
    return data


@pytest.fixture
def data(prepared, folders):
    """A data folder of this test's own."""
    return copy(prepared, folders.new())


@pytest.fixture(scope="session")
def probe(prepared, session_folders):
    """A server that many tests share, who leave it as they found it."""
    data = copy(prepared, session_folders.new())
    with Martlet(data, {"MARTLET_WEB_PROCESSES": "2"}) as server:
        # Once it serves: the audit of a start has much to say about the tables of a benchmark.
        assert run("bench-database", "--data", data, binary=PROBE).returncode == 0
        yield server


@pytest.fixture(scope="session")
def plain(prepared, session_folders):
    """As `probe`, the product itself."""
    with Martlet(copy(prepared, session_folders.new()), binary=MARTLET) as server:
        yield server
