"""With the ledger on its branch every command works from a clone that never saw the one before, and leaves one line."""

from __future__ import annotations

import json

import pytest

from emailops.ledger.branch import BRANCH
from tests.cloning import clone, git, ledger_file, on_a_branch, push, remote_of
from tests.repositories import Repositories
from tests.stories.telling import (
    DOS5_ID,
    DOS6,
    DOS6_NAME,
    NO_KEYS,
    drift,
    managed,
    named,
    planned,
    settled,
)

pytestmark = pytest.mark.slow

POST = "POST /3.0/lists"
TITLE = "Digital Outcomes and Specialists 6"
SIX = "audiences/digital-outcomes-and-specialists-6.yaml"


def runs(play):
    return play.run("log", "--format", "json").json["runs"]


def told(play):
    """Command -> what became of what it touched, by the newest line."""
    line = runs(play)[0]
    return line["command"], line["counts"]


def test_a_drift_from_another_clone_knows_what_was_applied_and_its_observation_is_for_all(marketplace):
    on_a_branch(marketplace)
    settled(marketplace)
    drift(marketplace)
    nightly = clone(marketplace, "nightly", "--depth=1")
    ran = nightly.run("drift", "--save", "--format", "json")
    assert ran.code == 2, ran.err
    assert [drifted["reason"] for drifted in ran.json["drifted"] if drifted["of"] == "world"] == ["changed_outside"]
    assert json.loads(ledger_file(marketplace, "observation.json"))["at"]
    assert len(runs(marketplace)) == 1, "a run that only reads is none"


def test_a_rehearsal_reads_the_branch_and_writes_nothing_to_it(marketplace):
    on_a_branch(marketplace)
    marketplace.run("drift", "--observed", "observation.json")
    tip = git(remote_of(marketplace), "rev-parse", BRANCH)
    ran = marketplace.run("rehearse", "--observed", "observation.json", **NO_KEYS)
    assert ran.out.splitlines()[-1] == "3 created, second plan has no managed change"
    assert git(remote_of(marketplace), "rev-parse", BRANCH) == tip


def test_ids_found_again_are_on_the_branch_for_every_clone(marketplace):
    on_a_branch(marketplace)
    git(remote_of(marketplace), "update-ref", "-d", f"refs/heads/{BRANCH}")
    assert marketplace.run("ledger", "init").code == 0
    ran = marketplace.run("import", "--recorded-only", "--yes")
    assert (ran.code, ran.err) == (0, "")
    assert told(marketplace) == ("import", {"recorded": 18})
    assert DOS5_ID in ledger_file(marketplace, "recorded/production.yaml")
    assert managed(clone(marketplace, "agent").plan()) == dict.fromkeys(DOS6, "create")


def test_a_probe_reads_the_branch_and_needs_no_lease(marketplace):
    on_a_branch(marketplace)
    tip = git(remote_of(marketplace), "rev-parse", BRANCH)
    ran = marketplace.run("probe", "staging", "--yes", "--wait", "0")
    assert ran.code == 0, ran.err
    assert git(remote_of(marketplace), "rev-parse", BRANCH) == tip


class TestDeliver:
    @pytest.fixture
    def consumers(self, minimal, tmp_path):
        (tmp_path / "remotes").mkdir()
        repositories = Repositories(tmp_path / "remotes", "https://git.example/")
        repositories.make("permits")
        minimal.environment |= repositories.environment
        state = minimal.state / "emailops.yaml"
        state.write_text(f"ledger: files\n{state.read_text()}")
        (minimal.state / "recorded").mkdir()
        (minimal.state / "recorded/shared.yaml").write_text("{}\n")
        on_a_branch(minimal)
        return minimal

    def test_leaves_a_line_of_what_each_consumer_got(self, consumers):
        assert consumers.run("deliver").code == 0
        assert told(consumers) == ("deliver", {"pushed": 1})
        assert "deliver: 1 pushed · done" in consumers.run("log").out

    def test_of_another_state_than_mains_needs_a_reason_and_keeps_it(self, consumers):
        consumers.commit_all("Not on main yet")
        assert consumers.run("deliver").code == 4
        assert consumers.run("deliver", "--rollback", "the release is broken").code == 0
        assert "rolled back   the release is broken" in consumers.run("log").out


@pytest.mark.parametrize("ledger", ["files", "git"])
class TestABegunCreateThatNothingDeclaresAnyMore:
    """Its answer was lost; then the change was taken back, or the audience got another name."""

    def _lost(self, play, ledger, fault):
        """A create whose answer was lost, and then the framework is declared no more."""
        if ledger == "git":
            on_a_branch(play)
        planned(play, "--only", DOS6[0])
        play.sandbox.set_faults([{"route": POST, "do": fault, "times": 1}])
        play.run("apply", "plan.json")
        (play.state / SIX).unlink()
        _merged(play, ledger)

    def test_is_forgotten_once_it_cannot_come(self, marketplace, ledger):
        self._lost(marketplace, ledger, "cut-before")
        assert _applied(marketplace).code == 6
        assert f"begun, not settled: {DOS6[0]}" in marketplace.run("log").out
        marketplace.sandbox.advance(131)
        assert _applied(marketplace).code == 6
        assert "begun, not settled" not in marketplace.run("log").out
        assert managed(marketplace.plan()) == {}

    def test_that_came_all_the_same_is_released_by_the_next_plan(self, marketplace, ledger):
        self._lost(marketplace, ledger, "cut-after")
        assert _applied(marketplace).code == 2, "it says that something is left to change"
        assert "begun, not settled" not in marketplace.run("log").out
        assert managed(marketplace.plan()) == {DOS6[0]: "release"}

    def test_that_came_under_its_old_name_is_renamed_and_not_made_twice(self, marketplace, ledger):
        self._lost(marketplace, ledger, "cut-after")
        renamed = f"extends: _opportunities\nname: {TITLE}, renamed\nstatus: open\n"
        (marketplace.state / "audiences/outcomes-6.yaml").write_text(renamed)
        new = DOS6[0].replace("digital-outcomes-and-specialists-6", "outcomes-6")
        moved = f"ledger: {ledger}\nmoved: {{{DOS6[0]}: {new}}}"
        marketplace.edit("emailops.yaml", f"ledger: {ledger}", moved)
        _merged(marketplace, ledger)
        assert managed(planned(marketplace))[new] == "create"
        assert marketplace.run("apply", "plan.json").code == 4
        assert managed(planned(marketplace))[new] == "adopt"
        assert marketplace.run("apply", "plan.json").code == 6
        assert len(named(marketplace, f"{TITLE}, renamed: Digital outcomes")) == 1
        assert named(marketplace, DOS6_NAME) == []


def _merged(play, ledger):
    if ledger == "git":
        play.commit_all()
        push(play)


def _applied(play):
    planned(play)
    return play.run("apply", "plan.json")
