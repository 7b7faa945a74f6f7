"""Every import is an arrow of Package.swift, every arrow is used, and all point down the layers."""

import json
import re
import subprocess
from pathlib import Path

IMPORT = re.compile(
    r"^[ \t]*((?:@\w+(?:\([^)\n]*\))?[ \t]+)*)(?:(?:public|package|internal|fileprivate|private)[ \t]+)?"
    r"import[ \t]+(?:(?:struct|class|enum|protocol|func|var|let|typealias|actor)[ \t]+)?(\w+)",
    re.MULTILINE,
)

# Layer → the layers that it may import. A layer is a folder of Sources; all else is Tests.
MAY_IMPORT = {
    "martlet": {"Wiring", "Sandbox", "Capabilities", "Shell", "Providers", "Tools"},
    "Wiring": {"Sandbox", "Capabilities", "Shell", "Providers", "Tools"},
    "Sandbox": {"Tools"},
    "Capabilities": {"Capabilities", "Shell", "Providers", "Tools"},
    "Shell": {"Shell", "Tools"},
    "Providers": {"Tools"},
    "Tools": {"Tools", "CLibraries"},
    "CLibraries": set(),
    "Tests": {
        "Tests", "martlet", "Wiring", "Sandbox", "Capabilities", "Shell", "Providers", "Tools",
    },
}  # fmt: skip


def check(project):
    targets = read_targets(project.root)
    yield from check_layers(targets)
    yield from check_wrappers(targets)
    for name, target in targets.items():
        yield from check_target(project, targets, name, target)


def read_targets(root):
    run = subprocess.run(
        ["swift", "package", "dump-package"], cwd=root, capture_output=True, text=True
    )
    if run.returncode != 0:
        raise SystemExit(f"lint: Package.swift cannot be read:\n{run.stderr}")
    targets = {}
    for target in json.loads(run.stdout)["targets"]:
        uses = {next(iter(one.values()))[0] for one in target["dependencies"]}
        path = Path(target["path"])
        targets[target["name"]] = {
            "path": path,
            "uses": uses,
            "layer": layer(path),
            "runs": target["type"] == "executable",
        }
    return targets


def layer(path):
    return path.parts[1] if path.parts[0] == "Sources" else "Tests"


def check_layers(targets):
    for name, target in targets.items():
        if target["layer"] not in MAY_IMPORT:
            yield f"Package.swift:1: {target['path']} is in no layer. Move it into one of DESIGN's."
            continue
        for used in sorted(target["uses"] & targets.keys()):
            if targets[used]["layer"] not in MAY_IMPORT[target["layer"]]:
                yield (
                    f"Package.swift:1: {name} ({target['layer']}) may not use {used}"
                    f" ({targets[used]['layer']}). Turn the arrow: what flows up is an event or a"
                    " protocol that the lower module declares."
                )


def check_wrappers(targets):
    for library in (name for name, target in targets.items() if target["layer"] == "CLibraries"):
        wrappers = sorted(name for name, target in targets.items() if library in target["uses"])
        if len(wrappers) != 1:
            yield (
                f"Package.swift:1: {library} is used by {', '.join(wrappers) or 'nothing'}. One tool"
                " wraps a C library, and all others use that tool."
            )


def check_target(project, targets, name, target):
    others = [one["path"] for one in targets.values() if target["path"] in one["path"].parents]
    imported = set()
    for path, source in project.swift.items():
        if target["path"] not in path.parents or any(one in path.parents for one in others):
            continue
        for match in IMPORT.finditer(source.code):
            line, attributes, used = source.line(match.start(2)), match.group(1), match.group(2)
            imported.add(used)
            if used in targets and used != name and used not in target["uses"]:
                yield (
                    f"{path}:{line}: {name} imports {used}, which Package.swift does not name for"
                    f" it. Add the arrow there, or do without {used}."
                )
            if "@_exported" in attributes:
                yield f"{path}:{line}: @_exported hides an arrow. Import {used} where it is used."
    for unused in sorted((target["uses"] & targets.keys()) - imported):
        # A program is named so that it is built first, and is started, not imported.
        if not targets[unused]["runs"]:
            yield (
                f"Package.swift:1: {name} names {unused} and no file of {target['path']} imports"
                " it. Take the arrow out."
            )
