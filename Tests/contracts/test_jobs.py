"""Worker processes that are killed, stopped and overrun. An effect is a row that the job's own
transaction writes, so the rows say what happened.

TEST_JOBS=50000 script/test killed    as many jobs for the workers that are killed, instead of 5,000
"""

import json
import os
import random
import signal
import subprocess
import threading
import time

import pytest
from martlets import PROBE, Martlet, children, command_line, kill, run, until

JOBS = int(os.environ.get("TEST_JOBS", "5000"))
# Long enough for the slowest machine: each thousand jobs takes a second or so.
SECONDS = 60 + JOBS / 50


@pytest.fixture
def server(data):
    with Martlet(data, {"MARTLET_WEB_PROCESSES": "1"}) as server:
        probe(server, "jobs-prepare")
        yield server


def probe(server, command, **options):
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    done = run(command, "--data", server.data, *words, binary=PROBE)
    assert done.returncode == 0, done.stderr


class Worker:
    """A worker process, ended with the `with` statement, and what it has said so far."""

    def __init__(self, server, lease):
        command = [PROBE, "jobs-worker", "--data", server.data, "--lease", str(lease)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.said, self.logged = [], []
        for stream, lines in (self.process.stdout, self.said), (self.process.stderr, self.logged):
            threading.Thread(target=self.read, args=(stream, lines), daemon=True).start()

    @staticmethod
    def read(stream, lines):
        for line in stream:
            lines.append(line.rstrip("\n"))

    def events(self):
        return [json.loads(line)["event"] for line in list(self.logged) if line.startswith("{")]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def effects(server, condition="true"):
    return int(server.sql(f"SELECT count(*) FROM app.probe_effects WHERE {condition}"))


def jobs(server, condition="true"):
    where = f"name LIKE 'probe.%' AND {condition}"
    return int(server.sql(f"SELECT count(*) FROM app.jobs WHERE {where}"))


def test_workers_killed_at_random_leave_no_effect_out_and_make_none_twice(server):
    chance = random.Random(1)
    probe(server, "jobs-enqueue", count=JOBS)
    workers = [Worker(server, lease=2) for _ in range(3)]
    kills = 0
    deadline = time.monotonic() + SECONDS
    try:
        while jobs(server) and time.monotonic() < deadline:
            # The pause is part of what is tried, not a wait for something.
            time.sleep(chance.uniform(0.2, 0.8))
            doomed = chance.randrange(len(workers))
            workers[doomed].__exit__()
            workers[doomed] = Worker(server, lease=2)
            kills += 1
    finally:
        for worker in workers:
            worker.__exit__()
    assert kills > 1
    assert jobs(server) == 0
    assert effects(server) == JOBS
    assert int(server.sql("SELECT count(DISTINCT number) FROM app.probe_effects")) == JOBS


def test_a_worker_that_was_stopped_past_its_lease_cannot_finish(server):
    probe(server, "jobs-enqueue", count=1, job="probe.hold", shop=1)
    with Worker(server, lease=2) as stopped:
        until(lambda: stopped.said == ["holding 1"], "the first worker to hold the job")
        kill(stopped.process.pid, signal.SIGSTOP)
        with Worker(server, lease=2) as other:
            until(lambda: other.said == ["holding 1"], "another worker to hold the job")
            until(lambda: effects(server) == 1, "its effect")
            kill(stopped.process.pid, signal.SIGCONT)
            until(lambda: "job.lease_lost" in stopped.events(), "the refusal of the first")
            stopped.process.send_signal(signal.SIGTERM)
            assert stopped.process.wait(30) == 0
            assert ends(stopped) == ["job.lease_lost"]
            assert ends(other) == []
    assert (effects(server), jobs(server)) == (1, 0)


def ends(worker):
    """What it says of jobs that did not end well."""
    return [name for name in worker.events() if name in ("job.lease_lost", "job.failed")]


def test_a_job_that_is_cancelled_for_its_lost_lease_is_no_failure(server):
    probe(server, "jobs-enqueue", count=1, job="probe.wait", shop=1)
    with Worker(server, lease=2) as stopped:
        until(lambda: stopped.said == ["holding 1"], "the first worker to hold the job")
        kill(stopped.process.pid, signal.SIGSTOP)
        with Worker(server, lease=2) as other:
            until(lambda: other.said == ["holding 1"], "another worker to hold the job")
            kill(stopped.process.pid, signal.SIGCONT)
            until(lambda: ends(stopped), "the refusal of the first")
            assert ends(stopped) == ["job.lease_lost"]
            assert ends(other) == []
    assert (effects(server), jobs(server)) == (0, 1)


def test_a_shop_with_many_jobs_lets_another_take_its_turn(server):
    probe(server, "jobs-enqueue", count=20_000, shop=1)
    with Worker(server, lease=30), Worker(server, lease=30):
        until(lambda: effects(server) > 0, "the first effect")
        probe(server, "jobs-enqueue", count=1, shop=2)
        another = "shop_id = '00000000-0000-4000-8000-000000000102'"
        until(lambda: effects(server, another) == 1, "the other shop's effect")
        assert jobs(server) > 10_000


def test_a_worker_that_is_told_to_stop_finishes_what_it_holds(server):
    probe(server, "jobs-enqueue", count=1, job="probe.hold", shop=1)
    with Worker(server, lease=30) as worker:
        until(lambda: worker.said == ["holding 1"], "the worker to hold the job")
        worker.process.send_signal(signal.SIGTERM)
        assert worker.process.wait(10) == 0
    assert (effects(server), jobs(server)) == (1, 0)


def job(server, *words):
    return run("job", *words, "--data", server.data)


def test_a_scheduled_job_runs_by_hand_as_of_a_time(server):
    done = job(server, "run", "jobs.purge_dead_letters", "--at", "2026-03-01T03:00:00Z")
    assert done.returncode == 0, done.stderr
    assert "as of 2026-03-01T03:00:00Z" in done.stdout
    assert job(server, "run", "jobs.nothing").returncode == 64
    assert job(server, "run", "jobs.purge_dead_letters", "--at", "noon").returncode == 64


def test_dead_letters_are_told_listed_and_tried_again(server):
    server.sql(
        "INSERT INTO app.jobs (shop_id, name, payload, state, run_at, attempts, max_attempts, last_error) "
        "SELECT '00000000-0000-4000-8000-000000000101', 'probe.effect', '{\"number\": 1}', 'dead', now(), "
        "20, 20, 'no luck'"
    )
    assert "probe.effect" in job(server, "dead").stdout
    assert "no luck" in job(server, "dead").stdout
    assert doctor_on_jobs(server).startswith("failed  jobs: 0 waiting")
    assert job(server, "retry", "probe.nothing").returncode == 64
    assert job(server, "retry", "probe.effect").returncode == 0
    with Worker(server, lease=30):
        until(lambda: effects(server) == 1, "the effect of the second try")
    assert doctor_on_jobs(server).startswith("ok      jobs: 0 waiting")
    assert "No job" in job(server, "dead").stdout


def doctor_on_jobs(server):
    said = run("doctor", "--data", server.data).stdout.splitlines()
    return next(line for line in said if " jobs: " in line)


def test_a_worker_that_dies_is_started_again(server):
    def worker():
        found = [one for one in children(server.process.pid) if b"worker-process" in command_line(one)]
        return found[0] if found else None

    first = until(worker, "the worker")
    kill(first)
    until(lambda: worker() not in (None, first), "another worker")
    assert server.events("worker.died")[-1]["end"] == "signal 9"
