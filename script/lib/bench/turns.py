"""How long a shop's job waits behind another shop's hundred thousands."""

import subprocess
import time
from contextlib import ExitStack

from bench.load import run

WORKERS = 2
SAMPLES = 10


def longest_wait(server, jobs):
    """The other shop's waits in seconds, and how many jobs of the busy one were left at the end."""
    server.database
    data = ["--data", server.data]
    run([server.binary, "jobs-prepare", *data])
    run([server.binary, "jobs-enqueue", *data, "--shop", "1", "--count", str(jobs)])
    with ExitStack() as stack:
        for _ in range(WORKERS):
            stack.enter_context(worker(server))
        wait_for(server, "SELECT count(*) > 0 FROM app.probe_effects")
        waits = [one_wait(server, number) for number in range(1, SAMPLES + 1)]
        left = int(ask(server, "SELECT count(*) FROM app.jobs WHERE name = 'probe.effect'"))
    return {"longest_wait_seconds": max(waits), "waits": waits, "jobs": jobs, "jobs_left": left}


def one_wait(server, number):
    """From before its INSERT, by a process that has still to start, to its effect."""
    before = time.time()
    run([server.binary, "jobs-enqueue", "--data", server.data, "--shop", "2"])
    made = f"SELECT made_at FROM app.probe_effects WHERE shop_id = '{OTHER}' ORDER BY made_at"
    wait_for(server, f"SELECT count(*) = {number} FROM ({made}) AS made")
    return float(ask(server, f"SELECT extract(epoch FROM max(made_at)) FROM ({made}) AS made")) - before


OTHER = "00000000-0000-4000-8000-000000000102"


def worker(server):
    command = [server.binary, "jobs-worker", "--data", server.data]
    # It ends when its standard input does.
    return subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)


def wait_for(server, condition, seconds=60):
    deadline = time.monotonic() + seconds
    while ask(server, condition) != "t":
        if time.monotonic() > deadline:
            raise RuntimeError(f"never true: {condition}")
        time.sleep(0.01)


def ask(server, question):
    database = server.database
    where = ["-h", database["host"], "-p", str(database["port"]), "-U", "postgres"]
    return run(["psql", "-X", "-A", "-t", *where, "-c", question, database["dbname"]]).strip()
