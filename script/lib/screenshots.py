"""Saves a picture of every page in every look. usage: screenshots.py FOLDER"""

import sys
from pathlib import Path

from browsing import PAGES, chromium, looks
from serving import Server

BINARY = Path(__file__).resolve().parents[2] / ".build" / "debug" / "martlet"


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    with Server(BINARY) as server, chromium() as browser:
        for look in looks():
            context = look.context(browser, server.url)
            for name, path in PAGES.items():
                page = context.new_page()
                page.goto(path)
                page.screenshot(path=folder / f"{name}-{look}.png", full_page=True)
                page.close()
            context.close()
    print(f"{len(list(folder.glob('*.png')))} pictures in {folder}/")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
