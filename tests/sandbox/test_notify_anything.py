"""Any JSON, any bytes and any names on every route of Notify get Notify's own answer, in a strict and an open world."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emailops.sandbox import notify
from emailops.sandbox.state import state_of, world_from
from emailops.sandbox.wire import Call
from emailops.sandbox.world import World

from .accounts import GUEST, SMS_SENDER, TEMPLATES, UNKNOWN, accounts, bearer
from .conftest import NOW

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=10), inside, max_size=3),
    max_leaves=6,
)
IDS = st.sampled_from([*TEMPLATES.values(), UNKNOWN, UNKNOWN.upper(), SMS_SENDER])
NUMBERS = st.from_regex(r"[+0]{0,3}[0-9 ()+-]{0,18}", fullmatch=True)
FIELDS = {
    "email_address": st.just(GUEST) | st.emails() | JSON,
    "phone_number": NUMBERS | JSON,
    "template_id": IDS | JSON,
    "personalisation": st.dictionaries(st.text(max_size=10) | st.just("words"), JSON, max_size=4) | JSON,
    "reference": JSON,
    "email_reply_to_id": IDS | JSON,
    "sms_sender_id": IDS | JSON,
    "one_click_unsubscribe_url": st.text(max_size=20) | JSON,
    "content": JSON,
}
BODIES = st.fixed_dictionaries({}, optional=FIELDS).map(lambda body: json.dumps(body).encode())
PATHS = st.one_of(
    st.sampled_from(["/v2/notifications/email", "/v2/notifications/sms", "/v2/notifications/letter"]),
    st.sampled_from(["/v2/notifications", "/v2/templates", "/v2/received-text-messages"]),
    st.builds("/v2/template/{}{}".format, IDS | st.just("%ff%00"), st.sampled_from(["", "/preview", "/version/1"])),
    st.builds("/v2/notifications/{}{}".format, IDS | st.just("%0a"), st.sampled_from(["", "/pdf"])),
    st.builds("/v2/template/{}/version/{}".format, IDS, st.text("0123456789٣x", min_size=1, max_size=30)),
)
QUERIES = st.dictionaries(
    st.sampled_from(["status", "template_type", "reference", "older_than", "include_jobs", "type", "x"]),
    st.lists(st.text(max_size=8) | IDS | st.sampled_from(["email", "failed", "created"]), min_size=1, max_size=2),
    max_size=3,
)


@pytest.fixture(scope="module", params=["strict", "open"])
def world(request: pytest.FixtureRequest) -> World:
    world = world_from(accounts())
    world.open = request.param == "open"
    for service in world.services.values():
        service.limits.per_minute = 1_000_000
    return world


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from(["GET", "POST"]),
    path=PATHS,
    query=QUERIES,
    body=BODIES | JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=30),
    key=st.sampled_from(["live", "team", "test", "trial-live", "abroad"]),
    original=st.text(max_size=20),
)
def test_anything(
    world: World, method: str, path: str, query: dict[str, list[str]], body: bytes, key: str, original: str
) -> None:
    headers = {name.lower(): value for name, value in bearer(key).items()} | {"x-original-recipient": original}
    call = Call(method, path, query, headers, body, "http://127.0.0.1", NOW)
    reply = notify.answer(world, call)
    assert reply.status in (200, 201, 400, 403, 404, 405)
    answer: Any = json.loads(reply.body())
    if reply.status >= 400:
        assert "errors" in answer or answer["result"] == "error"
    assert world_from(json.loads(json.dumps(state_of(world)))).messages == world.messages
