"""A template: as it was reviewed, or a step for a person."""

from __future__ import annotations

from typing import Any

import pytest

from emailops.plan import Action, Change, Instruction, Reason
from emailops.resource import Control, Observed

from .assessing import desired, verdicts

NAME = "notify-template/granted"
ID = "aaaaaaaa-0000-4000-8000-000000000001"
PAGE = "https://www.notifications.service.gov.uk/services/account/templates"
REVIEWED = {"type": "email", "version": 2}
WITH_TEXT = {**REVIEWED, "subject": "Your permit", "body": "It is granted."}
HELD = {"type": "email", "version": 2, "subject": "Your permit", "body": "It is granted."}


def observed(id_: str = ID, **fields: Any) -> Observed:
    return Observed(id_, "granted", HELD | fields)


@pytest.mark.parametrize(
    ("attributes", "objects", "unknown", "action", "reason", "fields"),
    [
        (REVIEWED, (), "no key", Action.unknown, Reason.no_key, []),
        (REVIEWED, (observed(),), "", None, None, []),
        (WITH_TEXT, (observed(),), "", None, None, []),
        ({"type": "email"}, (observed(version=9),), "", None, None, []),
        (REVIEWED, (), "", Action.person, Reason.unlisted, []),
        (REVIEWED, (observed("bbbbbbbb"),), "", Action.person, Reason.unlisted, []),
        (REVIEWED, (observed(version=3),), "", Action.person, Reason.changed, ["version"]),
        (REVIEWED, (observed(version=1),), "", Action.person, Reason.changed, ["version"]),
        (REVIEWED, (observed(type="sms"),), "", Action.person, Reason.changed, ["type"]),
        (REVIEWED, (observed(body="It is not."),), "", None, None, []),
        (WITH_TEXT, (observed(body="It is not."),), "", Action.person, Reason.changed, ["body"]),
        (
            WITH_TEXT,
            (observed(body="It is not.", subject="x", version=3),),
            "",
            *(Action.person, Reason.changed, ["body", "subject", "version"]),
        ),
    ],
    ids=[
        *("no key", "as reviewed", "as reviewed, with text", "version unmanaged", "not there", "another is there"),
        *("newer", "older", "another type", "another text, unmanaged", "another text", "all of it"),
    ],
)
def test_a_template_in_a_world(attributes, objects, unknown, action, reason, fields):
    (verdict,) = verdicts(desired(NAME, attributes, id=ID), *objects, unknown=unknown)

    assert (verdict.change and verdict.change.action) is action
    assert (verdict.change and verdict.change.reason) is reason
    assert [field.name for field in (verdict.change.fields if verdict.change else ())] == fields
    assert verdict.fact == ("unknown" if unknown else "verified")


def step_of(attributes: dict[str, Any], *objects: Observed) -> tuple[Change, Any]:
    ((change, _),) = [
        (verdict.change, verdict.fact) for verdict in verdicts(desired(NAME, attributes, id=ID), *objects)
    ]
    assert change is not None
    assert change.step is not None
    return change, change.step


def test_nobody_but_a_person_changes_it():
    change, _ = step_of(WITH_TEXT, observed(version=3))

    assert change.control is Control.verified
    assert not change.is_managed
    assert change.id == ID


def test_one_that_is_not_there_says_where_its_id_is_written():
    _, step = step_of(REVIEWED)

    assert step.open == PAGE
    assert step.enter[0][0] == f"id: {ID}"
    assert "f.yaml:3" in step.enter[0][1]
    assert step.when == "before merge"


def test_one_that_was_changed_says_which_version_was_reviewed():
    _, step = step_of(REVIEWED, observed(version=3))

    assert "version 3" in step.why
    assert "version 2" in step.why
    assert step.open == f"{PAGE}/{ID}"
    accepts = dict(step.ways)["keep theirs"]
    assert accepts.startswith("emailops accept notify-template/")
    assert "version 3" in accepts
    assert (step.then, step.enter) == ("", ())


def test_one_whose_text_differs_shows_the_reviewed_words_whole():
    _, step = step_of(WITH_TEXT, observed(body="It is not.", subject="x"))

    assert step.enter == (Instruction("It is granted.", "body"), Instruction("Your permit", "subject"))
    assert "body, subject" in step.why


def test_sensitive_values_are_attested_beside():
    wanted = desired(NAME, REVIEWED, id=ID, attested={"redacted": True})
    verified, attested = verdicts(wanted, observed())

    assert (verified.change, verified.fact) == (None, "verified")
    assert attested.change is not None
    assert attested.change.control is Control.attested
    assert attested.change.step is not None
    assert attested.change.step.open.startswith(PAGE)
