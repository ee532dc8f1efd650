"""Apply: consent, replay, limits, what is written and what is kept."""

from __future__ import annotations

import fcntl
import subprocess
import sys

import pytest
import yaml

from tests.stories.telling import (
    DOS5,
    DOS5_ID,
    DOS6,
    assert_fits,
    assert_refused,
    attest_all,
    audience,
    drift,
    managed,
    named,
    nothing_written,
    planned,
    settings_of,
    settled,
    statuses,
)

KEPT = {
    "notify_on_subscribe": "team@digitalmarketplace.service.gov.uk",
    "notify_on_unsubscribe": "team@digitalmarketplace.service.gov.uk",
    "use_archive_bar": True,
    "marketing_permissions": True,
}


def _apply(play, *arguments, **environment):
    return play.run("apply", "plan.json", "--format", "json", *arguments, **environment)


class TestOutcome:
    def test_everything_planned_is_done_and_the_report_satisfies_its_schema(self, marketplace):
        drift(marketplace)
        plan = planned(marketplace)
        ran = _apply(marketplace)
        assert_fits("report", ran.json)
        assert statuses(ran.json) == dict.fromkeys((DOS5, *DOS6), "done")
        assert (ran.json["plan"], ran.json["converged"], ran.json["gate"]) == (plan["digest"], True, None)

    def test_apply_then_plan_is_empty_but_for_steps(self, marketplace):
        drift(marketplace)
        marketplace.commit_all()
        planned(marketplace)
        _apply(marketplace)
        plan = marketplace.plan()
        assert managed(plan) == {}
        assert settings_of(plan) == []

    def test_a_plan_may_be_applied_again_and_what_is_done_is_satisfied(self, marketplace):
        drift(marketplace)
        planned(marketplace)
        first = _apply(marketplace)
        with nothing_written(marketplace):
            again = _apply(marketplace)
        assert set(statuses(first.json).values()) == {"done"}
        assert set(statuses(again.json).values()) == {"satisfied"}
        assert again.code == first.code

    def test_what_someone_else_did_already_is_satisfied_and_the_rest_is_done(self, marketplace):
        drift(marketplace)
        planned(marketplace)
        drift(marketplace, "Digital Marketplace Team")
        assert statuses(_apply(marketplace).json) == {DOS5: "satisfied", **dict.fromkeys(DOS6, "done")}

    def test_ids_are_recorded_in_the_scope_of_each_sorted_and_quoted(self, marketplace):
        planned(marketplace)
        _apply(marketplace)
        lines = (marketplace.state / "recorded/production.yaml").read_text().splitlines()
        entries = [line for line in lines if not line.startswith("#")]
        assert entries == sorted(entries)
        assert all(line.endswith('"') for line in entries)
        recorded = yaml.safe_load("\n".join(lines))
        assert {name: recorded[name] for name in DOS6} == {
            name: next(audience["id"] for audience in marketplace.audiences() if audience["name"] == audience_name)
            for name, audience_name in zip(DOS6, _names(), strict=True)
        }

    def test_the_state_is_valid_after_it(self, marketplace):
        planned(marketplace)
        _apply(marketplace)
        assert marketplace.run("validate").code == 0

    def test_an_update_keeps_what_is_not_managed(self, marketplace):
        marketplace.change_world(lambda world: audience(world, DOS5_ID).update(KEPT))
        marketplace.change_world(lambda world: audience(world, DOS5_ID)["contact"].update(phone="0207", state="London"))
        drift(marketplace)
        planned(marketplace, "--only", DOS5)
        before = next(audience for audience in marketplace.audiences() if audience["id"] == DOS5_ID)
        assert statuses(_apply(marketplace).json) == {DOS5: "done"}
        after = next(audience for audience in marketplace.audiences() if audience["id"] == DOS5_ID)
        assert after["campaign_defaults"].pop("from_name") == "Digital Marketplace Team"
        assert before["campaign_defaults"].pop("from_name") == "DOS Team"
        assert after == before

    def test_nothing_is_ever_deleted(self, marketplace):
        drift(marketplace)
        (marketplace.state / "audiences/test-opportunities.yaml").unlink()
        planned(marketplace)
        _apply(marketplace)
        assert {request.method for request in marketplace.sandbox.requests} == {"GET", "POST", "PATCH"}

    def test_in_text_every_change_has_its_line_and_the_last_says_what_is_next(self, marketplace):
        drift(marketplace)
        planned(marketplace)
        ran = marketplace.run("apply", "plan.json")
        for resource in (DOS5, *DOS6):
            assert any("done" in line and resource in line for line in ran.out.splitlines())
        assert "converged" in ran.out.splitlines()[-1]
        assert "next:" in ran.out.splitlines()[-1]

    def test_steps_alone_are_left_ends_with_6(self, marketplace):
        planned(marketplace)
        assert _apply(marketplace).code == 6
        assert _apply(marketplace).code == 6

    def test_nothing_left_ends_with_0(self, minimal):
        attest_all(minimal)
        planned(minimal)
        assert _apply(minimal).code == 0

    def test_what_drifted_beside_the_plan_ends_with_2(self, marketplace):
        planned(marketplace)
        drift(marketplace)
        ran = _apply(marketplace)
        assert set(statuses(ran.json).values()) == {"done"}
        assert (ran.code, ran.json["converged"]) == (2, False)
        assert managed(marketplace.plan()) == {DOS5: "update"}


class TestConsent:
    @pytest.mark.few(1)
    @pytest.mark.parametrize("digest", ["change", "digest"])
    def test_either_whole_digest_approves(self, marketplace, digest):
        plan = planned(marketplace)
        assert set(statuses(_apply(marketplace, "--approved", plan[digest]).json).values()) == {"done"}

    @pytest.mark.few(1)
    @pytest.mark.parametrize(
        "approval",
        [
            lambda plan: plan["change"][:8],
            lambda plan: f"{plan['change'][:4]}-{plan['change'][4:8]}",
            lambda plan: plan["change"][:-1],
            lambda plan: plan["change"].upper(),
            lambda plan: plan["configuration"],
            lambda plan: "0" * 64,
        ],
    )
    def test_anything_else_is_refused(self, marketplace, approval):
        plan = planned(marketplace)
        with nothing_written(marketplace):
            ran = marketplace.run("apply", "plan.json", "--approved", approval(plan))
        assert ran.code in (1, 4)
        assert "approved" in ran.err
        assert plan["change"] in ran.err, "it says what the plan's own is"

    def test_an_approval_of_nothing_is_a_variable_that_was_not_set(self, marketplace):
        planned(marketplace)
        with nothing_written(marketplace):
            ran = marketplace.run("apply", "plan.json", "--approved", "")
        assert (ran.code, "--approved is empty" in ran.err) == (64, True)

    def test_an_approved_change_is_still_the_same_when_only_the_digest_moved(self, marketplace):
        drift(marketplace)
        change = planned(marketplace)["change"]
        marketplace.edit("keys.yaml", "purpose: apps and scripts in staging", "purpose: apps in staging")
        planned(marketplace)
        assert _apply(marketplace, "--approved", change).code == 6

    def test_an_approval_is_not_ignored_without_a_plan_file(self, marketplace):
        with nothing_written(marketplace):
            ran = marketplace.run("apply", "--stage", "production", "--yes", "--approved", "0" * 64)
        assert ran.code in (1, 4, 64)


class TestWithoutAPlanFile:
    @pytest.mark.few(1)
    @pytest.mark.parametrize(
        "arguments",
        [
            (),
            ("--yes",),
            ("--format", "json"),
            ("--only", "*"),
            ("--stage", "production"),
            ("--stage", "production", "--format", "json"),
            ("--stage", "prod", "--yes"),
            ("plan.json", "--stage", "production"),
            ("plan.json", "--stage", "production", "--yes"),
            ("plan.json", "--only", "*"),
            ("plan.json", "--format", "markdown"),
            ("plan.json", "second.json"),
        ],
    )
    def test_what_does_not_say_what_to_apply_is_a_usage_error(self, marketplace, arguments):
        planned(marketplace)
        with nothing_written(marketplace):
            ran = marketplace.run("apply", *arguments)
        assert (ran.code, ran.out) == (64, "")
        assert ran.err.count("\n") >= 2, "it says what to write instead"

    def test_a_stage_and_a_yes_apply_that_stage(self, marketplace):
        drift(marketplace)
        drift(marketplace, "Nobody", "f0077c516d")
        ran = marketplace.run("apply", "--stage", "production", "--yes", "--format", "json")
        assert statuses(ran.json) == dict.fromkeys((DOS5, *DOS6), "done")
        assert managed(marketplace.plan()) == {"mailchimp-audience/test-digital-outcomes": "update"}

    def test_only_narrows_it(self, marketplace):
        drift(marketplace)
        ran = marketplace.run("apply", "--stage", "production", "--only", DOS6[0], "--yes", "--format", "json")
        assert statuses(ran.json) == {DOS6[0]: "done"}


class TestLimits:
    def test_no_room_for_all_is_refused_before_the_first(self, marketplace):
        drift(marketplace)
        marketplace.change_world(lambda world: world["mailchimp"]["accounts"][0].update(max_audiences=20))
        planned(marketplace)
        with nothing_written(marketplace):
            ran = _apply(marketplace)
        assert_refused(ran, "limits")
        assert "3 audiences" in ran.err
        assert "room for 2" in ran.err

    def test_room_that_went_since_the_plan_is_refused_too(self, marketplace):
        planned(marketplace)
        marketplace.change_world(lambda world: world["mailchimp"]["accounts"][0].update(max_audiences=18))
        with nothing_written(marketplace):
            assert_refused(_apply(marketplace), "limits")

    def test_what_is_there_already_needs_no_room(self, marketplace):
        planned(marketplace)
        _apply(marketplace)
        marketplace.change_world(lambda world: world["mailchimp"]["accounts"][0].update(max_audiences=21))
        assert set(statuses(_apply(marketplace).json).values()) == {"satisfied"}


class TestOneAtATime:
    HOLDER = """\
import fcntl, sys
with open(sys.argv[1], "a+") as lock:
    fcntl.flock(lock, fcntl.LOCK_EX)
    lock.write("a run that a test started\\n")
    lock.flush()
    print("held", flush=True)
    sys.stdin.read()
"""

    def _locked(self, play):
        folder = play.state / ".emailops"
        folder.mkdir(exist_ok=True)
        return folder / "lock"

    def test_while_another_process_holds_the_lock_apply_is_refused_and_says_who(self, marketplace):
        planned(marketplace)
        command = [sys.executable, "-c", self.HOLDER, str(self._locked(marketplace))]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
            assert holder.stdout.readline() == "held\n"
            with nothing_written(marketplace):
                ran = _apply(marketplace)
            holder.stdin.close()
        assert_refused(ran, "locked")
        assert "a run that a test started" in ran.err
        assert set(statuses(_apply(marketplace).json).values()) == {"done"}, "the lock ended with its process"

    def test_adopt_waits_its_turn_too(self, marketplace):
        with self._locked(marketplace).open("a+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            ran = marketplace.run("adopt", DOS6[0], DOS5_ID)
        assert ran.code == 4
        assert "lock" in ran.err

    def test_a_plan_needs_no_lock(self, marketplace):
        with self._locked(marketplace).open("a+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            assert marketplace.run("plan").code == 0


def test_a_state_with_findings_is_not_applied(marketplace):
    planned(marketplace)
    marketplace.edit("stages/_deployed.yaml", "deployed: true", "deployed: perhaps")
    with nothing_written(marketplace):
        ran = _apply(marketplace)
    assert ran.code == 3
    assert "_deployed.yaml:3" in ran.err


def test_a_service_without_mailchimp_applies_too(minimal):
    attest_all(minimal)
    settled(minimal)
    assert {request.method for request in minimal.sandbox.requests} == {"GET"}
    assert minimal.run("plan", "--detailed-exitcode").code == 0


def test_every_name_of_the_new_iteration_is_there_once(marketplace):
    planned(marketplace)
    _apply(marketplace)
    assert [len(named(marketplace, name)) for name in _names()] == [1, 1, 1]


def _names():
    lots = ("Digital outcomes", "Digital specialists", "User research participants")
    return [f"Digital Outcomes and Specialists 6: {lot}" for lot in lots]
