"""One server, one mailbox and one Chromium for all browser tests; a fresh profile a visit."""

import pytest
from browsing import chromium
from serving import Sandbox, Server


@pytest.fixture(scope="session")
def martlet(repository):
    return repository / ".build" / "debug" / "martlet"


@pytest.fixture(scope="session")
def sandbox(martlet):
    with Sandbox(martlet) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def server(martlet, sandbox):
    with Server(martlet, settings=sandbox.settings) as server:
        yield server


@pytest.fixture(scope="session")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture
def open_page(server, browser):
    """Opens a path in a look; the page's `record` holds what went over the wire or wrong."""
    contexts = []

    def open_page(path, look):
        context = look.context(browser, server.url)
        contexts.append(context)
        page = context.new_page()
        page.record = Record(page)
        page.answer = page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()


class Record:
    def __init__(self, page):
        self.requests, self.complaints = [], []
        page.on("requestfinished", lambda request: self.requests.append(request))
        page.on("requestfailed", lambda request: self.complaints.append(f"failed: {request.url}"))
        page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        page.on("console", self._hear)

    def _hear(self, message):
        if message.type in ("error", "warning"):
            self.complaints.append(f"console: {message.text}")

    def bytes_received(self):
        sizes = [request.sizes() for request in self.requests]
        return sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes)
