"""Wherever a text can stand in an answer, a secret that is repeated there reaches no output and no file."""

from __future__ import annotations

import re
import shutil
from itertools import product

import pytest

from tests.hostile.answers import BODIES, Hostile, forms, planting, refusing
from tests.playing import Play, impatient
from tests.slices import part
from tests.stories.telling import UPDATES, assert_plain_failure, drift, planned, tree
from tests.world import STATES, accounts_for, declaration_of, environment_for

STATUSES = (200, 400, 401, 403, 404, 429, 500, 503)
PLACES = range(40)
BEGUN = ("--stages", "development,production", "--redirect-to", "success@simulator.amazonses.com")
BEGUN += ("--mailchimp", "env:MAILCHIMP_KEY", "--state", "begun")
COMMANDS = {
    "plan": ("plan", "--out", "plan.json"),
    "plan as markdown": ("plan", "--format", "markdown"),
    "plan as html": ("plan", "--format", "html"),
    "drift": ("drift", "--observed", "observed.json", "--save"),
    "apply": ("apply", "before.json", "--report", "report.json"),
    "apply now": ("apply", "--stage", "shared", "--yes", "--format", "json"),
    "init": ("init", "--service", "S", "--notify-key", "env:NOTIFY_KEY_DEVELOPMENT", *BEGUN),
    "import": ("import", "mailchimp"),
    "import of ids": ("import", "--recorded-only", "--yes"),
    "accept": ("accept", "notify-template/reset_password"),
    "adopt": ("adopt", UPDATES, "7534b3e89a"),
    "explain": ("explain", "notify-template/reset_password", "--ask"),
    "probe": ("probe", "preview", "--yes", "--wait", "0"),
    "rehearse": ("rehearse",),
}
REFUSALS = list(product(COMMANDS, STATUSES, BODIES))
PLANTED = list(product(COMMANDS, (-1, *PLACES)))


@pytest.fixture(scope="module")
def hostile():
    with Hostile({}) as sandbox:
        yield sandbox


@pytest.fixture
def play(tmp_path, hostile):
    """A state with something to apply, in whose world something has changed."""
    shutil.copytree(STATES / "digital-marketplace", tmp_path / "state")
    declaration = declaration_of(tmp_path / "state")
    hostile.spoil = None
    hostile.reset()
    hostile.replace(accounts_for(declaration))
    keys = environment_for(declaration, hostile.notify_url, hostile.mailchimp_url)
    playing = Play(tmp_path, hostile, {**impatient(tmp_path), **keys})
    drift(playing)
    playing.edit("emailops.yaml", "owns: declared", "owns: everything")
    planned(playing, path="before.json")
    return playing


def _assert_kept(play, ran, command):
    texts = {name: content.decode(errors="replace") for name, content in tree(play.folder).items()}
    for where, text in {**texts, "standard output": ran.out, "standard error": ran.err}.items():
        for name, secret in play.environment.items():
            if "KEY" not in name:
                continue
            half = secret[-36:] if name.startswith("NOTIFY") else secret.partition("-")[0]
            for form in {*forms(secret), half, half.upper()}:
                core = form[4:-4]
                assert core not in text, (command, where, name, text[max(0, text.index(core) - 60) :][:200])
        assert not re.search(r"eyJ[\w-]+\.[\w-]+\.", text), (command, where, "a signed token")
    assert ran.code not in (64, 70), (command, ran.err)


@pytest.mark.few(1)
@pytest.mark.parametrize(("command", "status", "body"), part(REFUSALS, 29))
def test_of_an_answer_that_repeats_it(play, command, status, body):
    play.sandbox.spoil = refusing(status, BODIES[body])
    _assert_kept(play, play.run(*COMMANDS[command]), command)


@pytest.mark.few(1)
@pytest.mark.parametrize(("command", "place"), part(PLANTED, 17))
def test_of_a_true_answer_in_which_it_stands(play, command, place):
    play.sandbox.spoil = planting(place)
    _assert_kept(play, play.run(*COMMANDS[command]), command)


@pytest.mark.slow
def test_of_a_template_into_which_somebody_pasted_a_key(play):
    keys = [value for name, value in play.environment.items() if "KEY" in name]

    def paste(world):
        for template, key in zip(world["notify"]["services"][0]["templates"], keys, strict=False):
            template["body"] = f"Our key is {key}, keep it."
            template["name"] += f" {key}"
            template["version"] += 1

    play.change_world(paste)
    for name, command in COMMANDS.items():
        _assert_kept(play, play.run(*command), name)


def test_something_is_shown_where_it_stood(play):
    """A mask that hides all of an answer would hide what went wrong."""
    play.sandbox.spoil = refusing(403, lambda echo: {"title": "t", "detail": f"You sent {echo}: no.", "status": 403})
    ran = play.run("import", "mailchimp")
    assert_plain_failure(ran, "You sent Basic <a secret>")
    assert ran.err.splitlines()[0].endswith(": no.")
