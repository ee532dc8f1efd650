"""How a page is run: what ends otherwise than it says, or is not known, does not pass unread."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs import flow
from tests.docs.pages import anchors
from tests.docs.shell import written_anew

SCENE = "<!-- scene: permits -->\n"


def page(language: str, *lines: str, scene: str = SCENE) -> str:
    return "\n".join([scene, f"```{language}", *lines, "```", ""])


def test_output_is_written_below_its_command(tmp_path: Path) -> None:
    written = written_anew(page("console", "$ emailops validate", "something old", "and more"), tmp_path / "page")
    assert "$ emailops validate\nno errors · 2 stages" in written
    assert "old" not in written
    assert written_anew(written, tmp_path / "again") == written


def test_commands_of_one_scene_follow_each_other(tmp_path: Path) -> None:
    text = page("sh", "emailops plan --out plan.json") + page("sh", "emailops show plan.json", scene="")
    assert written_anew(text, tmp_path / "page") == text


def test_another_scene_begins_anew(tmp_path: Path) -> None:
    text = page("sh", "emailops plan --out plan.json") + page("sh", "emailops show plan.json")
    with pytest.raises(AssertionError, match=r"show plan\.json: ended with"):
        written_anew(text, tmp_path / "page")


@pytest.mark.few(2)
@pytest.mark.parametrize(
    ("language", "line", "words"),
    [
        ("sh", "emailops show nothing/here", "ended with 1"),
        ("sh", "emailops validate      # ends with 3", "ended with 0"),
        ("sh", "emailops vallidate", "ended with 64"),
        ("sh", "make no-such-target", "ended with 2"),
        ("sh", "rm -rf /", "no test knows how to run rm"),
        ("sh", "export NOTIFY_KEY_OF_NOBODY=...", "NOTIFY_KEY_OF_NOBODY"),
        ("diff", "@@ emailops.yaml\n-not there\n+new", "does not hold this once"),
    ],
)
def test_what_ends_otherwise_does_not_pass(tmp_path: Path, language: str, line: str, words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        written_anew(page(language, line), tmp_path / "page")


def test_a_block_without_a_scene_does_not_pass(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="no scene"):
        written_anew(page("sh", "emailops validate", scene=""), tmp_path / "page")


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("What to do after ...", "what-to-do-after-"),
        ("`emailops.yaml`", "emailopsyaml"),
        ("On a developer's machine", "on-a-developers-machine"),
        ("jenkins-vars", "jenkins-vars"),
    ],
)
def test_an_anchor_is_the_one_that_github_makes(heading: str, anchor: str) -> None:
    assert anchors(f"# {heading}\n\n# {heading}\n") == {anchor, f"{anchor}-1"}


def test_a_line_that_is_no_part_of_a_picture_does_not_pass() -> None:
    with pytest.raises(ValueError, match="what is 'bix a'"):
        flow.picture("bix a")
