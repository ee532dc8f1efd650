"""Faults on request, as a client sees them, and whether the write was done all the same."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
import requests

from emailops.sandbox import Request, Sandbox
from emailops.sandbox.mailchimp import v3
from emailops.sandbox.notify import v2
from emailops.sandbox.serving.faults import METHODS, Effect
from emailops.sandbox.serving.provider_paths import may_be_asked
from emailops.sandbox.serving.wire import InvalidAt

from .accounts import AUDIENCE, NEW_AUDIENCE, accounts, basic, bearer
from .conftest import NOW
from .test_mailchimp_lists import call
from .test_notify_send import send
from .test_transport import is_over

LISTS = "POST /3.0/lists"


def put_faults(sandbox: Sandbox, faults: Any) -> requests.Response:
    return requests.put(f"{sandbox.inbox_url}__sandbox__/faults", json=faults, timeout=60)


def number_of_audiences(sandbox: Sandbox) -> int:
    return len(sandbox.state()["mailchimp"]["accounts"][0]["audiences"])


@pytest.mark.parametrize(
    ("fault", "status", "content_type", "content", "written"),
    [
        ({"do": "status", "status": 504}, 504, "application/json", b"", 0),
        ({"do": "status", "status": 429, "body": {"a": 1}}, 429, "application/json", b'{"a": 1}', 0),
        ({"do": "status", "status": 503, "body": "<p>"}, 503, "text/html; charset=utf-8", b"<p>", 0),
        ({"do": "status-after", "status": 504}, 504, "application/json", b"", 1),
        ({"do": "status-after", "status": 500, "body": "x"}, 500, "text/html; charset=utf-8", b"x", 1),
    ],
)
def test_another_status(
    sandbox: Sandbox, fault: Any, status: int, content_type: str, content: bytes, written: int
) -> None:
    assert put_faults(sandbox, [{"route": LISTS, "times": 1, **fault}]).status_code == 204
    answer = call(sandbox, "POST lists", NEW_AUDIENCE)
    assert (answer.status_code, answer.headers["Content-Type"], answer.content) == (status, content_type, content)
    assert number_of_audiences(sandbox) == 2 + written
    assert call(sandbox, "POST lists", NEW_AUDIENCE).status_code == 200


@pytest.mark.parametrize(("do", "written"), [("cut-before", 0), ("cut-after", 1), ("truncate", 1)])
def test_no_whole_answer(sandbox: Sandbox, do: str, written: int) -> None:
    sandbox.set_faults([{"route": LISTS, "times": 1, "do": do}])
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        call(sandbox, "POST lists", NEW_AUDIENCE)
    assert number_of_audiences(sandbox) == 2 + written
    assert sandbox.requests[-1] == Request("POST", "/3.0/lists", 200 if do == "truncate" else 0)


def test_half_of_the_body_comes_before_the_cut(sandbox: Sandbox) -> None:
    whole = call(sandbox, "GET ping").content
    sandbox.set_faults([{"route": "GET /3.0/ping", "do": "truncate"}])
    with requests.get(f"{sandbox.mailchimp_url}ping", headers=basic(), stream=True, timeout=60) as answer:
        assert answer.headers["Content-Length"] == str(len(whole))
        assert answer.raw.read(len(whole) // 2) == whole[: len(whole) // 2]


@pytest.mark.parametrize(
    ("route", "fault", "items", "total"),
    [
        ("GET lists", "GET /3.0/lists", "lists", 2),
        (f"GET lists/{AUDIENCE}/members", "GET /3.0/lists/*/members", "members", 5),
    ],
)
def test_a_short_page_keeps_its_total(sandbox: Sandbox, route: str, fault: str, items: str, total: int) -> None:
    sandbox.set_faults([{"route": fault, "do": "short-page"}])
    page = call(sandbox, route).json()
    assert page["total_items"] == total
    assert len(page[items]) == total // 2


def test_a_short_page_of_templates(sandbox: Sandbox) -> None:
    sandbox.set_faults([{"route": "GET /v2/*", "do": "short-page"}])
    answer = requests.get(f"{sandbox.notify_url}/v2/templates", headers=bearer(), timeout=60)
    names = [template["name"] for template in answer.json()["templates"]]
    assert names == ["Appeal", "Bring along", "Conditions", "Granted"]


def test_slow(sandbox: Sandbox) -> None:
    sandbox.set_faults([{"route": "GET /3.0/ping", "times": 1, "do": "slow", "seconds": 60}])
    with pytest.raises(requests.ReadTimeout):
        requests.get(f"{sandbox.mailchimp_url}ping", headers=basic(), timeout=0.1)
    assert call(sandbox, "GET ping").status_code == 200


def test_times_order_and_globs(sandbox: Sandbox) -> None:
    sandbox.set_faults(
        [
            {"route": "* /3.0/*", "times": 2, "do": "status", "status": 503},
            {"route": "GET /3.0/ping", "do": "status", "status": 500},
            {"route": "POST /3.0/ping", "do": "status", "status": 501},
        ]
    )
    statuses = [
        call(sandbox, route).status_code for route in ("GET lists", "GET ping", "GET ping", "GET ping", "GET lists")
    ]
    assert statuses == [503, 503, 500, 500, 200]


def statuses(sandbox: Sandbox, number: int) -> list[int]:
    return [call(sandbox, "GET ping").status_code for _ in range(number)]


PING = {"route": "GET /3.0/ping", "do": "status", "status": 500}


def test_after_so_many_requests(sandbox: Sandbox) -> None:
    sandbox.set_faults([{**PING, "after": 2, "times": 2}])
    assert statuses(sandbox, 6) == [200, 200, 500, 500, 200, 200]


@pytest.mark.slow
def test_a_share_of_the_requests_is_the_same_each_time(sandbox: Sandbox) -> None:
    def under(**more: Any) -> list[int]:
        sandbox.set_faults([{**PING, **more}])
        return statuses(sandbox, 60)

    first = under(share=0.5)
    assert 20 <= first.count(500) <= 40
    assert under(share=0.5) == first
    assert under(share=0.5, seed=1) != first
    assert under(share=0).count(500) == 0
    assert under(share=1).count(500) == 60
    assert under(share=0.5, times=3).count(500) == 3


def test_what_is_in_force_says_how_often_it_hit(sandbox: Sandbox) -> None:
    asked = [{**PING, "after": 1, "times": 1}, {"route": "* *", "do": "slow", "seconds": 0}]
    sandbox.set_faults(asked)
    statuses(sandbox, 4)
    report = requests.get(f"{sandbox.inbox_url}__sandbox__/faults", timeout=60).json()
    assert report == [{"fault": asked[0], "seen": 4, "hit": 1}, {"fault": asked[1], "seen": 3, "hit": 3}]


def test_faults_of_the_accounts_are_in_force_from_the_start_and_after_a_reset() -> None:
    with Sandbox({**accounts(), "faults": [{**PING, "times": 1}]}) as sandbox:
        assert statuses(sandbox, 2) == [500, 200]
        sandbox.reset()
        assert statuses(sandbox, 2) == [500, 200]
        sandbox.set_faults([])
        sandbox.replace(sandbox.state())
        assert sandbox.faults() == []
        sandbox.replace({**accounts(), "faults": [PING]})
        assert statuses(sandbox, 1) == [500]


def test_a_late_write_is_done_after_the_connection_was_cut(sandbox: Sandbox) -> None:
    sandbox.set_faults([{"route": LISTS, "times": 1, "do": "late", "seconds": 120}])
    before = len(sandbox.requests)
    with pytest.raises(requests.ConnectionError):
        call(sandbox, "POST lists", NEW_AUDIENCE)
    sandbox.advance(119)
    assert number_of_audiences(sandbox) == 2
    assert sandbox.requests[before:] == [Request("POST", "/3.0/lists", 0)]
    sandbox.advance(3600)
    assert number_of_audiences(sandbox) == 3
    assert sandbox.requests[before + 1 :] == [Request("POST", "/3.0/lists", 200, late=True)]
    made = sandbox.state()["mailchimp"]["accounts"][0]["audiences"][-1]
    assert made["date_created"] == (NOW + timedelta(seconds=120)).isoformat()


def test_a_late_write_needs_no_advance() -> None:
    with Sandbox(accounts()) as sandbox:
        sandbox.set_faults([{"route": "POST /v2/*", "do": "late", "seconds": 0.01}])
        with pytest.raises(requests.ConnectionError):
            send(sandbox)
        wait_until(lambda: bool(sandbox.state()["messages"]))


def wait_until(holds: Callable[[], bool]) -> None:
    for _ in range(500):
        if holds():
            return
        time.sleep(0.01)
    raise AssertionError("it never came")


def test_a_late_email_is_signed_when_it_came(sandbox: Sandbox) -> None:
    sandbox.set_faults([{"route": "POST /v2/*", "times": 1, "do": "late", "seconds": 600}])
    with pytest.raises(requests.ConnectionError):
        send(sandbox)
    sandbox.advance(600)
    assert len(sandbox.state()["messages"]) == 1


def test_a_reset_forgets_what_would_have_been_late(sandbox: Sandbox) -> None:
    sandbox.set_faults([{"route": LISTS, "do": "late", "seconds": 60}])
    with pytest.raises(requests.ConnectionError):
        call(sandbox, "POST lists", NEW_AUDIENCE)
    sandbox.reset()
    sandbox.advance(120)
    assert number_of_audiences(sandbox) == 2


MEMBERS = f"lists/{AUDIENCE}/members"
NEW = {"email_address": "new@builders.gov.uk", "status": "subscribed"}


def test_counts_lag_behind_what_they_count(sandbox: Sandbox) -> None:
    sandbox.set_faults([{"route": "GET /3.0/*", "do": "lag", "seconds": 60}])
    assert call(sandbox, f"GET {MEMBERS}").json()["total_items"] == 5
    call(sandbox, f"POST {MEMBERS}", NEW)
    made = call(sandbox, "POST lists", NEW_AUDIENCE).json()["id"]
    call(sandbox, f"POST lists/{made}/members", NEW)

    def counts() -> Any:
        lists, members = call(sandbox, "GET lists").json(), call(sandbox, f"GET {MEMBERS}").json()
        own = {audience["id"]: audience["stats"]["member_count"] for audience in lists["lists"]}
        count = call(sandbox, f"GET lists/{made}").json()["stats"]["member_count"]
        return lists["total_items"], own[AUDIENCE], own[made], count, members["total_items"], len(members["members"])

    assert counts() == (2, 1, 0, 0, 5, 6)
    sandbox.advance(59)
    call(sandbox, f"POST {MEMBERS}", {**NEW, "email_address": "later@builders.gov.uk"})
    assert counts() == (2, 1, 0, 0, 5, 7)
    sandbox.advance(1)
    assert counts() == (3, 2, 1, 1, 6, 7)
    sandbox.set_faults([])
    assert counts() == (3, 3, 1, 1, 7, 7)


def test_a_write_under_lag_is_done_once(sandbox: Sandbox) -> None:
    sandbox.set_faults([{"route": "* *", "do": "lag", "seconds": 0}])
    call(sandbox, "POST lists", NEW_AUDIENCE)
    assert number_of_audiences(sandbox) == 3


def test_a_lagging_count_leaves_other_answers_alone(sandbox: Sandbox) -> None:
    def answers() -> list[Any]:
        routes = ("GET ping", "GET lists/0000000000", f"GET {MEMBERS}?count=x", f"GET {MEMBERS}?fields=members.status")
        return [call(sandbox, route).json() | {"instance": ""} for route in routes]

    before = answers()
    sandbox.set_faults([{"route": "* *", "do": "lag", "seconds": 60}])
    assert answers() == before
    assert send(sandbox).status_code == 201


def test_new_faults_replace_the_old_and_a_reset_ends_them(sandbox: Sandbox) -> None:
    ping = "GET /3.0/ping"
    sandbox.set_faults([{"route": ping, "do": "status", "status": 500}])
    sandbox.set_faults([{"route": ping, "do": "status", "status": 501}])
    assert call(sandbox, "GET ping").status_code == 501
    sandbox.reset()
    assert call(sandbox, "GET ping").status_code == 200


def test_control_and_inbox_have_no_faults(sandbox: Sandbox) -> None:
    sandbox.set_faults([{"route": "* *", "do": "status", "status": 500}])
    assert requests.get(sandbox.inbox_url, timeout=60).status_code == 200
    assert put_faults(sandbox, []).status_code == 204
    assert call(sandbox, "GET ping").status_code == 200


NOTHING = "can match no request: "
ONE_OF = f"must be one of {', '.join(Effect)}"
WRONG = [
    ([{**PING, "share": 1.1}], "$[0].share", "must be a share of the requests, from 0 to 1"),
    ([{**PING, "share": True}], "$[0].share", "must be a share of the requests, from 0 to 1"),
    ([{**PING, "seed": "x"}], "$[0].seed", "must be a whole number"),
    ([{**PING, "after": -1}], "$[0].after", "must be a number of requests that are let through first"),
    ([{"route": LISTS, "do": "late"}], "$[0]", "late needs seconds"),
    ([{"route": LISTS, "do": "lag", "seconds": -1}], "$[0].seconds", "must be a number of seconds up to 600"),
    ({}, "$", "must be a list of faults"),
    (["x"], "$[0]", "must be an object"),
    ([{"route": LISTS, "do": "explode"}], "$[0].do", ONE_OF),
    ([{"route": LISTS, "do": ["status"]}], "$[0].do", ONE_OF),
    ([{"route": LISTS}], "$[0].do", ONE_OF),
    ([{"do": "cut-after"}], "$[0]", "cut-after needs route"),
    ([{"route": LISTS, "do": "status"}], "$[0]", "status needs status"),
    ([{"route": LISTS, "do": "slow"}], "$[0]", "slow needs seconds"),
    ([{"route": LISTS, "do": "slow", "seconds": 601}], "$[0].seconds", "must be a number of seconds up to 600"),
    ([{"route": LISTS, "do": "slow", "seconds": True}], "$[0].seconds", "must be a number of seconds up to 600"),
    ([{"route": LISTS, "do": "cut-after", "status": 500}], "$[0]", "unknown field status for cut-after"),
    ([{"route": LISTS, "do": "status", "status": 99}], "$[0].status", "must be an HTTP status"),
    ([{"route": LISTS, "do": "status", "status": "500"}], "$[0].status", "must be an HTTP status"),
    (
        [{"route": "GET /3.0/lists/" + "*a" * 5000, "do": "cut-after"}],
        "$[0].route",
        'must be a method and a path, such as "POST /3.0/lists" or "* /v2/*"',
    ),
    *(
        ([{"route": route, "do": "cut-after"}], "$[0].route", NOTHING + why)
        for route, why in (
            ("POST /3.0/list", "neither Notify nor Mailchimp has such a path"),
            ("GET /v2/template", "neither Notify nor Mailchimp has such a path"),
            ("GET /v2/notifications/*/png", "neither Notify nor Mailchimp has such a path"),
            ("GET /v3/*", "neither Notify nor Mailchimp has such a path"),
            ("GET /", "neither Notify nor Mailchimp has such a path"),
            ("GET /__sandbox__/*", "neither Notify nor Mailchimp has such a path"),
            ("GET /3.0/lists?count=10", "a route has no query, so leave it out"),
            ("GET /v2/template/{id}", "write * where an id stands"),
            ("FETCH /v2/*", f"the method is one of {', '.join(METHODS)}, and HEAD counts as GET"),
            ("HEAD /v2/*", f"the method is one of {', '.join(METHODS)}, and HEAD counts as GET"),
        )
    ),
    (
        [{"route": LISTS, "do": "cut-after", "times": 0}],
        "$[0].times",
        "must be a number of requests; leave it out for every request",
    ),
    (
        [{"route": LISTS, "do": "cut-after"}, {"route": "/3.0/lists", "do": "cut-after"}],
        "$[1].route",
        'must be a method and a path, such as "POST /3.0/lists" or "* /v2/*"',
    ),
]


@pytest.mark.parametrize(("faults", "place", "reason"), WRONG)
def test_wrong_faults(sandbox: Sandbox, faults: Any, place: str, reason: str) -> None:
    sandbox.set_faults([{"route": "GET /3.0/ping", "do": "status", "status": 418}])
    answer = put_faults(sandbox, faults)
    assert (answer.status_code, answer.json()) == (400, {"place": place, "reason": reason})
    with pytest.raises(InvalidAt):
        sandbox.set_faults(faults)
    assert call(sandbox, "GET ping").status_code == 418


def test_a_slow_answer_does_not_keep_the_sandbox_from_stopping(sandbox: Sandbox) -> None:
    with Sandbox(sandbox.state()) as other:
        other.set_faults([{"route": "* *", "do": "slow", "seconds": 600}])
        host, _, port = other.notify_url.removeprefix("http://").partition(":")
        with closing(socket.create_connection((host, int(port)), timeout=60)) as client:
            client.sendall(b"GET /3.0/ping HTTP/1.1\r\n\r\n")
            other.stop()
            assert is_over(client)


@pytest.mark.few(21)
@pytest.mark.parametrize("route", [*v2.ROUTES.table, *v3.ROUTES.table])
def test_a_fault_may_be_asked_for_on_every_route(route: str) -> None:
    path = re.sub(r"\{\w+\}", "*", route.split(" ")[1])
    assert may_be_asked(path)
    assert may_be_asked(path.replace("*", "0a1b2c3d4e"))


@pytest.mark.parametrize(
    "path", ["*", "/*", "/v2/*", "/*/lists", "/3.[0-9]/l?sts/*", "/3.0/automations/*", "/service/*"]
)
def test_a_pattern_that_some_path_fits(path: str) -> None:
    assert may_be_asked(path)
