"""One scene for all tests, made once and copied: its repositories' addresses do not say where they are."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.github import github
from tests.pipeline.scene import PREFIX, Scene, build
from tests.playing import Play, Reused, impatient
from tests.repositories import Repositories
from tests.world import STATES, accounts_for, declaration_of, environment_for


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, reused: Reused) -> tuple[Path, Any, dict[str, str]]:
    """The folder to copy, the world, and the keys."""
    folder = tmp_path_factory.mktemp("made")
    declaration = declaration_of(STATES / "digital-marketplace")
    reused.begin(accounts_for(declaration))
    keys = environment_for(declaration, reused.notify_url, reused.mailchimp_url)
    build(folder, reused, {**impatient(folder), **keys})
    return folder, reused.state(), keys


@pytest.fixture
def scene(tmp_path: Path, reused: Reused, made: tuple[Path, Any, dict[str, str]]) -> Iterator[Scene]:
    folder, world, keys = made
    shutil.copytree(folder, tmp_path / "scene")
    reused.begin(world)
    repositories = Repositories(tmp_path / "scene" / "remotes", PREFIX)
    with github() as hosting:
        environment = {**impatient(tmp_path), **keys, **repositories.environment, "EMAILOPS_GITHUB_URL": hosting.url}
        environment |= {"EMAILOPS_SECRETS": " ".join(f"env:{name}" for name in keys if "KEY" in name)}
        play = Play(tmp_path / "scene" / "work", reused, environment)
        yield Scene(tmp_path / "scene", play, hosting, repositories)
