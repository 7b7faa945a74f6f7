"""Words that people read go through `\\(text: …)`, so that every language has them.

A string literal that holds a tag is a page literal. In it, letters stand only inside tags and
inside interpolations, and attributes that are read aloud or shown hold interpolations alone.
"""

import re

ELEMENTS = (
    "a abbr address article aside b blockquote body br button caption circle code col dd defs del"
    " details dfn dialog div dl dt em fieldset figcaption figure footer form g h1 h2 h3 h4 h5 h6"
    " head header hr html i iframe img input ins kbd label legend li line link main mark meta nav"
    " ol optgroup option output p path picture polyline pre progress q rect s samp script search"
    " section select small source span strong style sub summary sup svg table tbody td template"
    " textarea tfoot th thead time title tr u ul use video wbr"
).split()
TAG = re.compile(rf"</?(?:{'|'.join(ELEMENTS)})(?=[\s>/\ufffc]|$)|<!doctype\b", re.IGNORECASE)
SHOWN_ATTRIBUTE = re.compile(
    r'(?<![\w-])(alt|title|placeholder|label|aria-label|aria-description|aria-roledescription'
    r'|aria-valuetext)\s*=\s*\\?"([^"\\]*)',
    re.IGNORECASE,
)
NOT_SHOWN = re.compile(r"<(script|style)\b[^>]*>.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
ENTITY = re.compile(r"&(?:\w+|#\w+);")
SWIFT_ESCAPE = re.compile(r"\\(?:u\{[0-9a-fA-F]+\}|[nrt0])")
INTERPOLATION = "\ufffc"


def check(project):
    for path, source in project.swift.items():
        if path.parts[0] != "Sources":
            continue
        for literal in source.literals:
            page, offsets = flatten(literal)
            if not TAG.search(page):
                continue
            if source.allows(source.line(literal.start), "letters"):
                continue
            for position, what in shown_letters(page):
                line = source.line(offsets[position])
                if not source.allows(line, "letters"):
                    yield f"{path}:{line}: {what} in a page literal. Write \\(text: \"…\") instead."


def flatten(literal):
    """The literal as one text, each interpolation one mark, and each character's offset."""
    page, offsets = [], []
    for offset, text in literal.pieces:
        text = INTERPOLATION if text is None else text
        page.append(text)
        offsets += range(offset, offset + len(text))
    return "".join(page), offsets


def shown_letters(page):
    """Where letters for people stand: (position, what)."""
    page = blank(SWIFT_ESCAPE, blank(ENTITY, blank(NOT_SHOWN, page)))
    # A literal may begin inside a tag that another literal opened.
    begins_inside = first_of(page, ">") < first_of(page, "<")
    start = first_of(page, ">") + 1 if begins_inside else 0
    inside = quoted = False
    word = None
    for position, character in enumerate(page[start:], start):
        if inside:
            quoted ^= character == '"'
            inside = quoted or character != ">"
            continue
        if character == "<" and re.match(r"[a-zA-Z/!]", page[position + 1 : position + 2]):
            inside, word = True, None
        elif not character.isalpha():
            word = None
        elif word is None:
            word = position
            yield position, f'"{re.match(r"[^<>" + INTERPOLATION + r"]*", page[position:])[0].strip()}"'
    for match in SHOWN_ATTRIBUTE.finditer(page):
        if any(character.isalpha() for character in match.group(2)):
            yield match.start(), f'{match.group(1)}="{match.group(2)}"'


def first_of(page, character):
    position = page.find(character)
    return len(page) if position < 0 else position


def blank(pattern, page):
    return pattern.sub(lambda match: " " * len(match.group()), page)
