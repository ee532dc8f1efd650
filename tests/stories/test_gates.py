"""What keeps an apply from beginning: limits, a pipeline, a checkout that has been moved on from."""

from __future__ import annotations

import json

import pytest

from tests.cloning import clone, git, ledger_file, on_a_branch, push
from tests.stories.telling import DOS6, assert_refused, drift, managed, nothing_written, planned, statuses

LIMITS = "policy:\n  limits: {mailchimp-audience: {create: 2, update: 0}}\n"
CREATES, UPDATES = "mailchimp-audience.create", "mailchimp-audience.update"


def _apply(play, *arguments, **environment):
    return play.run("apply", "plan.json", "--format", "json", *arguments, **environment)


@pytest.fixture
def limited(marketplace):
    marketplace.edit("emailops.yaml", "policy:\n", LIMITS)
    drift(marketplace)
    planned(marketplace)
    return marketplace


class TestLimits:
    def test_every_breach_is_listed_and_nothing_is_written(self, limited):
        with nothing_written(limited):
            gate = assert_refused(_apply(limited), "limits")
        assert {(detail["field"], detail["planned"], detail["now"]) for detail in gate["details"]} == {
            (CREATES, 3, 2),
            (UPDATES, 1, 0),
        }

    def test_the_refusal_says_how_each_is_lifted(self, limited):
        ran = limited.run("apply", "plan.json")
        assert f"--lift {CREATES}=REASON" in ran.err
        assert f"--lift {UPDATES}=REASON" in ran.err

    def test_one_lifted_leaves_the_other(self, limited):
        gate = assert_refused(_apply(limited, "--lift", f"{CREATES}=a new framework"), "limits")
        assert [detail["field"] for detail in gate["details"]] == [UPDATES]

    def test_all_lifted_go_and_each_reason_is_kept(self, limited):
        reasons = {CREATES: "a new framework", UPDATES: "its sender has a new name"}
        lifts = [part for name, why in reasons.items() for part in ("--lift", f"{name}={why}")]
        ran = _apply(limited, *lifts)
        assert set(statuses(ran.json).values()) == {"done"}
        noted = limited.run("log", "--format", "json").json["runs"][0]
        assert noted["lifted"] == reasons
        assert "a new framework" in limited.run("log").out

    @pytest.mark.few(1)
    @pytest.mark.parametrize(
        "lift",
        ["mailchimp-audience.adopt=why", "mailchimp-audience=why", "=why", CREATES, f"{CREATES}=", f"{CREATES}=  "],
    )
    def test_what_lifts_no_limit_or_says_no_reason_is_a_usage_error(self, limited, lift):
        with nothing_written(limited):
            assert _apply(limited, "--lift", lift).code == 64

    @pytest.mark.parametrize("private", ["0123456789abcdef0123456789abcdef-us1", "anna@people.example"])
    def test_a_reason_with_a_secret_or_an_address_is_refused_and_repeated_nowhere(self, limited, private):
        ran = _apply(limited, "--lift", f"{CREATES}=ask {private}")
        assert ran.code == 64
        assert private not in ran.out + ran.err

    @pytest.mark.parametrize(
        "limits",
        ["{mailchimp-audience: {create: -1}}", "{mailchimp-audience: {delete: 1}}", "{notify-key: {create: 1}}"],
    )
    def test_a_limit_that_limits_nothing_is_a_finding(self, marketplace, limits):
        marketplace.edit("emailops.yaml", "policy:\n", f"policy:\n  limits: {limits}\n")
        assert marketplace.run("validate").code == 3


class TestFromAPipelineOnly:
    @pytest.fixture
    def piped(self, marketplace):
        marketplace.edit("emailops.yaml", "policy:\n", "policy:\n  apply_from: pipeline\n")
        planned(marketplace)
        return marketplace

    def test_a_laptop_is_refused(self, piped):
        with nothing_written(piped):
            assert_refused(_apply(piped), "pipeline")

    @pytest.mark.few(1)
    @pytest.mark.parametrize("name", ["EMAILOPS_PIPELINE", "JENKINS_URL"])
    def test_a_job_applies(self, piped, name):
        assert set(statuses(_apply(piped, **{name: "yes"}).json).values()) == {"done"}

    def test_anyone_may_plan(self, piped):
        assert piped.run("plan").code == 0


class TestMoved:
    @pytest.fixture
    def branched(self, marketplace):
        on_a_branch(marketplace)
        planned(marketplace)
        return marketplace

    def _commit(self, play, text="a comment"):
        with (play.state / "emailops.yaml").open("a") as file:
            file.write(f"# {text}\n")
        play.commit_all()

    def test_the_head_of_main_is_applied(self, branched):
        assert set(statuses(_apply(branched).json).values()) == {"done"}

    def test_a_commit_that_is_not_on_main_is_refused(self, branched):
        self._commit(branched)
        with nothing_written(branched):
            assert_refused(_apply(branched), "moved")

    def test_a_checkout_that_main_has_left_is_refused(self, branched):
        elsewhere = clone(branched, "elsewhere")
        self._commit(elsewhere)
        push(elsewhere)
        with nothing_written(branched):
            assert_refused(_apply(branched), "moved")

    @pytest.mark.few(1)
    @pytest.mark.parametrize("path", ["emailops.yaml", "audiences/new.yaml"], ids=["edited", "new"])
    def test_a_checkout_with_something_uncommitted_is_refused(self, branched, path):
        file = branched.state / path
        file.write_text(f"{file.read_text() if file.exists() else ''}# not committed\n")
        with nothing_written(branched):
            assert_refused(_apply(branched), "moved")
        assert path in branched.run("apply", "plan.json").err

    @pytest.mark.slow
    def test_what_lies_beside_the_state_does_not_matter(self, branched):
        (branched.folder / "notes.txt").write_text("mine")
        assert _apply(branched).json["gate"] is None

    @pytest.mark.slow
    def test_another_state_is_put_back_with_a_reason_that_is_kept(self, branched):
        elsewhere = clone(branched, "elsewhere")
        self._commit(elsewhere)
        push(elsewhere)
        ran = _apply(branched, "--rollback", "the new texts confuse suppliers")
        assert set(statuses(ran.json).values()) == {"done"}
        noted = branched.run("log", "--format", "json").json["runs"][0]
        assert noted["rollback"] == "the new texts confuse suppliers"
        assert noted["commit"] == git(branched.folder, "rev-parse", "HEAD")
        assert "the new texts confuse suppliers" in ledger_file(branched, f"log/{noted['at'][:7]}.jsonl")

    @pytest.mark.few(1)
    @pytest.mark.parametrize("reason", ["", "  ", "--lift"])
    def test_a_rollback_without_a_reason_is_a_usage_error(self, branched, reason):
        assert _apply(branched, "--rollback", reason).code == 64

    def test_a_rollback_means_nothing_with_ledger_files(self, marketplace):
        planned(marketplace)
        assert _apply(marketplace, "--rollback", "because").code == 64

    @pytest.mark.slow
    def test_a_main_of_another_name_is_the_remotes_own(self, branched):
        git(branched.folder, "push", "--quiet", "origin", "HEAD:trunk")
        git(branched.folder.parent / f"{branched.folder.name}-remote.git", "symbolic-ref", "HEAD", "refs/heads/trunk")
        self._commit(branched)
        git(branched.folder, "push", "--quiet", "origin", "HEAD:main")
        assert_refused(_apply(branched), "moved")
        git(branched.folder, "push", "--quiet", "origin", "HEAD:trunk")
        assert _apply(branched).json["gate"] is None


@pytest.mark.slow
def test_a_gate_that_refuses_gives_the_lease_back(marketplace):
    on_a_branch(marketplace)
    drift(marketplace)
    planned(marketplace)
    drift(marketplace, "Yet another")
    assert_refused(_apply(marketplace), "overtaken")
    assert ledger_file(marketplace, "lease.json") == ""
    planned(marketplace)
    assert _apply(marketplace).json["gate"] is None


@pytest.mark.slow
def test_a_shallow_clone_of_one_branch_applies(marketplace):
    on_a_branch(marketplace)
    agent = clone(marketplace, "agent", "--depth=1", "--single-branch")
    planned(agent)
    ran = _apply(agent)
    assert statuses(ran.json) == dict.fromkeys(DOS6, "done")
    another = clone(marketplace, "another", "--depth=1")
    assert managed(another.plan()) == {}, "ids come from the branch"
    assert json.loads(ledger_file(marketplace, "settings.json"))["format"] == 1
