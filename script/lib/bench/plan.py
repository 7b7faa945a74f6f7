"""What is measured, against what, and how good it must be. A new benchmark is a few lines here.

The SQL is what the routes of Tests/Probe send; `:id` is a random row, `{shop_id}` the shop that
the probe seeds. Both sides run the same statements on the same tables of the same server.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

from bench.hosts import look_up_hosts
from bench.idle import hold_idle_connections
from bench.load import nginx, pgbench, prepare_jobs, probe_jobs, probe_transactions, wrk
from bench.people import read_beside_sign_ins, tell_known_from_unknown
from bench.turns import longest_wait

WARM_UP_SECONDS = 2

SCOPED = """\
BEGIN;
SET LOCAL ROLE {role};
SET LOCAL app.shop_id = '{shop_id}';
"""

QUERY = f"""\
\\set id random(1, :rows)
\\startpipeline
{SCOPED}\
SELECT id, name, price_minor FROM app.probe_items WHERE shop_id = '{{shop_id}}' AND id = :id;
COMMIT;
\\endpipeline
"""

ROW = """\
\\set id random(1, :rows)
SELECT id, name, price_minor FROM app.probe_items WHERE shop_id = '{shop_id}' AND id = :id;
"""

TRANSACTION = f"""\
\\set id random(1, :rows)
\\startpipeline
{SCOPED}\
UPDATE app.probe_items SET stock = stock - 1 WHERE shop_id = '{{shop_id}}' AND id = :id;
INSERT INTO app.probe_moves (shop_id, item_id, quantity) VALUES ('{{shop_id}}', :id, -1);
SELECT stock FROM app.probe_items WHERE shop_id = '{{shop_id}}' AND id = :id;
COMMIT;
\\endpipeline
"""


# Each client in a shop of its own, the transactions that ours are: ten jobs enqueued by one, claimed by
# one, and one for each effect with the end of its job.
CLAIMED = range(1, 11)
JOB_SHOP = "'00000000-0000-4000-8000-00000000010' || :client_id"

ENQUEUE_JOBS = f"""\
\\startpipeline
BEGIN;
SET LOCAL ROLE martlet_commerce;
SELECT set_config('app.shop_id', {JOB_SHOP}, true);
INSERT INTO app.jobs (shop_id, name, payload, priority, state, run_at, max_attempts)
SELECT ({JOB_SHOP})::uuid, 'probe.effect', jsonb_build_object('number', n), 1, 'ready', now(), 100
  FROM generate_series(1, {len(CLAIMED)}) AS n;
COMMIT;
\\endpipeline
"""

CLAIM_JOBS = (
    "SELECT "
    + ", ".join(f"(array_agg(id))[{n}] AS id{n}, (array_agg(lease_token))[{n}] AS token{n}" for n in CLAIMED)
    + f" FROM app.claim_jobs(ARRAY[({JOB_SHOP})::uuid], ARRAY['probe.effect'], ARRAY[1000],"
    + f" {len(CLAIMED)}, 1000, '30 s') \\gset\n"
)

FINISH_JOBS = "".join(
    f"""\
\\startpipeline
BEGIN;
SET LOCAL ROLE martlet_commerce;
SELECT set_config('app.shop_id', {JOB_SHOP}, true);
INSERT INTO app.probe_effects (shop_id, number, started_at) VALUES (({JOB_SHOP})::uuid, {n}, now());
SELECT app.finish_job(({JOB_SHOP})::uuid, :id{n}, :token{n});
COMMIT;
\\endpipeline
"""
    for n in CLAIMED
)


class Rounds(NamedTuple):
    count: int
    seconds: int


@dataclass(frozen=True)
class Throughput:
    """Ours and a reference in turns; the medians' ratio is judged."""

    name: str
    about: str
    ours: Callable
    reference: Callable
    reference_name: str
    ratio_at_least: float
    p99_over_p50_at_most: float | None = None

    def run(self, server, rounds):
        ours, reference = [], []
        with self.ours(server) as run_ours, self.reference(server) as run_reference:
            for number in range(rounds.count):
                for run, results in ((run_ours, ours), (run_reference, reference)):
                    run(WARM_UP_SECONDS)
                    results.append(run(rounds.seconds))
                say(f"round {number + 1}: {ours[-1]} — {self.reference_name} {reference[-1]}")
        return self.judge(summary(ours), summary(reference))

    def judge(self, ours, reference):
        ratio = ours["per_second"] / reference["per_second"]
        spread = ours["p99_ms"] / ours["p50_ms"]
        fast = ratio >= self.ratio_at_least
        even = self.p99_over_p50_at_most is None or spread <= self.p99_over_p50_at_most
        return {
            "name": self.name,
            "martlet": ours,
            "reference": {"name": self.reference_name, **reference},
            "ratio": ratio,
            "ratio_at_least": self.ratio_at_least,
            "p99_over_p50": spread,
            "p99_over_p50_at_most": self.p99_over_p50_at_most,
            "passed": fast and even,
        }


@dataclass(frozen=True)
class Idle:
    """Keep-alive connections that wait after a request each; the web processes' memory is judged."""

    name: str
    about: str
    connections: int
    megabytes_at_most: float

    def run(self, server, rounds):
        found = hold_idle_connections(server, self.connections, path="/probe/plain")
        say(str(found))
        passed = (
            found["resident_megabytes"] <= self.megabytes_at_most
            and found["lost_connections"] == 0
            and found["failed_requests"] == 0
        )
        return {
            "name": self.name,
            "martlet": found,
            "megabytes_at_most": self.megabytes_at_most,
            "passed": passed,
        }


@dataclass(frozen=True)
class Turns:
    """A shop's job behind another shop's many; the longest wait until its effect is judged."""

    name: str
    about: str
    jobs: int
    seconds_at_most: float

    def run(self, server, rounds):
        found = longest_wait(server, self.jobs)
        say(str(found))
        return {
            "name": self.name,
            "martlet": found,
            "seconds_at_most": self.seconds_at_most,
            "passed": found["longest_wait_seconds"] <= self.seconds_at_most
            and found["jobs_left"] > 0,
        }


@dataclass(frozen=True)
class Telling:
    """Wrong passwords for somebody and for nobody; the difference of their median times is judged."""

    name: str
    about: str
    pairs: int
    milliseconds_below: float

    def run(self, server, rounds):
        found = tell_known_from_unknown(server, self.pairs)
        say(str(found))
        return {
            "name": self.name,
            "martlet": found,
            "cells": (
                f"{found['known_ms']:.2f} ms",
                f"nobody {found['unknown_ms']:.2f} ms",
                f"{found['difference_ms']:.2f} ms",
                f"< {self.milliseconds_below:g} ms",
            ),
            "passed": found["difference_ms"] < self.milliseconds_below,
        }


@dataclass(frozen=True)
class BesideSignIns:
    """Reads of a page in memory while many sign in; their p99 is judged, and that none fails."""

    name: str
    about: str
    sign_ins: int
    reads_per_second: int
    p99_ms_at_most: float

    def run(self, server, rounds):
        found = read_beside_sign_ins(server, self.sign_ins, self.reads_per_second, rounds.seconds)
        say(str(found))
        return {
            "name": self.name,
            "martlet": found,
            "cells": (
                f"{found['reads']:,} reads",
                f"{found['signed_in']:,} sign-ins, {found['sent_away']:,} sent away",
                f"{found['failed_reads']} failed",
                f"≤ {self.p99_ms_at_most:g} ms",
                f"{found['p50_ms']:.2f} ms",
                f"{found['p99_ms']:.2f} ms",
            ),
            "passed": found["p99_ms"] <= self.p99_ms_at_most
            and found["failed_reads"] == 0
            and not found["other_statuses"],
        }


@dataclass(frozen=True)
class Hosts:
    """Reads on the hosts of many shops; the start, the reads' p99 and the memory are judged."""

    name: str
    about: str
    shops: int
    reads_per_second: int
    start_seconds_at_most: float
    p99_ms_at_most: float
    megabytes_at_most: float

    def run(self, server, rounds):
        found = look_up_hosts(server, self.shops, self.reads_per_second, rounds.seconds)
        say(str(found))
        return {
            "name": self.name,
            "martlet": found,
            "cells": (
                f"{found['reads']:,} reads",
                f"start {found['start_seconds']:.2f} s (≤ {self.start_seconds_at_most:g})",
                f"{found['resident_megabytes']:.0f} MB (≤ {self.megabytes_at_most:g})",
                f"≤ {self.p99_ms_at_most:g} ms",
                f"{found['p50_ms']:.2f} ms",
                f"{found['p99_ms']:.2f} ms",
                f"{found['failed_reads']} failed",
            ),
            "passed": found["start_seconds"] <= self.start_seconds_at_most
            and found["p99_ms"] <= self.p99_ms_at_most
            and found["resident_megabytes"] <= self.megabytes_at_most
            and found["failed_reads"] == 0,
        }


def summary(measures):
    """Medians of the rounds, which stay beside them."""
    return {
        field: median(getattr(measure, field) for measure in measures)
        for field in ("per_second", "p50_ms", "p99_ms")
    } | {"rounds": [measure._asdict() for measure in measures]}


def say(line):
    print(f"  {line}", file=sys.stderr, flush=True)


BENCHMARKS = [
    Throughput(
        "plain",
        "1 KB of text through the whole middleware, 64 connections",
        ours=wrk("/probe/plain", connections=64),
        reference=nginx("/probe/plain", connections=64),
        reference_name="nginx, a file of the same bytes",
        ratio_at_least=0.7,
    ),
    Throughput(
        "query",
        "BEGIN, role, shop, SELECT, COMMIT in one round trip, to HTML, 64 connections",
        ours=wrk("/probe/query", connections=64),
        reference=pgbench(QUERY, clients=64),
        reference_name="pgbench, the same five statements pipelined",
        ratio_at_least=0.35,
        p99_over_p50_at_most=6,
    ),
    Throughput(
        "row",
        "one row outside a transaction, 64 connections",
        ours=wrk("/probe/row", connections=64),
        reference=pgbench(ROW, clients=64),
        reference_name="pgbench -M prepared, the same SELECT",
        ratio_at_least=0.25,
        p99_over_p50_at_most=6,
    ),
    Throughput(
        "transaction",
        "UPDATE, INSERT, SELECT in a shop's scope, durable, without HTTP, 16 connections",
        ours=probe_transactions(connections=16),
        reference=pgbench(TRANSACTION, clients=16),
        reference_name="pgbench, the same seven statements pipelined",
        ratio_at_least=0.7,
    ),
    Throughput(
        "jobs",
        "jobs enqueued, claimed and done with an effect each, by 2 worker processes of 4 at once",
        ours=probe_jobs(processes=2, places=4),
        reference=pgbench(
            ENQUEUE_JOBS + CLAIM_JOBS + FINISH_JOBS,
            clients=8,
            units=len(CLAIMED),
            prepare=prepare_jobs,
            user="postgres",
        ),
        reference_name="pgbench, the same statements in the same transactions",
        ratio_at_least=0.35,
    ),
    Turns(
        "turns",
        "a job of one shop behind 200,000 of another, 2 worker processes of 4 at once",
        jobs=200_000,
        seconds_at_most=1,
    ),
    Telling(
        "telling",
        "2,000 sign-ins with a wrong password, for somebody and for nobody in turns",
        pairs=1_000,
        milliseconds_below=2,
    ),
    BesideSignIns(
        "sign-ins",
        "200 reads a second of a page in memory beside 100 that sign in",
        sign_ins=100,
        reads_per_second=200,
        p99_ms_at_most=50,
    ),
    Hosts(
        "hosts",
        "500 reads a second on the hosts of 5,000 shops, front pages and bootstraps in turns",
        shops=5_000,
        reads_per_second=500,
        start_seconds_at_most=5,
        p99_ms_at_most=20,
        megabytes_at_most=600,
    ),
    Idle(
        "idle",
        "10,000 keep-alive connections after a request each",
        connections=10_000,
        megabytes_at_most=250,
    ),
]
