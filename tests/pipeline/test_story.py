"""One change on its whole way, by the commands that people and jobs run: from a pull request to delivered files."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from emailops.store import plans
from tests.pipeline.scene import CONFIG, DOMAIN, PREFIX, SENDER
from tests.stories.telling import NO_KEYS, assert_refused, managed, nothing_written, statuses

READERS = ("user-frontend", "scripts")
BRANCH = "emailops/settings"


def clone(scene, name):
    """A fresh checkout of main, as an agent makes one, with the keys."""
    folder = scene.folder / name
    scene.git("clone", "--quiet", f"{PREFIX}{CONFIG}.git", str(folder), folder=scene.folder)
    return replace(scene.play, folder=folder)


def planned(play, *arguments, **environment):
    ran = play.run("plan", "--out", "plan.json", *arguments, **environment)
    assert ran.code == 0, ran.err
    return json.loads((play.folder / "plan.json").read_text())


def proposed(scene, *edits):
    """A branch with these edits and the plan of its pull request, made without a key from what the night saw."""
    scene.branch("change")
    for edit in edits:
        scene.play.edit(*edit)
    scene.commit()
    seen = scene.play.folder / "observation.json"
    seen.write_text(scene.repositories.read(CONFIG, "emailops/ledger", "observation.json"))
    return planned(scene.play, "--observed", str(seen), "--base", "origin/main", **NO_KEYS)


def with_another_sender(change):
    return replace(change, fields=tuple(replace(field, after="Another Team") for field in change.fields))


def apply(play, *arguments):
    return play.run("apply", "plan.json", "--format", "json", *arguments)


@pytest.fixture
def night(scene):
    """The night has been: the ledger's branch holds an observation."""
    assert clone(scene, "night").run("drift", "--save").code == 0
    return scene


@pytest.mark.slow
def test_from_a_pull_request_to_delivered_files(night):
    shown = proposed(night, DOMAIN, SENDER)
    assert shown["review_only"] is True
    assert len(managed(shown)) == 21
    night.merge("change")

    agent = clone(night, "agent")
    (agent.folder / "plan.json").write_text(json.dumps(shown))
    with nothing_written(agent):
        assert_refused(apply(agent, "--approved", shown["digest"]), "review-only")
    plan = planned(agent)
    assert plan["change"] == shown["change"]
    assert plan["digest"] != shown["digest"], "it pins what was read just now"
    assert agent.run("review", "plan.json", "--reviewed", shown["change"]).code == 0
    ran = apply(agent, "--approved", plan["digest"], "--report", "report.json")
    assert ran.code == 0, ran.err
    assert set(statuses(ran.json).values()) == {"done"}
    assert json.loads((agent.folder / "report.json").read_text()) == ran.json

    assert agent.run("deliver", *READERS).code == 0
    assert "example.org" in night.repositories.read("user-frontend", BRANCH, "email_config.py")
    assert "example.org" in night.repositories.read("scripts", BRANCH, "dmscripts/email_config/production.py")
    assert BRANCH not in night.repositories.branches("supplier-frontend")
    for name in READERS:
        night.repositories.merge(name, BRANCH)
    assert {file["status"] for file in agent.run("consumers", *READERS, "--format", "json").json["files"]} == {
        "current"
    }

    second = planned(agent)
    assert (managed(second), second["declared"], second["steps"]) == ({}, [], [])
    runs = agent.run("log", "--format", "json").json["runs"]
    line = next(run for run in runs if run["command"] == "apply")
    assert (line["change"], line["commit"]) == (shown["change"], night.git("rev-parse", "origin/main"))


@pytest.mark.slow
def test_a_squashed_pull_request_is_the_same_change(night):
    shown = proposed(night, DOMAIN, SENDER)
    night.merge("change", squashed=True)
    assert planned(clone(night, "agent"))["change"] == shown["change"]


@pytest.mark.slow
def test_a_main_that_moved_is_refused(night):
    proposed(night, SENDER)
    night.merge("change")
    agent = clone(night, "agent")
    plan = planned(agent)
    night.play.edit(*DOMAIN)
    night.commit("Somebody else's")
    with nothing_written(agent):
        assert_refused(apply(agent, "--approved", plan["digest"]), "moved")
        assert agent.run("deliver", *READERS).code == 4
    assert night.repositories.branches("scripts").keys() == {"main"}


@pytest.mark.slow
def test_a_replayed_older_build_is_refused(night):
    agent = clone(night, "older")
    older = planned(agent)
    proposed(night, SENDER)
    night.merge("change")
    newer = clone(night, "newer")
    assert apply(newer, "--approved", planned(newer)["digest"]).code == 0
    with nothing_written(agent):
        assert_refused(apply(agent, "--approved", older["digest"]), "moved")


@pytest.mark.slow
def test_a_tampered_plan_is_refused(night):
    proposed(night, SENDER)
    night.merge("change")
    agent = clone(night, "agent")
    approved = planned(agent)["digest"]
    file = agent.folder / "plan.json"
    honest = plans.read(file)

    file.write_text(file.read_text().replace('"The Team"', '"Another Team"'))
    with nothing_written(agent):
        assert agent.run("apply", "plan.json", "--approved", approved).code == 1

    fitting = replace(honest, changes=tuple(map(with_another_sender, honest.changes)))
    file.write_text(json.dumps(plans.as_json(fitting)))
    with nothing_written(agent):
        ran = agent.run("apply", "plan.json", "--approved", approved)
        assert ran.code == 1
        assert "the plan is not the approved one" in ran.err
        assert_refused(apply(agent, "--approved", fitting.digest), "overtaken")
