"""What every test may ask for."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.playing import Play, Reused, begun

# A shell starts what runs in its background with Ctrl-C ignored, and so would all that the tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)

# A machine that is busy with other work takes longer, and finds the same.
hypothesis.settings.register_profile("whatever the machine does", deadline=None)
hypothesis.settings.load_profile("whatever the machine does")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--golden", action="store_true", help="write the golden files anew")


@pytest.fixture(scope="session")
def reused() -> Iterator[Reused]:
    with Reused({}) as sandbox:
        yield sandbox


@pytest.fixture
def marketplace(tmp_path: Path, reused: Reused) -> Play:
    """The frozen state of the Digital Marketplace and its world."""
    return begun(tmp_path, "digital-marketplace", reused)


@pytest.fixture
def minimal(tmp_path: Path, reused: Reused) -> Play:
    """The one-file state and its world."""
    return begun(tmp_path, "minimal", reused)
