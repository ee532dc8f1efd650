"""One sandbox for all stories, given a new world for each: starting and stopping one costs more than most stories."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from emailops.declaration.model import Declaration
from emailops.sandbox import Request, Sandbox
from tests.playing import Play, impatient
from tests.world import STATES, accounts_for, declaration_of, environment_for


class Reused(Sandbox):
    """Each story begins with another world, without faults, and with no request made yet."""

    _before = 0

    def begin(self, accounts: Any) -> None:
        self.reset()
        self.set_faults([])
        self.replace(accounts)
        self._before = len(super().requests)

    @property
    def requests(self) -> list[Request]:
        return super().requests[self._before :]


@pytest.fixture(scope="session")
def reused() -> Iterator[Reused]:
    with Reused({}) as sandbox:
        yield sandbox


@pytest.fixture
def marketplace(tmp_path: Path, reused: Reused) -> Play:
    """The frozen state of the Digital Marketplace and its world."""
    return _play(tmp_path, "digital-marketplace", reused)


@pytest.fixture
def minimal(tmp_path: Path, reused: Reused) -> Play:
    """The one-file state and its world."""
    return _play(tmp_path, "minimal", reused)


def _play(folder: Path, state: str, sandbox: Reused) -> Play:
    shutil.copytree(STATES / state, folder / "state")
    sandbox.begin(accounts_for(_declaration(state)))
    keys = environment_for(_declaration(state), sandbox.notify_url, sandbox.mailchimp_url)
    return Play(folder, sandbox, {**impatient(folder), **keys})


@cache
def _declaration(state: str) -> Declaration:
    return declaration_of(STATES / state)
