"""The package beside the modules of the stages is the settings of one, wherever it is imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from emailops.generate import FORMATS, edited
from emailops.generate.format import Chooser, Header

from .states import IDS, generated, small_state

WORDS = "{preview: [preview, local, dev]}"
FILE = (
    "'mail/config/{stage}.py': {format: python, chosen_by: APP_STAGE, settings: {NEWS: audience news, TO: {value: a}}}"
)


@pytest.fixture(name="checkout")
def _checkout(tmp_path: Path) -> Path:
    for file in generated(FILE, stage_names=WORDS):
        path = tmp_path / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.content or "")
    (tmp_path / "mail/__init__.py").touch()
    return tmp_path


def printed(checkout: Path, program: str, **environment: str) -> str:
    command = [sys.executable, "-c", program]
    found = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)
    return found.stdout.strip() or found.stderr.strip().splitlines()[-1]


READ = "from mail import config; print(config.NEWS)"


@pytest.mark.few(4)
@pytest.mark.parametrize(
    ("environment", "id_"),
    [
        ({}, "aaaaaaaaa2"),
        ({"APP_STAGE": ""}, "aaaaaaaaa2"),
        ({"APP_STAGE": "preview"}, "aaaaaaaaa2"),
        ({"APP_STAGE": "local"}, "aaaaaaaaa2"),
        ({"APP_STAGE": "dev"}, "aaaaaaaaa2"),
        ({"APP_STAGE": "production"}, "aaaaaaaaa1"),
    ],
)
@pytest.mark.parametrize("program", [READ, "from mail.config import NEWS; print(NEWS)"])
def test_the_variable_names_the_stage_in_the_readers_words(checkout, program, environment, id_):
    assert printed(checkout, program, **environment) == id_


def test_it_can_be_imported_though_the_variable_names_no_stage(checkout):
    assert printed(checkout, "import mail.config; print('imported')", APP_STAGE="prod") == "imported"
    assert printed(checkout, READ, APP_STAGE="prod") == (
        "ValueError: there is no stage 'prod': write one of preview, local, dev, production"
    )


def test_a_command_line_that_names_a_stage_needs_no_variable(checkout):
    program = "from mail import config; print(config.of('production').NEWS, config.of('dev').NEWS)"

    assert printed(checkout, program, APP_STAGE="preview") == "aaaaaaaaa1 aaaaaaaaa2"


def test_a_name_that_no_setting_has_is_missed_as_in_any_module(checkout):
    assert printed(checkout, "from mail.config import OTHER").startswith("ImportError: cannot import name 'OTHER'")
    assert printed(checkout, "import mail.config; print(hasattr(mail.config, 'OTHER'))") == "False"
    assert printed(checkout, "import mail.config; print(hasattr(mail.config, '__path__'))") == "True"


def test_it_is_a_generated_file_like_any_other(checkout):
    content = (checkout / "mail/config/__init__.py").read_text()

    assert edited(content) is None
    assert edited(content.replace("preview", "production")) == "it has been edited: its digest does not fit"
    assert FORMATS["python"].read(content) == {"": {"_STAGES": ["preview", "local", "dev", "production"]}}


@pytest.mark.parametrize(
    ("settings", "is_written"), [("NEWS: audience news", False), ("ALL: {table: {news: audience news}}", True)]
)
def test_it_waits_for_the_ids_that_a_module_waits_for(settings, is_written):
    """Without the modules, the package could not be imported."""
    file = FILE.replace("NEWS: audience news", settings)
    ids = {name: id_ for name, id_ in IDS.items() if name != "mailchimp-audience/news"}
    found = {made.path: (made.content is not None, made.pending) for made in generated(file, ids=ids)}

    assert found == {
        "mail/config/preview.py": (True, ()),
        "mail/config/production.py": (is_written, ("mailchimp-audience/news",)),
        "mail/config/__init__.py": (is_written, ("mailchimp-audience/news",)),
    }


def test_a_formatter_changes_nothing():
    choice = Chooser("APP_STAGE", tuple(f"stage-{number}" for number in range(40)))
    content = FORMATS["python"].chooser[1](Header("a.yaml", ("a.yaml",), ""), choice)
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length=120", "-"]

    assert subprocess.run(command, input=content.encode(), capture_output=True, check=True).stdout.decode() == content


@pytest.mark.parametrize(
    "file",
    [
        "a.json: {format: json, chosen_by: A, settings: {A: redirects}}",
        "a.yaml: {format: paas-vars, shape: variables, chosen_by: A, settings: {a: redirects}}",
    ],
)
def test_only_modules_are_chosen(file):
    assert "the field chosen_by does not belong beside the rest" in [
        found.message for found in small_state(file).findings
    ]
