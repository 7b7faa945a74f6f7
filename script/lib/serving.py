"""A built `martlet` (or its probe), running on a free port with a database of its own.

What tests, benchmarks and screenshots start, they end; nothing of it stays.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from pathlib import Path

READY_SECONDS = 60
STOP_SECONDS = 20


class Server:
    """Use it in a `with` statement. `data` is a data folder to serve from and keep; without it there
    is a new one. `settings` are names and values of settings, `role` what it serves."""

    def __init__(self, binary, data=None, settings=None, role="all"):
        self.binary = Path(binary)
        self.role = role
        self.data = data
        self.settings = settings or {}
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"

    def __enter__(self):
        if not self.binary.exists():
            raise RuntimeError(f"{self.binary} is not built. Run swift build.")
        self.folder = new_folder()
        self.data = self.data or self.folder / "data"
        self.log = (self.folder / "log").open("wb")
        command = [self.binary, "serve", "--port", str(self.port), "--data", self.data]
        command += ["--role", self.role]
        self.process = subprocess.Popen(
            command, env={**environment(), **self.settings},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log,
        )  # fmt: skip
        try:
            self._wait_until_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        end(self.process)
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _wait_until_ready(self):
        said_ready, answered = threading.Event(), threading.Event()

        def read_output():
            for line in self.process.stdout:
                if line.startswith(b"ready "):
                    said_ready.set()
                    answered.set()
            answered.set()

        threading.Thread(target=read_output, daemon=True).start()
        answered.wait(READY_SECONDS)
        if not said_ready.is_set():
            tail = (self.folder / "log").read_text(errors="replace")[-2000:]
            raise RuntimeError(f"{self.binary} did not get ready. It said:\n{tail}")


class Sandbox:
    """The stand-ins for outside services. A server with its `settings` sends every mail there."""

    def __init__(self, binary):
        self.binary = Path(binary)

    def __enter__(self):
        port = two_free_ports()
        self.url = f"http://localhost:{port}"
        self.settings = {"MARTLET_SMTP_URL": f"smtp://127.0.0.1:{port + 1}"}
        self.process = subprocess.Popen(
            [self.binary, "sandbox", "--port", str(port)], env=environment(),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        )  # fmt: skip
        if not self.process.stdout.readline().startswith(b"ready "):
            self.__exit__()
            raise RuntimeError("The sandbox did not get ready; it has said why.")
        return self

    def __exit__(self, *_):
        end(self.process)
        self.process.stdout.close()


def new_folder():
    # Not /tmp, which may be memory, while benchmarks mean a commit that reaches a disk. Open to all,
    # as the database runs as another user when we are root.
    folder = Path(tempfile.mkdtemp(prefix="martlet-", dir="/var/tmp"))
    folder.chmod(0o755)
    return folder


def environment():
    """Ours, without the settings of whatever Martlet its shell belongs to."""
    return {
        name: value
        for name, value in os.environ.items()
        if name != "DATABASE_URL" and not name.startswith("MARTLET_")
    }


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def two_free_ports():
    """The first of two that lie beside each other, as the sandbox has them."""
    while True:
        with socket.socket() as one, socket.socket() as two:
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
            try:
                two.bind(("127.0.0.1", port + 1))
                return port
            except (OSError, OverflowError):
                continue


def end(process):
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
