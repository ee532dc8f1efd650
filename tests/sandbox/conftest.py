from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from emailops.sandbox import Sandbox

from .accounts import accounts

NOW = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def running() -> Iterator[Sandbox]:
    with Sandbox(accounts(), clock=lambda: NOW) as sandbox:
        yield sandbox


@pytest.fixture(autouse=True)
def _no_bug_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A request that ends in a bug of the sandbox gets no answer, which many a test would take for a cut."""
    yield
    assert not [record for record in caplog.get_records("call") if record.name.startswith("emailops.sandbox")]


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    """One process for all tests, as it started."""
    running.reset()
    return running
