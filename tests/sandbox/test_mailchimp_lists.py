"""Mailchimp's account and audiences: rows of `mailchimp.md` sections 2 to 4."""

from __future__ import annotations

import re
from typing import Any

import pytest
import requests

from emailops.sandbox import Sandbox
from tests.docs.pages import read

from .accounts import (
    API_KEY,
    AUDIENCE,
    CAMPAIGN_DEFAULTS,
    CONTACT,
    FULL_ACCOUNT_AUDIENCE,
    NEW_AUDIENCE,
    OTHER_API_KEY,
    SECOND,
    basic,
)

SEE_ERRORS = "The resource submitted could not be validated. For field-specific details, see the 'errors' array."
FULL_UPDATE = {**NEW_AUDIENCE, "contact": {**CONTACT, "state": "", "zip": ""}}


def call(sandbox: Sandbox, route: str, body: Any = None, key: str = API_KEY) -> requests.Response:
    method, path = route.split(" ")
    return requests.request(method, f"{sandbox.mailchimp_url}{path}", json=body, headers=basic(key), timeout=60)


def problem(answer: requests.Response) -> tuple[int, str, str]:
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    document = answer.json()
    assert document["status"] == answer.status_code
    assert document["instance"]
    return answer.status_code, document["title"], document["detail"]


@pytest.mark.parametrize(
    ("headers", "title"),
    [
        pytest.param(basic(), None, id="basic, any user"),
        pytest.param(basic(user=""), None, id="basic, no user"),
        pytest.param({"Authorization": f"Bearer {API_KEY}"}, None, id="bearer"),
        pytest.param(basic("0" * 32 + "-us1"), "API Key Invalid", id="an unknown key"),
        pytest.param(basic(API_KEY[:-1] + "2"), "API Key Invalid", id="another data centre"),
        pytest.param({"Authorization": f"Bearer {API_KEY}x"}, "API Key Invalid", id="an unknown token"),
        pytest.param({"Authorization": "Basic ???"}, "API Key Invalid", id="not base64"),
        pytest.param({"Authorization": "Basic"}, "API Key Invalid", id="no credentials"),
        pytest.param({}, "API Key Missing", id="no header"),
    ],
)
def test_keys(sandbox: Sandbox, headers: dict[str, str], title: str | None) -> None:
    answer = requests.get(sandbox.mailchimp_url, headers=headers, timeout=60)
    if title is None:
        assert answer.json()["account_id"] == "a1b2c3"
    else:
        assert problem(answer)[:2] == (401, title)


def test_the_account_is_that_of_the_key(sandbox: Sandbox) -> None:
    root = call(sandbox, "GET ?fields=account_id,account_name", key=OTHER_API_KEY).json()
    assert root == {"account_id": "d4e5f6", "account_name": "Full"}
    assert call(sandbox, "GET ?fields=total_subscribers").json() == {"total_subscribers": 1}
    assert requests.get(sandbox.mailchimp_url.rstrip("/"), headers=basic(), timeout=60).status_code == 200


def test_an_audience_is_seen_by_its_own_account_only(sandbox: Sandbox) -> None:
    assert call(sandbox, f"GET lists/{FULL_ACCOUNT_AUDIENCE}", key=OTHER_API_KEY).status_code == 200
    assert problem(call(sandbox, f"GET lists/{FULL_ACCOUNT_AUDIENCE}"))[:2] == (404, "Resource Not Found")


READS: list[tuple[str, str, Any]] = [
    ("ping", "GET ping", {"health_status": "Everything's Chimpy!"}),
    ("two of one name", "GET lists?fields=lists.name", {"lists": [{"name": "Builders"}, {"name": "Builders"}]}),
    ("ids are ten hex digits", "GET lists?fields=lists.id", {"lists": [{"id": AUDIENCE}, {"id": SECOND}]}),
    ("the total", "GET lists?fields=total_items&count=1", {"total_items": 2}),
    ("a page", "GET lists?count=1&fields=lists.id", {"lists": [{"id": AUDIENCE}]}),
    ("the next page", "GET lists?count=1&offset=1&fields=lists.id", {"lists": [{"id": SECOND}]}),
    ("past the end", "GET lists?offset=2&fields=lists.id,total_items", {"lists": [], "total_items": 2}),
    ("at most 1,000", "GET lists?count=1000&fields=total_items", {"total_items": 2}),
    ("none at all", "GET lists?count=0&fields=lists,total_items", {"lists": [], "total_items": 2}),
    (
        "constraints of the plan",
        "GET lists?fields=constraints",
        {"constraints": {"may_create": True, "max_instances": 15, "current_total_instances": 2}},
    ),
    ("who holds an address", "GET lists?email=anna@BUILDERS.gov.uk&fields=lists.id", {"lists": [{"id": AUDIENCE}]}),
    ("whom nobody holds", "GET lists?email=x@builders.gov.uk&fields=total_items", {"total_items": 0}),
    (
        "subscribed members count",
        f"GET lists/{AUDIENCE}?fields=stats.member_count,stats.unsubscribe_count,stats.cleaned_count",
        {"stats": {"member_count": 1, "unsubscribe_count": 2, "cleaned_count": 1}},
    ),
    (
        "dates with their offset",
        f"GET lists/{AUDIENCE}?fields=date_created",
        {"date_created": "2024-03-01T10:00:00+00:00"},
    ),
    (
        "a part of a contact",
        f"GET lists/{AUDIENCE}?fields=contact.company,contact.zip",
        {"contact": {"company": "Permits", "zip": ""}},
    ),
    ("unknown fields", f"GET lists/{AUDIENCE}?fields=nothing,name", {"name": "Builders"}),
    ("the web page's number", f"GET lists/{AUDIENCE}?fields=web_id", {"web_id": int(AUDIENCE, 16) % 10_000_000}),
]


@pytest.mark.parametrize(("route", "content"), [pytest.param(*row[1:], id=row[0]) for row in READS])
def test_reading(sandbox: Sandbox, route: str, content: Any) -> None:
    assert call(sandbox, route).json() == content


def test_excluded_fields(sandbox: Sandbox) -> None:
    listing = call(sandbox, "GET lists?exclude_fields=lists.stats,lists.contact.company,constraints,_links").json()
    assert listing.keys() == {"lists", "total_items"}
    assert "stats" not in listing["lists"][0]
    assert listing["lists"][0]["contact"].keys() == {"address1", "address2", "city", "state", "zip", "country", "phone"}


def test_an_unlimited_account(sandbox: Sandbox) -> None:
    state = sandbox.state()
    state["mailchimp"]["accounts"][0]["max_audiences"] = -1
    sandbox.replace(state)
    assert call(sandbox, "GET lists?fields=constraints").json()["constraints"] == {
        "may_create": True,
        "max_instances": -1,
        "current_total_instances": 2,
    }


@pytest.mark.parametrize(
    "query", ["count=1001", "count=-1", "count=ten", "count=", "offset=-1", "offset=" + "9" * 5000]
)
def test_pages_that_cannot_be(sandbox: Sandbox, query: str) -> None:
    answer = call(sandbox, f"GET lists?{query}")
    assert problem(answer) == (400, "Invalid Resource", SEE_ERRORS)
    assert answer.json()["errors"][0]["field"] == query.split("=", maxsplit=1)[0]


def test_creating(sandbox: Sandbox) -> None:
    answer = call(sandbox, "POST lists", {**NEW_AUDIENCE, "double_optin": True, "web_id": 1, "id": "0" * 10, "x": 1})
    made = answer.json()
    assert answer.status_code == 200
    assert re.fullmatch(r"[0-9a-f]{10}", made["id"])
    assert made["id"] != "0" * 10
    assert made["web_id"] != 1
    assert made["date_created"] == "2026-01-31T09:30:00+00:00"
    assert made["double_optin"] is True
    assert made["contact"] == {**CONTACT, "address2": "", "state": "", "zip": "", "phone": ""}
    assert made["campaign_defaults"] == CAMPAIGN_DEFAULTS
    assert made["stats"]["member_count"] == 0
    assert "x" not in made
    assert call(sandbox, f"GET lists/{made['id']}").json() == made
    assert answer.headers["Date"] == "Sat, 31 Jan 2026 09:30:00 GMT"
    assert answer.headers["X-Request-Id"]


def test_the_same_request_twice_makes_two_audiences(sandbox: Sandbox) -> None:
    made = [call(sandbox, "POST lists", NEW_AUDIENCE).json() for _ in range(2)]
    assert made[0]["id"] != made[1]["id"]
    assert {audience["name"] for audience in made} == {"Street traders"}
    assert call(sandbox, "GET lists").json()["total_items"] == 4


def without(*path: str) -> dict[str, Any]:
    body = {name: dict(value) if isinstance(value, dict) else value for name, value in FULL_UPDATE.items()}
    place: Any = body
    for name in path[:-1]:
        place = place[name]
    del place[path[-1]]
    return body


INVALID: list[tuple[str, str, Any, list[dict[str, str]]]] = [
    *(
        (
            f"no {name}",
            "POST lists",
            without(name),
            [{"field": "", "message": f"Required fields were not provided: {name}"}],
        )
        for name in ("name", "contact", "permission_reminder", "campaign_defaults", "email_type_option")
    ),
    *(
        (
            f"no {'.'.join(path)}",
            "POST lists",
            without(*path),
            [{"field": path[0], "message": f"Required fields were not provided: {path[1]}"}],
        )
        for path in (
            ("contact", "company"),
            ("contact", "address1"),
            ("contact", "city"),
            ("contact", "country"),
            ("campaign_defaults", "from_name"),
            ("campaign_defaults", "from_email"),
            ("campaign_defaults", "subject"),
            ("campaign_defaults", "language"),
        )
    ),
    *(
        (
            f"an update without contact.{name}",
            f"PATCH lists/{AUDIENCE}",
            without("contact", name),
            [{"field": "contact", "message": f"Required fields were not provided: {name}"}],
        )
        for name in ("company", "address1", "city", "country")
    ),
    (
        "an update of one field",
        f"PATCH lists/{AUDIENCE}",
        {"name": "B"},
        [
            {
                "field": "",
                "message": "Required fields were not provided: contact, permission_reminder, campaign_defaults, "
                "email_type_option",
            }
        ],
    ),
    (
        "null for a name",
        "POST lists",
        {**NEW_AUDIENCE, "name": None},
        [{"field": "name", "message": "Schema describes string, NULL found instead"}],
    ),
    (
        "a text for a choice",
        "POST lists",
        {**NEW_AUDIENCE, "email_type_option": "no"},
        [{"field": "email_type_option", "message": "Schema describes boolean, string found instead"}],
    ),
    (
        "a list for a contact",
        "POST lists",
        {**NEW_AUDIENCE, "contact": []},
        [{"field": "contact", "message": "Schema describes object, array found instead"}],
    ),
    (
        "a number deep inside",
        "POST lists",
        {**NEW_AUDIENCE, "contact": {**CONTACT, "city": 5}},
        [{"field": "contact.city", "message": "Schema describes string, integer found instead"}],
    ),
    (
        "a list for a body",
        "POST lists",
        [1],
        [{"field": "", "message": "Schema describes object, array found instead"}],
    ),
]


@pytest.mark.parametrize(("route", "body", "errors"), [pytest.param(*row[1:], id=row[0]) for row in INVALID])
def test_invalid_resources(sandbox: Sandbox, route: str, body: Any, errors: list[dict[str, str]]) -> None:
    before = sandbox.state()
    answer = call(sandbox, route, body)
    assert problem(answer) == (400, "Invalid Resource", SEE_ERRORS)
    assert answer.json()["errors"] == errors
    assert sandbox.state() == before


def test_the_limit_of_a_plan(sandbox: Sandbox) -> None:
    assert call(sandbox, "GET lists?fields=constraints", key=OTHER_API_KEY).json()["constraints"] == {
        "may_create": False,
        "max_instances": 1,
        "current_total_instances": 1,
    }
    answer = call(sandbox, "POST lists", NEW_AUDIENCE, key=OTHER_API_KEY)
    assert problem(answer) == (
        403,
        "User action not permitted",
        "User does not have access to the requested operation",
    )
    assert call(sandbox, f"DELETE lists/{FULL_ACCOUNT_AUDIENCE}", key=OTHER_API_KEY).status_code == 204
    assert call(sandbox, "POST lists", NEW_AUDIENCE, key=OTHER_API_KEY).status_code == 200


def test_updating(sandbox: Sandbox) -> None:
    before = call(sandbox, f"GET lists/{AUDIENCE}").json()
    body = {**before, "name": "Scaffolders", "date_created": "2000-01-01T00:00:00+00:00", "stats": {}}
    body["contact"] = {**before["contact"], "city": "York"}
    after = call(sandbox, f"PATCH lists/{AUDIENCE}", body).json()
    assert after == {**before, "name": "Scaffolders", "contact": {**before["contact"], "city": "York"}}
    assert call(sandbox, f"GET lists/{AUDIENCE}").json() == after


def test_deleting(sandbox: Sandbox) -> None:
    answer = call(sandbox, f"DELETE lists/{AUDIENCE}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert call(sandbox, "GET lists?fields=lists.id").json() == {"lists": [{"id": SECOND}]}


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_an_audience_that_is_not_there(sandbox: Sandbox, method: str) -> None:
    answer = call(sandbox, f"{method} lists/0000000000", FULL_UPDATE)
    assert problem(answer) == (404, "Resource Not Found", "The requested resource could not be found.")


MEMBER = f"lists/{AUDIENCE}/members/anna@builders.gov.uk"
CAMPAIGN = "campaigns/0123456789"
LEFT_OUT = {
    "batches": "POST batches",
    "templates": "GET templates",
    "segments": f"GET lists/{AUDIENCE}/segments",
    "interest-categories": f"GET lists/{AUDIENCE}/interest-categories",
    "webhooks": f"GET lists/{AUDIENCE}/webhooks",
    "list activity": f"GET lists/{AUDIENCE}/activity",
    "clients": f"GET lists/{AUDIENCE}/clients",
    "growth-history": f"GET lists/{AUDIENCE}/growth-history",
    "locations": f"GET lists/{AUDIENCE}/locations",
    "abuse-reports": f"GET lists/{AUDIENCE}/abuse-reports",
    "tag-search": f"GET lists/{AUDIENCE}/tag-search",
    "signup-forms": f"GET lists/{AUDIENCE}/signup-forms",
    "surveys": f"GET lists/{AUDIENCE}/surveys",
    "member activity": f"GET {MEMBER}/activity",
    "activity-feed": f"GET {MEMBER}/activity-feed",
    "notes": f"GET {MEMBER}/notes",
    "events": f"GET {MEMBER}/events",
    "goals": f"GET {MEMBER}/goals",
    "schedule": f"POST {CAMPAIGN}/actions/schedule",
    "unschedule": f"POST {CAMPAIGN}/actions/unschedule",
    "replicate": f"POST {CAMPAIGN}/actions/replicate",
    "pause": f"POST {CAMPAIGN}/actions/pause",
    "resume": f"POST {CAMPAIGN}/actions/resume",
    "feedback": f"GET {CAMPAIGN}/feedback",
    "sent-to": "GET reports/0123456789/sent-to",
    "unsubscribed": "GET reports/0123456789/unsubscribed",
    "email-activity": "GET reports/0123456789/email-activity",
    "click-details": "GET reports/0123456789/click-details",
    "open-details": "GET reports/0123456789/open-details",
    "search-campaigns": "GET search-campaigns",
    "automations": "GET automations",
    "campaign-folders": "GET campaign-folders",
    "template-folders": "GET template-folders",
    "file-manager": "GET file-manager/files",
    "landing-pages": "GET landing-pages",
    "ecommerce": "GET ecommerce/stores",
    "connected-sites": "GET connected-sites",
    "conversations": "GET conversations",
    "account-exports": "GET account-exports",
    "authorized-apps": "GET authorized-apps",
    "verified-domains": "GET verified-domains",
}
"""What people use of Mailchimp, or may, and the sandbox does not know: the page names each."""


def test_the_page_names_what_the_sandbox_leaves_out() -> None:
    page = " ".join(read("docs/sandbox.md").split())
    assert [name for name in LEFT_OUT if f"`{name.rpartition(' ')[2]}`" not in page] == []


@pytest.mark.parametrize("route", LEFT_OUT.values())
def test_a_route_that_the_sandbox_does_not_know_says_so(sandbox: Sandbox, route: str) -> None:
    method, path = route.split(" ")
    status, title, detail = problem(call(sandbox, route, {} if method == "POST" else None))
    assert (status, title) == (404, "Resource Not Found")
    assert detail == f"This sandbox does not know {method} /3.0/{path}. Mailchimp itself may."


def test_a_method_that_a_route_does_not_have(sandbox: Sandbox) -> None:
    answer = call(sandbox, f"PUT lists/{AUDIENCE}", FULL_UPDATE)
    assert problem(answer)[:2] == (405, "Method Not Allowed")
    assert answer.headers["Allow"] == "GET, PATCH, DELETE, POST"


def test_a_body_that_is_no_json(sandbox: Sandbox) -> None:
    answer = requests.post(f"{sandbox.mailchimp_url}lists", data=b"{", headers=basic(), timeout=60)
    assert problem(answer) == (400, "JSON Parse Error", "We encountered an unspecified JSON parsing error.")


def test_thirty_merge_fields_and_no_tag_twice(sandbox: Sandbox) -> None:
    fields = f"lists/{AUDIENCE}/merge-fields"
    assert call(sandbox, f"POST {fields}", {"name": "First", "type": "text", "tag": "fname"}).status_code == 400
    for number in range(26):
        assert call(sandbox, f"POST {fields}", {"name": f"Field {number}", "type": "text"}).status_code == 200
    assert problem(call(sandbox, f"POST {fields}", {"name": "More", "type": "text"}))[:2] == (400, "Bad Request")
    assert call(sandbox, f"GET {fields}").json()["total_items"] == 30


def test_a_saved_state_keeps_campaigns_and_what_was_sent(sandbox: Sandbox) -> None:
    settings = {"subject_line": "News", "from_name": "Permits", "reply_to": "permits@permits.gov.uk"}
    body = {
        "type": "plaintext",
        "recipients": {"list_id": AUDIENCE},
        "settings": settings,
        "tracking": {"opens": False},
    }
    made = f"campaigns/{call(sandbox, 'POST campaigns', body).json()['id']}"
    assert call(sandbox, f"PUT {made}/content", {"plain_text": "Hello"}).status_code == 200
    test = {"test_emails": ["me@permits.gov.uk"], "send_type": "plaintext"}
    for action, sent in (("test", test), ("send", None)):
        assert call(sandbox, f"POST {made}/actions/{action}", sent).status_code == 204
    before = [call(sandbox, f"GET {path}").json() for path in (made, f"{made}/content")]
    sandbox.replace(sandbox.state())
    assert [call(sandbox, f"GET {path}").json() for path in (made, f"{made}/content")] == before
    kept = sandbox.state()["mailchimp"]["accounts"][0]["campaigns"][0]
    assert kept["sent_to"] == ["Anna@builders.gov.uk"]
    assert kept["tests"] == [{"at": "2026-01-31T09:30:00+00:00", "to": ["me@permits.gov.uk"], "send_type": "plaintext"}]
