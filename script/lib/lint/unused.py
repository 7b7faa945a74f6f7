"""Files that nothing mentions. It looks at names alone, so it finds the forgotten, not the subtle."""

import re
from collections import defaultdict

DECLARATION = re.compile(
    r"\b(?:struct|class|enum|actor|protocol|func|typealias|var|let|case|macro)[ \t]+(`[^`\n]+`|\w+)"
)
WORD = re.compile(r"`[^`\n]+`|\w+")
# Reached without being named: an entry point, a test, what the compiler calls by itself.
REACHED = re.compile(r"@main\b|@Test\b|@Suite\b")
CONFORMANCE = re.compile(r"\bextension[ \t]+[\w.]+[ \t]*:")
NAMELESS = {"appendInterpolation", "appendLiteral", "callAsFunction", "description", "hash"}
MIGRATION = re.compile(r"(\d{4})-.+\.sql$")


def check(project):
    yield from unused_swift(project)
    yield from unmentioned(project, project.under("Assets"), "page, style sheet or script")
    yield from unmentioned(project, project.under("Locales"), "source file", by_stem=True)
    yield from unmentioned(project, project.under("script"), "script or document")
    yield from migrations_out_of_order(project)


def unused_swift(project):
    users = defaultdict(set)
    for path, source in project.swift.items():
        for word in set(WORD.findall(source.code)):
            users[word.strip("`")].add(path)
    for path, source in project.swift.items():
        names = declared_names(source.code)
        if REACHED.search(source.code) or CONFORMANCE.search(source.code) or names & NAMELESS:
            continue
        if names and not any(users[name] - {path} for name in names):
            yield f"{path}:1: nothing that it declares is used in another file. Delete or wire it."


def declared_names(code):
    """What a file declares for others: its own types and functions, else its extensions' members."""
    levels = defaultdict(set)
    depth = position = 0
    for match in DECLARATION.finditer(code):
        between = code[position : match.start()]
        depth += between.count("{") - between.count("}")
        position = match.start()
        levels[depth].add(match.group(1).strip("`"))
    return levels[0] or levels[1]


def unmentioned(project, paths, by_what, by_stem=False):
    for path in paths:
        if path.suffix == ".md" or path.name.startswith("__"):
            continue
        names = {path.name, path.stem} if by_stem or path.suffix == ".py" else {path.name}
        pattern = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, names))})(?![\w-])")
        if not any(pattern.search(text) for other, text in project.texts.items() if other != path):
            yield f"{path}:1: no {by_what} mentions it. Delete or wire it."


def migrations_out_of_order(project):
    numbered = [path for path in project.under("Migrations") if MIGRATION.match(path.name)]
    for expected, path in enumerate(numbered, start=1):
        if int(MIGRATION.match(path.name).group(1)) != expected:
            yield f"{path}:1: number {expected:04} should come here. Number migrations without gaps."
    others = [path for path in project.under("Migrations") if path not in numbered]
    yield from unmentioned(project, others, "number runs it and no source file")
