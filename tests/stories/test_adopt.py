"""`adopt`: the person's decision about which audience is which."""

from __future__ import annotations

import pytest
import yaml

from tests.stories.telling import (
    DOS5,
    DOS5_ID,
    DOS6,
    OTHER_TEAM,
    UPDATES,
    UPDATES_ID,
    actions,
    assert_plain_failure,
    audience,
    audiences,
    change_of,
    nothing_written,
)


def _recorded(play, scope="production"):
    return yaml.safe_load((play.state / f"recorded/{scope}.yaml").read_text())


def test_records_the_id_and_the_next_plan_shows_what_differs(marketplace):
    marketplace.change_world(lambda world: audiences(world).append(OTHER_TEAM))
    ran = marketplace.run("adopt", DOS6[0], OTHER_TEAM["id"])
    assert ran.code == 0, ran.err
    assert "recorded/production.yaml" in ran.out
    assert _recorded(marketplace)[DOS6[0]] == OTHER_TEAM["id"]
    change = change_of(marketplace.plan(), DOS6[0])
    assert (change["action"], change["id"]) == ("update", OTHER_TEAM["id"])
    (line,) = marketplace.run("log", "--format", "json").json["runs"]
    assert (line["command"], line["ids"]) == ("adopt", {DOS6[0]: OTHER_TEAM["id"]})


def test_writes_nothing_to_mailchimp(marketplace):
    marketplace.change_world(lambda world: audiences(world).append(OTHER_TEAM))
    marketplace.run("adopt", DOS6[0], OTHER_TEAM["id"])
    assert {request.method for request in marketplace.sandbox.requests} == {"GET"}


@pytest.mark.few(3)
@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((DOS6[0], "0123456789"), 1, ("0123456789",)),
        ((DOS6[0], "x"), 1, ("no audience",)),
        ((DOS6[0], DOS5_ID), 1, (DOS5,)),
        ((DOS6[0],), 64, ("--anew",)),
        ((DOS6[0], "--anew"), 1, ("no id is recorded",)),
        ((UPDATES, "--anew"), 1, (UPDATES_ID, "still")),
        ((UPDATES, UPDATES_ID, "--anew"), 64, ()),
        (("mailchimp-audience/framework-update", UPDATES_ID), 1, ("did you mean", UPDATES)),
        (("notify-template/reset_password", UPDATES_ID), 1, ("mailchimp-audience",)),
        (("notify-guest-list/marketplace", UPDATES_ID), 1, ("mailchimp-audience",)),
        (("nonsense", UPDATES_ID), 1, ("nonsense",)),
        ((), 64, ()),
    ],
)
def test_what_cannot_be_adopted_is_refused_with_a_reason_and_nothing_is_recorded(marketplace, arguments, code, words):
    with nothing_written(marketplace):
        ran = marketplace.run("adopt", *arguments)
    assert ran.code == code, ran.err
    assert "Traceback" not in ran.err
    for word in words:
        assert word in ran.err


def test_an_audience_in_the_place_of_one_that_is_gone(marketplace):
    replacement = {"id": "abcdef0123", "name": "The new one"}
    marketplace.change_world(lambda world: audiences(world).remove(audience(world, DOS5_ID)))
    marketplace.change_world(lambda world: audiences(world).append(replacement))
    assert marketplace.run("adopt", DOS5, "abcdef0123").code == 0
    assert actions(marketplace.plan())[DOS5] == "update"


def test_without_a_key_it_says_which_is_missing(marketplace):
    ran = marketplace.run("adopt", DOS6[0], DOS5_ID, MAILCHIMP_KEY=None)
    assert_plain_failure(ran, "MAILCHIMP_KEY")


def test_with_another_accounts_key_it_is_refused_by_the_gate(marketplace):
    key = "fedcba9876543210fedcba9876543210-us9"
    ran = marketplace.run("adopt", DOS6[0], DOS5_ID, MAILCHIMP_KEY=key)
    assert ran.code == 4


def test_of_a_shared_audience_is_recorded_as_shared(marketplace):
    resource = "mailchimp-audience/test-opportunities"
    path = marketplace.state / "recorded/shared.yaml"
    path.write_text("".join(line for line in path.read_text().splitlines(keepends=True) if resource not in line))
    assert marketplace.run("adopt", resource, "096e52cebb").code == 0
    assert _recorded(marketplace, "shared")[resource] == "096e52cebb"
