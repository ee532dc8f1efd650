"""What every test of the clients may ask for.

These run under every Python that an app may have, mostly without emailops: there the wheel is installed, and
EMAILOPS_PYTHON names the interpreter that has a sandbox.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from . import loading  # noqa: F401
from .sandbox import Sandbox, running


@pytest.fixture(scope="session")
def _started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with running(tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(_started: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """As it started, and named by the environment, as in a shell of `emailops local-env`."""
    _started.reset()
    monkeypatch.setenv("EMAILOPS_NOTIFY_URL", _started.notify_url)
    monkeypatch.setenv("EMAILOPS_MAILCHIMP_URL", _started.mailchimp_url)
    return _started


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    return caplog
