"""A merge field: created once in its audience, changed, never given another type, never deleted."""

from __future__ import annotations

from typing import Any

import pytest

from emailops.errors import InvalidInput
from emailops.kinds.contract import Means
from emailops.kinds.mailchimp_merge_field import make
from emailops.plan import Action, Change
from emailops.resource import Control, Observed

from .assessing import desired, verdicts

AUDIENCE = "mailchimp-audience/test"
RECORDED = {AUDIENCE: "0123456789"}
LICENCE = {"name": "Licence", "type": "text", "required": False}
ABSENT = Observed("", "test.LICENCE", {})


def field(tag: str = "LICENCE", **changed: Any) -> Any:
    attributes = {**LICENCE, **changed}
    return desired(f"mailchimp-merge-field/test.{tag}", attributes, requires=(AUDIENCE,))


def there(tag: str = "LICENCE", **changed: Any) -> Observed:
    held = {**LICENCE, "default": "", "public": True, **changed}
    return Observed("7", f"test.{tag}", held, link="https://us1.admin.mailchimp.com/lists/members?id=7")


@pytest.mark.parametrize(
    ("of", "objects", "ids", "unknown", "action", "fact"),
    [
        (field(), (there(),), RECORDED, "", None, "verified"),
        (field(), (there(default="none", public=False),), RECORDED, "", None, "verified"),
        (field(), (there(name="License"),), RECORDED, "", Action.update, "verified"),
        (field(required=True), (there(),), RECORDED, "", Action.update, "verified"),
        (field(type="number"), (there(),), RECORDED, "", Action.person, "verified"),
        (field(type="number", name="No"), (there(),), RECORDED, "", Action.person, "verified"),
        (field(), (ABSENT,), RECORDED, "", Action.create, "verified"),
        (field(), (), {}, "", Action.create, "verified"),
        (field("FNAME"), (), {}, "", Action.create, "verified"),
        (field("PHONE"), (), {}, "", Action.person, "verified"),
        (field("PHONE"), (Observed("", "test.PHONE", {}),), RECORDED, "", Action.create, "verified"),
        (field(), (), RECORDED, "", Action.unknown, "unknown"),
        (field(), (there("OTHER"),), RECORDED, "", Action.unknown, "unknown"),
        (field(), (), RECORDED, "no key", Action.unknown, "unknown"),
    ],
    ids=[
        *("as declared", "more than is declared", "another name", "to be required", "another type"),
        *("another type and name", "not there", "in an audience to come", "one that a new audience brings"),
        *("one that it brings with another type", "one that somebody deleted", "not told of", "another is told of"),
        "no key",
    ],
)
def test_a_field_in_a_world(of, objects, ids, unknown, action, fact):
    (verdict,) = verdicts(of, *objects, ids=ids, unknown=unknown)

    assert (verdict.change and verdict.change.action) is action
    assert (verdict.change and verdict.change.control) is (Control.managed if action else None)
    assert verdict.fact == fact


def test_the_type_stays_and_a_person_is_told_where_it_is_declared():
    (verdict,) = verdicts(field(type="number"), there(), ids=RECORDED)

    assert verdict.change is not None
    assert not verdict.change.is_managed
    assert verdict.change.step is not None
    assert "text" in verdict.change.step.why
    assert "f.yaml:3" in verdict.change.step.enter[0][1]


@pytest.mark.parametrize("objects", [(ABSENT,), (there(),)], ids=["created", "changed"])
def test_a_plan_says_whom_a_required_one_keeps_out(objects):
    (verdict,) = verdicts(field(required=True), *objects, ids=RECORDED)

    assert verdict.change is not None
    assert any("refuses" in note for note in verdict.change.notes)


def test_its_create_is_the_same_whether_its_audience_is_there_or_to_come():
    ((recorded,), (other,)) = verdicts(field(), ABSENT, ids=RECORDED), verdicts(field(), ids={})

    assert recorded.change == other.change


class Account:
    """One audience's fields, as Mailchimp holds them, and what was sent."""

    def __init__(self, *fields: dict[str, Any]) -> None:
        self.fields = fields
        self.sent: list[Any] = []

    def merge_fields(self, audience_id: str) -> tuple[dict[str, Any], ...]:
        assert audience_id == RECORDED[AUDIENCE]
        return self.fields

    def create_merge_field(self, audience_id: str, body: Any) -> None:
        self.sent.append(("create", body))

    def update_merge_field(self, audience_id: str, merge_id: str, body: Any) -> None:
        self.sent.append((merge_id, body))


def made(of: Any, account: Account, *objects: Observed, ids: Any = RECORDED, new: frozenset[str] = frozenset()) -> str:
    (verdict,) = verdicts(of, *objects, ids=ids)
    assert isinstance(verdict.change, Change)
    nothing: Any = None
    means = Means(account, of.attributes, RECORDED, new, {}, create=nothing, record=nothing, note=nothing)
    return make(verdict.change, means)


HELD = {"merge_id": 7, "tag": "LICENCE", "name": "License", "type": "text", "options": {"size": 25}}


def test_one_that_is_not_there_is_created_with_all_that_is_declared():
    account = Account({**HELD, "tag": "OTHER"})
    made(field(default="none", choices=["a"]), account, ABSENT)

    sent = {"tag": "LICENCE", "name": "Licence", "type": "text", "required": False, "default_value": "none"}
    assert account.sent == [("create", {**sent, "options": {"choices": ["a"]}})]


def test_one_that_is_there_keeps_its_type_its_options_and_what_is_not_declared():
    account = Account(HELD)
    made(desired("mailchimp-merge-field/test.LICENCE", {"choices": ["a"]}, requires=(AUDIENCE,)), account, there())

    assert account.sent == [("7", {"name": "License", "options": {"size": 25, "choices": ["a"]}})]


def test_what_a_new_audience_brought_is_changed_to_what_was_planned():
    account = Account({**HELD, "tag": "FNAME"})
    made(field("FNAME"), account, ids={}, new=frozenset({AUDIENCE}))

    assert account.sent == [("7", {"name": "Licence", "required": False})]


@pytest.mark.parametrize(
    ("of", "account", "objects", "ids", "new"),
    [
        (field(), Account(HELD), (ABSENT,), RECORDED, frozenset()),
        (field("FNAME"), Account({**HELD, "tag": "FNAME"}), (), {}, frozenset()),
        (field(), Account({**HELD, "type": "date"}), (), {}, frozenset({AUDIENCE})),
        (field(), Account(), (there(name="Other"),), RECORDED, frozenset()),
    ],
    ids=["it has appeared since", "its audience was adopted, and has it", "of another type", "it has gone since"],
)
def test_what_is_not_as_it_was_planned_is_left_alone(of, account, objects, ids, new):
    with pytest.raises(InvalidInput):
        made(of, account, *objects, ids=ids, new=new)
    assert account.sent == []
