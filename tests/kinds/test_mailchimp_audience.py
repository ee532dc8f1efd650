"""An audience: by its recorded id, else by its name; and what an approval of a change rests on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from emailops.kinds.mailchimp_audience import describe, fingerprint
from emailops.plan import Action, Change, Reason
from emailops.resource import Control, Observed

from .assessing import desired, verdicts

NAME = "mailchimp-audience/news"
NEWS = desired(NAME, {"name": "News", "contact.city": "Leeds", "double_optin": False})
SAME = {"name": "News", "contact.city": "Leeds", "double_optin": False, "contact.state": "not managed"}
OTHER = {**SAME, "contact.city": "York", "double_optin": True}


def observed(id_: str = "0123456789", attributes: dict[str, Any] = SAME, **more: Any) -> Observed:
    given = {"created": "2020-01-02T03:04:05+00:00", "link": "https://us1.admin.mailchimp.com/1", "size": 12} | more
    return Observed(id_, attributes["name"], attributes, **given)


def change(*objects: Observed, ids: dict[str, str] | None = None, unknown: str = "") -> Change:
    (verdict,) = verdicts(NEWS, *objects, ids=ids, unknown=unknown)
    assert verdict.change is not None
    return verdict.change


RECORDED = {NAME: "0123456789"}


@pytest.mark.parametrize(
    ("objects", "ids", "unknown", "action", "reason", "fact"),
    [
        ((), {}, "no key", Action.unknown, Reason.no_key, "unknown"),
        ((observed(),), RECORDED, "no key", Action.unknown, Reason.no_key, "unknown"),
        ((observed(),), RECORDED, "", None, None, "verified"),
        ((observed(attributes=OTHER),), RECORDED, "", Action.update, Reason.changed, "verified"),
        ((observed(attributes={**SAME, "name": "Old"}),), RECORDED, "", Action.update, Reason.changed, "verified"),
        ((), {}, "", Action.create, Reason.missing, "verified"),
        ((observed(attributes={**SAME, "name": "news"}),), {}, "", Action.create, Reason.missing, "verified"),
        ((), RECORDED, "", Action.person, Reason.gone, "verified"),
        ((observed("9876543210"),), RECORDED, "", Action.person, Reason.gone, "verified"),
        ((observed(),), {}, "", Action.adopt, Reason.same_name, "verified"),
        ((observed(attributes=OTHER),), {}, "", Action.adopt, Reason.same_name, "verified"),
        ((observed(), observed("9876543210")), {}, "", Action.person, Reason.several, "verified"),
        ((observed(), observed("9876543210")), RECORDED, "", None, None, "verified"),
        ((observed(),), {"mailchimp-audience/other": "0123456789"}, "", Action.person, Reason.several, "verified"),
        ((observed(),), {"mailchimp-audience/other": "9876543210"}, "", Action.adopt, Reason.same_name, "verified"),
    ],
    ids=[
        "no key",
        "no key, though an id is recorded",
        "equal; what is not declared is not compared",
        "differs",
        "renamed by hand",
        "not there",
        "there in another case",
        "gone",
        "gone, and another has its name",
        "one of its name, equal",
        "one of its name, that differs",
        "two of its name",
        "two of its name, one of them recorded",
        "one of its name, recorded for another",
        "one of its name, and another recorded for another",
    ],
)  # fmt: skip
def test_an_audience_in_a_world(objects, ids, unknown, action, reason, fact):
    (verdict,) = verdicts(NEWS, *objects, ids=ids, unknown=unknown)

    assert (verdict.change and verdict.change.action) is action
    assert (verdict.change and verdict.change.reason) is reason
    assert verdict.fact == fact


def test_an_update_holds_the_fields_that_differ_and_the_id():
    update = change(observed(attributes=OTHER), ids=RECORDED)

    assert [(field.name, field.before, field.after) for field in update.fields] == [
        ("contact.city", "York", "Leeds"),
        ("double_optin", True, False),
    ]
    assert (update.id, update.control, update.scope) == ("0123456789", Control.managed, "production")


def test_a_field_that_is_not_there_differs_from_one_that_is_declared():
    without = {name: value for name, value in SAME.items() if name != "double_optin"}
    (field,) = change(observed(attributes=without), ids=RECORDED).fields

    assert (field.name, field.before, field.after) == ("double_optin", None, False)


def test_a_create_holds_every_field_and_no_id():
    create = change()

    assert [(field.name, field.before, field.after) for field in create.fields] == [
        ("contact.city", None, "Leeds"),
        ("double_optin", None, False),
        ("name", None, "News"),
    ]
    assert create.id is None
    assert any("News" in note for note in create.notes)


def test_an_adoption_shows_what_it_found():
    adoption = change(observed(attributes=OTHER))

    assert adoption.id == "0123456789"
    assert [field.name for field in adoption.fields] == ["contact.city", "double_optin"]
    (note,) = adoption.notes
    assert all(word in note for word in ("0123456789", "2020-01-02", "12 members", "https://us1.admin.mailchimp.com/1"))
    assert change(observed()).fields == ()


@pytest.mark.parametrize(
    ("size", "shown", "hidden"), [(0, "0 members", ""), (1, "1 member,", ""), (2, "2 members", ""), (None, "", "None")]
)
def test_members_are_counted(size, shown, hidden):
    text = describe(observed(size=size))

    assert shown in text
    assert not hidden or hidden not in text


def test_several_of_a_name_are_shown_with_whom_they_are_recorded_for():
    several = change(observed(), observed("9876543210"), ids={"mailchimp-audience/other": "9876543210"})

    assert several.step is not None
    assert [each.value for each in several.step.enter] == ["0123456789", "9876543210"]
    assert "mailchimp-audience/other" in several.step.enter[1][1]
    assert "mailchimp-audience/other" not in several.step.enter[0][1]
    assert f"emailops adopt {NAME}" in several.step.then
    assert several.step.when == "before apply"
    assert "'News'" in several.step.why


def test_one_that_is_gone_needs_a_decision():
    gone = change(ids=RECORDED)

    assert gone.step is not None
    assert "0123456789" in gone.step.why
    assert "--anew" in gone.step.then
    assert f"emailops adopt {NAME} ID" in gone.step.enter[0][0]
    assert not gone.is_managed


@pytest.mark.parametrize(
    ("action", "made"),
    [("create", change()), ("adopt", change(observed())), ("update", change(observed(attributes=OTHER), ids=RECORDED))],
)
def test_what_apply_makes_has_a_fingerprint(action, made):
    assert made.action.name == action
    assert made.is_managed
    assert len(made.fingerprint) == 64
    assert made.step is None


@pytest.mark.parametrize(
    ("other", "differs"),
    [
        (observed(), False),
        (observed("9876543210"), True),
        (replace(observed(), name="Old"), True),
        (observed(created="2021-01-01T00:00:00+00:00"), True),
        (observed(attributes={**SAME, "contact.city": "York"}), True),
        (observed(attributes={**SAME, "double_optin": None}), True),
        (observed(attributes={**SAME, "contact.state": "another"}), False),
        (observed(size=13), False),
        (observed(link="https://elsewhere"), False),
        (None, True),
    ],
    ids=[
        *("the same", "id", "name", "creation", "managed field", "field without value", "field that is not managed"),
        *("members", "link", "nothing there"),
    ],
)
def test_a_fingerprint_changes_with_what_an_approval_rests_on(other, differs):
    assert (fingerprint(NEWS, other) != fingerprint(NEWS, observed())) is differs


def test_the_fingerprint_of_nothing_there_is_of_the_name():
    renamed = desired(NAME, {**NEWS.attributes, "name": "Other"})
    moved = desired(NAME, {**NEWS.attributes, "contact.city": "York"})

    assert fingerprint(NEWS, None) != fingerprint(renamed, None)
    assert fingerprint(NEWS, None) == fingerprint(moved, None)


def test_the_fingerprint_of_a_change_is_that_of_the_object():
    assert change(observed(attributes=OTHER), ids=RECORDED).fingerprint == fingerprint(NEWS, observed(attributes=OTHER))
    assert change().fingerprint == fingerprint(NEWS, None)


@pytest.mark.parametrize(("double", "words"), [(True, "double opt-in"), (False, "single opt-in")])
def test_a_new_one_is_read_aloud_with_all_that_it_says_to_people(double: bool, words: str) -> None:
    of = desired(
        NAME,
        {
            "name": "News",
            "campaign_defaults.from_name": "Team",
            "campaign_defaults.from_email": "lists@example.org",
            "campaign_defaults.subject": "Read this",
            "campaign_defaults.language": "cy",
            "permission_reminder": "You asked.",
            "contact.address1": "1 Street",
            "contact.city": "Leeds",
            "double_optin": double,
        },
    )
    (verdict,) = verdicts(of)
    assert verdict.change is not None
    assert verdict.change.notes == (
        "News",
        f"from Team <lists@example.org> · {words}",
        "subject Read this · language cy",
        "reminder You asked.",
        "contact 1 Street, Leeds",
    )
