"""What people attest: several at once, each bound to its own fields, grouped by the page on which they stand."""

from __future__ import annotations

import json
import shlex

import pytest
import yaml

from tests.stories.subscribers import SUES
from tests.stories.telling import add, change_of, part, people_file, said, step_of, to_attest, tree

GUESTS, CALLBACK, REPLY_TO = (
    f"notify-{name}" for name in ("guest-list/marketplace", "callback/marketplace", "reply-to/enquiries")
)
TEAM = "notify-team/marketplace"
LINKS = [
    f"notify-template/{name}"
    for name in ("create_user_account", "invite_admin_user", "invite_contributor", "reset_password")
]
KEYS = [f"notify-key/{name}" for name in ("preview", "production", "staging")]
ALL = [GUESTS, CALLBACK, REPLY_TO, *LINKS, *KEYS]


def attest(play, *names, by="developers", **environment):
    return play.run("attest", *names, "--by", by, **environment)


def with_team(play):
    add(play, "notify.yaml", "  team: [sue, developers]\n")
    add(play, "people.yaml", "sue: {role: tests mailings, since: 2026-11-01}\n")


def test_everything_that_is_attested_is_a_step_at_first(marketplace):
    with_team(marketplace)
    wanted = to_attest(marketplace.plan())

    assert set(wanted) >= {*ALL, TEAM}
    assert len(set(wanted)) == len(wanted)


def test_several_are_attested_at_once_and_each_is_a_file(marketplace):
    ran = attest(marketplace, *ALL)
    plan = marketplace.plan()

    assert ran.code == 0, ran.err
    assert [f"attestations/{name}.yaml" in ran.out for name in ALL] == [True] * len(ALL)
    assert not set(to_attest(plan)) & set(ALL)
    assert plan["counts"]["attested"] == len(ALL)
    assert marketplace.run("validate").code == 0


@pytest.mark.parametrize(
    ("names", "by", "code"),
    [
        ([GUESTS, "notify-callback/marketplac"], "developers", 1),
        (["mailchimp-audience/framework-updates", GUESTS], "developers", 1),
        ([GUESTS, CALLBACK], "nobody", 1),
        ([GUESTS, "notify-template/change_password_alert"], "developers", 1),
    ],
    ids=["one that is misspelt", "one that is managed", "by someone unknown", "a template without sensitive values"],
)
def test_all_of_them_or_none(marketplace, names, by, code):
    before = tree(marketplace.state)
    ran = attest(marketplace, *names, by=by)

    assert ran.code == code
    assert tree(marketplace.state) == before
    assert ran.err.startswith("emailops: ")


def test_twice_in_one_run_is_once(marketplace):
    assert attest(marketplace, GUESTS, GUESTS).code == 0
    assert GUESTS not in to_attest(marketplace.plan())


def test_the_same_day_and_person_write_the_same_bytes(marketplace):
    attest(marketplace, *ALL)
    first = tree(marketplace.state / "attestations")
    attest(marketplace, *reversed(ALL))

    assert len(first) == len(ALL)
    assert tree(marketplace.state / "attestations") == first


def test_a_file_says_what_was_attested_by_whom_and_when(marketplace):
    attest(marketplace, CALLBACK, LINKS[0], by="ccs")
    callback, link = (
        yaml.safe_load((marketplace.state / f"attestations/{name}.yaml").read_text()) for name in (CALLBACK, LINKS[0])
    )

    assert callback["attested"] == {
        "url": "https://api.digitalmarketplace.service.gov.uk/callbacks/notify",
        "tokens": ["current"],
    }
    assert link["attested"] == {"redacted": ["url"]}
    assert (callback["by"], callback["on"]) == ("ccs", "2026-11-24")
    assert len(callback["digest"]) == 64
    assert callback["digest"] != link["digest"]


EDITS = [
    ("notify.yaml", "tokens: [current]", "tokens: [current, next]", CALLBACK),
    ("notify.yaml", "/callbacks/notify # the host", "/callbacks/other # the host", CALLBACK),
    ("notify.yaml", "id: 24908180-b64e", "id: 24908181-b64e", REPLY_TO),
    ("notify.yaml", "address: cloud_digital@crowncommercial.gov.uk", "address: a@example.com", REPLY_TO),
    ("notify.yaml", "[sue, developers]", "[developers]", TEAM),
    ("people.yaml", "since: 2026-11-01", "since: 2026-11-20", TEAM),
    ("templates.yaml", "reset_password: {", "reset_password: {sensitive: [url, name], ", LINKS[3]),
    ("keys.yaml", "stages: [preview]\n  purpose", "stages: [preview]\n  created: 2026-11-20\n  purpose", KEYS[0]),
]  # fmt: skip


@pytest.mark.few(1)
@pytest.mark.parametrize(
    ("path", "old", "new", "resource"), EDITS, ids=[" ".join(f"{o} -> {n}".split()) for _, o, n, _ in EDITS]
)
def test_an_edit_outdates_just_what_it_is_of(marketplace, path, old, new, resource):
    with_team(marketplace)
    attest(marketplace, *to_attest(marketplace.plan()))
    assert to_attest(marketplace.plan()) == []
    marketplace.edit(path, old, new)
    plan = marketplace.plan()

    assert to_attest(plan) == [resource]
    assert "changed since" in step_of(plan, resource, "attested")["why"]
    assert change_of(plan, resource, "attested")["reason"] == "outdated"
    assert attest(marketplace, resource).code == 0
    assert to_attest(marketplace.plan()) == []


def test_a_step_shows_what_changes_against_what_was_attested(marketplace):
    attest(marketplace, CALLBACK)
    marketplace.edit("notify.yaml", "tokens: [current]", "tokens: [next]")
    rows = {row["value"]: (row["act"], row["note"]) for row in step_of(marketplace.plan(), CALLBACK)["enter"]}

    assert rows["next"] == ("hand_over", "+ new")
    assert rows["current"] == ("remove", "- no longer declared")
    assert rows["https://api.digitalmarketplace.service.gov.uk/callbacks/notify"] == (
        "check",
        "url  as attested today",
    )


def test_an_attestation_of_another_resource_is_no_word_for_this_one(marketplace):
    attest(marketplace, KEYS[0])
    folder = marketplace.state / "attestations/notify-key"
    (folder / "development.yaml").write_bytes((folder / "preview.yaml").read_bytes())

    assert KEYS[0] not in to_attest(marketplace.plan())
    assert "notify-key/development" in to_attest(marketplace.plan())


def test_without_redaction_nothing_can_be_planned(marketplace):
    marketplace.edit("templates.yaml", "  redacted: true", "  redacted: false")
    ran = marketplace.run("plan")

    assert ran.code == 3
    assert (ran.out + ran.err).count("template-redaction") == 1, "they share a base, and one fault is one finding"


def test_steps_on_one_page_stand_together_and_are_attested_by_one_command(marketplace):
    steps = part(marketplace.run("plan").out, "for a person")
    commands = [line.partition("then")[2].strip() for line in steps.splitlines() if " then " in line]
    together = [command for command in commands if "notify-template/" in command]

    assert len(together) == 1, "every template of the service is looked up on one page"
    assert shlex.split(together[0]) == ["emailops", "attest", *LINKS]
    assert steps.count("/services/00000000-0000-4000-8000-000000000001/templates") == 1
    assert "4 on one page" in steps
    keys = [command for command in commands if "notify-key/" in command]
    assert len(keys) == 2, "of two services"
    assert len(shlex.split(keys[0])) + len(shlex.split(keys[1])) == 4 + len(
        [name for name in to_attest(marketplace.plan()) if name.startswith("notify-key/")]
    )


def test_the_commands_of_a_plan_can_be_pasted_and_leave_nothing_to_attest(marketplace):
    with_team(marketplace)
    steps = part(marketplace.run("plan").out, "for a person")
    commands = [line.partition("then")[2].strip() for line in steps.splitlines() if " then " in line]

    for command in commands:
        program, *arguments = shlex.split(command)
        assert program == "emailops"
        assert marketplace.run(*arguments, "--by", "developers").code == 0
    assert to_attest(marketplace.plan()) == []


def test_steps_for_different_reasons_on_one_page_stand_apart(marketplace):
    attest(marketplace, *LINKS[:2])
    marketplace.edit("templates.yaml", "sensitive: [url]", "sensitive: [url, name]")
    steps = part(marketplace.run("plan").out, "for a person")
    commands = [line.partition("then")[2].strip() for line in steps.splitlines() if "attest notify-template/" in line]

    assert [shlex.split(command)[2:] for command in commands] == [LINKS[:2], LINKS[2:]]


class TestTeam:
    @pytest.fixture
    def team(self, marketplace):
        with_team(marketplace)
        return marketplace

    def test_members_are_handles_and_the_step_begins_with_the_command_that_reveals_them(self, team):
        step = step_of(team.plan(), TEAM)

        assert [line["value"] for line in step["enter"]] == [
            f"emailops show {TEAM} --reveal",
            "developers since 2026-11-24",
            "sue since 2026-11-01",
        ]
        assert step["open"].endswith("/services/00000000-0000-4000-8000-000000000001/users")

    def test_their_addresses_are_in_no_output_and_no_file(self, team):
        people = people_file(team, sue=SUES)
        runs = [
            team.run("plan", "--format", format_, "--out", "p.json", **people)
            for format_ in ("text", "json", "markdown")
        ]
        runs += [attest(team, TEAM, **people), team.run("show", TEAM, **people), team.run("validate", **people)]
        runs += [team.run("show", TEAM, "--reveal", **people)]

        assert runs[-1].code == 64, "there is no terminal"
        assert SUES not in said(team, *runs)
        assert "sue since 2026-11-01" in (team.state / f"attestations/{TEAM}.yaml").read_text()

    def test_someone_whom_nobody_knows_is_refused(self, team):
        team.edit("notify.yaml", "[sue, developers]", "[sue, developer]")
        ran = team.run("plan")

        assert ran.code == 3
        assert "handle-unknown" in ran.out + ran.err

    def test_an_empty_team_is_managed_to_empty(self, team):
        attest(team, TEAM)
        team.edit("notify.yaml", "[sue, developers]", "[]")
        step = step_of(team.plan(), TEAM)

        assert [row["act"] for row in step["enter"]] == ["remove", "remove"]
        assert step["when"] == "after apply"

    def test_one_that_is_no_longer_declared_leaves_an_attestation_to_remove(self, team):
        attest(team, TEAM)
        team.edit("notify.yaml", "  team: [sue, developers]\n", "")
        ran = team.run("validate", "--format", "json")

        assert ran.code == 3
        assert "attestation-unknown" in ran.out
        (team.state / f"attestations/{TEAM}.yaml").unlink()
        assert team.run("validate").code == 0


@pytest.mark.parametrize(
    "command", [("plan",), ("attest", GUESTS, "--by", "developers"), ("apply", "--stage", "shared", "--yes")]
)
def test_a_guest_list_of_six_is_refused_before_anything(marketplace, command):
    rows = "".join(f"    - {{address: a{n}@example.com, why: tests, until: 2027-01-01}}\n" for n in range(5))
    marketplace.edit("notify.yaml", "  callback:", f"{rows}  callback:")
    before = tree(marketplace.state)
    ran = marketplace.run(*command)

    assert ran.code == 3
    assert "guest-list-size" in ran.out + ran.err
    assert marketplace.sandbox.requests == []
    assert tree(marketplace.state) == before


def test_a_guest_list_of_five_and_five_is_entered_whole(marketplace):
    rows = "".join(f"    - {{address: a{n}@example.com, why: tests, until: 2027-01-01}}\n" for n in range(4))
    rows += "".join(f'    - {{number: "0770090000{n}", why: tests, until: 2027-01-01}}\n' for n in range(5))
    marketplace.edit("notify.yaml", "  callback:", f"{rows}  callback:")
    step = step_of(marketplace.plan(), GUESTS)

    assert len(step["enter"]) == 10
    assert attest(marketplace, GUESTS).code == 0
    assert GUESTS not in to_attest(marketplace.plan())


def test_a_plan_and_its_digests_do_not_change_with_what_is_attested(marketplace):
    before = marketplace.plan()
    attest(marketplace, *ALL)
    after = marketplace.plan()

    assert (after["change"], after["digest"]) == (before["change"], before["digest"])
    assert json.dumps(after) != json.dumps(before)
