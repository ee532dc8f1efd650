"""A key: whether it answers is for Notify to say, of which kind it is for a person who looks."""

from __future__ import annotations

import pytest

from emailops.plan import Action, Reason
from emailops.resource import Control, Observed

from .assessing import attestation_of, desired, verdicts

NAME = "notify-key/staging"
KEY = desired(NAME, {"answers": True}, attested={"kind": "team", "created": "2026-09-01"})
ANSWERS = Observed("", "staging", {"answers": True})
REFUSED = Observed("", "staging", {"answers": False, "said": "Invalid token: API key revoked"})
OTHER = Observed("", "preview", {"answers": True})


def test_while_its_kind_is_unknown_there_is_nothing_to_attest():
    assert [verdict.change for verdict in verdicts(desired(NAME, {"answers": True}), ANSWERS)] == [None]


@pytest.mark.parametrize(
    ("objects", "unknown", "partly", "action", "reason", "fact"),
    [
        ((ANSWERS,), "", "", None, None, "verified"),
        ((OTHER, ANSWERS), "", "", None, None, "verified"),
        ((REFUSED,), "", "", Action.person, Reason.refused, "verified"),
        ((OTHER, REFUSED), "", "", Action.person, Reason.refused, "verified"),
        ((), "", "", Action.unknown, Reason.no_key, "unknown"),
        ((OTHER,), "", "keys that are not here: staging", Action.unknown, Reason.no_key, "unknown"),
        ((), "no key here", "", Action.unknown, Reason.no_key, "unknown"),
    ],
    ids=[
        *("answers", "answers, and another does", "is refused", "is refused, and another answers"),
        *("is not here", "is not here, and another is", "no key is here"),
    ],
)
@pytest.mark.parametrize("is_attested", [False, True], ids=["kind not attested", "kind attested"])
def test_a_key_in_a_world(objects, unknown, partly, action, reason, fact, is_attested):
    known = attestation_of(KEY) if is_attested else {}
    verified, attested = verdicts(KEY, *objects, unknown=unknown, partly=partly, attestations=known)

    assert (verified.change and verified.change.action) is action
    assert (verified.change and verified.change.reason) is reason
    assert (verified.change and verified.change.control) is (Control.verified if action else None)
    assert verified.fact == fact
    assert attested.fact == ("attested" if is_attested else "")
    assert (attested.change is None) is is_attested


def test_one_that_is_refused_says_what_notify_said_and_what_to_make_in_its_place():
    verified, _ = verdicts(KEY, REFUSED)

    assert verified.change is not None
    assert verified.change.step is not None
    step = verified.change.step
    assert "API key revoked" in step.why
    assert step.open == "https://www.notifications.service.gov.uk/services/account/api/keys"
    assert "staging" in step.enter[0][0]
    assert "attest" not in step.then
    assert step.when == "before apply"
    assert [(field.name, field.before, field.after) for field in verified.change.fields] == [("answers", False, True)]


def test_its_kind_and_its_day_are_looked_up_in_the_list_of_keys():
    _, attested = verdicts(KEY, ANSWERS)

    assert attested.change is not None
    assert attested.change.step is not None
    assert attested.change.step.open == "https://www.notifications.service.gov.uk/services/account/api/keys"
    assert [each.value for each in attested.change.step.enter] == ["team", "2026-09-01"]
    assert [each.note.split("  ")[0] for each in attested.change.step.enter] == ["kind", "created"]
    assert attested.change.step.then == f"emailops attest {NAME}"


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "live", "created": "2026-09-01"},
        {"kind": "team", "created": "2026-11-01"},
        {"kind": "team", "created": "unknown"},
    ],
    ids=["another kind", "a successor under the same name", "a day that nobody knows any more"],
)
def test_another_kind_and_another_day_outdate_its_attestation(fields):
    changed = desired(NAME, {"answers": True}, attested=fields)
    _, attested = verdicts(changed, ANSWERS, attestations=attestation_of(KEY))

    assert attested.change is not None
    assert attested.change.reason is Reason.outdated
    assert {field.name for field in attested.change.fields} == {n for n in fields if fields[n] != KEY.attested[n]}


def test_an_outdated_one_shows_what_was_there():
    changed = desired(NAME, {"answers": True}, attested={"kind": "live", "created": "2026-09-01"})
    _, attested = verdicts(changed, ANSWERS, attestations=attestation_of(KEY, 41))

    assert attested.change is not None
    assert attested.change.step is not None
    notes = {each.value: each.note for each in attested.change.step.enter}
    assert notes["live"] == "kind  was team"
    assert "team" not in notes
    assert "41 days" in notes["2026-09-01"]
