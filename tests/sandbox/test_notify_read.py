"""Templates and messages as they are read, whole; the facts one by one are in the conformance table."""

from __future__ import annotations

import functools
import operator

import requests

from emailops.sandbox import Sandbox

from .accounts import SECRETS, STRANGER, TEMPLATES, bearer
from .conftest import Clock
from .notify_calls import get, send, text


def test_a_template_as_it_is_read(sandbox: Sandbox) -> None:
    template = get(sandbox, f"/v2/template/{TEMPLATES['granted']}").json()
    assert template == {
        "id": TEMPLATES["granted"],
        "type": "email",
        "name": "Granted",
        "subject": "Permit ((reference))",
        "body": "Dear ((applicant name)),\n\npermit ((reference)) is granted.",
        "version": 3,
        "created_at": "2020-01-01T00:00:00.000000Z",
        "updated_at": "2020-01-01T00:00:00.000000Z",
        "created_by": "template.author@sandbox.example",
        "personalisation": {"reference": {"required": True}, "applicant name": {"required": True}},
        "postage": None,
        "letter_contact_block": None,
    }
    assert template in get(sandbox, "/v2/templates").json()["templates"]


def test_an_email_as_it_is_read(sandbox: Sandbox, clock: Clock) -> None:
    sent = send(sandbox, reference="ours").json()
    clock.advance(10)
    read = get(sandbox, f"/v2/notifications/{sent['id'].upper()}").json()
    assert read == {
        "id": sent["id"],
        "reference": "ours",
        "email_address": STRANGER,
        "phone_number": None,
        **{f"line_{number}": None for number in range(1, 7)},
        "postcode": None,
        "type": "email",
        "status": "delivered",
        "template": {
            "id": TEMPLATES["plain"],
            "version": 1,
            "uri": f"{sandbox.notify_url}/v2/template/{TEMPLATES['plain']}/version/1",
        },
        "subject": "Your receipt",
        "body": "Thank you.",
        "created_at": "2026-01-31T09:30:00.000000Z",
        "created_by_name": None,
        "sent_at": "2026-01-31T09:30:01.000000Z",
        "completed_at": "2026-01-31T09:30:03.000000Z",
        "scheduled_for": None,
        "postage": None,
        "one_click_unsubscribe_url": None,
        "cost_details": {},
        "cost_in_pounds": 0.0,
        "is_cost_data_ready": True,
    }


def test_a_listing_holds_what_reading_one_by_one_gives(sandbox: Sandbox) -> None:
    sent = [answer.json()["id"] for answer in (send(sandbox), text(sandbox))]
    listed = get(sandbox, "/v2/notifications").json()["notifications"]
    assert listed == [get(sandbox, f"/v2/notifications/{message_id}").json() for message_id in reversed(sent)]


def test_pages_of_250_with_a_next_link_as_long_as_there_is_anything(sandbox: Sandbox, clock: Clock) -> None:
    state = sandbox.state()
    send(sandbox)
    (message,) = sandbox.state()["messages"]
    state["messages"] = [
        {**message, "id": f"e0000000-0000-4000-8000-{number:012}", "reference": str(number)} for number in range(260)
    ]
    sandbox.replace(state)
    clock.advance(10)
    pages, url = [], f"{sandbox.notify_url}/v2/notifications?status=delivered"
    while url:
        page = requests.get(url, headers=bearer(), timeout=60).json()
        assert page["links"]["current"] == url
        pages.append([message["reference"] for message in page["notifications"]])
        url = page["links"].get("next")
    assert [len(page) for page in pages] == [250, 10, 0]
    assert functools.reduce(operator.iadd, pages, []) == [str(number) for number in reversed(range(260))]


def test_secrets_do_not_show(sandbox: Sandbox) -> None:
    held = [*vars(sandbox)["_store"].holdings.services.values()]
    assert held
    assert not any(secret in repr(sandbox) + repr(held) for secret in SECRETS.values())
