"""Any JSON, any bytes and any names on every route of Notify get Notify's own answer, in a strict and an open world."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emailops.sandbox.holding.accounts_file import check
from emailops.sandbox.holding.holdings import Holdings
from emailops.sandbox.holding.state import holdings_from, state_of
from emailops.sandbox.notify import v2
from emailops.sandbox.serving.wire import Call

from .accounts import GUEST, SMS_SENDER, TEMPLATES, UNKNOWN, accounts, bearer
from .conftest import NOW

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=10), inside, max_size=3),
    max_leaves=6,
)
IDS = st.sampled_from([*TEMPLATES.values(), UNKNOWN, UNKNOWN.upper(), SMS_SENDER])
NUMBERS = st.from_regex(r"[+0]{0,3}[0-9 ()+-]{0,18}", fullmatch=True)


def mostly(right: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(right, right, right, JSON)


BODIES = st.fixed_dictionaries(
    {"template_id": mostly(IDS), "personalisation": mostly(st.dictionaries(st.text(max_size=10), JSON, max_size=4))},
    optional={"reference": mostly(st.text(max_size=20)), "x": JSON},
)
EMAILS = st.builds(
    dict,
    BODIES | BODIES.map(lambda body: {**body, "template_id": TEMPLATES["plain"], "reference": "r"}),
    email_address=mostly(st.just(GUEST) | st.emails()),
    one_click_unsubscribe_url=mostly(st.just("https://permits.example/")),
)
TEXTS = st.builds(
    dict,
    BODIES | BODIES.map(lambda body: {**body, "template_id": TEMPLATES["notice"], "reference": "r"}),
    phone_number=mostly(st.just("07700900460") | NUMBERS),
)
ROUTES = st.one_of(
    st.tuples(st.just("POST /v2/notifications/email"), mostly(EMAILS)),
    st.tuples(st.just("POST /v2/notifications/sms"), mostly(TEXTS)),
    st.tuples(st.just("POST /v2/notifications/letter"), mostly(BODIES)),
    st.tuples(st.builds("POST /v2/template/{}/preview".format, IDS), mostly(BODIES)),
    st.tuples(
        st.one_of(
            st.sampled_from(["GET /v2/notifications", "GET /v2/templates", "GET /v2/received-text-messages"]),
            st.builds("GET /v2/template/{}{}".format, IDS | st.just("%ff%00"), st.sampled_from(["", "/version/1"])),
            st.builds("GET /v2/notifications/{}{}".format, IDS | st.just("%0a"), st.sampled_from(["", "/pdf"])),
            st.builds("GET /v2/template/{}/version/{}".format, IDS, st.text("0123456789٣x", min_size=1, max_size=30)),
        ),
        JSON,
    ),
)
QUERIES = st.dictionaries(
    st.sampled_from(["status", "template_type", "reference", "older_than", "include_jobs", "type", "x"]),
    st.lists(st.text(max_size=8) | IDS | st.sampled_from(["email", "failed", "created"]), min_size=1, max_size=2),
    max_size=3,
)


@pytest.fixture(scope="module", params=["strict", "open"])
def holdings(request: pytest.FixtureRequest) -> Holdings:
    holdings = holdings_from(accounts())
    holdings.open = request.param == "open"
    for service in holdings.services.values():
        service.limits.per_minute = 1_000_000
    return holdings


@pytest.mark.slow
def test_anything(holdings: Holdings) -> None:
    """It is answered without a failure of ours, and what was accepted can be kept and taken up."""
    ask_anything(holdings)

    state = json.loads(json.dumps(state_of(holdings)))
    check(state)
    assert holdings.messages
    assert state_of(holdings_from(state)) == state_of(holdings)


@settings(max_examples=120, deadline=None)
@given(
    asked=ROUTES,
    query=QUERIES,
    noise=st.just(b"") | st.binary(max_size=3),
    key=st.sampled_from(["live", "live", "test", "team", "trial-live", "abroad"]),
    original=st.text(max_size=20),
)
def ask_anything(
    holdings: Holdings, asked: tuple[str, Any], query: dict[str, list[str]], noise: bytes, key: str, original: str
) -> None:
    method, path = asked[0].split(" ")
    headers = {name.lower(): value for name, value in bearer(key).items()} | {"x-original-recipient": original}
    call = Call(method, path, query, headers, json.dumps(asked[1]).encode() + noise, "http://127.0.0.1", NOW)
    response = v2.answer(holdings, call)
    assert response.status in (200, 201, 400, 403, 404)
    answer: Any = json.loads(response.body())
    if response.status >= 400:
        assert "errors" in answer or answer["result"] == "error"
