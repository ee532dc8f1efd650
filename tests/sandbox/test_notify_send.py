"""Sending through Notify, where one answer is not enough; the rest is in the conformance table."""

from __future__ import annotations

import re

import pytest
import requests

from emailops.sandbox import Sandbox

from .accounts import GUEST, LIVE_SERVICE, REPLY_TO, SMS_SENDER, STRANGER, TEMPLATES, bearer
from .conftest import Clock
from .notify_calls import get, refused, send, text


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


def test_what_an_accepted_text_answers(sandbox: Sandbox) -> None:
    sent = text(sandbox, reference="ours", sms_sender_id=SMS_SENDER).json()
    assert sent == {
        "id": sent["id"],
        "reference": "ours",
        "uri": f"{sandbox.notify_url}/v2/notifications/{sent['id']}",
        "template": {
            "id": TEMPLATES["notice"],
            "version": 1,
            "uri": f"{sandbox.notify_url}/services/{LIVE_SERVICE}/templates/{TEMPLATES['notice']}",
        },
        "scheduled_for": None,
        "content": {"from_number": "PERMITS", "body": "Your permit is ready."},
    }


def test_a_file_becomes_a_link(sandbox: Sandbox) -> None:
    file = {"file": "aGk=", "filename": "permit.csv", "is_csv": None, "retention_period": "2 weeks"}
    values = {"reference": "r", "applicant name": {**file, "confirm_email_before_download": None}}
    body = send(sandbox, template_id=TEMPLATES["granted"], personalisation=values).json()["content"]["body"]
    assert re.match(r"Dear https://documents\.service\.gov\.uk/d/[0-9a-f-]{36}/[0-9a-f-]{36},", body)


@pytest.mark.parametrize(
    ("header", "original"),
    [
        (None, None),
        ("Real.Applicant@permits.gov.uk", "Real.Applicant@permits.gov.uk"),
        ("+44 7700 900461", "+44 7700 900461"),
        ("nobody", None),
        ("a@b@c", None),
        ("a" * 400 + "@permits.gov.uk", None),
        ("1" * 500, None),
    ],
    ids=["no header", "an address", "a number", "a word", "no address", "too long", "a long number"],
)
def test_whom_a_redirected_message_was_for(sandbox: Sandbox, header: str | None, original: str | None) -> None:
    headers = bearer() | ({"X-Original-Recipient": header} if header else {})
    body = {"email_address": GUEST, "template_id": TEMPLATES["plain"]}
    url = f"{sandbox.notify_url}/v2/notifications/email"
    assert requests.post(url, json=body, headers=headers, timeout=60).status_code == 201
    (message,) = sandbox.state()["messages"]
    assert (message["recipient"], message["original"]) == (GUEST, original)


def test_what_is_kept_of_a_message(sandbox: Sandbox) -> None:
    send(sandbox, "team", email_address=GUEST, email_reply_to_id=REPLY_TO)
    text(sandbox, "test", personalisation={"more": 1})
    email, sms = sandbox.state()["messages"]
    assert email | {"id": "", "sender": ""} == {
        "id": "",
        "service": LIVE_SERVICE,
        "key": "team",
        "template_id": TEMPLATES["plain"],
        "template_version": 1,
        "recipient": GUEST,
        "body": "Thank you.",
        "ends": "delivered",
        "created_at": "2026-01-31T09:30:00.000000Z",
        "type": "email",
        "subject": "Your receipt",
        "original": None,
        "reference": None,
        "personalisation": {},
        "reply_to": REPLY_TO,
        "sender": "",
        "one_click_unsubscribe_url": None,
        "read": False,
        "reports": [],
    }
    assert (email["sender"], sms["sender"]) == ("permits.office@notifications.service.gov.uk", "PERMITS")
    assert (sms["type"], sms["recipient"], sms["subject"], sms["personalisation"]) == (
        "sms",
        "07700900460",
        None,
        {"more": 1},
    )


REFUSED = [
    {"email_address": "nobody"},
    {"template_id": TEMPLATES["archived"]},
    {"template_id": TEMPLATES["granted"]},
    {"email_reply_to_id": TEMPLATES["plain"]},
]


@pytest.mark.parametrize("fields", REFUSED, ids=["address", "template", "personalisation", "reply-to"])
def test_what_is_refused_is_not_stored(sandbox: Sandbox, fields: dict[str, str]) -> None:
    assert send(sandbox, **fields).status_code == 400
    assert sandbox.state()["messages"] == []


@pytest.mark.parametrize("body", [b"{", b"\xff", b'{"a": NaN}', b"[" * 100_000, b'{"a":' * 200 + b"1" + b"}" * 200])
@pytest.mark.parametrize("kind", ["email", "sms", "letter"])
def test_a_body_that_is_no_json(sandbox: Sandbox, kind: str, body: bytes) -> None:
    answer = requests.post(f"{sandbox.notify_url}/v2/notifications/{kind}", data=body, headers=bearer(), timeout=60)
    assert refused(answer) == (400, "BadRequestError", ["Invalid JSON supplied in POST data"])


HOSTILE = ["\ud800", "\x00", "\u202e", "9" * 5000, [[]], {"": {}}, {"file": []}, -1, 1e308, True, None]


@pytest.mark.few(11)
@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: ascii(value)[:12])
@pytest.mark.parametrize(
    "field", ["email_address", "phone_number", "template_id", "personalisation", "reference", "sms_sender_id", "x"]
)
def test_any_value_in_any_field_gets_an_answer_of_notify(sandbox: Sandbox, field: str, value: object) -> None:
    for answer in (send(sandbox, **{field: value}), text(sandbox, **{field: value})):
        assert answer.status_code in (201, 400)
    for values in ({"words": value}, {str(value): value}):
        template = TEMPLATES["long-text"]
        assert text(sandbox, template_id=template, personalisation=values).status_code in (201, 400)
    assert get(sandbox, "/v2/notifications").status_code == 200


def test_a_deleted_message_still_counts_for_the_day(sandbox: Sandbox, clock: Clock) -> None:
    fields = {"template_id": TEMPLATES["limited-email"], "email_address": STRANGER}
    for _ in range(2):
        send(sandbox, "limited-live", **fields)
    state = sandbox.state()
    sandbox.replace(state)
    clock.advance(60)
    taken_up = send(sandbox, "limited-live", **fields)
    assert requests.delete(f"{sandbox.inbox_url}__sandbox__/inbox", timeout=60).status_code == 204
    deleted = send(sandbox, "limited-live", **fields)
    exceeded = (429, "TooManyRequestsError", ["Exceeded send limits (email: 2) for today"])
    assert [refused(taken_up), refused(deleted)] == [exceeded, exceeded]
