"""Debian's Chromium by Playwright, and the ways in which every page is looked at."""

import os
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import sync_playwright

# Every page, and those with a form also filled and refused.
PAGES = {
    "landing": "/",
    "pricing": "/pricing",
    "pricing-filled": "/pricing?sales=10000&shops=2",
    "pricing-refused": "/pricing?sales=many&shops=0",
    "missing": "/no-such-page",
}
PHONE, DESKTOP = 390, 1280
HEIGHTS = {PHONE: 844, DESKTOP: 900}


@dataclass(frozen=True)
class Look:
    """How somebody sees a page: the language asked for, light or dark, the width in pixels."""

    language: str = "en"
    scheme: str = "light"
    width: int = DESKTOP
    javascript: bool = True

    def __str__(self):
        return "-".join(
            [self.language, self.scheme, str(self.width), *([] if self.javascript else ["no-js"])]
        )

    @property
    def height(self):
        return HEIGHTS.get(self.width, 800)

    def context(self, browser, base_url):
        return browser.new_context(
            base_url=base_url,
            locale={"en": "en-GB", "fa": "fa-IR"}[self.language],
            color_scheme=self.scheme,
            viewport={"width": self.width, "height": self.height},
            java_script_enabled=self.javascript,
        )


def looks(widths=(PHONE, DESKTOP)):
    return [
        Look(language, scheme, width)
        for language in ("en", "fa")
        for scheme in ("light", "dark")
        for width in widths
    ]


@contextmanager
def chromium():
    with sync_playwright() as playwright:
        # Its sandbox refuses to run as root, as in a container.
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)
        try:
            yield browser
        finally:
            browser.close()
