"""A rehearsal is the real apply, away from every provider and from everything that is kept."""

from __future__ import annotations

import json

import pytest

from emailops.sandbox import Sandbox
from tests.stories.telling import (
    DOS6,
    DOS6_NAME,
    NO_KEYS,
    assert_plain_failure,
    audiences,
    drift,
    nothing_written,
    settled,
    tree,
)

pytestmark = pytest.mark.slow

FILE = "observation.json"
THREE = "3 created, second plan has no managed change"
SUBSCRIBERS = "subscribers: {tester: tester@user.marketplace.team, dev: {person: developers}}\naudience:"


def observe(play):
    assert play.run("drift", "--observed", FILE).code in (0, 2, 6)


def rehearsed(play, *arguments, **environment):
    return play.run("rehearse", "--observed", FILE, *arguments, **{**NO_KEYS, **environment})


def test_it_says_what_would_be_created_and_that_nothing_is_left(marketplace):
    observe(marketplace)
    ran = rehearsed(marketplace)
    assert (ran.code, ran.out.splitlines()[-1]) == (0, THREE)
    assert ran.out.splitlines()[-2] == "left out: the members of audiences, and what only people can do or attest"
    assert [line.split()[:2] for line in ran.out.splitlines()[:3]] == [["done", name] for name in DOS6]
    document = rehearsed(marketplace, "--format", "json").json
    assert [outcome["status"] for outcome in document["outcomes"]] == ["done"] * 3
    assert (document["second"], document["not_rehearsed"], document["verdict"]) == ([], [], THREE)


def test_it_reads_the_providers_where_there_is_no_observation(marketplace):
    with nothing_written(marketplace):
        ran = marketplace.run("rehearse")
    assert (ran.code, ran.out.splitlines()[-1]) == (0, THREE)


def test_it_touches_no_provider_and_nothing_that_is_kept(marketplace):
    observe(marketplace)
    marketplace.edit("keys.yaml", "secret: env:MAILCHIMP_KEY", "secret: file:/run/secrets/mailchimp")
    before, sent = tree(marketplace.folder), len(marketplace.sandbox.requests)
    keys = {name: text for name, text in marketplace.environment.items() if "KEY" in name}
    ran = marketplace.run("rehearse", "--observed", FILE, **keys)
    assert ran.out.splitlines()[-1] == THREE
    assert len(marketplace.sandbox.requests) == sent
    assert tree(marketplace.folder) == before


def test_every_managed_change_is_made(marketplace):
    settled(marketplace)
    drift(marketplace)
    gone = (marketplace.state / "recorded/production.yaml").read_text().splitlines(keepends=True)
    kept = [line for line in gone if DOS6[0] not in line]
    (marketplace.state / "recorded/production.yaml").write_text("".join(kept))
    with (marketplace.state / "recorded/shared.yaml").open("a") as shared:
        shared.write('mailchimp-audience/old: "0123456789"\n')
    observe(marketplace)
    assert rehearsed(marketplace).out.splitlines()[-1] == (
        "1 updated, 1 adopted, 1 released, second plan has no managed change"
    )


def test_test_subscribers_are_rehearsed_with_made_up_addresses_of_people(marketplace):
    marketplace.edit("audiences/test-digital-outcomes.yaml", "audience:", SUBSCRIBERS)
    people = marketplace.folder / "people.json"
    people.write_text(json.dumps({"developers": "dev@user.marketplace.team"}))
    marketplace.environment["EMAILOPS_PEOPLE"] = str(people)
    observe(marketplace)
    assert "5 created" in rehearsed(marketplace, EMAILOPS_PEOPLE=None).out
    settled(marketplace)
    observe(marketplace)
    assert rehearsed(marketplace).out.splitlines()[-1] == "nothing to make, second plan has no managed change"


def test_what_an_observation_does_not_tell_is_not_rehearsed_and_said(marketplace):
    path = marketplace.state / "audiences/digital-outcomes-and-specialists-6.yaml"
    text = path.read_text()
    path.unlink()
    marketplace.change_world(lambda world: audiences(world).append({"id": "0123456789", "name": DOS6_NAME}))
    observe(marketplace)
    path.write_text(text)
    ran = rehearsed(marketplace)
    assert ran.code == 6
    assert f"not rehearsed  {DOS6[0]}" in ran.out
    assert ran.out.splitlines()[-1] == "2 created, second plan has no managed change"


def test_an_id_that_was_recorded_after_the_observation_is_not_rehearsed(marketplace):
    observe(marketplace)
    settled(marketplace)
    ran = rehearsed(marketplace)
    assert ran.code == 6
    assert ran.out.splitlines()[-1] == "nothing to make, second plan has no managed change"


def test_without_room_it_is_refused_as_the_apply_would_be(marketplace):
    marketplace.change_world(lambda world: world["mailchimp"]["accounts"][0].update(max_audiences=20))
    observe(marketplace)
    ran = rehearsed(marketplace)
    assert ran.code == 4
    assert "3 audiences to create, and the account has room for 2 more" in ran.err


def test_one_stage_can_be_rehearsed(marketplace):
    observe(marketplace)
    assert rehearsed(marketplace, "--stage", "staging").out.splitlines()[-1].startswith("nothing to make")
    assert rehearsed(marketplace, "--stage", "production").out.splitlines()[-1] == THREE


def test_where_nothing_is_known_there_is_nothing_to_rehearse(marketplace):
    assert_plain_failure(marketplace.run("rehearse", **NO_KEYS), "MAILCHIMP_KEY is not set", "--observed FILE")


def test_a_service_of_which_nothing_is_known_does_not_hinder(marketplace):
    assert marketplace.run("drift", "--observed", FILE, NOTIFY_KEY_CCS=None).code == 2
    assert rehearsed(marketplace).out.splitlines()[-1] == THREE


def test_a_team_without_mailchimp_has_nothing_to_make(minimal):
    observe(minimal)
    ran = rehearsed(minimal)
    assert (ran.code, ran.out.splitlines()[-1]) == (0, "nothing to make, second plan has no managed change")


def test_what_mailchimp_would_refuse_is_found_before_the_apply(marketplace):
    fake = "subscribers: {tester: tester@example.com}\naudience:"
    marketplace.edit("audiences/test-digital-outcomes.yaml", "audience:", fake)
    observe(marketplace)
    ran = rehearsed(marketplace)
    assert ran.code == 5
    assert "tester@example.com looks fake or invalid" in ran.out
    assert "the second plan would create mailchimp-test-subscriber/test-digital-outcomes.tester" in ran.out
    assert ran.out.splitlines()[-1] == "3 created, 1 not done, second plan has 1 managed change"


@pytest.mark.parametrize("edit", [{"id": "not an id"}, {"created": "yesterday"}], ids=["id", "created"])
def test_an_observation_that_no_account_can_hold_is_refused(marketplace, edit):
    observe(marketplace)
    document = json.loads((marketplace.folder / FILE).read_text())
    held = next(world for world in document["worlds"] if world["kind"] == "mailchimp-audience")
    held["objects"][0] |= edit
    (marketplace.folder / FILE).write_text(json.dumps(document))
    assert_plain_failure(rehearsed(marketplace), "mailchimp.accounts[0].audiences[0]")


def test_no_environment_leads_it_to_another_host(marketplace):
    observe(marketplace)
    with Sandbox({}) as elsewhere:
        ran = rehearsed(
            marketplace, EMAILOPS_NOTIFY_URL=elsewhere.notify_url, EMAILOPS_MAILCHIMP_URL="https://a.example"
        )
        assert ran.out.splitlines()[-1] == THREE
        assert elsewhere.requests == []
