"""What the Python tests of both folders share."""

import re
from pathlib import Path

import pytest


def pytest_addoption(parser):
    parser.addoption(
        "--filter", default="", help="run tests whose name matches this regular expression"
    )


def pytest_collection_modifyitems(config, items):
    """Filters as `swift test --filter` does; a test's name reads with spaces or underscores."""
    pattern = re.compile(config.getoption("--filter"))

    def matches(item):
        return pattern.search(item.nodeid) or pattern.search(item.nodeid.replace("_", " "))

    config.hook.pytest_deselected(items=[item for item in items if not matches(item)])
    items[:] = [item for item in items if matches(item)]


@pytest.fixture(scope="session")
def repository():
    return Path(__file__).resolve().parent.parent
