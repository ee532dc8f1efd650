"""People come and go: what the state says of them, and what is left to do beside it."""

from __future__ import annotations

import pytest
import yaml

from tests.playing import Play

PEOPLE = "ada: {role: develops}\ngrace: {role: designs}\n"
TEAM = "  team: [grace, ada]\n"
GUEST = "    - {person: ada, why: sees real mail, until: 2027-11-24}\n"


@pytest.fixture
def play(marketplace: Play) -> Play:
    """Ada is in everything that a person can be in."""
    people = marketplace.state / "people.yaml"
    people.write_text(people.read_text() + PEOPLE)
    marketplace.edit("notify.yaml", "  callback:", f"{GUEST}{TEAM}  callback:")
    marketplace.edit(
        "keys.yaml",
        "  kind: live\n  stages: [production]\n  purpose",
        "  kind: live\n  owner: ada\n  stages: [production]\n  purpose",
    )
    marketplace.edit("audiences/test-opportunities.yaml", "audience:", "subscribers: {ada: {person: ada}}\naudience:")
    (marketplace.state / "waivers.yaml").write_text(
        "- {rule: template-unread, resource: notify-template/x, until: 2027-01-01, owner: ada, reason: a move}\n"
    )
    return marketplace


def told(play: Play, *arguments: str):
    ran = play.run(*arguments, "--format", "json")
    assert ran.code == 0, ran.err
    return ran.json


def read(play: Play, path: str):
    return yaml.safe_load((play.state / path).read_text())


def test_someone_who_leaves_is_nowhere_in_the_state_any_more(play):
    told(play, "leaver", "ada", "--to", "developers")
    notify = read(play, "notify.yaml")["marketplace"]
    assert notify["team"] == ["grace"]
    assert [guest.get("person") for guest in notify["guest_list"]] == [None]
    assert read(play, "keys.yaml")["production"]["owner"] == "developers"
    assert read(play, "audiences/test-opportunities.yaml")["subscribers"] == {}
    assert read(play, "waivers.yaml")[0]["owner"] == "developers"
    assert read(play, "people.yaml")["ada"] == {"role": "develops", "left": True}


def test_the_list_names_each_page_and_each_key_that_could_be_read(play):
    steps = told(play, "leaver", "ada", "--to", "developers")["steps"]
    assert [step["do"] for step in steps] == [
        *("remove", "revoke") * 2,
        *("remove", "remove", "attest", "consider"),
    ]
    assert steps[-1]["with"] == "emailops rotate production: ada could read it"
    assert all("@" not in step["with"] for step in steps)


def test_one_attestation_settles_it(play):
    told(play, "leaver", "ada", "--to", "developers")
    (step,) = [row for row in play.plan()["steps"] if row["resource"] == "leaver/ada"]
    assert [row["act"] for row in step["enter"]] == ["check"] * 3
    assert play.run("attest", "leaver/ada", "--by", "developers").code == 0
    assert [row for row in play.plan()["steps"] if row["resource"] == "leaver/ada"] == []


def test_what_stands_around_stays(play):
    before = (play.state / "notify.yaml").read_text()
    told(play, "leaver", "ada", "--to", "developers")
    after = (play.state / "notify.yaml").read_text()
    assert after == before.replace(GUEST, "").replace("[grace, ada]", "[grace]")


def test_whoever_owns_something_needs_somebody_who_takes_it(play):
    before = (play.state / "people.yaml").read_bytes()
    ran = play.run("leaver", "ada")
    assert ran.code == 64
    assert "ada owns notify-key/production, notify-template/x" in ran.err
    assert "emailops leaver ada --to HANDLE" in ran.err
    assert (play.state / "people.yaml").read_bytes() == before


def test_a_second_run_changes_nothing(play):
    told(play, "leaver", "ada", "--to", "developers")
    again = told(play, "leaver", "ada")
    assert (again["changed"], again["written"]) == ([], [])


def test_whoever_names_a_leaver_again_is_told(play):
    told(play, "leaver", "ada", "--to", "developers")
    play.edit("notify.yaml", "[grace]", "[grace, ada]")
    assert "ada has left, and notify-team/marketplace still names them" in play.run("validate").out


def test_someone_who_joins_is_declared_without_a_day(play):
    made = told(play, "starter", "joan", "--role", "researches users", "--team", "marketplace")
    assert read(play, "people.yaml")["joan"] == {"role": "researches users"}
    assert read(play, "notify.yaml")["marketplace"]["team"] == ["grace", "ada", "joan"]
    assert [step["do"] for step in made["steps"]] == ["add", "invite", "attest", "invite", "tell"]
    assert play.run("validate").code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["leaver", "nobody-knows"], 64, "there is no person or role 'nobody-knows'"),
        (["leaver", "ada", "--to", "ada"], 1, "ada has left, too"),
        (["leaver", "ada", "--to", "dvelopers"], 64, "did you mean developers?"),
        (["starter", "joan", "--team", "marketplaec"], 64, "did you mean marketplace?"),
        (["starter", "joan@example.com"], 1, "nothing was written"),
    ],
)
def test_what_is_refused_leaves_everything_as_it_was(play, arguments, code, says):
    before = {path: path.read_bytes() for path in play.state.rglob("*.yaml")}
    ran = play.run(*arguments)
    assert (ran.code, says in ran.err) == (code, True), ran.err
    assert {path: path.read_bytes() for path in play.state.rglob("*.yaml")} == before
