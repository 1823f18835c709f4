"""Fixtures of the page tests: the stand-in server, one browser for all, a fresh choice for each."""

import os
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import mock as mock_server  # noqa: E402  pylint: disable=wrong-import-position
from browser import Browser  # noqa: E402  pylint: disable=wrong-import-position

AXE = Path(os.environ.get("AXE", HERE.parents[1] / "out/axe/node_modules/axe-core/axe.min.js"))


@pytest.fixture(scope="session")
def chromium():
    server = mock_server.serve()
    browser = Browser(f"http://127.0.0.1:{server.server_port}")
    yield browser
    browser.close()
    server.shutdown()


@pytest.fixture
def page(chromium):  # pylint: disable=redefined-outer-name
    """The browser, at desktop size, in Chinese, nothing wrong so far; what goes wrong and was not asked for fails the test."""
    chromium.size(1440)
    chromium.aside()
    chromium.play()
    chromium.speak("zh")
    chromium.problems()
    mock_server.POSTS.clear()
    chromium.expected = []
    yield chromium
    unexpected = [one for one in chromium.problems() if not any(part in one for part in chromium.expected)]
    assert unexpected == []


@pytest.fixture(scope="session")
def axe():
    assert AXE.is_file(), f"{AXE} is missing: make pages brings it"
    return AXE.read_text(encoding="utf-8")
