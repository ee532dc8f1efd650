"""The hooks for pre-commit: what each runs, and for which files (https://pre-commit.com/#creating-new-hooks)."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml

from emailops.store.tree import SECTIONS, WRITTEN
from tests.playing import Play

HOOKS = {
    hook["id"]: hook for hook in yaml.safe_load((Path(__file__).parents[1] / ".pre-commit-hooks.yaml").read_text())
}
FIELDS = {"id", "name", "description", "entry", "language", "pass_filenames", "files", "types", "always_run"}


def run(play: Play, hook: str) -> int:
    """As pre-commit starts it: at the top of the repository, without the names of files."""
    program, *arguments = shlex.split(HOOKS[hook]["entry"])
    assert program == "emailops"
    return play.run(*arguments).code


def test_they_have_the_fields_that_pre_commit_knows() -> None:
    for hook in HOOKS.values():
        assert hook.keys() <= FIELDS
        assert hook["language"] == "python"
        # What is scanned is what is committed; a state, or a checkout, is checked as a whole.
        assert hook.get("pass_filenames", True) == ("types" in hook) == (" scan " in hook["entry"])
        assert ("files" in hook or "types" in hook) != hook.get("always_run", False)


def test_a_state_is_validated_before_it_is_committed(minimal: Play) -> None:
    assert run(minimal, "emailops-validate") == 0
    minimal.edit("emailops.yaml", "format: 1", "format: 7")
    assert run(minimal, "emailops-validate") == 3


def test_a_generated_file_that_was_edited_is_not_committed(minimal: Play) -> None:
    assert minimal.run("generate", "web", "--into", ".").code == 0
    assert run(minimal, "emailops-generated") == 0
    file = minimal.folder / "permits/email/production.py"
    file.write_text(file.read_text().replace("sink@", "somebody@"))
    assert run(minimal, "emailops-generated") == 3


def test_what_is_scanned_are_the_files_that_are_committed(minimal: Play) -> None:
    (minimal.folder / "a.py").write_text("KEY = '3f9c1a7e5b2d8046e1f7a3c9b5d02e84-us9'\nTO = 'a@company.co.uk'\n")
    for hook, subject in (("emailops-scan-secrets", "mailchimp-key"), ("emailops-scan-domains", "company.co.uk")):
        program, *arguments = shlex.split(HOOKS[hook]["entry"])
        ran = minimal.run(*arguments, "a.py", "--format", "json")
        assert (program, ran.code, [finding["subject"] for finding in ran.json["findings"]]) == (
            "emailops",
            3,
            [subject],
        )


@pytest.mark.parametrize("folder", ["", "state/"])
def test_it_runs_for_every_file_of_a_state_and_for_no_other(folder: str) -> None:
    files = re.compile(HOOKS["emailops-validate"]["files"])
    state = ["emailops.yaml", "templates/a.md", *(f"{name}.yaml" for name in SECTIONS)]
    state += [f"{name}/a.yaml" for name in (*SECTIONS, *WRITTEN)]

    assert [path for path in state if not files.search(f"{folder}{path}")] == []
    assert [path for path in ("README.md", "src/keys.py", "app.yaml", "mystages.yaml") if files.search(path)] == []
