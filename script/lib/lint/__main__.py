"""Runs the checks named in the arguments, or all of them, over the project in this folder."""

import sys
from pathlib import Path

from lint import formatting, imports, leftovers, letters, unused
from lint.project import Project

CHECKS = {
    "format": formatting.check,
    "imports": imports.check,
    "leftovers": leftovers.check,
    "letters": letters.check,
    "unused": unused.check,
}


def main(names):
    unknown = [name for name in names if name not in CHECKS]
    if unknown:
        print(f"lint: no check named {', '.join(unknown)}. There are: {', '.join(CHECKS)}.")
        return 64
    project = Project(Path.cwd())
    complaints = []
    for name in names or CHECKS:
        complaints += [f"{complaint} [{name}]" for complaint in CHECKS[name](project)]
    for complaint in complaints:
        print(complaint)
    if complaints:
        print(f"lint: {len(complaints)} to mend", file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
