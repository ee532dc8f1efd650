"""Nine changes as their reviewers see them: in a comment, on a terminal and on a page, against words that were read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.playing import Play
from tests.stories.telling import settled, template, to_attest

GOLDEN = Path(__file__).parent / "golden"
FORMATS = {"text": "txt", "markdown": "md", "html": "html"}
OPEN_BEFORE = "notify-callback/marketplace"
"""Nobody has attested it: it was open before each of the nine, and belongs to none."""
SUCCESSOR = """\
production-2026:
  extends: _key
  kind: live
  stages: [production]
  purpose: apps and scripts in production
  secret: env:NOTIFY_KEY_PRODUCTION_2026
"""
PULL_REQUEST = {"GITHUB_EVENT_NAME": "pull_request"}


def redirect_domain(play: Play) -> None:
    play.edit("stages/_deployed.yaml", "    example.com:", "    example.org: invalid buyer\n    example.com:")


def new_iteration(play: Play) -> None:
    former = (play.state / "audiences/digital-outcomes-and-specialists-6.yaml").read_text()
    (play.state / "audiences/digital-outcomes-and-specialists-7.yaml").write_text(
        former.replace("Specialists 6", "Specialists 7")
    )
    play.edit("audiences/digital-outcomes-and-specialists-6.yaml", "status: open", "status: closing")


def designers_words(play: Play) -> None:
    """A designer changed them in Notify, and this accepts them."""
    body = "Hello\n\nFollow this link within 7 days:\n\n((url))"
    play.change_world(lambda world: template(world, "reset_password").update(version=4, body=body))
    assert play.run("accept", "notify-template/reset_password").code == 0


def rotated_key(play: Play) -> None:
    play.edit("keys.yaml", "functional-tests-preview:", f"{SUCCESSOR}\nfunctional-tests-preview:")
    play.edit("stages/production.yaml", "key: production", "key: production-2026")
    play.edit("emailops.yaml", "live_keys: 2", "live_keys: 3")


def secret_of_another_key(play: Play) -> None:
    play.edit(
        "consumers/_app.yaml",
        "DM_NOTIFY_API_KEY: notify",
        "DM_NOTIFY_API_KEY: {preview: key preview, staging: key functional-tests-staging, production: key production}",
    )


def moved_repository(play: Play) -> None:
    play.edit("consumers/jenkins.yaml", "https://github.com/", "https://git.elsewhere.example/")


def lifted_limit(play: Play) -> None:
    play.edit("emailops.yaml", "live_keys: 2", "live_keys: 6")


def leaver(play: Play) -> None:
    play.edit("notify.yaml", "  callback:", "  team: [developers]\n  callback:")


def nothing(play: Play) -> None:
    play.edit("consumers/scripts.yaml", "purpose: run from Jenkins", "purpose: started by Jenkins")


CHANGES: dict[str, Callable[[Play], None]] = {
    change.__name__.replace("_", "-"): change
    for change in (
        redirect_domain,
        new_iteration,
        designers_words,
        rotated_key,
        secret_of_another_key,
        moved_repository,
        lifted_limit,
        leaver,
        nothing,
    )
}


@pytest.fixture
def calm(marketplace: Play) -> Play:
    """A committed world in which one thing is open: a callback that nobody has attested."""
    marketplace.edit("people.yaml", "developers:", "sue: {role: tests, since: 2026-11-01}\ndevelopers:")
    marketplace.edit("notify.yaml", "  callback:", "  team: [developers, sue]\n  callback:")
    settled(marketplace)
    (marketplace.state / ".emailops/settings.json").unlink()
    assert marketplace.run("accept", "notify-template/reset_password").code == 0
    steps = [name for name in to_attest(marketplace.plan()) if name != OPEN_BEFORE]
    assert marketplace.run("attest", *steps, "--by", "developers").code == 0
    marketplace.commit_all()
    marketplace.git("switch", "--quiet", "--create", "work")
    return marketplace


@pytest.fixture
def changed(calm: Play, request: pytest.FixtureRequest) -> tuple[str, Play]:
    if request.param == "leaver":
        calm.edit("notify.yaml", "  team: [developers, sue]\n", "")
    CHANGES[request.param](calm)
    return request.param, calm


def shown(play: Play, *arguments: str) -> str:
    """What a plan says, the moment and the digests aside: those are of the day."""
    ran = play.run("plan", *arguments, **PULL_REQUEST)
    assert ran.code == 0, ran.err
    said = re.sub(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2} UTC", "TODAY", ran.out)
    said = re.sub(r"\b[0-9a-f]{64}\b", "DIGEST", said)
    said = re.sub(r"\bchange [0-9a-f]{4}-[0-9a-f]{4}\b", "change DIGEST", said)
    return said.replace(play.git("rev-parse", "main")[:12], "MAIN")


@pytest.mark.few(1)
@pytest.mark.parametrize("changed", CHANGES, indirect=True)
def test_a_reviewer_reads_what_was_read_before(changed, request):
    name, play = changed
    for format_, ending in FORMATS.items():
        said = shown(play, "--format", format_)
        path = GOLDEN / f"{name}.{ending}"
        if request.config.getoption("--golden", default=False):
            path.parent.mkdir(exist_ok=True)
            path.write_text(said)
        assert said == path.read_text(), f"{name} as {format_}"


@pytest.mark.few(1)
@pytest.mark.parametrize("changed", CHANGES, indirect=True)
def test_what_was_open_before_stands_below_everything_of_the_change(changed):
    name, play = changed
    lines = shown(play).splitlines()
    below = lines.index("open" if name == "nothing" else "open before this change")
    assert not [line for line in lines[:below] if OPEN_BEFORE in line]
    assert [line for line in lines[below:] if OPEN_BEFORE in line]


@pytest.mark.few(1)
@pytest.mark.parametrize("changed", CHANGES, indirect=True)
def test_review_asks_about_each_and_about_nothing_else(changed):
    name, play = changed
    before = "0" * 64
    assert play.run("plan", "--out", "plan.json").code == 0
    plan = json.loads((play.folder / "plan.json").read_text())
    asked = 0 if name in ("nothing", "leaver") else 4
    assert play.run("review", "plan.json", "--reviewed", before).code == asked
    assert play.run("review", "plan.json", "--reviewed", plan["change"]).code == 0
