"""What an editor with the YAML language server shows of a state, in one file and in folders."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import pytest

from emailops.cli import main
from emailops.declaration.sources import SOURCES
from emailops.tasks import editor_schemas
from tests.extra.language_server import Editor, editor
from tests.world import STATES

MINIMAL = (STATES / "minimal/emailops.yaml").read_text()
FILES = "permits/email/{stage}.py: {format: python, settings: {TEMPLATES: templates, REDIRECTS: redirects}}"
OPEN = "permits/email/{stage}.py:\n        format: python\n        settings:\n          TEMPLATES: \n"


@pytest.fixture
def one_file(tmp_path: Path) -> Iterator[Editor]:
    """A state in one file with the line that `init` writes, and the schemas beside it."""
    editor_schemas.write_beside(tmp_path)
    (tmp_path / "emailops.yaml").write_text(editor_schemas.LINE + MINIMAL)
    with editor(tmp_path) as opened:
        yield opened


@pytest.fixture
def folders(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Editor]:
    """A state in files and folders, with the settings that `emailops schemas` prints."""
    shutil.copytree(STATES / "digital-marketplace", tmp_path / "state")
    with chdir(tmp_path):
        assert main(["schemas", "schemas", "--state", "state"]) == 0
    settings = json.loads(capsys.readouterr().out)
    with editor(tmp_path, {"schemas": settings["yaml.schemas"]}) as opened:
        yield opened


def test_nothing_is_underlined_in_a_state_of_one_file(one_file: Editor) -> None:
    assert one_file.open("emailops.yaml") == []


def test_what_is_wrong_is_underlined_at_its_place(one_file: Editor) -> None:
    text = editor_schemas.LINE + MINIMAL.replace("deployed: false", "deployd: false")
    marks = one_file.open("wrong.yaml", text)

    assert [mark.line for mark in marks] == [13, 13]
    assert "Property deployd is not allowed." in {mark.message for mark in marks}


def test_every_source_is_offered_with_what_it_gives(one_file: Editor) -> None:
    text = editor_schemas.LINE + MINIMAL.replace(FILES, OPEN)
    line = next(number for number, row in enumerate(text.splitlines(), 1) if row.strip() == "TEMPLATES:")
    one_file.open("open.yaml", text)
    offered = one_file.offered("open.yaml", line, len("          TEMPLATES: ") + 1)

    for word, source in SOURCES.items():
        if source.alone:
            assert offered[word] == source.alone
        if source.named:
            assert offered[f"{word} NAME"] == source.named


def test_a_field_says_what_it_means(one_file: Editor) -> None:
    one_file.open("emailops.yaml")

    assert "from a developer's machine to production" in one_file.told("emailops.yaml", 4, 3)


def test_nothing_is_underlined_in_any_file_of_a_state_in_folders(folders: Editor, tmp_path: Path) -> None:
    paths = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.glob("state/**/*.yaml"))

    assert len(paths) > 30
    assert {path: marks for path in paths if (marks := folders.open(path))} == {}


WRONG = {
    "state/emailops.yaml": "formt: 1\n",
    "state/stages/_deployed.yaml": "deployd: true\n",
    "state/stages/new.yaml": "deployd: true\n",
    "state/audiences/_new.yaml": "statuss: open\n",
    "state/audiences/new-one.yaml": "statuss: open\n",
    "state/audiences.yaml": "new: {statuss: open}\n",
    "state/keys.yaml": "new: {kinds: live}\n",
    "state/keys/1.yaml": "kinds: live\n",
    "state/consumers/New.yaml": "sends: notify\n",
    "state/templates.yaml": "new: {type: fax}\n",
    "state/people/ada.yaml": "roles: develops\n",
    "state/notify.yaml": "permits: {guests: []}\n",
    "state/waivers.yaml": "- {rules: a}\n",
    "state/recorded/shared.yaml": "here: there\n",
    "state/attestations/notify-key/new.yaml": "by_whom: ada\n",
}


@pytest.mark.parametrize(("path", "text"), WRONG.items(), ids=WRONG)
def test_each_file_has_its_schema(folders: Editor, path: str, text: str) -> None:
    assert folders.open(path, text)


@pytest.mark.parametrize(
    ("path", "text", "missing"),
    [
        ("state/stages/_new.yaml", "notify: {key: live}\n", False),
        ("state/stages/new.yaml", "notify: {key: live}\n", True),
        ("state/stages/new.yaml", "extends: _deployed\n", False),
        ("state/keys.yaml", "_key: {owner: developers}\n", False),
        ("state/keys.yaml", "key: {owner: developers}\n", True),
        ("state/keys.yaml", "key: {extends: _key}\n", False),
    ],
)
def test_a_base_and_what_extends_one_may_lack_fields(folders: Editor, path: str, text: str, missing: bool) -> None:
    marks = folders.open(path, text)

    assert bool(marks) == missing
    assert all(mark.message.startswith("Missing property") for mark in marks)
