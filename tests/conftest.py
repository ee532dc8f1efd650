"""What every test may ask for."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from emailops.private import forget_secrets
from tests.playing import Play, Reused, begun
from tests.slices import leave_rows

# A shell starts what runs in its background with Ctrl-C ignored, and so would all that the tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)

# A machine that is busy with other work takes longer, and finds the same.
hypothesis.settings.register_profile("whatever the machine does", deadline=None)
hypothesis.settings.load_profile("whatever the machine does")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--golden", action="store_true", help="write the golden files anew")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: tests wait for disks, sockets and other processes a quarter of their time."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    leave_rows(items)


def pytest_collection_finish() -> None:
    """The tests stay till the end: whoever collects garbage need not look at them each time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def nothing_read() -> None:
    """What one test reads as a secret is none to the next, in whatever order they run."""
    forget_secrets()


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
