"""A test subscriber: there, to subscribe once, or for a person; never brought back."""

from __future__ import annotations

import pytest

from emailops.kinds.mailchimp_test_subscriber import FORGOTTEN
from emailops.plan import Action, Change, Reason
from emailops.resource import Control, Observed

from .assessing import desired, verdicts

NAME = "mailchimp-test-subscriber/test.anna"
AUDIENCE = "mailchimp-audience/test"
ANNA = desired(NAME, {"status": "subscribed"}, requires=(AUDIENCE,))
RECORDED = {AUDIENCE: "0123456789"}
LINK = "https://us1.admin.mailchimp.com/lists/members?id=7"


def observed(status: str, name: str = "test.anna") -> Observed:
    return Observed("", name, {"status": status}, link=LINK)


def change(*objects: Observed, ids: dict[str, str] = RECORDED, unknown: str = "") -> Change:
    (verdict,) = verdicts(ANNA, *objects, ids=ids, unknown=unknown)
    assert verdict.change is not None
    return verdict.change


@pytest.mark.parametrize(
    ("objects", "ids", "unknown", "action", "fact"),
    [
        ((observed("subscribed"),), RECORDED, "", None, "verified"),
        ((observed("absent"),), RECORDED, "", Action.create, "verified"),
        ((observed("pending"),), RECORDED, "", Action.person, "verified"),
        ((observed("unsubscribed"),), RECORDED, "", Action.person, "verified"),
        ((observed("cleaned"),), RECORDED, "", Action.person, "verified"),
        ((observed("archived"),), RECORDED, "", Action.person, "verified"),
        ((observed("transactional"),), RECORDED, "", Action.person, "verified"),
        ((observed("absent"),), {**RECORDED, NAME: FORGOTTEN}, "", Action.person, "verified"),
        ((), {}, "", Action.create, "verified"),
        ((), RECORDED, "", Action.unknown, "unknown"),
        ((observed("subscribed", "test.bob"),), RECORDED, "", Action.unknown, "unknown"),
        ((), RECORDED, "no key", Action.unknown, "unknown"),
        ((), {}, "no key", Action.unknown, "unknown"),
        ((), {**RECORDED, NAME: FORGOTTEN}, "no key", Action.unknown, "unknown"),
        ((observed("subscribed"),), {**RECORDED, NAME: FORGOTTEN}, "", None, "verified"),
    ],
    ids=[
        *("subscribed", "absent", "pending", "unsubscribed", "cleaned", "archived", "transactional", "forgotten"),
        *("an audience to come", "an address that is not here", "another is there", "no key"),
        *("no key, and an audience to come", "no key, and forgotten", "forgotten, and back by the form"),
    ],
)
def test_a_subscriber_in_a_world(objects, ids, unknown, action, fact):
    (verdict,) = verdicts(ANNA, *objects, ids=ids, unknown=unknown)

    assert (verdict.change and verdict.change.action) is action
    assert (verdict.change and verdict.change.control) is (Control.managed if action else None)
    assert verdict.fact == fact


def test_a_create_waits_for_its_audience_and_says_that_nobody_is_asked():
    create = change(observed("absent"))

    assert [str(resource) for resource in create.requires] == [AUDIENCE]
    assert [(field.name, field.before, field.after) for field in create.fields] == [("status", None, "subscribed")]
    assert create.reason is Reason.missing
    assert create.is_managed
    assert len(create.fingerprint) == 64
    assert any("mail" in note for note in create.notes)


def test_it_is_the_same_change_whether_its_audience_is_there_or_to_come():
    assert change(observed("absent")) == change(ids={})


@pytest.mark.parametrize("status", ["pending", "unsubscribed", "cleaned", "archived", FORGOTTEN])
def test_who_cannot_be_brought_back_is_for_a_person(status):
    ids = {**RECORDED, NAME: FORGOTTEN} if status == FORGOTTEN else RECORDED
    found = change(observed("absent" if status == FORGOTTEN else status), ids=ids)

    assert not found.is_managed
    assert found.step is not None
    assert status in found.step.why
    assert found.step.open.startswith("https://")
    assert [(field.name, field.before, field.after) for field in found.fields] == [("status", status, "subscribed")]
    assert found.step.enter
    assert "attest" not in found.step.then


def test_the_link_leads_to_the_audiences_members():
    step = change(observed("archived")).step

    assert step is not None
    assert step.open == LINK


def test_each_has_a_fingerprint_of_its_own():
    bob = desired("mailchimp-test-subscriber/test.bob", {"status": "subscribed"}, requires=(AUDIENCE,))
    (verdict,) = verdicts(bob, observed("absent", "test.bob"), ids=RECORDED)

    assert verdict.change is not None
    assert verdict.change.fingerprint != change(observed("absent")).fingerprint
