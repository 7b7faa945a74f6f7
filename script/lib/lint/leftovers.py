"""Unfinished work and ways to bring a whole process down, in what ships."""

import re

# What the complaint calls it, the pattern, what to do. These may stand in comments as well.
WORDS = [
    (word, re.compile(pattern, flags), "Finish it, or delete it and open an issue.")
    for word, pattern, flags in [
        ("TODO", r"\bTODO\b", 0),
        ("FIXME", r"\bFIXME\b", 0),
        ("XXX", r"\bXXX\b", 0),
        ("HACK", r"\bHACK\b", 0),
        ("for now", r"\bfor now\b", re.IGNORECASE),
        # HTTP's own name of status 501 is no leftover.
        ("not implemented", r"(?<!501: \")\b(?:not (?:yet )?implemented|unimplemented)\b", re.IGNORECASE),
    ]
]
TRAPS = [
    ("try!", re.compile(r"\btry!"), "Throw, or handle the error: a trap ends every request here."),
    ("as!", re.compile(r"\bas!"), "Use as? and handle nil: a trap ends every request here."),
    ("fatalError", re.compile(r"\bfatalError\s*\("), "Throw instead, or make the case impossible."),
]
PRINTING = ("print", re.compile(r"(?<![.\w])(?:print|debugPrint|dump)\s*\("), "Log it instead.")
PRINTERS = {"martlet", "Wiring"}


def check(project):
    for path, source in project.swift.items():
        ships = path.parts[0] == "Sources"
        yield from find(WORDS, path, source, source.text)
        if ships:
            yield from find(TRAPS, path, source, source.code)
        if ships and path.parts[1] not in PRINTERS:
            yield from find([PRINTING], path, source, source.code)
    for path in project.under("Assets", "Locales", "Migrations"):
        text = project.texts.get(path, "")
        for number, line in enumerate(text.splitlines(), start=1):
            for what, pattern, remedy in WORDS:
                if pattern.search(line):
                    yield f"{path}:{number}: {what}. {remedy}"


def find(patterns, path, source, text):
    for what, pattern, remedy in patterns:
        for match in pattern.finditer(text):
            line = source.line(match.start())
            if not source.allows(line, what):
                yield f"{path}:{line}: {what}. {remedy}"
