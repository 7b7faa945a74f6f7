"""Debian's Caddy, running with a configuration of a test's or of ours."""

import contextlib
import os
import socket
import subprocess

from martlets import until


@contextlib.contextmanager
def caddy(config, folder, port, **settings):
    """Listens on `port` by then, with everything that it keeps in `folder`."""
    process = subprocess.Popen(
        ["caddy", "run", "--config", config, "--adapter", "caddyfile"],
        env={**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder), **settings},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until(lambda: process.poll() is not None or listens(port), "Caddy to listen")
        assert process.poll() is None, "Caddy has ended: is its configuration sound?"
        yield
    finally:
        process.terminate()
        process.wait()


def listens(port):
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0
