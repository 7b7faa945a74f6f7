"""Just enough of Swift's lexical structure to tell code, comments and string literals apart."""

import re
from bisect import bisect_right
from dataclasses import dataclass

ALLOW = re.compile(r"//\s*lint:\s*allow\(([^)\n]+)\):[ \t]*(\S[^\n]*)")
OPENING = re.compile(r'//|/\*|#*"""|#*"|`|[()]')


@dataclass
class StringLiteral:
    start: int
    end: int
    # In order, (offset, text); the text is None for an interpolation.
    pieces: list


class SwiftSource:
    def __init__(self, text):
        self.text = text
        self.literals = []
        self._blank = list(text)
        self._line_starts = [0] + [match.end() for match in re.finditer("\n", text)]
        self._read_code(0, nested=False)
        # The text with comments and the words of literals blanked out, offsets kept.
        self.code = "".join(self._blank)
        self._allowed = {
            (self.line(match.start()), name.strip())
            for match in ALLOW.finditer(text)
            for name in match.group(1).split(",")
        }

    def line(self, offset):
        return bisect_right(self._line_starts, offset)

    def line_end(self, offset):
        end = self.text.find("\n", offset)
        return len(self.text) if end < 0 else end

    def allows(self, line, what):
        """Whether a comment with a reason stands on the line or the one above it."""
        return (line, what) in self._allowed or (line - 1, what) in self._allowed

    def _erase(self, start, end):
        for index in range(start, min(end, len(self._blank))):
            if self._blank[index] != "\n":
                self._blank[index] = " "

    def _read_code(self, position, nested):
        """Reads to the end, or to the parenthesis that closes an interpolation."""
        depth = 0
        while match := OPENING.search(self.text, position):
            token, start = match.group(), match.start()
            position = match.end()
            if token == "//":
                position = self.line_end(start)
                self._erase(start, position)
            elif token == "/*":
                position = self._end_of_comment(start)
                self._erase(start, position)
            elif token == "`":
                closing = self.text.find("`", position, self.line_end(position))
                position = closing + 1 if closing >= 0 else position
            elif token == "(":
                depth += 1
            elif token == ")":
                if nested and depth == 0:
                    return position
                depth -= 1
            else:
                position = self._read_string(start, token)
        return len(self.text)

    def _end_of_comment(self, start):
        depth, position = 0, start
        while match := re.compile(r"/\*|\*/").search(self.text, position):
            depth += 1 if match.group() == "/*" else -1
            position = match.end()
            if depth == 0:
                return position
        return len(self.text)

    def _read_string(self, start, opening):
        hashes = opening.count("#")
        quotes = opening[hashes:]
        closing = quotes + "#" * hashes
        escape = "\\" + "#" * hashes
        special = re.compile(re.escape(escape) + "(.)?|" + re.escape(closing), re.DOTALL)
        # A literal of one line that does not close was not a literal; go on with the next line.
        limit = len(self.text) if len(quotes) == 3 else self.line_end(start)
        literal = StringLiteral(start, limit, [])
        self.literals.append(literal)
        position = piece = start + len(opening)
        end = None
        while match := special.search(self.text, position, limit):
            if match.group() == closing:
                end, literal.end = match.start(), match.end()
                break
            if match.group(1) != "(":
                position = match.end()
                continue
            self._add(literal, piece, match.start())
            literal.pieces.append((match.start(), None))
            position = piece = self._read_code(match.end(), nested=True)
            limit = max(limit, position)
        self._add(literal, piece, limit if end is None else end)
        return literal.end

    def _add(self, literal, start, end):
        if end > start:
            literal.pieces.append((start, self.text[start:end]))
            self._erase(start, end)
