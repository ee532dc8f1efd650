"""A guest list: attested by someone, for exactly these entries, for a time."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from emailops.kinds.attested import age, digest_of
from emailops.kinds.notify_guest_list import normalised, plain_number
from emailops.plan import Act, Action, Change, Reason, Step
from emailops.resource import Attestation, Control, Desired

from .assessing import TODAY, desired, verdicts

NAME = "notify-guest-list/permits"
LIST = {
    "addresses": ["a@example.org", "sink@example.org"],
    "numbers": ["07700900000"],
    "people": ["developers since 2026-09-01"],
}


def guests(fields: dict[str, Any] = LIST, *, account: str = "account", name: str = NAME) -> Desired:
    return desired(name, attested=fields, account=account)


def attested(of: Desired, days_ago: int = 0, made_for: str = "") -> dict[str, tuple[str, Attestation]]:
    on = (TODAY - timedelta(days=days_ago)).isoformat()
    made_for = made_for or str(of.resource)
    return {str(of.resource): (made_for, Attestation(of.attested, "developers", on, digest_of(of, made_for)))}


def change(of: Desired, attestations: dict[str, tuple[str, Attestation]], **more: Any) -> Change | None:
    (verdict,) = verdicts(of, attestations=attestations, **more)
    assert verdict.fact == ("" if verdict.change else "attested")
    return verdict.change


def step_of(of: Desired, attestations: dict[str, tuple[str, Attestation]], **more: Any) -> Step:
    found = change(of, attestations, **more)
    assert found is not None
    assert found.step is not None
    return found.step


def test_what_nobody_attested_is_for_a_person():
    found = change(guests(), {})

    assert found is not None
    assert (found.action, found.control, found.reason) == (Action.person, Control.attested, Reason.not_attested)
    assert not found.is_managed


def test_what_was_attested_and_is_unchanged_is_fine():
    assert change(guests(), attested(guests())) is None


@pytest.mark.parametrize(
    ("days_ago", "reason"),
    [(0, None), (179, None), (180, None), (181, Reason.expired), (4000, Reason.expired), (-1, None)],
)
def test_it_holds_as_many_days_as_the_policy_says(days_ago, reason):
    found = change(guests(), attested(guests(), days_ago))

    assert (found and found.reason) is reason


@pytest.mark.parametrize(("days", "reason"), [(9, Reason.expired), (10, None), (11, None)])
def test_the_number_of_days_is_declared(days, reason):
    found = change(guests(), attested(guests(), 10), days=days)

    assert (found and found.reason) is reason


@pytest.mark.parametrize("on", ["", "yesterday", "2026-02-30", "2026-11-24T00:00"])
def test_an_attestation_without_a_day_is_as_old_as_can_be(on):
    known = {NAME: (NAME, Attestation(LIST, "developers", on, digest_of(guests())))}
    found = change(guests(), known)

    assert found is not None
    assert found.reason is Reason.expired


EDITS = {
    "one more address": {**LIST, "addresses": [*LIST["addresses"], "z@example.org"]},
    "one less": {**LIST, "addresses": ["sink@example.org"]},
    "another address": {**LIST, "addresses": ["a@example.org", "sink+1@example.org"]},
    "another number": {**LIST, "numbers": ["07700900001"]},
    "nobody": {"addresses": [], "numbers": [], "people": []},
    "a new since": {**LIST, "people": ["developers since 2026-11-01"]},
    "another person": {**LIST, "people": ["ccs since 2026-09-01"]},
}


@pytest.mark.parametrize("edit", EDITS)
def test_any_edit_outdates_it(edit):
    found = change(guests(EDITS[edit]), attested(guests()))

    assert found is not None
    assert found.reason is Reason.outdated


def test_an_attestation_holds_for_its_service_and_name_only():
    elsewhere, renamed = guests(account="another"), guests(name="notify-guest-list/other")
    found = change(elsewhere, attested(guests()))

    assert found is not None
    assert found.reason is Reason.outdated
    assert len({digest_of(guests()), digest_of(elsewhere), digest_of(renamed)}) == 3


def test_a_renamed_resource_keeps_the_attestation_made_under_its_old_name():
    renamed = guests(name="notify-guest-list/other")

    assert change(renamed, attested(renamed, made_for=NAME)) is None


def test_an_attestation_whose_digest_is_another_is_outdated():
    found = change(guests(), {NAME: (NAME, Attestation(LIST, "developers", TODAY.isoformat(), "0" * 64))})

    assert found is not None
    assert found.reason is Reason.outdated


@pytest.mark.parametrize(
    ("guests_", "expected"),
    [
        ({"addresses": ["B@X.org", "a@x.org"], "numbers": [], "people": []}, ["a@x.org", "b@x.org"]),
        ({"addresses": [" a@x.org ", "A@x.org"], "numbers": [], "people": []}, ["a@x.org"]),
        ({"addresses": ["a+1@x.org", "a@x.org"], "numbers": [], "people": []}, ["a+1@x.org", "a@x.org"]),
        ({"addresses": [], "numbers": ["07700 900000", "(07700) 900-000"], "people": []}, ["07700900000"]),
        ({"addresses": [], "numbers": ["+44 7700 900000"], "people": []}, ["+447700900000"]),
        (
            {"addresses": [], "numbers": [], "people": ["b since 1", "a since 2", "b since 1"]},
            ["a since 2", "b since 1"],
        ),
    ],
)
def test_entries_are_as_notify_compares_them(guests_, expected):
    fields = normalised(guests_)

    assert [entry for entries in fields.values() for entry in entries] == expected
    assert normalised(fields) == fields


def test_a_number_is_its_digits():
    assert plain_number("+44 (0)7700 900-000") == "+4407700900000"


def test_a_first_list_is_entered_whole_before_the_merge():
    step = step_of(guests(), {})

    assert step.when == "before merge"
    assert step.open == "https://www.notifications.service.gov.uk/services/account/api/guest-list"
    assert step.then == f"emailops attest {NAME}"
    assert [each.value for each in step.enter if each.act is Act.enter] == [
        *("a@example.org", "sink@example.org", "07700900000", "developers since 2026-09-01")
    ]


def test_addresses_of_people_are_revealed_on_a_terminal_first():
    reveal = f"emailops show {NAME} --reveal"

    assert step_of(guests(), {}).enter[0][0] == reveal
    assert step_of(guests({**LIST, "people": []}), {}).enter[0][0] == "a@example.org"


@pytest.mark.parametrize(
    ("edit", "when", "notes"),
    [
        ("one more address", "before merge", {"z@example.org": "+ new", "a@example.org": "as attested 41 days ago"}),
        (
            "one less",
            "after apply",
            {"a@example.org": "- no longer declared", "sink@example.org": "as attested 41 days ago"},
        ),
        (
            "another address",
            "before merge",
            {"sink+1@example.org": "+ new", "sink@example.org": "- no longer declared"},
        ),
        ("nobody", "after apply", {"a@example.org": "- no longer declared", "07700900000": "- no longer declared"}),
        (
            "a new since",
            "before merge",
            {"developers since 2026-11-01": "+ new"},
        ),
    ],
)
def test_what_is_added_comes_before_the_merge_and_what_only_goes_after_the_apply(edit, when, notes):
    step = step_of(guests(EDITS[edit]), attested(guests(), 41))
    found = {each.value: each.note for each in step.enter}

    assert step.when == when
    assert all(note in found[value] for value, note in notes.items())
    assert all("41 days" in note for note in found.values() if "as attested" in note)


def test_one_that_is_too_old_is_looked_at_again_after_the_apply():
    step = step_of(guests(), attested(guests(), 181))

    assert step.when == "now"
    assert all("as attested" in each.note for each in step.enter if not each.value.startswith("emailops"))


def test_fields_hold_what_differs_from_what_was_attested():
    found = change(guests(EDITS["another number"]), attested(guests()))

    assert found is not None
    assert [(field.name, field.before, field.after) for field in found.fields] == [
        ("numbers", ["07700900000"], ["07700900001"])
    ]


@pytest.mark.parametrize("fields", [None, "text", [], {"addresses": "text"}, {"addresses": None}, {"x": {"y": []}}])
def test_an_attestation_that_holds_anything_else_is_outdated_and_no_more(fields):
    found = change(guests(), {NAME: (NAME, Attestation(fields, "developers", "2026-11-01", "0" * 64))})

    assert found is not None
    assert found.reason is Reason.outdated


@pytest.mark.parametrize(
    ("on", "days"), [("2026-11-24", 0), ("2026-11-23", 1), ("2025-11-24", 365), ("2026-11-25", -1)]
)
def test_age_is_in_days(on, days):
    assert age(Attestation({}, "x", on, ""), date(2026, 11, 24)) == days
