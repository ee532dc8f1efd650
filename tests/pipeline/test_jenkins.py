"""The Jenkinsfile executed: every shell step of it, in order, against the sandbox and bare Git repositories."""

from __future__ import annotations

import json
import time

import pytest

from tests.pipeline.actions import pull
from tests.pipeline.jenkins import AMBER, GREEN, GREY, RED, Build, shells
from tests.pipeline.scene import CONSUMERS, DOMAIN, SENDER, TOKEN
from tests.stories.telling import ALL_KEYS, NO_KEYS, audience, drift

GUEST = ("notify.yaml", "guest_list:", "guest_list:\n    - {address: a@example.com, why: trial, until: 2027-01-01}")
DOS5_ID = "eebeddcc2b"


def merged(scene, *edits):
    """A pull request with these edits, merged: the change that a plan without keys shows, and the commit on main."""
    scene.branch("change")
    for edit in edits:
        scene.play.edit(*edit)
    scene.commit()
    assert scene.play.run("drift", "--observed", "observation.json").code in (0, 2, 6)
    planned = ("plan", "--observed", "observation.json", "--base", "origin/main", "--format", "json")
    change = scene.play.run(*planned, **NO_KEYS).json["change"]
    return change, scene.merge("change")


def applied(build):
    """The audit line of the build's apply; its delivery has one of its own."""
    return next(line for line in archived(build, "log.json")["runs"] if line["command"] == "apply")


def archived(build, name):
    return json.loads(build.archived(name).read_text())


def from_name(scene):
    return audience(scene.play.sandbox.state(), DOS5_ID)["campaign_defaults"]["from_name"]


def scripts(job, *stages):
    declared = {statement.tokens[2].text: statement for statement in job.source["pipeline"]["stages"].block}
    return [shell.script for name in stages for shell in shells(declared[name])]


@pytest.mark.slow
def test_what_a_pull_request_showed_is_applied_and_delivered_without_asking(scene):
    job = scene.job()
    assert scene.play.run("drift", "--save").code == 0
    run = pull(scene, DOMAIN, SENDER)
    [comment] = scene.hosting.comments
    change = run.outputs["steps.plan.outputs.change"]
    assert change in comment["body"]

    commit = scene.merge("change", squashed=True)
    build = Build(job, "origin/main").run()
    assert (build.result, build.stages, build.asked) == (GREEN, ["Plan", "Apply"], "")
    assert build.executed == scripts(job, "Plan", "Apply")
    assert from_name(scene) == "The Team"
    for name in CONSUMERS:
        assert "emailops/settings" in scene.repositories.branches(name)
    assert "example.org" in scene.repositories.read("user-frontend", "emailops/settings", "email_config.py")
    assert len(scene.hosting.pulls) == len(CONSUMERS)

    counts, next_ = build.description.splitlines()
    assert counts.startswith("21 to update · 7 consumers to update")
    assert next_.startswith(f"change {change[:4]}-{change[4:8]}")
    assert archived(build, "plan.json")["change"] == change
    assert archived(build, "report.json")["converged"] is True
    noted = applied(build)
    assert (noted["commit"], noted["change"]) == (commit, change)
    assert "<h1>" in build.archived("plan.html").read_text()
    secrets = [TOKEN, *(scene.play.environment[name] for name in ALL_KEYS)]
    kept = build.log + "".join(path.read_text() for path in build.archived("").iterdir())
    assert not [secret for secret in secrets if secret in kept]


@pytest.mark.slow
def test_a_change_that_nobody_reviewed_needs_someone_who_did_not_write_it_and_an_older_commit_a_reason(scene):
    scene.play.edit(*SENDER)
    commit = scene.commit("Straight to main")
    scene.play.edit(*DOMAIN)
    scene.commit("Straight to main, too, and wrong")
    job, why = scene.job(), {"ROLLBACK": "the domain belongs to somebody"}
    refused = Build(job, commit, why, answer=("sam", "")).run()
    digest = archived(refused, "plan.json")["digest"]
    assert (refused.result, refused.stages) == (RED, ["Plan", "Approve", "Apply"])
    assert f"Approve {digest}?" in refused.asked
    assert "what was reviewed is not known, and this plan makes" in refused.log
    assert archived(refused, "report.json")["gate"]["name"] == "approver"
    assert from_name(scene) == "Digital Marketplace Team"

    urgent = Build(job, commit, why, answer=("sam", "replies reach the wrong team")).run()
    assert urgent.result == GREEN
    assert archived(urgent, "report.json")["gate"] is None, "not the one that lay about in the workspace"
    noted = applied(urgent)
    assert (noted["approved_by"], noted["break_glass"]) == ("sam", "replies reach the wrong team")
    assert noted["rollback"] == why["ROLLBACK"]
    assert from_name(scene) == "The Team"
    assert "example.org" not in scene.repositories.read("user-frontend", "emailops/settings", "email_config.py")


@pytest.mark.slow
def test_what_reaches_main_while_a_build_waits_is_not_applied_by_it(scene):
    scene.play.edit(*SENDER)
    scene.commit()

    def moves():
        scene.play.edit(*DOMAIN)
        scene.commit()

    build = Build(scene.job(), "origin/main", answer=("ada", ""), meanwhile=moves).run()
    assert (build.result, archived(build, "report.json")["gate"]["name"]) == (RED, "moved")
    assert not any("emailops deliver" in statement for statement in build.executed)


@pytest.mark.slow
def test_the_account_of_an_aborted_apply_is_kept(scene):
    change, commit = merged(scene, SENDER)
    scene.play.sandbox.set_faults([{"route": "PATCH /3.0/lists/*", "do": "slow", "seconds": 0.2}])

    def under_way():
        ends = time.monotonic() + 60
        while sum(request.method == "PATCH" for request in scene.play.sandbox.requests) < 2:
            assert time.monotonic() < ends, "it never wrote"
            time.sleep(0.02)

    build = Build(scene.job(), commit, {"REVIEWED": change}, abort=under_way).run()
    assert build.result == GREY
    assert {outcome["status"] for outcome in archived(build, "report.json")["outcomes"]} == {"done", "not-attempted"}
    assert archived(build, "log.json")["runs"][0]["ended"] == "interrupted"
    assert not any("emailops deliver" in statement for statement in build.executed)


@pytest.mark.slow
def test_the_night_is_green_amber_or_red_and_leaves_an_observation(scene):
    job = scene.job()
    night = Build(job, "origin/main", by_timer=True).run()
    assert (night.result, night.stages) == (GREEN, ["Drift"]), night.log
    assert night.executed == scripts(job, "Drift")
    assert night.description == "green: as declared · next: nothing to do"
    noted = scene.repositories.read("config", "emailops/ledger", "observation.json")
    assert json.loads(noted) == archived(night, "observation.json")

    scene.play.edit(*GUEST)
    scene.commit()
    assert Build(job, "origin/main", by_timer=True).run().result == AMBER
    drift(scene.play)
    red = Build(job, "origin/main", by_timer=True).run()
    assert red.result == RED
    assert red.description.startswith("red: ")
