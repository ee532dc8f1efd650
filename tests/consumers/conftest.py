"""The marketplace's own state, delivered to stand-ins of all its readers, merged, and taken up by them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.consumers.readers import READERS
from tests.playing import Play, Ran, Reused, begun
from tests.repositories import Repositories, git

OWN = Path(__file__).parents[2] / "state"
PREFIX = "https://github.com/Crown-Commercial-Service/"
BRANCH = "emailops/settings"
WITHOUT_FILES = ("api", "buyer-frontend", "functional-tests")


@dataclass(frozen=True)
class Delivered:
    """What `deliver` said `before` and `after` the apply, and the checkouts once everything was merged and taken up."""

    play: Play
    repositories: Repositories
    before: Ran
    after: Ran
    checkouts: dict[str, Path]


@pytest.fixture(scope="package")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Delivered]:
    folder = tmp_path_factory.mktemp("readers")
    with Reused({}) as sandbox:
        play = begun(folder, str(OWN), sandbox)
        (folder / "remotes").mkdir()
        repositories = Repositories(folder / "remotes", PREFIX)
        play.environment |= repositories.environment
        for name in WITHOUT_FILES:
            repositories.make(repository(name))
        for name, reader in READERS.items():
            repositories.make(repository(name), dict(reader.files))
        before = play.run("deliver", "--format", "json")
        assert play.run("plan", "--out", "plan.json").code == 0
        assert play.run("apply", "plan.json").code in (0, 6)
        after = play.run("deliver", "--format", "json")
        checkouts = {name: taken_up(repositories, name) for name in READERS}
        yield Delivered(play, repositories, before, after, checkouts)
    shutil.rmtree(folder)


def repository(name: str) -> str:
    return f"digitalmarketplace-{name}"


def taken_up(repositories: Repositories, name: str) -> Path:
    """A checkout after the merge, with what the reader itself changes once."""
    repositories.merge(repository(name), BRANCH)
    repositories.commit(repository(name), dict(READERS[name].changes))
    checkout = repositories.folder / f"{repository(name)}-work"
    assert git(checkout, "status", "--porcelain") == ""
    return checkout
