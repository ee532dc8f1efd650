"""Audiences by what they are declared as, and what becomes of each address."""

from __future__ import annotations

from typing import Any

import pytest
from emailops_clients import MailchimpClient, Outcome
from emailops_clients.errors import (
    ClientError,
    InvalidAddress,
    KeyRefused,
    MinuteLimitReached,
    NoAudience,
    NotFound,
    Refused,
    ShortListing,
    Unavailable,
    UnknownAudience,
    WrongCall,
)
from emailops_clients.mailchimp import Audience, Removal

from .accounts import AUDIENCES, CRIME, ERASED, MAILCHIMP_KEY, NAMED, NEWS, POETRY, STANDING
from .sandbox import Sandbox
from .secrets_seen import secrets_in

NEW = "new@readers.example.net.uk"
MEMBER, BATCH = "* /3.0/lists/*/members/*", "POST /3.0/lists/*"


class Pauses(list[float]):
    """Waits for nothing, and keeps how long it should have."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


@pytest.fixture
def client(sandbox: Sandbox, pauses: Pauses) -> MailchimpClient:
    return MailchimpClient(MAILCHIMP_KEY, audiences=AUDIENCES, named=NAMED, pause=pauses)


@pytest.fixture
def crime(client: MailchimpClient) -> Audience:
    return client.audience("spring-2026", "crime")


@pytest.mark.parametrize(
    ("ask", "id_"),
    [
        (lambda client: client.audience("spring-2026", "crime"), CRIME),
        (lambda client: client.audience_named("news"), NEWS),
        (lambda client: client.audience_by_id(POETRY), POETRY),
    ],
)
def test_an_audience_is_asked_for_by_what_it_is_declared_as(client: MailchimpClient, ask: Any, id_: str) -> None:
    assert ask(client).id == id_


@pytest.mark.parametrize(
    ("ask", "error", "says"),
    [
        (lambda client: client.audience("spring-2025", "crime"), UnknownAudience, "did you mean 'spring-2026'"),
        (lambda client: client.audience("spring-2026", "crimes"), UnknownAudience, "did you mean 'crime'"),
        (lambda client: client.audience("spring-2026", "maps"), NoAudience, "maps of spring-2026 has no audience"),
        (lambda client: client.audience_named("newz"), UnknownAudience, "did you mean 'news'"),
        (lambda client: client.audience_named(NEWS), UnknownAudience, "this app has news"),
        (lambda client: client.audience(CRIME, "crime"), UnknownAudience, "this app has spring-2026"),
        (lambda client: client.audience_by_id("news"), UnknownAudience, "not the id"),
        (lambda client: client.audience_by_id(None), UnknownAudience, "not the id"),
        (lambda client: client.audience_by_id("../campaigns"), UnknownAudience, "not the id"),
    ],
)
def test_an_audience_that_is_not_declared_asks_nobody(
    client: MailchimpClient, sandbox: Sandbox, ask: Any, error: type[ClientError], says: str
) -> None:
    sandbox.count("* /3.0/*")
    with pytest.raises(error, match=says):
        ask(client)
    assert sandbox.counted() == [0]


OUTCOMES = [
    (NEW, Outcome.SUBSCRIBED),
    (f" {NEW}\n", Outcome.SUBSCRIBED),
    ("archived@readers.example.net.uk", Outcome.ARCHIVED),
    ("left@readers.example.net.uk", Outcome.UNSUBSCRIBED),
    ("LEFT@readers.example.net.uk", Outcome.UNSUBSCRIBED),
    ("bounced@readers.example.net.uk", Outcome.CLEANED),
    ("asked@readers.example.net.uk", Outcome.PENDING),
    ("buyer@readers.example.net.uk", Outcome.TRANSACTIONAL),
    (ERASED, Outcome.FORGOTTEN),
    ("example@example.com", Outcome.FAKE),
    ("a,b@readers.example.net.uk", Outcome.INVALID),
    ("a@b", Outcome.INVALID),
    ("a@b@readers.example.net.uk", Outcome.INVALID),
    ("a b@readers.example.net.uk", Outcome.INVALID),
    ("nobody", Outcome.INVALID),
    ("", Outcome.INVALID),
    (None, Outcome.INVALID),
    (7, Outcome.INVALID),
    ("a\ud800@readers.example.net.uk", Outcome.INVALID),
]


@pytest.mark.parametrize(("address", "outcome"), OUTCOMES, ids=repr)
def test_what_becomes_of_one_address(crime: Audience, sandbox: Sandbox, address: str, outcome: Outcome) -> None:
    assert crime.subscribe(address) is outcome
    assert outcome.meaning
    if outcome is not Outcome.SUBSCRIBED:
        assert {member.lower(): status for member, status in sandbox.members(CRIME).items()} == STANDING


def test_subscribing_twice_leaves_one(crime: Audience, sandbox: Sandbox) -> None:
    assert [crime.subscribe(NEW), crime.subscribe(NEW.upper())] == [Outcome.SUBSCRIBED] * 2
    assert len(sandbox.members(CRIME)) == len(STANDING) + 1


def test_what_becomes_of_each_of_many(crime: Audience, sandbox: Sandbox) -> None:
    wanted = [*dict(OUTCOMES), "subscribed@readers.example.net.uk", f" {NEW}\n"]
    outcomes = crime.subscribe_many(wanted)
    assert outcomes == {**dict(OUTCOMES), "subscribed@readers.example.net.uk": Outcome.ALREADY}
    assert sandbox.members(CRIME) == {**STANDING, NEW: "subscribed"}
    assert outcomes.is_complete
    assert outcomes.of(Outcome.FORGOTTEN, Outcome.FAKE) == [ERASED, "example@example.com"]
    assert not secrets_in(outcomes)


def test_with_many_known_nobody_is_asked_for_one_by_one(crime: Audience, sandbox: Sandbox) -> None:
    first = [f"{number}@readers.example.net.uk" for number in range(1200)]
    assert crime.subscribe_many(first).counts == {Outcome.SUBSCRIBED: 1200}
    sandbox.count("GET /3.0/lists/*/members/*", "GET /3.0/lists/*/members", BATCH)
    again = crime.subscribe_many([*first, "left@readers.example.net.uk", "bounced@readers.example.net.uk", NEW])
    assert again.counts == {
        Outcome.ALREADY: 1200,
        Outcome.UNSUBSCRIBED: 1,
        Outcome.CLEANED: 1,
        Outcome.SUBSCRIBED: 1,
    }
    assert sandbox.counted() == [0, 5, 3]


def test_nobody_to_subscribe_asks_nobody(crime: Audience, sandbox: Sandbox) -> None:
    sandbox.count("* /3.0/*")
    assert crime.subscribe_many([]) == {}
    assert sandbox.counted() == [0]


PAGE = "<html>Gateway</html>"
PASSING = [
    {"do": "cut-before"},
    {"do": "cut-after"},
    {"do": "truncate"},
    {"do": "status", "status": 500, "body": PAGE},
    {"do": "status", "status": 503},
    {"do": "status-after", "status": 504, "body": PAGE},
    {"do": "status-after", "status": 504, "body": {"status": 504, "title": "Gateway Timeout", "detail": "Timeout"}},
    {"do": "status-after", "status": 200},
    {"do": "status-after", "status": 200, "body": PAGE},
    {"do": "status-after", "status": 200, "body": ["list"]},
    {"do": "status-after", "status": 500, "body": ["list"]},
    {"do": "status", "status": 429},
    {"do": "status", "status": 429, "body": {"status": 429, "title": "Too Many Requests", "detail": "Slow down"}},
    {"do": "status", "status": 403},
]


@pytest.mark.parametrize("fault", PASSING, ids=str)
def test_trouble_that_passes_costs_nobody_a_subscription(
    crime: Audience, sandbox: Sandbox, pauses: Pauses, fault: dict[str, Any]
) -> None:
    sandbox.go_wrong(MEMBER, **fault, times=3)
    assert crime.subscribe(NEW) is Outcome.SUBSCRIBED
    assert len(pauses) == 3
    assert pauses == sorted(pauses)
    sandbox.go_wrong(BATCH, **fault, times=3)
    other = "other@readers.example.net.uk"
    outcomes = crime.subscribe_many([other, ERASED])
    # The first of the calls may have done it; the last then finds who is there.
    assert outcomes[other] in (Outcome.SUBSCRIBED, Outcome.ALREADY)
    assert outcomes[ERASED] is Outcome.FORGOTTEN
    assert sandbox.members(CRIME)[other] == "subscribed"


@pytest.mark.parametrize("fault", PASSING, ids=str)
def test_trouble_that_stays_is_one_error_or_an_outcome_an_address(
    crime: Audience, sandbox: Sandbox, everything_logged: pytest.LogCaptureFixture, fault: dict[str, Any]
) -> None:
    sandbox.go_wrong("* /3.0/lists/*", **fault)
    too_many = fault.get("status") in (429, 403)
    with pytest.raises(MinuteLimitReached if too_many else Unavailable) as caught:
        crime.subscribe(NEW)
    outcomes = crime.subscribe_many([NEW, ERASED, "nobody"])
    assert outcomes["nobody"] is Outcome.INVALID
    assert not outcomes.is_complete
    assert {outcomes[NEW], outcomes[ERASED]} == {Outcome.UNKNOWN}
    assert not secrets_in(caught.value, outcomes, everything_logged.text)


def test_what_refuses_a_whole_batch_costs_the_others_nothing(crime: Audience, sandbox: Sandbox) -> None:
    body = {"status": 400, "title": "Invalid Resource", "detail": "The resource submitted could not be validated."}
    sandbox.go_wrong(BATCH, "status", status=400, body=body, times=3)
    wanted = [f"{number}@readers.example.net.uk" for number in range(4)]
    assert crime.subscribe_many(wanted).counts == {Outcome.SUBSCRIBED: 3, Outcome.REFUSED: 1}


def test_a_missing_merge_field_is_an_outcome_of_each(crime: Audience, sandbox: Sandbox) -> None:
    state = sandbox.state()
    audience = state["mailchimp"]["accounts"][0]["audiences"][0]
    for field in audience["merge_fields"]:
        field["required"] = field["tag"] == "FNAME"
    sandbox.hold(state)
    assert crime.subscribe(NEW) is Outcome.REFUSED
    assert crime.subscribe_many([NEW]) == {NEW: Outcome.REFUSED}


@pytest.mark.parametrize(
    ("key", "audience_id", "error"),
    [("f" * 32 + "-us1", CRIME, KeyRefused), (MAILCHIMP_KEY, "ffffffffff", NotFound)],
)
def test_what_concerns_all_is_an_error(
    sandbox: Sandbox, pauses: Pauses, key: str, audience_id: str, error: type[Refused]
) -> None:
    audience = MailchimpClient(key, pause=pauses).audience_by_id(audience_id)
    many = [f"{number}@readers.example.net.uk" for number in range(20_000)]
    sandbox.count(BATCH)
    calls = [
        lambda: audience.subscribe(NEW),
        lambda: audience.subscribe_many(many),
        lambda: list(audience.members()),
    ]
    for call in calls:
        with pytest.raises(error) as caught:
            call()
        assert not secrets_in(caught.value)
    assert sandbox.counted()[0] < 40, "the rest of the batches was not worth asking"


def test_members_are_a_stream_of_those_asked_for(crime: Audience) -> None:
    assert list(crime.addresses()) == ["subscribed@readers.example.net.uk"]
    found = {member.address: member.status for member in crime.members(*set(STANDING.values()))}
    assert found == STANDING
    assert not secrets_in(*crime.members(), crime)
    with pytest.raises(WrongCall, match="no status 'active'"):
        next(crime.members("active"))


def test_members_since_a_day(crime: Audience, sandbox: Sandbox) -> None:
    state = sandbox.state()
    members = state["mailchimp"]["accounts"][0]["audiences"][0]["members"]
    members += [
        {
            "email_address": f"{year}@readers.example.net.uk",
            "status": "subscribed",
            "timestamp_opt": f"{year}-03-01T00:00:00+00:00",
        }
        for year in (2024, 2026)
    ]
    sandbox.hold(state)
    since = [*crime.members(since="2025-01-01T00:00:00+00:00")]
    assert [(member.address, member.since[:4]) for member in since] == [("2026@readers.example.net.uk", "2026")]


def test_more_members_than_a_page(crime: Audience, sandbox: Sandbox) -> None:
    wanted = {f"{number}@readers.example.net.uk" for number in range(1999)}
    crime.subscribe_many(wanted)
    sandbox.count("GET /3.0/lists/*/members")
    assert set(crime.addresses()) == {*wanted, "subscribed@readers.example.net.uk"}
    assert sandbox.counted() == [2], "none for a page that would be empty"


def test_a_listing_that_is_short_is_an_error_and_no_shorter_audience(crime: Audience, sandbox: Sandbox) -> None:
    crime.subscribe_many(f"{number}@readers.example.net.uk" for number in range(3))
    sandbox.go_wrong("GET /3.0/lists/*/members", "short-page")
    with pytest.raises(ShortListing, match="counts 4 members and gave 2"):
        list(crime.members())


@pytest.mark.parametrize("fault", PASSING, ids=str)
def test_a_listing_goes_on_after_trouble(crime: Audience, sandbox: Sandbox, fault: dict[str, Any]) -> None:
    sandbox.go_wrong("GET /3.0/lists/*/members", **fault, times=2)
    assert len(list(crime.members())) == 1


def test_the_audiences_of_an_address(client: MailchimpClient, everything_logged: pytest.LogCaptureFixture) -> None:
    found = client.audiences_of("subscribed@readers.example.net.uk")
    assert [(audience.id, audience.name) for audience in found] == [(CRIME, "Spring 2026: Crime"), (NEWS, "News")]
    assert client.audiences_of("nobody@readers.example.net.uk") == []
    assert not secrets_in(everything_logged.text)
    with pytest.raises(InvalidAddress):
        client.audiences_of("nobody")


@pytest.mark.parametrize(
    ("address", "archived", "erased"),
    [
        ("subscribed@readers.example.net.uk", Removal.DONE, Removal.DONE),
        ("SUBSCRIBED@readers.example.net.uk", Removal.DONE, Removal.DONE),
        ("nobody@readers.example.net.uk", Removal.ABSENT, Removal.ABSENT),
        (ERASED, Removal.ABSENT, Removal.ABSENT),
    ],
)
def test_archiving_and_erasing(
    crime: Audience, sandbox: Sandbox, address: str, archived: Removal, erased: Removal
) -> None:
    assert crime.archive(address) is archived
    assert sandbox.members(CRIME).get(address.lower()) == ("archived" if archived is Removal.DONE else None)
    sandbox.reset()
    assert crime.erase(address) is erased
    assert address.lower() not in sandbox.members(CRIME)
    if erased is Removal.DONE:
        assert crime.subscribe(address) is Outcome.FORGOTTEN


def test_who_cannot_be_archived_is_an_outcome(crime: Audience, sandbox: Sandbox) -> None:
    body = {"status": 405, "title": "Method Not Allowed", "detail": "This list member cannot be removed. Ask support."}
    sandbox.go_wrong("DELETE /3.0/*", "status", status=405, body=body)
    assert crime.archive("bounced@readers.example.net.uk") is Removal.REFUSED


@pytest.mark.parametrize("fault", PASSING, ids=str)
def test_an_erasure_whose_answer_was_lost_is_done(crime: Audience, sandbox: Sandbox, fault: dict[str, Any]) -> None:
    sandbox.go_wrong("POST /3.0/lists/*/delete-permanent", **fault, times=1)
    assert crime.erase("subscribed@readers.example.net.uk") in (Removal.DONE, Removal.ABSENT)
    assert "subscribed@readers.example.net.uk" not in sandbox.members(CRIME)


@pytest.mark.parametrize("address", [None, "", "nobody", "a@b"], ids=repr)
def test_what_is_no_address_cannot_be_removed(crime: Audience, sandbox: Sandbox, address: str) -> None:
    sandbox.count("* /3.0/*")
    for remove in (crime.archive, crime.erase):
        with pytest.raises(InvalidAddress):
            remove(address)
    assert sandbox.counted() == [0]


def test_no_log_holds_an_address_or_a_key(
    crime: Audience, client: MailchimpClient, everything_logged: pytest.LogCaptureFixture
) -> None:
    crime.subscribe(NEW)
    crime.subscribe(ERASED)
    crime.subscribe_many([NEW, ERASED, "left@readers.example.net.uk"])
    list(crime.members())
    crime.erase("subscribed@readers.example.net.uk")
    assert not secrets_in(everything_logged.text, crime, client)
