"""What changes for consumers, against a commit, the merge base with main, or the last converged apply."""

from __future__ import annotations

import json
import shutil

import pytest

from tests.stories.telling import (
    DOS6,
    assert_plain_failure,
    drift,
    make_world_anew,
    managed,
    planned,
    settings_of,
    settled,
)

SEVEN = {
    "admin-frontend",
    "antivirus-api",
    "brief-responses-frontend",
    "briefs-frontend",
    "scripts",
    "supplier-frontend",
    "user-frontend",
}
DEPLOYED = {"preview", "staging", "production"}


def _one_more_domain(play):
    play.edit("stages/_deployed.yaml", "    example.com:", "    example.org: invalid buyer\n    example.com:")


def _one_more_framework(play):
    text = (play.state / "audiences/digital-outcomes-and-specialists-6.yaml").read_text()
    new = text.replace("Specialists 6", "Specialists 7")
    (play.state / "audiences/digital-outcomes-and-specialists-7.yaml").write_text(new)


def _snapshot(play):
    """What the last converged apply noted, byte for byte; None where there was none."""
    file = play.state / ".emailops/settings.json"
    return file.read_bytes() if file.exists() else None


def _branch(play, name="work"):
    play.git("switch", "--quiet", "--create", name)


class TestWhatChanges:
    def test_a_new_redirect_domain_is_a_change_for_seven_consumers_and_three_stages(self, marketplace):
        marketplace.commit_all()
        _branch(marketplace)
        _one_more_domain(marketplace)
        settings = settings_of(marketplace.plan())
        assert {setting["subject"] for setting in settings} == SEVEN
        assert len(settings) == len(SEVEN) * len(DEPLOYED)
        for setting in settings:
            assert setting["stage"] in DEPLOYED
            assert setting["after"] == {**setting["before"], "example.org": "success@simulator.amazonses.com"}

    def test_it_is_said_once_with_who_reads_it(self, marketplace):
        marketplace.commit_all()
        _one_more_domain(marketplace)
        ran = marketplace.run("plan")
        assert ran.out.count("+ example.org -> success@simulator.amazonses.com") == 1
        for consumer in SEVEN:
            assert ran.out.count(consumer) == 1
        assert "7 consumers" in ran.out

    def test_no_provider_changes_with_it(self, marketplace):
        settled(marketplace)
        _one_more_domain(marketplace)
        plan = marketplace.plan()
        assert managed(plan) == {}
        assert len(settings_of(plan)) == 21

    def test_a_new_template_id_is_a_change_for_whoever_reads_the_template(self, marketplace):
        marketplace.commit_all()
        old, new = "4ae02cdd-65fd-417f-8c24-61260229f9af", "4ae02cdd-65fd-417f-8c24-61260229f9aa"
        marketplace.edit("templates.yaml", old, new)
        settings = settings_of(marketplace.plan())
        assert {(setting["subject"], setting["stage"]) for setting in settings} == {
            ("user-frontend", stage) for stage in ("development", *DEPLOYED)
        }
        assert "reset_password" in marketplace.run("plan").out

    def test_a_setting_that_is_new_has_nothing_before_and_one_that_goes_nothing_after(self, marketplace):
        marketplace.commit_all()
        marketplace.edit("consumers/scripts.yaml", "DEFAULT_REDIRECT_DOMAINS: redirects", "REDIRECTS: redirects")
        by_name = {}
        for setting in settings_of(marketplace.plan()):
            by_name.setdefault(setting["name"], []).append(setting)
        assert {setting["before"] for setting in by_name["REDIRECTS"]} == {None}
        assert {setting["after"] for setting in by_name["DEFAULT_REDIRECT_DOMAINS"]} == {None}

    def test_an_id_to_come_is_pending(self, marketplace):
        marketplace.commit_all()
        _one_more_framework(marketplace)
        settings = settings_of(marketplace.plan())
        production = [
            setting
            for setting in settings
            if setting["stage"] == "production" and setting["name"] == "MAILCHIMP_LIST_IDS"
        ]
        lots = production[0]["after"]["digital-outcomes-and-specialists-7"]
        assert lots["digital-outcomes"] == {
            "$pending": "mailchimp-audience/digital-outcomes-and-specialists-7.digital-outcomes"
        }

    @pytest.mark.slow
    def test_ids_that_an_apply_gives_are_no_change_of_a_setting(self, marketplace):
        base = marketplace.commit_all()
        planned(marketplace)
        assert marketplace.run("apply", "plan.json").code in (0, 6)
        assert settings_of(marketplace.plan()) == []
        assert settings_of(marketplace.plan("--base", base)) == []

    def test_a_rename_with_moved_is_no_change_of_a_setting(self, marketplace):
        marketplace.commit_all()
        (marketplace.state / "audiences/framework-updates.yaml").rename(marketplace.state / "audiences/updates.yaml")
        path = marketplace.state / "consumers/supplier-frontend.yaml"
        path.write_text(path.read_text().replace("audience framework-updates", "audience updates"))
        moved = "moved: {mailchimp-audience/framework-updates: mailchimp-audience/updates}\n"
        marketplace.edit("emailops.yaml", "policy:", f"{moved}policy:")
        assert settings_of(marketplace.plan()) == []


class TestWhichBase:
    def test_a_commit_that_is_asked_for(self, marketplace):
        first = marketplace.commit_all()
        _one_more_domain(marketplace)
        marketplace.commit_all()
        for ref in (first, "HEAD^1", "main~1"):
            plan = marketplace.plan("--base", ref)
            assert plan["base"] == {"kind": "commit", "ref": first}
            assert len(settings_of(plan)) == 21
        assert settings_of(marketplace.plan("--base", "HEAD")) == []

    def test_else_the_merge_base_with_main(self, marketplace):
        base = marketplace.commit_all()
        _branch(marketplace)
        _one_more_domain(marketplace)
        marketplace.commit_all()
        marketplace.git("switch", "--quiet", "main")
        marketplace.edit(
            "stages/_deployed.yaml", "    example.com:", "    example.net: invalid buyer\n    example.com:"
        )
        marketplace.commit_all()
        marketplace.git("switch", "--quiet", "work")
        plan = marketplace.plan()
        assert plan["base"] == {"kind": "merge-base", "ref": base}
        assert len(settings_of(plan)) == 21
        assert all("example.net" not in setting["before"] for setting in settings_of(plan))
        assert "since main" in marketplace.run("plan").out

    def test_main_of_the_remote_comes_before_a_local_one(self, marketplace):
        base = marketplace.commit_all()
        marketplace.git("update-ref", "refs/remotes/origin/main", base)
        _one_more_domain(marketplace)
        marketplace.commit_all()
        assert len(settings_of(marketplace.plan())) == 21

    def test_what_is_not_committed_yet_counts(self, marketplace):
        marketplace.commit_all()
        _one_more_domain(marketplace)
        assert len(settings_of(marketplace.plan())) == 21

    def test_else_what_the_last_converged_apply_left(self, marketplace):
        marketplace.commit_all()
        settled(marketplace)
        _one_more_domain(marketplace)
        marketplace.commit_all()
        plan = marketplace.plan()
        assert plan["base"]["kind"] == "snapshot"
        assert len(settings_of(plan)) == 21

    def test_a_commit_that_is_asked_for_comes_before_the_snapshot(self, marketplace):
        first = marketplace.commit_all()
        settled(marketplace)
        _one_more_domain(marketplace)
        marketplace.commit_all()
        assert marketplace.plan("--base", first)["base"]["kind"] == "commit"

    def test_without_any_settings_are_unknown_and_the_command_that_gets_one_is_said(self, marketplace):
        plan = marketplace.plan()
        assert plan["base"]["kind"] == "unknown"
        assert settings_of(plan) == []
        for format_ in ("text", "markdown"):
            ran = marketplace.run("plan", "--format", format_)
            assert "not known" in ran.out.lower()
        assert "emailops plan --base REF" in marketplace.run("plan").out

    def test_a_repository_without_a_main_branch_has_none(self, marketplace):
        marketplace.git("init", "--quiet", "--initial-branch=trunk")
        marketplace.commit_all()
        assert marketplace.plan()["base"]["kind"] == "unknown"

    def test_a_main_branch_without_a_state_has_none(self, marketplace):
        shutil.move(marketplace.state, marketplace.folder / "aside")
        (marketplace.folder / ".gitignore").write_text("aside/\n")
        marketplace.commit_all()
        shutil.move(marketplace.folder / "aside", marketplace.state)
        plan = marketplace.plan()
        assert plan["base"]["kind"] == "unknown"
        assert settings_of(plan) == []

    def test_a_main_branch_whose_state_cannot_be_read_has_none(self, marketplace):
        path = marketplace.state / "stages/_deployed.yaml"
        text = path.read_text()
        path.write_text("deployed: [true\n")
        marketplace.commit_all()
        path.write_text(text)
        plan = marketplace.plan()
        assert plan["base"]["kind"] == "unknown"
        assert settings_of(plan) == []


UNREADABLE = ["nonsense", "HEAD~7", "0" * 40, "--option-like", "--output=/tmp/x", "-h", "HEAD:state", "a b", ".."]


class TestABaseThatCannotBeRead:
    def test_is_an_error_that_says_so_before_any_provider_is_asked(self, minimal):
        minimal.commit_all()
        for ref in UNREADABLE:
            ran = minimal.run("plan", "--base", ref)
            assert_plain_failure(ran)
            assert ran.out == ""
        assert minimal.sandbox.requests == []

    def test_a_folder_that_is_no_repository_is_said_to_be_none(self, minimal):
        assert_plain_failure(minimal.run("plan", "--base", "HEAD"), "git")

    def test_a_commit_without_a_state_is_said_to_have_none(self, minimal):
        minimal.git("init", "--quiet", "--initial-branch=main")
        minimal.git("commit", "--quiet", "--allow-empty", "--message=Empty")
        assert_plain_failure(minimal.run("plan", "--base", "HEAD"), "no declared state")

    def test_a_commit_whose_state_is_broken_is_no_base(self, marketplace):
        path = marketplace.state / "stages/_deployed.yaml"
        text = path.read_text()
        path.write_text("deployed: [true\n")
        marketplace.commit_all()
        path.write_text(text)
        ran = marketplace.run("plan", "--base", "HEAD")
        assert_plain_failure(ran, "_deployed.yaml: ", "\n          --base REF names a commit whose state can be read\n")

    def test_no_git_on_this_machine_is_said(self, minimal):
        ran = minimal.run("plan", "--base", "HEAD", PATH=str(minimal.folder))
        assert_plain_failure(ran, "git is not installed")

    def test_no_git_and_no_base_asked_for_leaves_settings_unknown(self, minimal):
        ran = minimal.run("plan", "--format", "json", PATH=str(minimal.folder))
        assert ran.code == 0, ran.err
        assert ran.json["base"]["kind"] == "unknown"

    def test_a_damaged_snapshot_is_an_error_that_names_the_file(self, minimal):
        settled(minimal)
        for text in ("", "{", "[]", '{"format": 2}', '{"format": 1, "facts": [{}]}', "[" * 9999):
            (minimal.state / ".emailops/settings.json").write_text(text)
            assert_plain_failure(minimal.run("plan"), "snapshot")


class TestWhereTheStateStands:
    @pytest.mark.few(1)
    @pytest.mark.parametrize("place", [".", "state", "config/email", "a b/ü"])
    def test_a_base_is_read_from_the_same_place_in_the_repository(self, marketplace, place):
        repository = marketplace.folder / "repository"
        target = repository / place
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(marketplace.state, target, dirs_exist_ok=True)
        (repository / "README.md").write_text("Not a state's file\n")
        (repository / "templates-of-mail").mkdir(exist_ok=True)
        (repository / "templates-of-mail/x.yaml").write_text("no: {state\n")
        git = ("-C", str(repository))
        marketplace.git(*git, "init", "--quiet", "--initial-branch=main")
        marketplace.git(*git, "add", "--all")
        marketplace.git(*git, "commit", "--quiet", "--message=State")
        path = target / "stages/_deployed.yaml"
        path.write_text(
            path.read_text().replace("    example.com:", "    example.org: invalid buyer\n    example.com:")
        )
        for base in ((), ("--base", "HEAD")):
            ran = marketplace.run("plan", "--format", "json", "--state", str(target), *base)
            assert ran.code == 0, ran.err
            assert len(settings_of(ran.json)) == 21

    def test_reading_a_base_leaves_the_checkout_as_it_was(self, marketplace):
        marketplace.commit_all()
        _one_more_domain(marketplace)
        before = marketplace.git("status", "--porcelain=v2", "--branch")
        marketplace.plan("--base", "HEAD")
        assert marketplace.git("status", "--porcelain=v2", "--branch") == before


@pytest.mark.slow
class TestTheSnapshot:
    def _values(self, play, stage):
        rows = json.loads((play.state / ".emailops/settings.json").read_text())["facts"]
        return [row for row in rows if row["stage"] == stage]

    def test_an_apply_of_one_stage_keeps_what_was_noted_of_the_others(self, marketplace):
        settled(marketplace)
        before = {stage: self._values(marketplace, stage) for stage in ("preview", "staging", "production")}
        _one_more_domain(marketplace)
        assert marketplace.run("apply", "--stage", "staging", "--yes").code in (0, 6)
        assert self._values(marketplace, "staging") != before["staging"]
        assert self._values(marketplace, "preview") == before["preview"]
        assert self._values(marketplace, "production") == before["production"]
        assert {setting["stage"] for setting in settings_of(marketplace.plan())} == {"preview", "production"}

    def test_an_apply_of_one_stage_without_any_base_does_not_make_the_others_look_new(self, marketplace):
        assert marketplace.run("apply", "--stage", "production", "--yes").code in (0, 6)
        plan = marketplace.plan("--stage", "staging")
        assert settings_of(plan) == []

    @pytest.mark.parametrize("begun", [True, False], ids=["that there is", "that there is not"])
    def test_a_part_of_the_resources_leaves_the_snapshot_alone(self, marketplace, begun):
        if begun:
            settled(marketplace)
        before = _snapshot(marketplace)
        drift(marketplace)
        _one_more_domain(marketplace)
        planned(marketplace, "--only", "mailchimp-audience/*")
        assert marketplace.run("apply", "plan.json").code == 0
        assert _snapshot(marketplace) == before
        assert len(settings_of(marketplace.plan())) == (21 if begun else 0)

    def test_a_plan_a_refused_apply_and_a_delivery_of_nothing_leave_it_alone(self, marketplace):
        settled(marketplace)
        before = _snapshot(marketplace)
        planned(marketplace)
        _one_more_domain(marketplace)
        assert marketplace.run("apply", "plan.json").code == 4
        for command in ("drift", "rehearse", "todo"):
            marketplace.run(command)
        assert _snapshot(marketplace) == before

    def test_an_apply_that_did_not_converge_leaves_it_alone(self, marketplace):
        settled(marketplace)
        before = _snapshot(marketplace)
        drift(marketplace)
        _one_more_domain(marketplace)
        planned(marketplace)
        marketplace.sandbox.set_faults([{"route": "PATCH /3.0/lists/*", "do": "status", "status": 400}])
        assert marketplace.run("apply", "plan.json").code == 1
        assert _snapshot(marketplace) == before

    def test_settings_alone_are_applied_by_noting_them(self, marketplace):
        settled(marketplace)
        _one_more_domain(marketplace)
        planned(marketplace)
        ran = marketplace.run("apply", "plan.json", "--format", "json")
        assert (ran.code, ran.json["outcomes"], ran.json["converged"]) == (6, [], True)
        assert settings_of(marketplace.plan()) == []

    def test_it_holds_no_id_so_that_an_id_is_never_a_change(self, marketplace):
        settled(marketplace)
        text = (marketplace.state / ".emailops/settings.json").read_text()
        assert "7534b3e89a" not in text
        assert DOS6[0] in text

    def test_it_is_kept_out_of_git(self, marketplace):
        settled(marketplace)
        marketplace.commit_all()
        assert ".emailops" not in marketplace.git("ls-files")

    def test_the_minimal_state_has_one_too(self, minimal):
        settled(minimal)
        minimal.edit(
            "emailops.yaml",
            "domains: {example.org: applicant}",
            "domains: {example.org: applicant, example.net: applicant}",
        )
        make_world_anew(minimal)
        assert [(setting["subject"], setting["stage"]) for setting in settings_of(minimal.plan())] == [
            ("web", "production")
        ]
