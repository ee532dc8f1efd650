"""Mailchimp in an open world: any key that looks like one, any audience."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from emailops.sandbox.holding.holdings import Holdings
from emailops.sandbox.holding.state import holdings_from, state_of
from emailops.sandbox.mailchimp.v3 import answer
from emailops.sandbox.serving.wire import Call, Response

from .accounts import basic

KEY = "00112233445566778899aabbccddeeff-us20"
AUDIENCE = "abcdef0123"
MEMBER = {"email_address": "new@builders.gov.uk", "status": "subscribed"}
CAMPAIGN = {"type": "regular", "recipients": {"list_id": AUDIENCE}}


@pytest.fixture
def holdings() -> Holdings:
    return Holdings(open=True)


def asked(holdings: Holdings, route: str, body: Any = None, key: str = KEY) -> Response:
    method, path = route.split(" ")
    path, _, query = path.partition("?")
    return answer(
        holdings,
        Call(
            method=method,
            path=f"/3.0{path}",
            query={name: [value] for name, _, value in (part.partition("=") for part in query.split("&"))},
            headers={"authorization": basic(key)["Authorization"]},
            body=json.dumps(body).encode(),
            base_url="",
            now=datetime(2026, 1, 31, 9, 30, tzinfo=UTC),
        ),
    )


@pytest.mark.parametrize("key", ["0" * 32 + "-us1", KEY])
def test_any_key_opens_the_one_account(holdings: Holdings, key: str) -> None:
    asked(holdings, f"GET /lists/{AUDIENCE}")
    assert asked(holdings, "GET /", key=key).content["account_name"] == "Sandbox"
    assert asked(holdings, "GET /lists", key=key).content["total_items"] == 1
    assert len(holdings.accounts) == 1


@pytest.mark.parametrize("key", ["", "secret", "0" * 32, "0" * 31 + "-us1", "G" * 32 + "-us1", "0" * 32 + "-us1x"])
def test_a_key_that_looks_like_none_is_refused(holdings: Holdings, key: str) -> None:
    assert asked(holdings, "GET /", key=key).status == 401
    assert len(holdings.accounts) == 0


@pytest.mark.parametrize(
    ("route", "body"),
    [
        (f"GET /lists/{AUDIENCE}", None),
        (f"GET /lists/{AUDIENCE}/members", None),
        (f"POST /lists/{AUDIENCE}", {"members": [MEMBER]}),
        (f"POST /lists/{AUDIENCE}/members", MEMBER),
        (f"PUT /lists/{AUDIENCE}/members/99ddea6fc4dcd141d7196bd0e74448c8", MEMBER),
        (f"GET /lists/{AUDIENCE}/merge-fields", None),
        (f"GET /search-members?query=new&list_id={AUDIENCE}", None),
        ("POST /campaigns", CAMPAIGN),
    ],
)
def test_an_audience_is_there_on_first_sight(holdings: Holdings, route: str, body: Any) -> None:
    assert asked(holdings, route, body).status == 200
    assert asked(holdings, f"GET /lists/{AUDIENCE}").content["name"] == AUDIENCE
    assert state_of(holdings_from(state_of(holdings))) == state_of(holdings)


@pytest.mark.parametrize(
    "route",
    [
        "GET /lists/ABCDEF0123",
        "GET /lists/abc",
        "GET /campaigns/abcdef0123",
        f"GET /lists/{AUDIENCE}/members/a@b.gov.uk",
    ],
)
def test_nothing_else_is(holdings: Holdings, route: str) -> None:
    assert asked(holdings, route).status == 404


def test_an_audience_that_was_deleted_stays_deleted(holdings: Holdings) -> None:
    assert asked(holdings, f"DELETE /lists/{AUDIENCE}").status == 204
    assert asked(holdings, f"GET /lists/{AUDIENCE}").status == 404


def test_fake_addresses_are_refused_here_too(holdings: Holdings) -> None:
    answered = asked(holdings, f"POST /lists/{AUDIENCE}/members", {**MEMBER, "email_address": "me@example.com"})
    assert answered.content["detail"] == "me@example.com looks fake or invalid, please enter a real email address."
