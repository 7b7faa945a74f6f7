"""Many connections that are open and quiet."""

import resource
import select
import socket
import time

from bench.probe import resident_bytes

CONNECTIONS_PER_ADDRESS = 2_500  # Below what one source address has ports for.
NEW_REQUESTS = 500
TIMEOUT_SECONDS = 10


def hold_idle_connections(server, count, path):
    """Opens `count` connections, a request on each, and asks anew while they wait."""
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < count + 100:
        raise RuntimeError(f"{count} connections need ulimit -n {count + 100}. Raise it and start again.")
    before = memory(server)
    connections = []
    try:
        for number in range(count):
            connections.append(connect(server.port, f"127.0.0.{2 + number // CONNECTIONS_PER_ADDRESS}"))
            if not answers(connections[-1], path):
                raise RuntimeError(f"connection {number + 1} of {count} got no 200 at {path}")
        held = memory(server)
        failed, slowest = ask_anew(server.port, path)
        held = max(held, memory(server))
        lost = count_closed(connections)
    finally:
        for connection in connections:
            connection.close()
    return {
        "connections": count,
        "resident_megabytes": held / 1e6,
        "resident_megabytes_before": before / 1e6,
        "kilobytes_per_connection": (held - before) / count / 1e3,
        "lost_connections": lost,
        "failed_requests": failed,
        "slowest_request_ms": slowest * 1e3,
    }


def memory(server):
    processes = server.web_processes()
    if not processes:
        raise RuntimeError("no web process found among the server's children")
    return sum(map(resident_bytes, processes))


def connect(port, source):
    return socket.create_connection(("127.0.0.1", port), TIMEOUT_SECONDS, (source, 0))


def answers(connection, path):
    """Whether the connection answers 200 and stays open; reads the answer to its end."""
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    answer = b""
    while (head_end := answer.find(b"\r\n\r\n")) < 0:
        answer += (chunk := connection.recv(65_536))
        if not chunk:
            return False
    head = answer[:head_end].lower().split(b"\r\n")
    length = next(int(line[15:]) for line in head if line.startswith(b"content-length:"))
    while len(answer) < head_end + 4 + length:
        answer += (chunk := connection.recv(65_536))
        if not chunk:
            return False
    return head[0].split()[1] == b"200" and b"connection: close" not in head


def ask_anew(port, path):
    """(failed requests, seconds of the slowest) of requests that each come on a new connection."""
    failed, slowest = 0, 0.0
    for _ in range(NEW_REQUESTS):
        began = time.monotonic()
        try:
            with connect(port, "127.0.0.1") as connection:
                failed += not answers(connection, path)
        except OSError:
            failed += 1
        slowest = max(slowest, time.monotonic() - began)
    return failed, slowest


def count_closed(connections):
    """A quiet connection has nothing to read; one that can be read was closed by the server."""
    poll = select.epoll()
    for connection in connections:
        poll.register(connection, select.EPOLLIN)
    closed = len(poll.poll(0, len(connections)))
    poll.close()
    return closed
