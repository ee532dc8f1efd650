"""The ledger as people meet it: begun on a branch, refused, unlocked, read."""

from __future__ import annotations

import json

import pytest

from emailops.ledger.branch import BRANCH
from emailops.ledger.directory import FilesLedger
from tests.cloning import clone, git, ledger_file, on_a_branch, publish, remote_of
from tests.stories.telling import (
    DOS6,
    DOS6_NAME,
    assert_fits,
    assert_plain_failure,
    assert_refused,
    managed,
    named,
    nothing_written,
    planned,
    statuses,
)

POST = "POST /3.0/lists"


def _apply(play, *arguments, **environment):
    return play.run("apply", "plan.json", "--format", "json", *arguments, **environment)


class TestInit:
    def test_takes_the_recorded_ids_along_and_says_what_to_commit(self, marketplace):
        publish(marketplace)
        ran = marketplace.run("ledger", "init")
        assert ran.code == 0, ran.err
        assert "ledger: git" in ran.out
        assert "git rm -r state/recorded" in ran.out
        recorded = (marketplace.state / "recorded/production.yaml").read_text()
        assert ledger_file(marketplace, "recorded/production.yaml") == recorded.strip()

    def test_a_state_without_ids_that_says_where_they_lie_has_nothing_to_commit(self, minimal):
        minimal.edit("emailops.yaml", "format: 1", "format: 1\nledger: git")
        publish(minimal)
        said = minimal.run("ledger", "init").out.splitlines()
        assert said == [
            f"origin has the branch {BRANCH} now, with the ids of 0 scopes.",
            f"Let only the account that applies push {BRANCH}, fast-forward only.",
        ]

    def test_is_done_once(self, marketplace):
        on_a_branch(marketplace)
        assert_plain_failure(marketplace.run("ledger", "init"), BRANCH)

    def test_outside_git_says_so(self, marketplace):
        assert_plain_failure(marketplace.run("ledger", "init"), "git")

    def test_waits_for_a_create_whose_end_is_not_known(self, marketplace):
        publish(marketplace)
        planned(marketplace)
        marketplace.sandbox.set_faults([{"route": POST, "do": "cut-before", "times": 1}])
        _apply(marketplace)
        assert_plain_failure(marketplace.run("ledger", "init"), DOS6[0], "apply")

    def test_ids_left_on_main_are_a_finding(self, marketplace):
        on_a_branch(marketplace)
        (marketplace.state / "recorded").mkdir()
        (marketplace.state / "recorded/production.yaml").write_text('mailchimp-audience/x: "aaaaaaaaaa"\n')
        ran = marketplace.run("validate")
        assert ran.code == 3
        assert "recorded-elsewhere" in ran.out


class TestWithoutTheBranch:
    COMMANDS = (("plan",), ("apply", "plan.json"), ("generate", "--out", "out"), ("log",), ("unlock", "--id", "x"))

    @pytest.mark.few(1)
    @pytest.mark.parametrize("command", COMMANDS)
    def test_that_was_never_begun_everything_asks_for_init(self, marketplace, command):
        on_a_branch(marketplace)
        planned(marketplace)
        git(remote_of(marketplace), "update-ref", "-d", f"refs/heads/{BRANCH}")
        with nothing_written(marketplace):
            assert_plain_failure(marketplace.run(*command), "emailops ledger init")

    @pytest.mark.few(1)
    @pytest.mark.parametrize("command", COMMANDS)
    def test_that_cannot_be_reached_nothing_runs(self, marketplace, command):
        remote = on_a_branch(marketplace)
        planned(marketplace)
        remote.rename(remote.with_suffix(".away"))
        with nothing_written(marketplace):
            assert_plain_failure(marketplace.run(*command), "cannot be reached")

    def test_the_state_can_still_be_checked(self, marketplace):
        remote = on_a_branch(marketplace)
        remote.rename(remote.with_suffix(".away"))
        assert marketplace.run("validate").code == 0

    def test_that_is_damaged_is_findings_at_the_very_line(self, marketplace):
        on_a_branch(marketplace)
        vandal = clone(marketplace, "vandal", f"--branch={BRANCH}")
        file = vandal.folder / "recorded/production.yaml"
        file.write_text(f'{file.read_text()}{DOS6[0]}: "eebeddcc2b"\n')
        vandal.commit_all()
        git(vandal.folder, "push", "--quiet", "origin", f"HEAD:{BRANCH}")
        ran = marketplace.run("plan")
        assert ran.code == 3
        assert "recorded/production.yaml:" in ran.err


class TestLocked:
    @pytest.fixture
    def dead(self, marketplace):
        """The lease of an agent that will not come back."""
        on_a_branch(marketplace)
        planned(marketplace)
        vandal = clone(marketplace, "vandal", f"--branch={BRANCH}")
        lease = {"nonce": "0123456789abcdef", "who": "jenkins on agent-3 since noon, build https://ci.example/17"}
        (vandal.folder / "lease.json").write_text(json.dumps(lease))
        git(vandal.folder, "add", "--force", "lease.json")
        vandal.commit_all()
        git(vandal.folder, "push", "--quiet", "origin", f"HEAD:{BRANCH}")
        return marketplace

    def test_the_refusal_says_who_since_when_which_build_and_the_command(self, dead):
        with nothing_written(dead):
            assert_refused(_apply(dead), "locked")
        ran = dead.run("apply", "plan.json")
        for fragment in ("agent-3", "since noon", "https://ci.example/17", "emailops unlock --id 0123456789abcdef"):
            assert fragment in ran.err
        assert ran.err.endswith("refused by the gate locked, before the first write\n")

    @pytest.mark.slow
    def test_only_the_named_lease_is_broken(self, dead):
        assert dead.run("unlock", "--id", "fedcba9876543210").code == 64
        assert_refused(_apply(dead), "locked")
        ran = dead.run("unlock", "--id", "0123456789abcdef")
        assert ran.code == 0, ran.err
        assert "agent-3" in ran.out
        assert _apply(dead).json["gate"] is None

    def test_what_was_broken_is_in_the_log(self, dead):
        dead.run("unlock", "--id", "0123456789abcdef")
        line = dead.run("log", LOGNAME="lee").out.splitlines()[-1]
        assert line.split()[0] == "unlocked"
        assert "by somebody on" in line

    def test_where_nobody_holds_it_there_is_nothing_to_break(self, dead):
        dead.run("unlock", "--id", "0123456789abcdef")
        ran = dead.run("unlock", "--id", "0123456789abcdef")
        assert (ran.code, "nobody holds it" in ran.err) == (64, True)

    def test_a_plan_needs_no_lease(self, dead):
        assert dead.run("plan").code == 0

    def test_with_files_there_is_nothing_to_break(self, marketplace):
        ran = marketplace.run("unlock", "--id", "0123456789abcdef")
        assert ran.code == 64
        assert "with ledger: files there is no lease" in ran.err
        assert "the lock ends when its process ends" in ran.err


@pytest.mark.parametrize("ledger", ["files", "git"])
class TestLog:
    def _begin(self, play, ledger):
        if ledger == "git":
            on_a_branch(play)

    def test_begins_empty(self, marketplace, ledger):
        self._begin(marketplace, ledger)
        assert marketplace.run("log").out == "no run has been noted yet\n"

    @pytest.mark.few(1)
    def test_says_what_a_run_did_and_by_whom(self, marketplace, ledger):
        self._begin(marketplace, ledger)
        plan = planned(marketplace)
        build = {"BUILD_URL": "https://jenkins:t0ken@ci.example/job/17/", "LOGNAME": "jenkins@corp.example"}
        _apply(marketplace, **build)
        line = marketplace.run("log", "--format", "json").json["runs"][0]
        assert (line["change"], line["digest"]) == (plan["change"], plan["digest"])
        assert line["counts"] == {"done": 3}
        assert line["ids"] == {name: line["ids"][name] for name in DOS6}
        assert len(line["requests"]) == 3, "each request that wrote, by the provider's own id"
        assert "build https://ci.example/job/17/" in line["who"]
        assert line["who"].startswith("jenkins on ")
        assert "t0ken" not in str(line)
        text = marketplace.run("log").out
        assert "3 done" in text
        assert f"{DOS6[0]} {line['ids'][DOS6[0]]}" in text

    @pytest.mark.few(1)
    def test_shows_what_was_begun_and_not_settled(self, marketplace, ledger):
        self._begin(marketplace, ledger)
        planned(marketplace)
        marketplace.sandbox.set_faults([{"route": POST, "do": "cut-before", "times": 1}])
        _apply(marketplace)
        assert f"begun, not settled: {DOS6[0]}" in marketplace.run("log").out
        assert f"ambiguous     {DOS6[0]}\n" in marketplace.run("log").out
        ran = marketplace.run("plan")
        assert "its answer was lost: apply settles it" in ran.out

    @pytest.mark.slow
    def test_shows_the_newest_first_and_as_many_as_asked_for(self, marketplace, ledger):
        self._begin(marketplace, ledger)
        planned(marketplace)
        for _ in range(3):
            _apply(marketplace)
        lines = marketplace.run("log", "--format", "json", "--count", "2").json["runs"]
        assert len(lines) == 2
        assert lines[0]["counts"] == {"satisfied": 3}
        assert marketplace.run("log", "--count", "0").code == 64


class TestOverBothLedgers:
    @pytest.mark.slow
    @pytest.mark.parametrize("ledger", ["files", "git"])
    def test_a_lost_create_is_settled_by_the_next_run_without_a_new_approval(self, marketplace, ledger):
        if ledger == "git":
            on_a_branch(marketplace)
        planned(marketplace)
        marketplace.sandbox.set_faults([{"route": POST, "do": "cut-after", "times": 1}])
        first = _apply(marketplace)
        assert statuses(first.json)[DOS6[0]] == "ambiguous"
        agent = clone(marketplace, "agent") if ledger == "git" else marketplace
        if ledger == "git":
            (agent.folder / "plan.json").write_bytes((marketplace.folder / "plan.json").read_bytes())
        again = _apply(agent)
        assert statuses(again.json) == {DOS6[0]: "done", DOS6[1]: "satisfied", DOS6[2]: "satisfied"}
        assert "an earlier run created it" in again.json["outcomes"][0]["detail"]
        assert len(named(marketplace, DOS6_NAME)) == 1
        assert managed(agent.plan()) == {}

    def test_adopt_says_where_the_id_stands(self, marketplace):
        on_a_branch(marketplace)
        found = {"id": "abcdef0123", "name": DOS6_NAME}
        marketplace.change_world(lambda world: world["mailchimp"]["accounts"][0]["audiences"].append(found))
        ran = marketplace.run("adopt", DOS6[0], "abcdef0123")
        assert BRANCH in ran.out
        assert "abcdef0123" in ledger_file(marketplace, "recorded/production.yaml")
        assert not (marketplace.state / "recorded").exists()


class TestTheReport:
    def test_is_written_to_a_file_too_whatever_the_format(self, marketplace):
        planned(marketplace)
        ran = marketplace.run("apply", "plan.json", "--report", "reports/apply.json")
        written = json.loads((marketplace.folder / "reports/apply.json").read_text())
        assert_fits("report", written)
        assert statuses(written) == dict.fromkeys(DOS6, "done")
        assert written["exit_code"] == ran.code
        assert "3 of 3 done" in ran.out

    def test_of_a_refusal_is_written_too(self, marketplace):
        planned(marketplace)
        marketplace.edit("audiences/_audience.yaml", "city: London", "city: Leeds")
        marketplace.run("apply", "plan.json", "--report", "report.json")
        assert json.loads((marketplace.folder / "report.json").read_text())["gate"]["name"] == "overtaken"

    def test_that_cannot_be_written_is_found_before_the_first_write(self, marketplace):
        planned(marketplace)
        (marketplace.folder / "taken").write_text("a file")
        with nothing_written(marketplace):
            assert_plain_failure(marketplace.run("apply", "plan.json", "--report", "taken/report.json"), "taken")

    @pytest.mark.parametrize("path", ["recorded", ".emailops"])
    def test_a_ledger_that_cannot_be_written_is_found_before_the_first_write(self, marketplace, path):
        planned(marketplace)
        place = marketplace.state / path
        if place.exists():
            place.rename(place.with_name("aside"))
        place.write_text("a file in its place")
        ran = _apply(marketplace)
        assert ran.code in (1, 3)
        assert {request.method for request in marketplace.sandbox.requests} == {"GET"}

    def test_of_a_run_that_ends_before_it_begins_accounts_for_every_change(self, marketplace):
        planned(marketplace)
        marketplace.sandbox.set_faults([{"route": "GET /3.0/*", "do": "status", "status": 500}])
        ran = _apply(marketplace)
        assert ran.code == 1
        assert_fits("report", ran.json)
        assert statuses(ran.json) == dict.fromkeys(DOS6, "not-attempted")
        assert ran.json["failure"]


def test_a_run_that_was_killed_has_its_audit_line_from_the_next_one(marketplace):
    """With files, too: what it had done so far is not forgotten."""
    ledger = FilesLedger(marketplace.state, "2026-11-24T06:00:00Z")
    with ledger.lease("the one that dies"):
        ledger.note({"resource": DOS6[0], "status": "done"})
    planned(marketplace)
    _apply(marketplace)
    lines = marketplace.run("log", "--format", "json").json["runs"]
    assert lines[1]["who"] == "the one that dies"
    assert lines[1]["results"] == [{"resource": DOS6[0], "status": "done"}]
