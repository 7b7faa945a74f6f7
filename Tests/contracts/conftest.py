"""What only the contract tests share."""

import socket

import pytest


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
