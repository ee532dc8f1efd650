"""What only a person can see or do: attested, outdated, expired; people as guests; `show` and its reveal."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import emailops
from tests.playing import TODAY
from tests.stories.telling import (
    GUEST_LIST,
    assert_plain_failure,
    change_of,
    on_day,
    planned,
    step_of,
    to_attest,
    tree,
)
from tests.stories.terminal import on_a_terminal

CALLBACK = "notify-callback/marketplace"
FILE = "attestations/notify-guest-list/marketplace.yaml"
GUEST = "    - {address: tester@user.marketplace.team, why: tests, until: 2027-01-01}\n"
PERSON = "    - {person: anna, why: checks mail in staging, until: 2027-01-01}\n"
ANNA = "anna.guest@people.example"


def _attest(play, *arguments, **environment):
    return play.run("attest", GUEST_LIST, *arguments, **environment)


def _attest_on(play, day, by="developers"):
    ran = on_day(play, day, "attest", GUEST_LIST, "--by", by)
    assert ran.code == 0, ran.err
    return ran


def _add_guest(play, guest):
    play.edit("notify.yaml", "  callback:", f"{guest}  callback:")


def _with_anna(play):
    play.edit("people.yaml", "ccs:", "anna: {role: tester, since: 2026-09-01}\nccs:")
    _add_guest(play, PERSON)


class TestAttesting:
    def test_writes_one_small_file_that_is_valid_and_says_what_to_commit(self, marketplace):
        before = tree(marketplace.state)
        ran = _attest(marketplace, "--by", "developers")
        assert ran.code == 0
        assert FILE in ran.out
        assert f"commit state/{FILE}" in ran.out
        after = tree(marketplace.state)
        assert set(after) - set(before) == {FILE}
        written = yaml.safe_load(after[FILE])
        assert (written["by"], str(written["on"])) == ("developers", "2026-11-24")
        assert written["attested"]["addresses"] == ["success@simulator.amazonses.com"]
        assert marketplace.run("validate").code == 0

    def test_then_the_plan_has_no_step_and_counts_it(self, marketplace):
        before = marketplace.plan()["counts"]
        _attest(marketplace, "--by", "developers")
        after = marketplace.plan()
        assert GUEST_LIST not in [step["resource"] for step in after["steps"]]
        assert after["counts"]["attested"] == before["attested"] + 1
        assert after["counts"]["person"] == before["person"] - 1

    def test_again_is_a_newer_one(self, marketplace):
        _attest(marketplace, "--by", "developers")
        assert _attest_on(marketplace, "2026-12-01", "ccs").code == 0
        written = yaml.safe_load((marketplace.state / FILE).read_text())
        assert (written["by"], str(written["on"])) == ("ccs", "2026-12-01")

    def test_by_a_handle_that_is_not_there_is_refused_with_those_that_are(self, marketplace):
        ran = _attest(marketplace, "--by", "nobody")
        assert_plain_failure(ran, "nobody", "developers", "ccs")
        assert not (marketplace.state / FILE).exists()

    def test_without_a_terminal_and_without_a_handle_is_a_usage_error_that_names_the_flag(self, marketplace):
        for names in ((), (CALLBACK,)):
            ran = _attest(marketplace, *names)
            assert (ran.code, ran.out) == (64, "")
            assert "--by" in ran.err
        assert not (marketplace.state / "attestations").exists()

    @pytest.mark.parametrize("variable", ["JENKINS_URL", "EMAILOPS_PIPELINE"])
    @pytest.mark.parametrize("arguments", [(), ("--by", "developers"), (CALLBACK, "--by", "developers")])
    def test_in_the_pipeline_that_applies_is_always_refused(self, marketplace, variable, arguments):
        ran = _attest(marketplace, *arguments, **{variable: "https://ci.example/"})
        assert ran.code == 1
        assert not (marketplace.state / "attestations").exists()

    @pytest.mark.parametrize(
        ("resource", "word"),
        [
            ("notify-guest-list/marketplaces", "did you mean notify-guest-list/marketplace"),
            ("notify-template/reset_password_inactive", "attested"),
            ("mailchimp-audience/framework-updates", "attested"),
            ("nonsense", "nonsense"),
            ("../../etc/passwd", "no resource"),
        ],
    )
    def test_of_what_is_not_attested_is_refused(self, marketplace, resource, word):
        before = tree(marketplace.state)
        ran = marketplace.run("attest", resource, "--by", "developers")
        assert_plain_failure(ran, word)
        assert tree(marketplace.state) == before

    def test_sends_nothing(self, marketplace):
        _attest(marketplace, "--by", "developers")
        assert marketplace.sandbox.requests == []


class TestStates:
    def test_not_attested_is_a_step_with_page_value_and_command(self, marketplace):
        step = step_of(marketplace.plan(), GUEST_LIST)
        service = "00000000-0000-4000-8000-000000000001"
        assert step["open"] == f"https://www.notifications.service.gov.uk/services/{service}/api/guest-list"
        assert [row["value"] for row in step["enter"]] == ["success@simulator.amazonses.com"]
        assert step["then"] == f"emailops attest {GUEST_LIST}"
        assert step["when"] == "now"

    def test_an_edit_outdates_it_by_itself_and_the_step_shows_what_changed_and_the_age(self, marketplace):
        _attest_on(marketplace, "2026-10-14")
        _add_guest(marketplace, GUEST)
        plan = marketplace.plan()
        assert change_of(plan, GUEST_LIST)["reason"] == "outdated"
        rows = {row["value"]: row["note"] for row in step_of(plan, GUEST_LIST)["enter"]}
        assert "41 days ago" in rows["success@simulator.amazonses.com"]
        assert rows["tester@user.marketplace.team"] == "+ new"
        assert step_of(plan, GUEST_LIST)["when"] == "now"

    def test_someone_removed_is_shown_and_may_wait_until_after_the_apply(self, marketplace):
        _add_guest(marketplace, GUEST)
        _attest(marketplace, "--by", "developers")
        marketplace.edit("notify.yaml", GUEST, "")
        step = step_of(marketplace.plan(), GUEST_LIST)
        rows = {row["value"]: row["note"] for row in step["enter"]}
        assert rows["tester@user.marketplace.team"] == "- no longer declared"
        assert step["when"] == "after apply"

    @pytest.mark.parametrize(
        ("resource", "old", "new"),
        [
            (GUEST_LIST, "  callback:", f"{GUEST}  callback:"),
            (CALLBACK, "tokens: [current]", "tokens: [current, next]"),
        ],
    )
    def test_taking_the_edit_back_makes_it_good_again(self, marketplace, resource, old, new):
        marketplace.run("attest", resource, "--by", "developers")
        marketplace.edit("notify.yaml", old, new)
        assert resource in to_attest(marketplace.plan())
        marketplace.edit("notify.yaml", new, old)
        assert resource not in to_attest(marketplace.plan())

    def test_what_notify_does_not_tell_apart_outdates_nothing(self, marketplace):
        _attest(marketplace, "--by", "developers")
        marketplace.edit("notify.yaml", "success@simulator.amazonses.com", "Success@Simulator.amazonses.com")
        assert GUEST_LIST not in [step["resource"] for step in marketplace.plan()["steps"]]

    @pytest.mark.parametrize(("day", "is_expired"), [("2027-05-23", False), ("2027-05-24", True)])
    def test_it_expires_after_180_days_unless_the_policy_says_otherwise(self, marketplace, day, is_expired):
        _attest(marketplace, "--by", "developers")
        ran = on_day(marketplace, day, "plan", "--format", "json")
        assert (GUEST_LIST in [step["resource"] for step in ran.json["steps"]]) is is_expired

    def test_the_policy_may_say_otherwise(self, marketplace):
        marketplace.edit("emailops.yaml", "  live_keys: 2", "  attestation_days: 30\n  live_keys: 2")
        _attest(marketplace, "--by", "developers")
        ran = on_day(marketplace, "2026-12-25", "plan", "--format", "json")
        assert change_of(ran.json, GUEST_LIST)["reason"] == "expired"
        assert "too old" in step_of(ran.json, GUEST_LIST)["why"]
        marketplace.edit("emailops.yaml", "attestation_days: 30", "attestation_days: 31")
        ran = on_day(marketplace, "2026-12-25", "plan", "--format", "json")
        assert GUEST_LIST not in to_attest(ran.json)

    def test_it_is_bound_to_its_account(self, marketplace):
        _attest(marketplace, "--by", "developers")
        marketplace.edit(
            "emailops.yaml", "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000009"
        )
        keys = dict.fromkeys(name for name in marketplace.environment if name.startswith("NOTIFY_KEY"))
        ran = marketplace.run("plan", "--format", "json", **keys)
        assert change_of(ran.json, GUEST_LIST)["reason"] == "outdated"

    def test_another_digest_outdates_it(self, marketplace):
        _attest(marketplace, "--by", "developers")
        path = marketplace.state / FILE
        digest = yaml.safe_load(path.read_text())["digest"]
        marketplace.edit(FILE, digest, digest[::-1])
        assert change_of(marketplace.plan(), GUEST_LIST)["reason"] == "outdated"

    def test_a_damaged_one_is_a_finding(self, marketplace):
        _attest(marketplace, "--by", "developers")
        (marketplace.state / FILE).write_text("by: [nobody\n")
        ran = marketplace.run("plan")
        assert ran.code == 3
        assert FILE in ran.err

    def test_a_renamed_list_keeps_its_attestation_with_moved(self, minimal):
        guests = (
            "notify:\n  permits-trial:\n    guest_list: [{address: sink@permits.example, why: w, until: 2027-01-01}]\n"
        )
        minimal.edit("emailops.yaml", "people:\n", f"{guests}people:\n")
        assert minimal.run("attest", "notify-guest-list/permits-trial", "--by", "developers").code == 0
        path = minimal.state / "emailops.yaml"
        path.write_text(path.read_text().replace("permits-trial", "trial"))
        moved = "moved: {notify-guest-list/permits-trial: notify-guest-list/trial}\n"
        assert minimal.run("plan").code == 3, "an attestation of nothing"
        minimal.edit("emailops.yaml", "policy:", f"{moved}policy:")
        assert "notify-guest-list/trial" not in [step["resource"] for step in minimal.plan()["steps"]]


class TestPeople:
    def test_a_plan_shows_the_handle_and_the_step_begins_with_the_reveal(self, marketplace, tmp_path):
        _with_anna(marketplace)
        people = tmp_path / "people.json"
        people.write_text(f'{{"anna": "{ANNA}"}}')
        marketplace.environment["EMAILOPS_PEOPLE"] = str(people)
        step = step_of(planned(marketplace), GUEST_LIST)
        assert step["enter"][0]["value"] == f"emailops show {GUEST_LIST} --reveal"
        assert any(row["value"].startswith("anna ") for row in step["enter"])
        for format_ in ("text", "json", "markdown"):
            ran = marketplace.run("plan", "--format", format_)
            assert "anna" in ran.out
            assert ANNA not in ran.out + ran.err
        people.unlink()
        assert ANNA.encode() not in b"".join(tree(marketplace.folder).values())

    def test_the_attestation_holds_the_handle(self, marketplace):
        _with_anna(marketplace)
        _attest(marketplace, "--by", "developers")
        assert yaml.safe_load((marketplace.state / FILE).read_text())["attested"]["people"] == ["anna since 2026-09-01"]

    def test_a_new_since_which_means_a_new_address_outdates_it(self, marketplace):
        _with_anna(marketplace)
        _attest(marketplace, "--by", "developers")
        marketplace.edit("people.yaml", "since: 2026-09-01", "since: 2026-11-01")
        assert change_of(marketplace.plan(), GUEST_LIST)["reason"] == "outdated"


class TestShow:
    def test_a_resource_as_declared_with_its_place(self, marketplace):
        ran = marketplace.run("show", GUEST_LIST)
        assert ran.code == 0
        for fragment in (GUEST_LIST, "shared", "state/notify.yaml:", "success@simulator.amazonses.com"):
            assert fragment in ran.out
        ran = marketplace.run("show", "notify-template/reset_password")
        assert ran.out.splitlines()[0].endswith(" state/templates.yaml:10:1")
        assert "4ae02cdd-65fd-417f-8c24-61260229f9af" in ran.out

    def test_its_place_is_told_from_where_you_stand(self, minimal):
        minimal.folder = minimal.state
        ran = minimal.run("show", "notify-template/permit_granted", EMAILOPS_STATE=".")
        assert ran.out.splitlines()[0].endswith(" emailops.yaml:27:3")

    @pytest.mark.parametrize("resource", ["notify-guest-list/market", "notify-template/reset-password"])
    def test_a_resource_that_is_not_there_is_an_error_with_the_nearest(self, marketplace, resource):
        assert_plain_failure(marketplace.run("show", resource), "did you mean")

    @pytest.mark.few(1)
    @pytest.mark.parametrize("format_", ["text", "json", "markdown"])
    def test_a_plan_file_shows_what_the_plan_showed(self, marketplace, format_):
        planned(marketplace)
        made = marketplace.run("plan", "--format", format_, "--out", "plan.json")
        shown = marketplace.run("show", "plan.json", "--format", format_)
        assert shown.code == 0
        assert shown.out == made.out

    def test_a_plan_file_is_shown_without_state_and_keys(self, marketplace):
        planned(marketplace)
        (marketplace.folder / "plan.json").rename(marketplace.folder.parent / "moved.json")
        made = marketplace.run("show", "../moved.json", MAILCHIMP_KEY=None)
        assert made.code == 0

    def test_reveal_without_a_terminal_is_a_usage_error(self, marketplace):
        _with_anna(marketplace)
        ran = marketplace.run("show", GUEST_LIST, "--reveal")
        assert (ran.code, ran.out) == (64, "")
        assert "terminal" in ran.err

    def test_reveal_of_a_plan_is_a_usage_error(self, marketplace):
        planned(marketplace)
        assert marketplace.run("show", "plan.json", "--reveal").code == 64


class TestOnATerminal:
    """A terminal is what `pty` makes: the process believes that a person is there."""

    def _on_terminal(self, play, *arguments, typed="", **environment):
        parent, child = pty.openpty()
        variables = {**play.environment, "PYTHONPATH": str(Path(emailops.__file__).parents[1]), "TERM": "dumb"}
        command = [sys.executable, "-c", "import sys; from emailops.cli import main; sys.exit(main())", *arguments]
        with subprocess.Popen(
            command, cwd=play.folder, env=variables | environment, stdin=child, stdout=child, stderr=child
        ) as process:
            os.close(child)
            os.write(parent, typed.encode())
            said = b""
            try:
                while chunk := os.read(parent, 4096):
                    said += chunk
            except OSError:
                pass  # Linux says so when the other end has closed
            code = process.wait(60)
        os.close(parent)
        return code, said.decode()

    def _people(self, play, text):
        path = play.folder.parent / "people.json"
        path.write_bytes(text)
        return str(path)

    def test_reveal_shows_the_address(self, marketplace):
        _with_anna(marketplace)
        people = self._people(marketplace, f'{{"anna": "{ANNA}", "other": "b@people.example"}}'.encode())
        code, said = self._on_terminal(marketplace, "show", GUEST_LIST, "--reveal", EMAILOPS_PEOPLE=people)
        assert code == 0, said
        assert ANNA in said
        assert "b@people.example" not in said

    def test_without_reveal_it_does_not(self, marketplace):
        _with_anna(marketplace)
        people = self._people(marketplace, f'{{"anna": "{ANNA}"}}'.encode())
        code, said = self._on_terminal(marketplace, "show", GUEST_LIST, EMAILOPS_PEOPLE=people)
        assert code == 0, said
        assert ANNA not in said

    @pytest.mark.few(1)
    @pytest.mark.parametrize("content", [f'{{"anna": "{ANNA}"', f'["{ANNA}"]', "\xff" + ANNA])
    def test_a_malformed_file_of_people_never_echoes_what_it_holds(self, marketplace, content):
        _with_anna(marketplace)
        people = self._people(marketplace, content.encode("latin-1"))
        code, said = self._on_terminal(marketplace, "show", GUEST_LIST, "--reveal", EMAILOPS_PEOPLE=people)
        assert code == 1, said
        assert "EMAILOPS_PEOPLE" in said
        assert "anna.guest" not in said
        assert "Traceback" not in said

    def test_without_a_file_of_people_it_says_how_to_name_one(self, marketplace):
        _with_anna(marketplace)
        code, said = self._on_terminal(marketplace, "show", GUEST_LIST, "--reveal")
        assert code == 1
        assert "EMAILOPS_PEOPLE" in said

    def test_attest_shows_what_is_declared_and_asks_who(self, marketplace):
        code, said = self._on_terminal(marketplace, "attest", GUEST_LIST, typed="developers\n")
        assert code == 0, said
        assert "success@simulator.amazonses.com" in said
        assert yaml.safe_load((marketplace.state / FILE).read_text())["by"] == "developers"

    def test_apply_of_a_stage_shows_the_plan_and_asks(self, marketplace):
        arguments = ("apply", "--stage", "production", "--only", "mailchimp-audience/*-6.digital-outcomes")
        code, said = self._on_terminal(marketplace, *arguments, typed="y\n")
        assert code == 0, said
        assert said.index("digital-outcomes-and-specialists-6") < said.index("Apply this?")
        assert "done" in said
        assert "next: say yes" in said

    @pytest.mark.slow
    def test_without_a_yes_nothing_is_applied(self, marketplace):
        code, said = self._on_terminal(marketplace, "apply", "--stage", "production", typed="n\n")
        assert code != 0
        assert "Traceback" not in said
        assert {request.method for request in marketplace.sandbox.requests} == {"GET"}


class TestSeveralAtOnce:
    def test_a_glob_takes_every_attested_resource_that_fits(self, marketplace):
        ran = marketplace.run("attest", "notify-key/*", "--by", "developers")
        assert ran.code == 0, ran.err
        assert len(ran.out.splitlines()) == 7
        assert not [name for name in to_attest(marketplace.plan()) if name.startswith("notify-key/")]

    def test_a_glob_that_fits_nothing_is_an_error(self, marketplace):
        assert_plain_failure(marketplace.run("attest", "notify-keys/*", "--by", "developers"), "notify-keys/*")

    @pytest.mark.parametrize("arguments", [("attest",), ("attest", "--all", GUEST_LIST)])
    def test_resources_or_all_and_not_both(self, marketplace, arguments):
        assert marketplace.run(*arguments, "--by", "developers").code == 64

    def test_without_a_terminal_nobody_walks(self, marketplace):
        ran = marketplace.run("attest", "--all", "--by", "developers")
        assert (ran.code, "terminal" in ran.err) == (64, True)


@pytest.mark.slow
class TestAllOnATerminal:
    """Page after page, a yes or a no each, and one commit at the end."""

    def test_what_is_said_yes_to_is_attested_and_the_rest_stays_open(self, marketplace):
        before = to_attest(marketplace.plan())
        answers = "n\n" + "y\n" * (len(before) - 1)
        ran = on_a_terminal(marketplace, f"developers\n{answers}", "attest", "--all", "--today", TODAY)
        assert ran.code == 0, ran.out
        assert f"14 of {len(before)}" in ran.out
        assert "check  success@simulator" in ran.out or "enter  success@simulator" in ran.out
        assert ran.out.count("https://www.notifications.service.gov.uk/services/") == len(before)
        assert "13 of 14 attested by developers" in ran.out
        assert "next: git add state/attestations && git commit --message 'Attest what developers saw'" in ran.out
        assert len(to_attest(marketplace.plan())) == 1

    def test_a_stranger_is_refused_before_the_first_page(self, marketplace):
        ran = on_a_terminal(marketplace, "nobody\n", "attest", "--all")
        assert ran.code == 1
        assert "https://" not in ran.out

    def test_where_all_is_attested_there_is_nothing_to_walk(self, marketplace):
        marketplace.run("attest", *to_attest(marketplace.plan()), "--by", "developers")
        assert on_a_terminal(marketplace, "", "attest", "--all", "--today", TODAY).out == "there is nothing to attest\n"
