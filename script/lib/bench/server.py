"""Martlet's probe build, running on a free port with a database of its own."""

import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import urllib.request
from functools import cached_property
from pathlib import Path

READY_SECONDS = 60
STOP_SECONDS = 20


class Server:
    def __init__(self, binary):
        self.binary = Path(binary)
        self.port = free_port()

    def __enter__(self):
        allow_descriptors()
        # Not /tmp, which may be memory: a commit must reach a disk on both sides.
        self.folder = Path(tempfile.mkdtemp(prefix="martlet-bench-", dir="/var/tmp"))
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
        ready = threading.Event()

        def read_output():
            for line in self.process.stdout:
                if line.startswith(b"ready "):
                    ready.set()
                self.log.write(line)

        threading.Thread(target=read_output, daemon=True).start()
        if not ready.wait(READY_SECONDS):
            self.log.flush()
            tail = (self.folder / "log").read_text(errors="replace")[-2000:]
            raise RuntimeError(f"{self.binary} was not ready in {READY_SECONDS} s. It said:\n{tail}")

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            return answer.read()

    @cached_property
    def database(self):
        """Where its PostgreSQL listens and what was seeded: host, port, dbname, user, shop_id, …"""
        done = subprocess.run(
            [self.binary, "bench-database", "--data", self.data], capture_output=True, text=True
        )
        if done.returncode != 0:
            raise RuntimeError(f"martlet-probe bench-database failed:\n{done.stderr[-2000:]}")
        return json.loads(done.stdout)

    def web_processes(self):
        """The supervisor's children that run its own binary, but for the worker."""
        own = os.readlink(f"/proc/{self.process.pid}/exe")
        children = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        pids = [int(pid) for file in children for pid in file.read_text().split()]
        return [pid for pid in pids if runs(pid, own) and "worker" not in command_line(pid)]


def runs(pid, binary):
    try:
        return os.readlink(f"/proc/{pid}/exe") == binary
    except OSError:
        return False


def command_line(pid):
    return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")


def resident_bytes(pid):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


def allow_descriptors():
    """As many as this machine gives, here and in what is started here: a connection takes one."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


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
