"""What every test may ask for."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.playing import Play, play

# A shell starts what runs in its background with Ctrl-C ignored, and so would all that the tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--golden", action="store_true", help="write the golden files anew")


@pytest.fixture
def marketplace(tmp_path: Path) -> Iterator[Play]:
    """The frozen state of the Digital Marketplace and its world."""
    with play(tmp_path) as playing:
        yield playing


@pytest.fixture
def minimal(tmp_path: Path) -> Iterator[Play]:
    """The one-file state and its world."""
    with play(tmp_path, "minimal") as playing:
        yield playing
