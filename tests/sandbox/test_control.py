"""The sandbox's own endpoints, and its list of requests."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests
from notifications_python_client import NotificationsAPIClient

from emailops.sandbox import Request, Sandbox, announcement

from .accounts import AUDIENCE, GUEST, NEW_AUDIENCE, accounts
from .test_mailchimp_lists import call
from .test_notify_send import send


def control(sandbox: Sandbox, route: str, content: Any = None) -> requests.Response:
    method, path = route.split(" ")
    return requests.request(method, f"{sandbox.inbox_url}__sandbox__/{path}", json=content, timeout=60)


def test_the_state_is_the_accounts_file_with_defaults_filled_in(sandbox: Sandbox) -> None:
    state = control(sandbox, "GET state").json()
    assert state == sandbox.state()
    assert state["messages"] == []
    assert contains(state, accounts())
    assert (
        state["notify"]["services"][2].items()
        >= {
            "id": "33333333-3333-4333-8333-333333333333",
            "keys": [],
            "name": "Service",
            "trial": False,
            "email_from": "service",
            "team_members": [],
            "callback": None,
            "templates": [],
        }.items()
    )


def contains(whole: Any, part: Any) -> bool:
    """Whether all that `part` says stands in `whole`."""
    if isinstance(part, dict):
        return all(name in whole and contains(whole[name], value) for name, value in part.items())
    if isinstance(part, list):
        return len(whole) == len(part) and all(map(contains, whole, part))
    return bool(whole == part)


def test_a_state_put_back_is_the_same_state_messages_and_all(sandbox: Sandbox) -> None:
    send(sandbox, "test", email_address=GUEST, reference="r", personalisation={"odd": [1, None, {"é\ud800": 1.5}]})
    call(sandbox, "POST lists", NEW_AUDIENCE)
    call(
        sandbox,
        f"PUT lists/{AUDIENCE}/members/new@builders.gov.uk",
        {"email_address": "new@builders.gov.uk", "status": "pending"},
    )
    call(sandbox, f"POST lists/{AUDIENCE}/members/anna@builders.gov.uk/actions/delete-permanent")
    state = control(sandbox, "GET state").json()
    assert len(state["messages"]) == 1
    control(sandbox, "POST reset")
    assert sandbox.state() != state
    assert control(sandbox, "PUT state", state).status_code == 204
    assert control(sandbox, "GET state").json() == state
    again = call(
        sandbox, f"POST lists/{AUDIENCE}/members", {"email_address": "anna@builders.gov.uk", "status": "pending"}
    )
    assert again.json()["title"] == "Forgotten Email Not Subscribed"


def test_reset_goes_back_to_the_start_and_not_to_the_last_put(sandbox: Sandbox) -> None:
    before = sandbox.state()
    assert control(sandbox, "PUT state", {}).status_code == 204
    assert sandbox.state() == {"notify": {"services": []}, "mailchimp": {"accounts": []}, "messages": []}
    assert control(sandbox, "POST reset").status_code == 204
    assert sandbox.state() == before


def test_a_wrong_state_changes_nothing(sandbox: Sandbox) -> None:
    before, wrong = sandbox.state(), sandbox.state()
    wrong["notify"]["services"][0]["keys"][1]["kind"] = "dead"
    answer = control(sandbox, "PUT state", wrong)
    assert (answer.status_code, answer.json()) == (
        400,
        {"place": "$.notify.services[0].keys[1].kind", "reason": "must be one of live, team, test"},
    )
    assert sandbox.state() == before


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"a": NaN}', b"[" * 5000])
def test_a_state_that_is_no_json(sandbox: Sandbox, body: bytes) -> None:
    answer = requests.put(f"{sandbox.inbox_url}__sandbox__/state", data=body, timeout=60)
    assert answer.status_code == 400
    assert answer.json()["place"] == "$"


@pytest.mark.parametrize(
    ("route", "status"),
    [("GET nothing", 404), ("DELETE state", 405), ("GET reset", 405), ("DELETE faults", 405), ("GET keys", 405)],
)
def test_other_routes(sandbox: Sandbox, route: str, status: int) -> None:
    assert control(sandbox, route).status_code == status


def test_the_clock_goes_forward_and_everything_with_it(sandbox: Sandbox) -> None:
    before = control(sandbox, "GET clock").json()
    assert before == {"now": "2026-01-31T09:30:00+00:00"}
    answer = control(sandbox, "POST clock", {"advance": 90})
    assert (answer.status_code, answer.json()) == (200, {"now": "2026-01-31T09:31:30+00:00"})
    assert answer.headers["Date"] == "Sat, 31 Jan 2026 09:31:30 GMT"
    send(sandbox)
    assert sandbox.state()["messages"][0]["created_at"] == "2026-01-31T09:31:30.000000Z"
    sandbox.advance(0.5)
    assert sandbox.now().microsecond == 500_000
    control(sandbox, "POST reset")
    assert control(sandbox, "GET clock").json() == before


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"advance": -1}, "$.advance"),
        ({"advance": 1e12}, "$.advance"),
        ({"advance": "60"}, "$.advance"),
        ({"advance": True}, "$.advance"),
        ({"advance": None}, "$.advance"),
        ({}, "$"),
        ({"advance": 1, "back": 1}, "$"),
        (60, "$"),
    ],
)
def test_a_clock_that_cannot_be_set(sandbox: Sandbox, body: Any, place: str) -> None:
    answer = control(sandbox, "POST clock", body)
    assert (answer.status_code, answer.json()["place"]) == (400, place)
    assert control(sandbox, "GET clock").json() == {"now": "2026-01-31T09:30:00+00:00"}


def test_the_clock_has_an_end(sandbox: Sandbox) -> None:
    year = 366 * 24 * 60 * 60
    statuses = [control(sandbox, "POST clock", {"advance": year}).status_code for _ in range(11)]
    assert statuses == [200] * 10 + [400]


SERVICE = "77777777-7777-4777-8777-777777777777"
SECRET = "e1111111-1111-4111-8111-111111111111"


@pytest.mark.parametrize(
    ("name", "kind"), [("app-team-staging", "team"), ("app-test-localdev", "test"), ("app", "live"), ("latest", "live")]
)
def test_a_key_that_it_is_told_has_the_kind_that_its_name_says(sandbox: Sandbox, name: str, kind: str) -> None:
    answer = control(sandbox, "POST keys", {"key": f"{name}-{SERVICE}-{SECRET}"})
    assert (answer.status_code, answer.json()) == (200, {"service": SERVICE, "kind": kind})
    client = NotificationsAPIClient(f"{name}-{SERVICE}-{SECRET}", base_url=sandbox.notify_url)
    assert client.get_all_templates() == {"templates": []}


def test_a_key_may_be_told_with_its_kind(sandbox: Sandbox) -> None:
    key = f"firstnametestlocaldev-{SERVICE}-{SECRET}"
    assert control(sandbox, "POST keys", {"key": key}).json() == {"service": SERVICE, "kind": "live"}
    assert control(sandbox, "POST keys", {"key": key, "kind": "test"}).json() == {"service": SERVICE, "kind": "test"}
    answer = control(sandbox, "POST keys", {"key": key, "kind": "tests"})
    assert (answer.status_code, answer.json()["place"]) == (400, "$.kind")
    assert control(sandbox, "POST keys", {"kind": "test"}).json()["place"] == "$"


@pytest.mark.parametrize("key", ["", "app", f"app-{SERVICE}", f"app-{SERVICE}-{SECRET}x", 7, None])
def test_what_is_no_key(sandbox: Sandbox, key: Any) -> None:
    answer = control(sandbox, "POST keys", {"key": key})
    assert (answer.status_code, answer.json()["place"]) == (400, "$.key")
    assert not key or str(key) not in answer.text


def test_what_state_and_replace_give_and_take_is_not_shared(sandbox: Sandbox) -> None:
    mine = accounts()
    sandbox.replace(mine)
    before = sandbox.state()
    mine["mailchimp"]["accounts"][0]["audiences"][0]["contact"]["city"] = "Elsewhere"
    sandbox.state()["mailchimp"]["accounts"][0]["audiences"][0]["campaign_defaults"]["subject"] = "Changed"
    sandbox.state()["notify"]["services"][0]["guest_list"].clear()
    assert sandbox.state() == before


def test_the_list_of_requests_holds_those_to_providers(sandbox: Sandbox) -> None:
    start = len(sandbox.requests)
    call(sandbox, "GET lists?count=1")
    call(sandbox, "GET lists/0000000000")
    send(sandbox)
    control(sandbox, "GET state")
    requests.get(sandbox.inbox_url, timeout=60)
    assert sandbox.requests[start:] == [
        Request("GET", "/3.0/lists", 200),
        Request("GET", "/3.0/lists/0000000000", 404),
        Request("POST", "/v2/notifications/email", 201),
    ]


def test_the_announcement_is_one_line_of_json(sandbox: Sandbox) -> None:
    line = announcement(sandbox)
    assert "\n" not in line
    assert json.loads(line) == {
        "notify": sandbox.notify_url,
        "mailchimp": f"{sandbox.notify_url}/3.0/",
        "inbox": f"{sandbox.notify_url}/",
    }
