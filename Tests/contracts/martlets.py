"""Running Martlets as the tests of faults and commands see them: processes, log and database."""

import glob
import json
import os
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path

from serving import Server, environment, new_folder
from wire import Wire, ask

BUILT = Path(__file__).resolve().parents[2] / ".build" / "debug"
MARTLET, PROBE = BUILT / "martlet", BUILT / "martlet-probe"
PATIENCE_SECONDS = 60
PROGRAMS = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]


class Martlet(Server):
    """A probe, so with the routes under /probe/, unless another binary is named."""

    def __init__(self, data, settings=None, binary=PROBE, role="all"):
        super().__init__(binary, data, settings, role)

    @property
    def socket_folder(self):
        return f"{self.data}/postgresql/socket"

    def ask(self, target, *fields, **more):
        return ask(self.port, target, *fields, **more)

    def web_processes(self):
        return {
            pid for pid in children(self.process.pid) if b"web-process" in command_line(pid)
        }

    def postmaster(self):
        """Its process id; None while none runs."""
        try:
            text = Path(f"{self.data}/postgresql/data/postmaster.pid").read_text()
        except FileNotFoundError:
            return None
        # Empty for a moment while a server writes it.
        return int(text.split("\n")[0] or 0) or None

    def is_database_ready(self):
        ready = [f"{PROGRAMS}/pg_isready", "-q", "-h", self.socket_folder]
        return subprocess.run(ready, check=False).returncode == 0

    def sql(self, statements, database="martlet"):
        return sql(self.socket_folder, statements, database)

    def events(self, name):
        """The log's lines of one kind. A trap's own words, from Swift's runtime, are no JSON."""
        lines = (self.folder / "log").read_text().splitlines()
        entries = [json.loads(line) for line in lines if line.startswith("{")]
        return [entry for entry in entries if entry["event"] == name]

    def wire_to(self, process):
        """A connection to one of the web processes; the kernel chooses, so many are tried."""
        wires = []
        try:
            return until(lambda: self._wire_to(process, wires), f"a connection to {process}")
        finally:
            for wire in wires:
                wire.__exit__()

    def _wire_to(self, process, others):
        wire = Wire(self.port)
        if wire.ask("/probe/process").text == str(process):
            return wire
        others.append(wire)
        return None


class Crowd:
    """Threads that each do `work`, with a number of their own, until the `with` statement ends. They
    end themselves by looking at `finished`."""

    def __init__(self, count):
        self.finished = threading.Event()
        self.threads = [threading.Thread(target=self.work, args=(n,)) for n in range(count)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.finished.set()
        for thread in self.threads:
            thread.join()


def until(condition, what, seconds=PATIENCE_SECONDS):
    """The condition's first true value."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"waited {seconds} s in vain for {what}"
        time.sleep(0.005)
    return value


def best_of(attempts, bound, measure):
    """The first figure within the bound, so that a moment in which others had the machine does not
    count; otherwise the best."""
    figures = []
    while len(figures) < attempts and min(figures, default=bound + 1) > bound:
        figures.append(measure())
    return min(figures)


def children(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def command_line(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def kill(pid, number=signal.SIGKILL):
    os.kill(pid, number)


def sql(socket_folder, statements, database="martlet"):
    command = [
        f"{PROGRAMS}/psql", "-XqtA", "-v", "ON_ERROR_STOP=1", "-h", socket_folder,
        "-U", "postgres", "-d", database, "-c", statements,
    ]  # fmt: skip
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def run(*arguments, settings=None, binary=MARTLET, seconds=PATIENCE_SECONDS):
    return subprocess.run(
        [binary, *map(str, arguments)], env={**environment(), **(settings or {})},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds, check=False,
    )  # fmt: skip


def begin(*arguments, settings=None, binary=MARTLET):
    return subprocess.Popen(
        [binary, *map(str, arguments)], env={**environment(), **(settings or {})},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def copy(data, folder):
    """A stopped data folder, owners and all."""
    subprocess.run(["cp", "-a", data, folder / "data"], check=True)
    return folder / "data"


class Folders:
    """Folders that PostgreSQL's user can enter, which pytest's own are not."""

    def __enter__(self):
        self.made = []
        return self

    def new(self):
        self.made.append(new_folder())
        return self.made[-1]

    def __exit__(self, *_):
        for folder in self.made:
            shutil.rmtree(folder, ignore_errors=True)
