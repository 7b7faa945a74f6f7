"""What only the contract tests share."""

import socket

import pytest
from martlets import MARTLET, PROBE, Folders, Martlet, copy, run


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
