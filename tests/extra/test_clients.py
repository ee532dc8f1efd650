"""The clients under every Python that an app may have, with the oldest and the newest versions of what they need."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from .pythons import MINORS, ROOT, environment, found, install, requirements, run, wheel

PYTHONS = {minor: found(minor) for minor in MINORS}
HERE = [
    pytest.param(minor, marks=[] if python else pytest.mark.skip(f"no Python 3.{minor} here"))
    for minor, python in PYTHONS.items()
]


Environments = Callable[[int, str], Path]
"""Gives the interpreter of an environment, which is made when it is first asked for."""


@pytest.fixture(scope="session")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Environments:
    built = wheel(tmp_path_factory.mktemp("wheel"))

    @cache
    def made(minor: int, kind: str) -> Path:
        python = PYTHONS[minor]
        assert python is not None
        return environment(python, tmp_path_factory.mktemp(f"{kind}-{minor}"), built, requirements(kind, minor))

    return made


def test_some_python_is_found() -> None:
    assert any(PYTHONS.values())


@pytest.mark.parametrize("kind", ["oldest", "newest"])
@pytest.mark.parametrize("minor", HERE)
def test_the_clients_pass_their_tests(minor: int, kind: str, environments: Environments, tmp_path: Path) -> None:
    python = environments(minor, kind)
    # Elsewhere, so that nothing of the repository can be imported.
    tests = shutil.copytree(ROOT / "tests/clients", tmp_path / "clients")
    said = run(
        python, "-m", "pytest", "-q", "-p", "no:cacheprovider", tests, cwd=tmp_path, EMAILOPS_PYTHON=sys.executable
    )
    assert " passed" in said
    assert "skipped" not in said
    outside = run(python, "-c", "import importlib.util as util; print(util.find_spec('emailops'))", cwd=tmp_path)
    assert outside.strip() == "None"


@pytest.mark.skipif(PYTHONS[9] is None, reason="no Python 3.9 here")
def test_the_types_hold_for_the_oldest_python(environments: Environments, tmp_path: Path) -> None:
    python = environments(9, "newest")
    install(python, "mypy", "types-requests")
    configuration = tmp_path / "mypy.ini"
    configuration.write_text(
        "[mypy]\nstrict = true\n[mypy-mailchimp3.*,notifications_python_client.*]\nignore_missing_imports = true\n"
    )
    run(python, "-m", "mypy", "--config-file", configuration, "-p", "emailops_clients", cwd=tmp_path)
