"""Whether a plan is the reviewed one, and whether whoever approves it may: what a pipeline asks before it applies."""

from __future__ import annotations

import json

import pytest

from tests.github import github
from tests.repositories import Repositories
from tests.stories.telling import assert_refused, settled

TOKEN = "ghp_0123456789abcdef0123456789abcdef0123"
HEAD = "1" * 40


@pytest.fixture
def play(marketplace):
    """A committed state with audiences to create in production, and its plan file."""
    marketplace.commit_all()
    assert marketplace.run("plan", "--out", "plan.json").code == 0
    return marketplace


def planned(play):
    return json.loads((play.folder / "plan.json").read_text())


class TestReview:
    def test_the_reviewed_change_goes_on(self, play):
        ran = play.run("review", "plan.json", "--reviewed", planned(play)["change"])
        assert ran.code == 0
        assert ran.out == f"digest {planned(play)['digest']}\nit makes the change that was reviewed\n"

    @pytest.mark.parametrize("other", ["0" * 64, "8be2-7701"], ids=["another", "short"])
    def test_anything_else_has_to_be_approved(self, play, other):
        ran = play.run("review", "plan.json", "--reviewed", other)
        assert ran.code == 4
        assert ran.out == f"digest {planned(play)['digest']}\n"
        assert f"this plan makes {planned(play)['change']}" in ran.err

    def test_a_plan_that_changes_nothing_needs_no_approval(self, play):
        settled(play)
        play.run("plan", "--out", "plan.json")
        ran = play.run("review", "plan.json", "--reviewed", "0" * 64)
        assert (ran.code, ran.out.splitlines()[-1]) == (0, "it changes nothing")

    def test_the_digest_of_the_plan_is_no_change(self, play):
        assert play.run("review", "plan.json", "--reviewed", planned(play)["digest"]).code == 4

    def test_without_anything_to_compare_it_is_wrong_usage(self, play):
        assert play.run("review", "plan.json").code == 64

    def test_an_edited_plan_is_no_plan(self, play):
        document = planned(play)
        document["changes"][0]["resource"] += "x"
        (play.folder / "plan.json").write_text(json.dumps(document))
        assert play.run("review", "plan.json", "--reviewed", document["change"]).code == 1


def test_settings_that_nobody_could_compare_have_to_be_approved(minimal):
    assert minimal.run("plan", "--out", "plan.json").code == 0
    assert minimal.run("review", "plan.json", "--reviewed", "0" * 64).code == 4


class TestAskedOfGitHub:
    @pytest.fixture
    def hosting(self, play):
        with github() as hosting:
            play.git("remote", "add", "origin", "https://127.0.0.1/team/config.git")
            play.environment |= {"EMAILOPS_GITHUB_URL": hosting.url, "GITHUB_TOKEN": TOKEN}
            play.environment |= {"EMAILOPS_SECRETS": "env:GITHUB_TOKEN"}
            yield hosting

    def merged(self, play, hosting, change):
        """A squashed pull request: the status stands at a commit that main does not have."""
        at = play.git("rev-parse", "HEAD")
        hosting.merged[at] = [
            {"merged_at": None, "head": {"sha": "2" * 40}},
            {"merged_at": "2026-11-24", "head": {"sha": HEAD}},
        ]
        hosting.statuses["2" * 40] = [{"context": "emailops/plan", "description": "0" * 64}]
        hosting.statuses[HEAD] = [
            {"context": "test", "description": "passed"},
            {"context": "emailops/plan", "description": change},
            {"context": "emailops/plan", "description": "an older one"},
        ]

    def ask(self, play):
        return play.run("review", "plan.json", "--token", "env:GITHUB_TOKEN")

    def test_what_the_merged_pull_request_showed_goes_on(self, play, hosting):
        self.merged(play, hosting, planned(play)["change"])
        assert self.ask(play).code == 0
        assert set(hosting.tokens) == {f"Bearer {TOKEN}"}

    def test_another_change_has_to_be_approved(self, play, hosting):
        self.merged(play, hosting, "0" * 64)
        ran = self.ask(play)
        assert ran.code == 4
        assert f"{'0' * 64} was reviewed" in ran.err

    @pytest.mark.few(1)
    @pytest.mark.parametrize("description", ["", "see the comment", "0" * 63])
    def test_a_status_that_holds_no_digest_says_nothing(self, play, hosting, description):
        self.merged(play, hosting, description)
        ran = self.ask(play)
        assert ran.code == 4
        assert "what was reviewed is not known" in ran.err

    def test_a_commit_without_a_pull_request_says_nothing(self, play, hosting):
        assert self.ask(play).code == 4

    def test_an_answer_that_cannot_be_had_is_an_error_and_no_consent(self, play, hosting):
        hosting.fails = 500
        assert self.ask(play).code == 1


class TestApprover:
    def apply(self, play, *arguments, **environment):
        return play.run("apply", "plan.json", *arguments, **environment)

    @pytest.mark.few(1)
    @pytest.mark.parametrize("name", ["Someone", "SOMEONE", "someone@example.com", "someone"])
    def test_who_wrote_it_may_not_approve_what_reaches_production(self, play, name):
        ran = self.apply(play, "--approved-by", name)
        assert ran.code == 4
        shown = "<an address>" if "@" in name else name
        assert f"{shown} wrote some of what changed since the last apply" in ran.err
        assert not any(
            "digital-outcomes-and-specialists-6" in audience["name"].lower() for audience in play.audiences()
        )

    def test_the_gate_is_named_for_programs(self, play):
        assert_refused(self.apply(play, "--approved-by", "someone", "--format", "json"), "approver")

    def test_a_handle_is_known_by_the_address_in_the_file_of_people(self, play):
        (play.folder / "people.json").write_text('{"sam": "someone@example.com"}')
        assert self.apply(play, "--approved-by", "sam", EMAILOPS_PEOPLE="people.json").code == 4

    def test_someone_else_may_and_the_audit_line_keeps_who(self, play):
        assert self.apply(play, "--approved-by", "ada@example.com").code in (0, 6)
        [line] = play.run("log", "--format", "json").json["runs"]
        assert line["approved_by"] == "ada"

    def test_its_author_may_with_a_reason_that_the_audit_line_keeps(self, play):
        ran = self.apply(play, "--approved-by", "someone", "--break-glass", "mail goes to the wrong people now")
        assert ran.code in (0, 6)
        [line] = play.run("log", "--format", "json").json["runs"]
        assert (line["approved_by"], line["break_glass"]) == ("someone", "mail goes to the wrong people now")

    @pytest.mark.slow
    def test_who_wrote_only_what_was_applied_before_may_approve_what_others_changed_since(self, play):
        assert self.apply(play, "--approved-by", "ada").code in (0, 6)
        play.commit_all("Recorded ids")
        play.edit("stages/_deployed.yaml", "    example.com:", "    example.org: invalid buyer\n    example.com:")
        play.git("commit", "--quiet", "--all", "--author=Ada <ada@example.com>", "--message=A domain")
        assert play.run("plan", "--base", "HEAD^", "--out", "plan.json").code == 0
        assert self.apply(play, "--approved-by", "ada").code == 4
        assert self.apply(play, "--approved-by", "someone").code in (0, 6)

    def test_who_wrote_what_a_rollback_takes_back_may_not_approve_it(self, play):
        play.edit("stages/_deployed.yaml", "    example.com:", "    example.org: invalid buyer\n    example.com:")
        play.git("commit", "--quiet", "--all", "--author=Ada <ada@example.com>", "--message=A domain")
        assert play.run("plan", "--base", "HEAD^", "--out", "plan.json").code == 0
        assert self.apply(play, "--approved-by", "grace").code in (0, 6)
        play.git("checkout", "--quiet", "HEAD^", "--", "state/stages")
        play.git("reset", "--quiet", "--soft", "HEAD^")
        play.git("stash", "--quiet", "--include-untracked", "--", "state/recorded")
        assert play.run("plan", "--out", "plan.json").code == 0
        ran = self.apply(play, "--approved-by", "ada")
        assert ran.code == 4
        assert "ada wrote some of what changed since the last apply" in ran.err

    def test_only_an_apply_counts_as_the_last_one(self, play):
        assert self.apply(play, "--approved-by", "ada").code in (0, 6)
        play.edit("stages/_deployed.yaml", "    example.com:", "    example.org: invalid buyer\n    example.com:")
        play.git("commit", "--quiet", "--all", "--author=Ada <ada@example.com>", "--message=A domain")
        nowhere = Repositories(play.folder / "nowhere", "https://github.com/Crown-Commercial-Service/")
        assert play.run("deliver", "scripts", **nowhere.environment).code == 1
        assert play.run("log", "--format", "json").json["runs"][0]["command"] == "deliver"
        assert play.run("plan", "--base", "HEAD^", "--out", "plan.json").code == 0
        assert self.apply(play, "--approved-by", "ada").code == 4
