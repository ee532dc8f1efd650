"""Whatever is sent to whichever of Mailchimp's routes: an answer below 500, and a state that can be saved."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from emailops.sandbox import Sandbox
from emailops.sandbox.holding.accounts_file import check

from .accounts import AUDIENCE, basic

MEMBER = f"lists/{AUDIENCE}/members/anna@builders.gov.uk"
CAMPAIGN = "campaigns/d000000001"
ROUTES = [
    "POST lists",
    f"POST lists/{AUDIENCE}",
    f"PATCH lists/{AUDIENCE}",
    f"POST lists/{AUDIENCE}/merge-fields",
    f"PATCH lists/{AUDIENCE}/merge-fields/1",
    f"POST lists/{AUDIENCE}/members",
    f"PUT {MEMBER}",
    f"PATCH {MEMBER}",
    f"POST {MEMBER}/tags",
    "POST campaigns",
    f"PATCH {CAMPAIGN}",
    f"PUT {CAMPAIGN}/content",
    f"POST {CAMPAIGN}/actions/test",
]
FIELDS = [
    "name", "contact", "permission_reminder", "campaign_defaults", "email_type_option", "members", "tag", "type",
    "options", "display_order", "email_address", "status", "status_if_new", "merge_fields", "email_type",
    "timestamp_opt", "tags", "recipients", "settings", "tracking", "html", "plain_text", "test_emails", "send_type",
]  # fmt: skip
VALUES: list[Any] = [
    None, 10**40, "\x00", "\ud800", [], {}, [{}], {"list_id": []}, {"FNAME": {"": []}, "ADDRESS": {"addr1": 1}},
]  # fmt: skip
WHOLE: list[Any] = [*VALUES, True, 1e308, "", "a" * 100_000, [[]], [None], {"": ""}, {"template_id": 1e9}]
GOOD = {
    "email_address": "new@builders.gov.uk",
    "status": "subscribed",
    "name": "New",
    "type": "regular",
    "tags": ["new"],
    "settings": {"subject_line": "News", "from_name": "Permits", "reply_to": "permits@permits.gov.uk"},
}
QUERIES = [
    "count=9" + "9" * 50,
    "offset=%D9%A1",
    "fields=" + "a." * 5000,
    "fields=,,..&exclude_fields=.",
    "since_last_changed=0001-01-01T00:00:00%2B23:59",
    "before_last_changed=9999-12-31T23:59:59-23:59",
    "since_timestamp_opt=%00",
    "status=%ff",
    "email=%ED%A0%80@",
    "query=%00&list_id=%ff",
    "unique_email_id=\\",
    "member_id=*",
]


@pytest.fixture
def session(sandbox: Sandbox):
    state = sandbox.state()
    account = state["mailchimp"]["accounts"][0]
    created = "2026-01-01T00:00:00+00:00"
    account["campaigns"] = [{"id": "d000000001", "type": "regular", "create_time": created}]
    sandbox.replace(state)
    with requests.Session() as session:
        session.headers.update(basic())
        yield session
    check(sandbox.state())


@pytest.mark.few(1)
@pytest.mark.parametrize("route", ROUTES)
def test_bodies(sandbox: Sandbox, session: requests.Session, route: str) -> None:
    method, path = route.split(" ")
    fields = [{**GOOD, field: value} for field in FIELDS for value in VALUES]
    everywhere = [dict.fromkeys(FIELDS, value) for value in WHOLE]
    for body in [*WHOLE, *everywhere, *fields]:
        answer = session.request(method, sandbox.mailchimp_url + path, data=json.dumps(body), timeout=60)
        assert answer.status_code < 500, body
    for raw in (b"", b"\xff", b"{", b'{"a": NaN}', b"[" * 5000, b"\x00"):
        assert session.request(method, sandbox.mailchimp_url + path, data=raw, timeout=60).status_code in (400, 404)


@pytest.mark.parametrize(
    "path", ["", "lists", f"lists/{AUDIENCE}/members", "campaigns", "reports", "search-members", MEMBER]
)
def test_queries(sandbox: Sandbox, session: requests.Session, path: str) -> None:
    for query in QUERIES:
        answer = session.get(f"{sandbox.mailchimp_url}{path}?{query}", timeout=60)
        assert answer.status_code in (200, 400, 404), query


@pytest.mark.parametrize("part", ["%00", "%FF", "%2F", "..%2f", "@", "%40", "%ED%A0%80", "0" * 32, "-" * 5000, "%"])
def test_paths(sandbox: Sandbox, session: requests.Session, part: str) -> None:
    for path in (f"lists/{part}", f"lists/{AUDIENCE}/members/{part}", f"campaigns/{part}", f"reports/{part}", part):
        assert session.get(sandbox.mailchimp_url + path, timeout=60).status_code == 404
