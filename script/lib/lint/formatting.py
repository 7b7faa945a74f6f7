"""Spaces and line breaks are `swift format`'s."""

import re
import subprocess


def check(project):
    command = ["swift", "format", "lint", "--strict", "--parallel", "--recursive"]
    folders = [name for name in ("Package.swift", "Sources", "Tests") if (project.root / name).exists()]
    run = subprocess.run([*command, *folders], cwd=project.root, capture_output=True, text=True)
    for line in run.stderr.splitlines():
        found = re.match(rf"(?:{re.escape(str(project.root))}/)?(.+?):(\d+):\d+: \w+: (.*)", line)
        if found:
            path, number, what = found.groups()
            yield f"{path}:{number}: {what} (Most is mended by: swift format --in-place {path})"
        elif run.returncode != 0 and line.strip():
            yield line
