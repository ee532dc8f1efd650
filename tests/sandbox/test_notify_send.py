"""Sending an email through Notify: rows of `notify.md` sections 1, 2, 4 and 6."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from emailops.sandbox import Sandbox

from .accounts import (
    GUEST,
    LIVE_SERVICE,
    REPLY_TO,
    SMOKE_TEST,
    STRANGER,
    TEAM_MEMBER,
    TEMPLATES,
    UNKNOWN,
    bearer,
)
from .conftest import Clock

TEAM_ONLY = "Can’t send to this recipient using a team-only API key"
TRIAL = (
    "Can’t send to this recipient when service is in trial mode – see "
    "https://www.notifications.service.gov.uk/trial-mode"
)
REMOVED = object()


def send(sandbox: Sandbox, key: str = "live", **fields: Any) -> requests.Response:
    body = {"email_address": STRANGER, "template_id": TEMPLATES["plain"], **fields}
    body = {name: value for name, value in body.items() if value is not REMOVED}
    return requests.post(f"{sandbox.notify_url}/v2/notifications/email", json=body, headers=bearer(key), timeout=5)


def refused(answer: requests.Response) -> tuple[int, str, list[str]]:
    errors = answer.json()["errors"]
    assert answer.json()["status_code"] == answer.status_code
    (kind,) = {error["error"] for error in errors}
    return answer.status_code, kind, [error["message"] for error in errors]


VALIDATION = [
    ("no address", {"email_address": REMOVED}, ["email_address is a required property"]),
    ("an address that is none", {"email_address": "nobody"}, ["email_address Not a valid email address"]),
    ("an empty address", {"email_address": ""}, ["email_address Not a valid email address"]),
    ("two dots", {"email_address": "a..b@permits.gov.uk"}, ["email_address Not a valid email address"]),
    ("no top level", {"email_address": "a@permits"}, ["email_address Not a valid email address"]),
    ("a number for a top level", {"email_address": "a@permits.1"}, ["email_address Not a valid email address"]),
    ("a space inside", {"email_address": "a b@permits.gov.uk"}, ["email_address Not a valid email address"]),
    (
        "over 320 characters",
        {"email_address": "a" * 310 + "@permits.gov.uk"},
        ["email_address Not a valid email address"],
    ),
    ("null for an address", {"email_address": None}, ["email_address None is not of type string"]),
    ("a number for an address", {"email_address": 7}, ["email_address 7 is not of type string"]),
    ("a list for an address", {"email_address": ["a"]}, ["email_address [a] is not of type string"]),
    ("no template", {"template_id": REMOVED}, ["template_id is a required property"]),
    ("a template id that is no UUID", {"template_id": "1"}, ["template_id is not a valid UUID"]),
    ("a template id with a newline", {"template_id": UNKNOWN + "\n"}, ["template_id is not a valid UUID"]),
    ("null for a template id", {"template_id": None}, ["template_id is not a valid UUID"]),
    ("a reply-to id that is no UUID", {"email_reply_to_id": "1"}, ["email_reply_to_id is not a valid UUID"]),
    ("personalisation that is a list", {"personalisation": []}, ["personalisation should contain key value pairs"]),
    (
        "http for unsubscribing",
        {"one_click_unsubscribe_url": "http://permits.example/"},
        ["one_click_unsubscribe_url is not a valid https url"],
    ),
    (
        "a field that is unknown",
        {"nope": 1},
        ["Additional properties are not allowed (nope was unexpected)"],
    ),
    (
        "two fields that are unknown",
        {"a": 1, "b": 2},
        ["Additional properties are not allowed (a, b were unexpected)"],
    ),
    ("a reference of 1,001 characters", {"reference": "r" * 1001}, [f"reference {'r' * 1001} is too long"]),
    ("a reference that is a number", {"reference": 5}, ["reference 5 is not of type string"]),
    (
        "everything wrong at once",
        {"email_address": "x", "template_id": "y", "z": 1},
        [
            "email_address Not a valid email address",
            "template_id is not a valid UUID",
            "Additional properties are not allowed (z was unexpected)",
        ],
    ),
]


@pytest.mark.parametrize(("fields", "messages"), [pytest.param(*row[1:], id=row[0]) for row in VALIDATION])
def test_validation(sandbox: Sandbox, fields: dict[str, Any], messages: list[str]) -> None:
    assert refused(send(sandbox, **fields)) == (400, "ValidationError", messages)
    assert sandbox.state()["messages"] == []


BAD_REQUESTS = [
    ("a template that is unknown", "live", {"template_id": UNKNOWN}, "Template not found"),
    ("a template of another service", "live", {"template_id": TEMPLATES["elsewhere"]}, "Template not found"),
    ("an archived template", "live", {"template_id": TEMPLATES["archived"]}, "Template has been deleted"),
    (
        "a template for text messages",
        "live",
        {"template_id": TEMPLATES["text"]},
        "sms template is not suitable for email notification",
    ),
    (
        "a template for letters",
        "live",
        {"template_id": TEMPLATES["letter"]},
        "letter template is not suitable for email notification",
    ),
    (
        "missing personalisation, the subject's first",
        "live",
        {"template_id": TEMPLATES["granted"]},
        "Missing personalisation: reference, applicant name",
    ),
    (
        "null counts as missing",
        "live",
        {"template_id": TEMPLATES["granted"], "personalisation": {"reference": None, "applicant name": "A"}},
        "Missing personalisation: reference",
    ),
    (
        "a condition counts as a placeholder",
        "live",
        {"template_id": TEMPLATES["choice"], "personalisation": {"conditions": "x"}},
        "Missing personalisation: late",
    ),
    (
        "nothing left to say",
        "live",
        {"template_id": TEMPLATES["only-when"], "personalisation": {"late": "no"}},
        "Your message is empty.",
    ),
    (
        "an unknown reply-to",
        "live",
        {"email_reply_to_id": UNKNOWN},
        f"email_reply_to_id {UNKNOWN} does not exist in database for service id {LIVE_SERVICE}",
    ),
    (
        "the template is checked before the reply-to",
        "live",
        {"template_id": UNKNOWN, "email_reply_to_id": UNKNOWN},
        "Template not found",
    ),
    (
        "the reply-to is checked before the recipient",
        "team",
        {"email_reply_to_id": UNKNOWN, "email_address": STRANGER},
        f"email_reply_to_id {UNKNOWN} does not exist in database for service id {LIVE_SERVICE}",
    ),
    (
        "the recipient is checked before the length",
        "team",
        {
            "template_id": TEMPLATES["granted"],
            "personalisation": {"reference": "r", "applicant name": "n" * 2_000_001},
        },
        TEAM_ONLY,
    ),
    (
        "over two million bytes",
        "live",
        {
            "template_id": TEMPLATES["granted"],
            "personalisation": {"reference": "r", "applicant name": "é" * 1_000_000},
        },
        "Your message is too long. Emails cannot be longer than 2000000 bytes. Your message is 2000028 bytes.",
    ),
]


@pytest.mark.parametrize(("key", "fields", "message"), [pytest.param(*row[1:], id=row[0]) for row in BAD_REQUESTS])
def test_bad_requests(sandbox: Sandbox, key: str, fields: dict[str, Any], message: str) -> None:
    assert refused(send(sandbox, key, **fields)) == (400, "BadRequestError", [message])
    assert sandbox.state()["messages"] == []


RECIPIENTS = [
    # key, address, refusal (None: accepted)
    ("live", GUEST, None),
    ("live", STRANGER, None),
    ("live", SMOKE_TEST, None),
    ("team", GUEST, None),
    ("team", GUEST.upper(), None),
    ("team", f"  {GUEST} ", None),
    ("team", TEAM_MEMBER, None),
    ("team", "guest.applicant+tag@example.com", TEAM_ONLY),
    ("team", "guestapplicant@example.com", TEAM_ONLY),
    ("team", STRANGER, TEAM_ONLY),
    ("team", SMOKE_TEST, TEAM_ONLY),
    ("test", GUEST, None),
    ("test", STRANGER, None),
    ("test", SMOKE_TEST, None),
    ("trial-live", GUEST, None),
    ("trial-live", STRANGER, TRIAL),
    ("trial-live", SMOKE_TEST, TRIAL),
    ("trial-team", GUEST, None),
    ("trial-team", STRANGER, TEAM_ONLY),
    ("trial-team", SMOKE_TEST, TEAM_ONLY),
    ("trial-test", GUEST, None),
    ("trial-test", STRANGER, None),
    ("trial-test", SMOKE_TEST, None),
]


@pytest.mark.parametrize(("key", "address", "refusal"), RECIPIENTS)
def test_who_may_be_written_to(sandbox: Sandbox, key: str, address: str, refusal: str | None) -> None:
    template = TEMPLATES["elsewhere" if key.startswith("trial-") else "plain"]
    answer = send(sandbox, key, email_address=address, template_id=template)
    if refusal is None:
        assert answer.status_code == 201
    else:
        assert refused(answer) == (400, "BadRequestError", [refusal])


def test_what_an_accepted_email_answers(sandbox: Sandbox) -> None:
    answer = send(
        sandbox,
        template_id=TEMPLATES["granted"],
        personalisation={"REFERENCE": "P-7", "Applicant_Name": "Ann", "more": "ignored"},
        reference="ours",
        email_reply_to_id=REPLY_TO,
        one_click_unsubscribe_url="https://permits.example/stop",
        scheduled_for="2026-02-01T09:00:00Z",
    )
    assert answer.status_code == 201
    sent = answer.json()
    assert sent == {
        "id": sent["id"],
        "reference": "ours",
        "uri": f"{sandbox.notify_url}/v2/notifications/{sent['id']}",
        "template": {
            "id": TEMPLATES["granted"],
            "version": 3,
            "uri": f"{sandbox.notify_url}/services/{LIVE_SERVICE}/templates/{TEMPLATES['granted']}",
        },
        "scheduled_for": None,
        "content": {
            "from_email": "permits.office@notifications.service.gov.uk",
            "subject": "Permit P-7",
            "body": "Dear Ann,\n\npermit P-7 is granted.",
            "one_click_unsubscribe_url": "https://permits.example/stop",
        },
        "sanitised_content": {},
    }


def test_the_sender_is_the_one_that_the_service_chose(sandbox: Sandbox) -> None:
    answer = send(sandbox, "trial-test", template_id=TEMPLATES["elsewhere"])
    assert answer.json()["content"]["from_email"] == "parking@notifications.service.gov.uk"


@pytest.mark.parametrize("number", ["", "-2", "-3"])
@pytest.mark.parametrize("key", ["live", "test"])
def test_a_smoke_test_is_accepted_and_not_stored(sandbox: Sandbox, key: str, number: str) -> None:
    answer = send(sandbox, key, email_address=f"Simulate-Delivered{number}@notifications.service.gov.uk")
    assert answer.status_code == 201
    read = requests.get(answer.json()["uri"], headers=bearer(key), timeout=5)
    assert refused(read) == (404, "NoResultFound", ["No result found"])


@pytest.mark.parametrize(
    ("key", "address", "status"),
    [
        ("test", "temp-fail@simulator.notify", "temporary-failure"),
        ("test", "perm-fail@simulator.notify", "permanent-failure"),
        ("test", "Perm-Fail@simulator.notify", "delivered"),
        ("test", STRANGER, "delivered"),
        ("live", "perm-fail@simulator.notify", "delivered"),
    ],
)
def test_the_status_that_comes_of_it(sandbox: Sandbox, clock: Clock, key: str, address: str, status: str) -> None:
    uri = send(sandbox, key, email_address=address).json()["uri"]
    assert requests.get(uri, headers=bearer(key), timeout=5).json()["status"] == "created"
    clock.advance(2)
    assert requests.get(uri, headers=bearer(key), timeout=5).json()["status"] == "sending"
    clock.advance(2)
    assert requests.get(uri, headers=bearer(key), timeout=5).json()["status"] == status


@pytest.mark.parametrize("body", [b"{", b"\xff", b'{"a": NaN}', b"[" * 100_000, b'{"a":' * 200 + b"1" + b"}" * 200])
def test_a_body_that_is_no_json(sandbox: Sandbox, body: bytes) -> None:
    answer = requests.post(f"{sandbox.notify_url}/v2/notifications/email", data=body, headers=bearer(), timeout=5)
    assert refused(answer) == (400, "BadRequestError", ["Invalid JSON supplied in POST data"])


@pytest.mark.parametrize("body", [b"{}", b"[]", b"null", b"0", b'""'])
def test_an_empty_body_lacks_what_is_required(sandbox: Sandbox, body: bytes) -> None:
    answer = requests.post(f"{sandbox.notify_url}/v2/notifications/email", data=body, headers=bearer(), timeout=5)
    assert refused(answer) == (
        400,
        "ValidationError",
        ["email_address is a required property", "template_id is a required property"],
    )


def test_a_body_that_is_a_list(sandbox: Sandbox) -> None:
    answer = requests.post(f"{sandbox.notify_url}/v2/notifications/email", json=["a"], headers=bearer(), timeout=5)
    assert refused(answer) == (400, "ValidationError", ["[a] is not of type object"])
