"""The files that the checks read."""

import os
from functools import cached_property
from pathlib import Path

from lint.swift_source import SwiftSource

LEFT_OUT = {".build", ".data", ".git", ".venv", "__pycache__", "screenshots"}
TEXT = {
    ".css", ".html", ".ini", ".js", ".json", ".md", ".mjs", ".py", ".sh", ".sql", ".svg", ".swift",
    ".txt", ".yml", ".yaml", "",
}  # fmt: skip


class Project:
    def __init__(self, root):
        self.root = root

    @cached_property
    def files(self):
        """Every file, as a path from the root, in order."""
        found = []
        for folder, folders, names in os.walk(self.root):
            folders[:] = [name for name in folders if name not in LEFT_OUT]
            found += [(Path(folder) / name).relative_to(self.root) for name in names]
        return sorted(found)

    def under(self, *folders):
        return [path for path in self.files if path.parts[0] in folders]

    @cached_property
    def swift(self):
        """The parsed Swift files of Sources and Tests, by path."""
        return {
            path: SwiftSource(self.text(path))
            for path in self.under("Sources", "Tests")
            if path.suffix == ".swift"
        }

    def text(self, path):
        return (self.root / path).read_text(encoding="utf-8", errors="replace")

    @cached_property
    def texts(self):
        """The text of every file that is text, by path."""
        return {path: self.text(path) for path in self.files if path.suffix in TEXT}
