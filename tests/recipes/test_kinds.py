"""The recipes for kinds, followed to the letter: an attested one works at once, the managed one is the product's."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.recipes.following import ROOT, copied, recipes

ATTESTED, MANAGED = "An attested kind", "A managed kind"
MOST_FILES_OF_THE_PACKAGE = {ATTESTED: 2, MANAGED: 3}
"""The new one, the table, and what a provider cannot do yet."""
ATTESTS = """
import json, shutil, sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from emailops.cli import main

def run(*arguments):
    with redirect_stdout(StringIO()) as out:
        code = main([*arguments, "--state", "state"])
    return [int(code), out.getvalue()]

shutil.copytree("tests/states/minimal", "state")
with open("state/emailops.yaml", "a") as file:
    file.write("notify: {permits: {text_sender: PERMITS}}\\n")
name = "notify-text-sender/permits"
plan = ("plan", "--only", "notify-text-sender/*", "--format", "json")
said = {"validate": run("validate"), "explain": run("explain", name, "--format", "json"), "before": run(*plan)}
said["attest"] = run("attest", name, "--by", "developers")
said["after"] = run(*plan)
print(json.dumps(said))
"""
WITHOUT = """
import json
from emailops.kinds import KINDS, resources
from emailops.declaration.build import declare
from emailops.providers.mailchimp import MailchimpWriter
from emailops.store.state import load
from emailops.store.tree import read_directory
from pathlib import Path

state = load(read_directory(Path("tests/states/crash")))
found = [finding.message for finding in state.findings]
print(json.dumps([list(KINDS), found, len(resources(declare(state)))]))
"""


def ran(folder: Path, script: str) -> Any:
    """What a program says in the copy, with the copy's own package and the schemas beside it."""
    done = subprocess.run([sys.executable, "-c", script], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("title", [ATTESTED, MANAGED])
def test_a_kind_is_a_file_a_line_and_what_a_provider_cannot_do_yet(title):
    blocks = recipes()[title]
    package = [block for block in blocks if block.path.startswith("emailops/")]
    table = [block for block in package if block.where.startswith("in KINDS")]

    assert len({block.path for block in package}) == MOST_FILES_OF_THE_PACKAGE[title]
    assert sum(not block.where for block in package) == 1
    assert [len(block.text.splitlines()) for block in table] == [1]
    assert len({block.path for block in blocks} - {block.path for block in package}) == 1, "one schema"


@pytest.mark.slow
def test_an_attested_kind_is_declared_explained_planned_and_attested(tmp_path):
    folder = copied(tmp_path / "copy")
    for block in recipes()[ATTESTED]:
        block.follow(folder)
    said = ran(folder, ATTESTS)
    (step,) = json.loads(said["before"][1])["steps"]

    assert said["validate"][0] == said["explain"][0] == said["attest"][0] == 0, said
    assert '"PERMITS"' in said["explain"][1]
    assert step["resource"] == "notify-text-sender/permits"
    assert step["then"] == "emailops attest notify-text-sender/permits"
    assert json.loads(said["after"][1])["steps"] == []


@pytest.mark.slow
def test_the_managed_kind_is_the_one_that_the_product_has(tmp_path):
    folder = copied(tmp_path / "copy")
    blocks = recipes()[MANAGED]
    for block in reversed(blocks):
        block.undo(folder)
    kinds, found, before = ran(folder, WITHOUT)
    assert "mailchimp-merge-field" not in kinds
    assert any("merge_fields" in message for message in found), "nothing else knows of it"

    for block in blocks:
        block.follow(folder)
    kinds, found, after = ran(folder, WITHOUT)
    assert "mailchimp-merge-field" in kinds
    assert (found, after) == ([], before + 2)
    assert [(folder / block.path).read_bytes() for block in blocks] == [
        (ROOT / block.path).read_bytes() for block in blocks
    ]


@pytest.mark.slow
@pytest.mark.parametrize("title", [ATTESTED])
def test_what_the_recipe_adds_is_as_the_linter_wants_it(tmp_path, title):
    folder = copied(tmp_path / "copy")
    blocks = [block for block in recipes()[title] if block.path.endswith(".py")]
    for block in blocks:
        block.follow(folder)
    changed = sorted({block.path for block in blocks})
    ruff = [sys.executable, "-m", "ruff"]
    subprocess.run([*ruff, "check", "--no-cache", "--fix", "--quiet", *changed], cwd=folder, check=True)
    formatted = [*ruff, "format", "--no-cache", "--diff", *changed]
    done = subprocess.run(formatted, cwd=folder, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout
