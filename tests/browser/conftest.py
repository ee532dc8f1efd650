from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from emailops.sandbox import Sandbox
from tests.sandbox.inbox import holding

from .webdriver import Browser, chromedriver, window


@pytest.fixture(scope="session")
def driver() -> Iterator[str]:
    with chromedriver() as address:
        yield address


@pytest.fixture(scope="session")
def desk(driver: str) -> Iterator[Browser]:
    with window(driver) as browser:
        yield browser


@pytest.fixture
def browser(desk: Browser) -> Browser:
    """One window for all tests, at the size of a desk."""
    desk.open("about:blank")
    desk.resize(1280, 900)
    desk.prefer("light")
    return desk


@pytest.fixture(scope="session")
def running() -> Iterator[Sandbox]:
    with Sandbox(holding()) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    running.reset()
    return running


@pytest.fixture(scope="session")
def shots(request: pytest.FixtureRequest) -> Path:
    """Where screenshots are kept, to be looked at; Git ignores it."""
    folder = request.config.rootpath / ".screenshots"
    folder.mkdir(exist_ok=True)
    return folder
