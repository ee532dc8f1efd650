"""CONTRIBUTING followed to the letter: what a recipe adds works everywhere, and touches nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.recipes.following import copied, recipes

PLUG_INS = ("A rule", "A format", "A source")
MOST_FILES_OF_THE_PACKAGE = 2
"""The new one, and the table."""
CHECKS = [
    "tests/policy/test_rules.py",
    "tests/generate/test_golden.py",
    "tests/generate/test_reading_back.py",
    "tests/declaration/test_sources.py::test_a_source_has_a_value",
    "tests/store/test_schema.py::test_the_schema_of_a_file_is_that_of_the_formats_and_sources",
    "tests/store/test_schema.py::test_every_keyword_of_a_schema_is_understood",
]
ADDED = ["subject-shouted", "toml", "redirect_domains", "schema", "golden", "every_rule"]


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = copied(tmp_path_factory.mktemp("followed"))
    for title in PLUG_INS:
        for block in recipes()[title]:
            block.follow(folder)
    return folder


@pytest.mark.parametrize("title", PLUG_INS)
def test_a_plug_in_is_a_file_and_a_line(title):
    blocks = [block for block in recipes()[title] if block.path.startswith("emailops/")]
    tables = [block for block in blocks if block.where.startswith("in ")]

    assert len({block.path for block in blocks}) == MOST_FILES_OF_THE_PACKAGE
    assert sum(not block.where for block in blocks) == 1
    assert [len(block.text.splitlines()) for block in tables] == [1]


@pytest.mark.slow
def test_what_the_recipes_add_works(followed):
    tests = ["-m", "pytest", "--golden", "-k", " or ".join(ADDED), *CHECKS]
    subprocess.run([sys.executable, "-m", "tests.schemas"], cwd=followed, check=True)
    ran = subprocess.run([sys.executable, *tests], cwd=followed, capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert (followed / "tests/generate/golden/app/email/preview.toml").exists()
    assert '"toml"' in (followed / "schemas/file.schema.json").read_text(encoding="utf-8")
    assert '"redirect_domains"' in (followed / "schemas/file.schema.json").read_text(encoding="utf-8")


@pytest.mark.slow
def test_what_the_recipes_add_is_as_the_linter_wants_it(followed):
    changed = sorted({block.path for title in PLUG_INS for block in recipes()[title] if block.path.endswith(".py")})
    ruff = [sys.executable, "-m", "ruff"]
    subprocess.run([*ruff, "check", "--no-cache", "--fix", "--quiet", *changed], cwd=followed, check=True)
    ran = subprocess.run(
        [*ruff, "format", "--no-cache", "--diff", *changed], cwd=followed, capture_output=True, text=True, check=False
    )

    assert ran.returncode == 0, ran.stdout
