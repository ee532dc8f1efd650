from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from emailops.sandbox import Sandbox

from .accounts import accounts

NOW = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)


@dataclass
class Clock:
    """Stands still until a test sets it forward."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture(scope="session")
def running_clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def running(running_clock: Clock) -> Iterator[Sandbox]:
    with Sandbox(accounts(), clock=running_clock) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def running_open(running_clock: Clock) -> Iterator[Sandbox]:
    with Sandbox({}, open=True, clock=running_clock) as sandbox:
        yield sandbox


@pytest.fixture(autouse=True)
def _no_bug_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A request that ends in a bug of the sandbox gets no answer, which many a test would take for a cut."""
    yield
    assert not [record for record in caplog.get_records("call") if record.name.startswith("emailops.sandbox")]


@pytest.fixture
def opened(running_open: Sandbox, clock: Clock) -> Sandbox:
    """One that makes what it does not know, with nothing in it."""
    running_open.reset()
    return running_open


@pytest.fixture
def clock(running_clock: Clock) -> Clock:
    running_clock.now = NOW
    return running_clock


@pytest.fixture
def sandbox(running: Sandbox, clock: Clock) -> Sandbox:
    """One process for all tests, as it started."""
    running.reset()
    return running
