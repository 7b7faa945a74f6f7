"""A built `martlet` (or its probe), running on a free port with a database of its own.

What tests, benchmarks and screenshots start, they end; nothing of it stays.
"""

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
    def __init__(self, binary):
        self.binary = Path(binary)
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"

    def __enter__(self):
        if not self.binary.exists():
            raise RuntimeError(f"{self.binary} is not built. Run swift build.")
        # Not /tmp, which may be memory, while benchmarks mean a commit that reaches a disk. Open to
        # all, as the database runs as another user when we are root.
        self.folder = Path(tempfile.mkdtemp(prefix="martlet-", dir="/var/tmp"))
        self.folder.chmod(0o755)
        self.data = self.folder / "data"
        self.log = (self.folder / "log").open("wb")
        command = [self.binary, "serve", "--port", str(self.port), "--data", self.data]
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log
        )
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


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def end(process):
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
