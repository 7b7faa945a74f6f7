"""What is measured, against what, and how good it must be. A new benchmark is a few lines here.

The SQL is what the routes of Tests/Probe send; `:id` is a random row, `{shop_id}` the shop that
the probe seeds. Both sides run the same statements on the same tables of the same server.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

from bench.idle import hold_idle_connections
from bench.load import nginx, pgbench, probe_transactions, wrk

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
    Idle(
        "idle",
        "10,000 keep-alive connections after a request each",
        connections=10_000,
        megabytes_at_most=250,
    ),
]
