"""The recipe for a scanner, followed to the letter: it has waivers, baselines, formats and help like every other."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.recipes.following import copied, recipes

TITLE = "A scanner"
MOST_FILES_OF_THE_PACKAGE = 3
"""What finds, its command, and the table."""


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = copied(tmp_path_factory.mktemp("followed"))
    for block in recipes()[TITLE]:
        block.follow(folder)
    (folder / "steps.txt").write_text("call 07911 123456\n")
    return folder


def ran(folder: Path, *arguments: str, code: int = 0) -> str:
    done = subprocess.run([sys.executable, "-m", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def test_it_is_two_files_and_a_line():
    blocks = [block for block in recipes()[TITLE] if block.path.startswith("emailops/")]
    tables = [block for block in blocks if block.where]

    assert len({block.path for block in blocks}) == MOST_FILES_OF_THE_PACKAGE
    assert [len(block.text.splitlines()) for block in tables] == [1]


@pytest.mark.slow
def test_its_own_test_and_those_of_every_command_pass(followed):
    ran(followed, "pytest", "-q", "tests/scan/test_numbers.py", "tests/test_help.py", "-k", "number or scan")


@pytest.mark.slow
def test_it_has_what_every_scan_has(followed):
    scan = ("emailops", "scan", "numbers", "steps.txt")

    assert "numbers" in ran(followed, "emailops", "scan", "--help")
    assert (
        json.loads(ran(followed, *scan, "--format", "sarif", code=3))["runs"][0]["results"][0]["ruleId"]
        == "number-real"
    )
    assert "1 finding written" in ran(followed, *scan, "--baseline", "known.json", "--update-baseline")
    assert "no findings, 1 in the baseline" in ran(followed, *scan, "--baseline", "known.json")


@pytest.mark.slow
def test_it_is_as_the_linter_wants_it(followed):
    changed = sorted({block.path for block in recipes()[TITLE] if block.path.endswith(".py")})
    ran(followed, "ruff", "check", "--no-cache", "--quiet", *changed)
    ran(followed, "ruff", "format", "--no-cache", "--quiet", "--check", *changed)
    ran(
        followed,
        "mypy",
        "--no-error-summary",
        "--cache-dir",
        "/dev/null",
        "emailops/scan/numbers.py",
        "emailops/cli/scan/numbers.py",
    )
