"""Measures Martlet, each number beside a reference; exits 1 when a target is missed."""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from bench import report
from bench.plan import BENCHMARKS, Rounds
from bench.probe import Probe

ROOT = Path(__file__).resolve().parents[3]


def main():
    arguments = parse_arguments()
    chosen = [one for one in BENCHMARKS if arguments.name in (None, one.name)]
    rounds = Rounds(arguments.rounds, arguments.seconds)
    binary = arguments.server or build()
    # What says in front that it passes on for others is believed: the load comes from one machine.
    with Probe(binary, settings={"MARTLET_TRUSTED_PROXIES": "127.0.0.1"}) as server:
        results = [measure(one, server, rounds) for one in chosen]
    print(report.table(results))
    if arguments.json:
        numbers = report.document(results, rounds, ROOT)
        Path(arguments.json).write_text(json.dumps(numbers, indent=2) + "\n")
    return 0 if all(result["passed"] for result in results) else 1


def parse_arguments():
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    parser.add_argument("name", nargs="?", choices=[one.name for one in BENCHMARKS])
    parser.add_argument("--json", metavar="FILE", help="also write the results there")
    parser.add_argument("--rounds", type=int, default=3, help="of each side, interleaved (3)")
    parser.add_argument("--seconds", type=int, default=10, help="measured in a round (10)")
    parser.add_argument("--server", metavar="FILE", help="a built martlet-probe; else it is built")
    return parser.parse_args()


def build():
    command = ["swift", "build", "-c", "release", "--product", "martlet-probe"]
    subprocess.run(command, cwd=ROOT, check=True, stdout=sys.stderr)
    return ROOT / ".build" / "release" / "martlet-probe"


def measure(benchmark, server, rounds):
    print(f"bench: {benchmark.name}: {benchmark.about}", file=sys.stderr, flush=True)
    return benchmark.run(server, rounds)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (RuntimeError, subprocess.CalledProcessError) as error:
        sys.exit(f"bench: {error}")
