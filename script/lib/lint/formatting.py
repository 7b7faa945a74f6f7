"""Spaces and line breaks are `swift format`'s."""

import re
import subprocess
from collections import defaultdict

COMPLAINT = re.compile(r"(.+?):(\d+):\d+: \w+: (\[\w+\]) (.*)")


def check(project):
    command = ["swift", "format", "lint", "--strict", "--parallel", "--recursive"]
    parts = [name for name in ("Package.swift", "Sources", "Tests") if (project.root / name).exists()]
    run = subprocess.run([*command, *parts], cwd=project.root, capture_output=True, text=True)
    lines = [line.removeprefix(f"{project.root}/") for line in run.stderr.splitlines()]
    places = defaultdict(list)
    for path, number, rule, what in filter(None, map(parse, lines)):
        places[path, rule].append((int(number), what))
    for (path, rule), found in sorted(places.items()):
        number, what = min(found)
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        yield f"{path}:{number}: {rule} {what}{more}. Try: swift format --in-place {path}"
    if run.returncode != 0 and not places:
        yield f"Package.swift:1: swift format failed: {run.stderr.strip()}"


def parse(line):
    match = COMPLAINT.match(line)
    return match and match.groups()
