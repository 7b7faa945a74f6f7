"""Results as a table for people and as a document for programs."""

import os
import platform
import subprocess
import time

COLUMNS = ("benchmark", "martlet", "reference", "ratio", "target", "p50", "p99", "p99/p50", "")


def table(results):
    rows = [COLUMNS] + [row_of(one) for one in results]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def row_of(result):
    if "ratio" in result:
        return row(result)
    if "cells" in result:
        cells = result["cells"]
        return (result["name"], *cells, *[""] * (len(COLUMNS) - 2 - len(cells)), verdict(result))
    return idle_row(result) if "megabytes_at_most" in result else turns_row(result)


def row(result):
    ours, reference = result["martlet"], result["reference"]
    spread = f"{result['p99_over_p50']:.1f}"
    if result["p99_over_p50_at_most"]:
        spread += f" (≤ {result['p99_over_p50_at_most']:g})"
    return (
        result["name"],
        f"{ours['per_second']:,.0f}/s",
        f"{reference['per_second']:,.0f}/s",
        f"{result['ratio']:.2f}",
        f"≥ {result['ratio_at_least']:g}",
        f"{ours['p50_ms']:.2f} ms",
        f"{ours['p99_ms']:.2f} ms",
        spread,
        verdict(result),
    )


def idle_row(result):
    found = result["martlet"]
    missing = found["lost_connections"] + found["failed_requests"]
    return (
        result["name"],
        f"{found['resident_megabytes']:.0f} MB",
        f"{found['connections']:,} held",
        f"{found['kilobytes_per_connection']:.1f} kB each",
        f"≤ {result['megabytes_at_most']:g} MB",
        f"{missing} lost",
        "",
        "",
        verdict(result),
    )


def turns_row(result):
    found = result["martlet"]
    return (
        result["name"],
        f"{found['longest_wait_seconds']:.2f} s",
        f"{found['jobs']:,} ahead",
        f"{found['jobs_left']:,} left",
        f"≤ {result['seconds_at_most']:g} s",
        "",
        "",
        "",
        verdict(result),
    )


def verdict(result):
    return "met" if result["passed"] else "MISSED"


def document(results, rounds, root):
    return {
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "commit": first_line(["git", "-C", str(root), "rev-parse", "HEAD"]),
        "machine": {
            "cpus": os.cpu_count(),
            "kernel": platform.release(),
            "load_average": os.getloadavg()[0],
        },
        "rounds": rounds.count,
        "seconds": rounds.seconds,
        "passed": all(result["passed"] for result in results),
        "benchmarks": results,
    }


def first_line(command):
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout.partition("\n")[0] or None
