"""Martlet's probe build: the server with routes for benchmarks, and what is known about it."""

import json
import os
import resource
import subprocess
import urllib.request
from functools import cached_property
from pathlib import Path

from serving import Server


class Probe(Server):
    def __enter__(self):
        allow_descriptors()
        return super().__enter__()

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            return answer.read()

    @cached_property
    def database(self):
        """Where its PostgreSQL listens and what was seeded there.

        Keys: host (the socket's folder), port, dbname, user (a superuser), shop_id, role, rows.
        """
        done = subprocess.run(
            [self.binary, "bench-database", "--data", self.data], capture_output=True, text=True
        )
        if done.returncode != 0:
            raise RuntimeError(f"martlet-probe bench-database failed:\n{done.stderr[-2000:]}")
        database = json.loads(done.stdout)
        require_durable_commits(database)
        return database

    def web_processes(self):
        """The supervisor's children that run its own binary, but for the worker."""
        own = os.readlink(f"/proc/{self.process.pid}/exe")
        children = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        pids = [int(pid) for file in children for pid in file.read_text().split()]
        return [pid for pid in pids if runs(pid, own) and "worker" not in command_line(pid)]


def require_durable_commits(database):
    """Commits that do not reach the disk would flatter both sides, and unequally."""
    question = "SELECT current_setting('fsync'), current_setting('synchronous_commit')"
    where = ["-h", database["host"], "-p", str(database["port"]), "-U", database["user"]]
    command = ["psql", "-X", "-A", "-t", *where, "-c", question, database["dbname"]]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.stdout.strip() != "on|on":
        raise RuntimeError(f"commits are not durable: {done.stdout or done.stderr}")


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
