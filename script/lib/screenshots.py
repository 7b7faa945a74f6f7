"""Saves a picture of every page in every look. usage: screenshots.py FOLDER [WORD]

With a word, those alone whose look has it in its name, such as `fa-dark` or `en-light-390`."""

import sys
from itertools import chain
from pathlib import Path

from browsing import PAGES, chromium, looks
from serving import Sandbox, Server
from visiting import Visitor, stops

BINARY = Path(__file__).resolve().parents[2] / ".build" / "debug" / "martlet"


def main(folder, word=""):
    folder.mkdir(parents=True, exist_ok=True)
    with (
        Sandbox(BINARY) as sandbox,
        Server(BINARY, settings=sandbox.settings) as server,
        chromium() as browser,
    ):
        for look in (one for one in looks() if word in str(one)):
            context = look.context(browser, server.url)
            page = context.new_page()
            page.request.delete(f"{sandbox.url}/mail/messages")
            for name in chain(public(page), stops(Visitor(page, look.language, sandbox))):
                picture(page, look, folder / f"{name}-{look}.png")
            context.close()
    print(f"{len(list(folder.glob('*.png')))} pictures in {folder}/")


def picture(page, look, file):
    """The whole page, in a window as tall as it: what is held to the window's edge is at the page's."""
    tall = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": look.width, "height": max(tall, look.height)})
    page.screenshot(path=file, full_page=True)
    page.set_viewport_size({"width": look.width, "height": look.height})


def public(page):
    for name, path in PAGES.items():
        page.goto(path)
        yield name


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:3])
