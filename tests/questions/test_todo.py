"""What comes onto the list of people's work, when, whose it is, and in which order."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from emailops.declaration.model import Declaration
from emailops.kinds import resources
from emailops.kinds.attested import digest_of
from emailops.questions.todo import Todo, todo
from tests.examples.laying import TODAY, declared, marketplace
from tests.questions.states import OF_PERMITS, PEOPLE, minimal

LEAVER = (PEOPLE, f"{PEOPLE}  ann: {{role: tests, since: 2026-01-01, until: 2026-11-20}}\n")
KEY = "account: permits, kind: live,"
WAIVER = "waivers: [{rule: setting-name, resource: consumer/web, until: %s, owner: %s, reason: it is old}]\n"


def of(todos: tuple[Todo, ...], start: str) -> list[Todo]:
    """What is to do about a resource, attesting it aside."""
    return [
        entry for entry in todos if entry.resource.startswith(start) and not entry.command.startswith("emailops attest")
    ]


def brief(entry: Todo) -> tuple[date | None, str, str]:
    return entry.due, entry.owner, entry.what


DAYS = [
    # the day of a thing, whether it is on the list of 2026-11-24
    (date(2026, 1, 1), True),
    (date(2026, 11, 23), True),
    (date(2026, 11, 24), True),
    (date(2026, 12, 24), True),
    (date(2026, 12, 25), False),
    (date(2028, 1, 1), False),
]


@pytest.mark.parametrize(("day", "is_listed"), DAYS)
def test_a_key_to_rotate(day: date, is_listed: bool) -> None:
    found = of(todo(minimal((KEY, f"{KEY} rotate_by: {day},")), TODAY), "notify-key/production")
    assert list(map(brief, found)) == [(day, "developers", "make a successor and revoke it")] * is_listed
    assert [(entry.place.path, entry.place.line) for entry in found] == [("emailops.yaml", 24)] * is_listed


@pytest.mark.parametrize(("day", "is_listed"), DAYS)
def test_a_guest_who_stays_until(day: date, is_listed: bool) -> None:
    guest = f"notify: {{permits: {{guest_list: [{{person: developers, why: tests, until: {day}}}]}}}}\n"
    found = of(todo(minimal(more=guest), TODAY), "notify-guest-list/permits")
    what = "take developers off the list, or write a later day"
    assert list(map(brief, found)) == [(day, "developers", what)] * is_listed


@pytest.mark.parametrize(("day", "is_listed"), DAYS)
def test_a_waiver_that_counts_until(day: date, is_listed: bool) -> None:
    found = of(todo(minimal(more=WAIVER % (day, "developers")), TODAY), "consumer/web")
    what = "keep setting-name from now on, or decide again and write a later day"
    assert list(map(brief, found)) == [(day, "developers", what)] * is_listed


@pytest.mark.parametrize(("day", "is_listed"), DAYS)
def test_an_attestation_that_counts_until(day: date, is_listed: bool) -> None:
    found = attestations(attested(day - timedelta(days=180)), "notify-guest-list/permits")
    assert [(entry.due, entry.owner, entry.command) for entry in found] == [
        (day, "developers", "emailops attest notify-guest-list/permits")
    ] * is_listed
    if is_listed:
        assert ("too long ago" in found[0].what) == (day < TODAY)


def test_an_attestation_that_is_missing_or_outdated_is_due_today() -> None:
    (missing,) = attestations(minimal(), "notify-key/production")
    assert brief(missing) == (TODAY, "developers", "look and attest it: nobody has yet")
    (outdated,) = attestations(attested(TODAY, "another"), "notify-guest-list/permits")
    assert brief(outdated) == (TODAY, "developers", "look and attest it: it has changed since it was attested")


def test_what_nobody_attested_and_nobody_owns_is_nobodys() -> None:
    (missing,) = attestations(minimal(more="notify: {permits: {team: []}}\n"), "notify-team/permits")
    assert missing.owner == "nobody"


def test_a_rotation_that_has_begun_goes_on_today_whenever_it_is_due() -> None:
    declaration = minimal(
        (KEY, f"{KEY} rotate_by: 2026-12-01, successor: next,"),
        ("keys:\n", f"keys:\n  next: {OF_PERMITS}\n"),
    )
    (found,) = of(todo(declaration, TODAY), "notify-key/production")
    assert (found.due, found.what) == (TODAY, "phase 1 of 4: make the new key")
    assert found.command == "emailops rotate production"


def test_keys_of_unknown_age_are_one_line_that_comes_last() -> None:
    *_, last = todo(declared(marketplace()), TODAY)
    assert (last.due, last.owner) == (None, "developers, ccs")
    assert last.what.endswith(
        "unknown: development, preview, staging, production, functional-tests-preview, "
        "functional-tests-staging, ccs, mailchimp"
    )
    assert (last.place.path, last.place.line) == ("keys.yaml", 2)


def test_what_a_leaver_leaves() -> None:
    declaration = minimal(
        LEAVER,
        (KEY, f"{KEY} owner: ann,"),
        more=WAIVER % ("2027-06-01", "ann")
        + "notify:\n  permits:\n    team: [ann, developers]\n"
        + "    guest_list: [{person: ann, why: tests, until: 2027-06-01}]\n",
    )
    found = [entry for entry in todo(declaration, TODAY) if entry.why == "ann has left"]
    assert [(entry.resource, entry.what) for entry in found] == [
        ("consumer/web", "give the waiver another owner"),
        ("notify-guest-list/permits", "take ann off the list, here and in Notify"),
        ("notify-key/production", "give the key another owner"),
        ("notify-team/permits", "remove ann from the team, here and in Notify"),
    ]
    assert {(entry.due, entry.owner) for entry in found} == {(date(2026, 11, 20), "nobody")}


@pytest.mark.parametrize(("today", "has_left"), [(date(2026, 11, 20), False), (date(2026, 11, 21), True)])
def test_someone_is_there_on_their_last_day_and_owns_nothing_after_it(today: date, has_left: bool) -> None:
    declaration = minimal(LEAVER, (KEY, f"{KEY} owner: ann, rotate_by: 2026-12-01,"))
    found = of(todo(declaration, today), "notify-key/production")
    assert ("give the key another owner" in [entry.what for entry in found]) == has_left
    assert {entry.owner for entry in found} == {"nobody" if has_left else "ann"}


def test_the_overdue_come_first_and_what_has_no_day_last() -> None:
    declaration = minimal(
        LEAVER,
        (KEY, f"{KEY} owner: ann, rotate_by: 2026-12-01,"),
        ("created: 2026-09-01", "created: unknown"),
        more=WAIVER % ("2026-10-01", "developers"),
    )
    days = [entry.due for entry in todo(declaration, TODAY)]
    assert days == [date(2026, 10, 1), date(2026, 11, 20), TODAY, TODAY, date(2026, 12, 1), None]


def attestations(declaration: Declaration, resource: str) -> list[Todo]:
    return [
        entry
        for entry in todo(declaration, TODAY)
        if entry.resource == resource and entry.command.startswith("emailops attest")
    ]


def attested(on: date, guest: str = "sink") -> Declaration:
    """A guest list with `guest` on it, attested on a day when `sink` was."""
    more = "notify: {permits: {guest_list: [{address: %s@permits.example, why: tests, until: 2028-01-01}]}}\n"
    name = "notify-guest-list/permits"
    listed = next(desired for desired in resources(minimal(more=more % "sink")) if str(desired.resource) == name)
    file = f"attested: {{}}\nby: developers\non: {on}\ndigest: {digest_of(listed)}\n"
    return minimal(more=more % guest, beside={f"attestations/{name}.yaml": file})
