"""Delivery callbacks: rows of `notify.md` section 5, and that nothing but this machine is ever called."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from emailops.sandbox import Sandbox
from emailops.sandbox.holding.collection import Collection
from emailops.sandbox.holding.holdings import Holdings
from emailops.sandbox.holding.service import CallbackTarget, HeldService, Message
from emailops.sandbox.holding.state import holdings_from, state_of
from emailops.sandbox.notify.callback_request import post
from emailops.sandbox.notify.callbacks import CallbackFailure, Callbacks

from .accounts import GUEST, LIVE_SERVICE, SMOKE_TEST, TEMPLATES, accounts
from .conftest import NOW, Clock
from .notify_calls import send, text
from .receiver import Receiver, eventually, receiving

TOKEN = "a-token-of-the-app"
ID = "e0000000-0000-4000-8000-000000000001"


@pytest.fixture
def app() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def holdings_with(url: str, **fields: Any) -> Holdings:
    message = {
        "id": ID,
        "service": LIVE_SERVICE,
        "key": "live",
        "template_id": TEMPLATES["plain"],
        "template_version": 3,
        "recipient": GUEST,
        "body": "Thank you.",
        "ends": "delivered",
        "created_at": "2026-01-31T09:30:00.000000Z",
        **fields,
    }
    service = HeldService(LIVE_SERVICE, keys=[], callback=CallbackTarget(url, TOKEN))
    return Holdings(Collection({LIVE_SERVICE: service}), messages=Collection({ID: Message(**message)}), accepted=[ID])


def service_of(holdings: Holdings) -> HeldService:
    (service,) = holdings.services.values()
    return service


def message_of(holdings: Holdings) -> Message:
    (message,) = holdings.messages.values()
    return message


def report(callbacks: Callbacks, holdings: Holdings, seconds: float) -> list[str | int | None]:
    """Make what is due so many seconds after the message; gives what came of each."""
    now = NOW + timedelta(seconds=seconds)
    results = []
    for attempt in callbacks.due(holdings, now):
        result = post(attempt.callback.url, attempt.callback.bearer_token, attempt.body)
        callbacks.note(holdings, attempt, result, now)
        results.append(result.failure or result.answer)
    return results


def test_what_the_app_gets(app: Receiver) -> None:
    holdings, callbacks = holdings_with(app.url, reference="ours"), Callbacks()
    assert report(callbacks, holdings, 2.9) == []
    assert report(callbacks, holdings, 3) == [204]
    assert report(callbacks, holdings, 10_000) == []
    ((path, headers, body),) = app.received
    assert (path, headers["Content-Type"], headers["Authorization"]) == (
        "/callback",
        "application/json",
        f"Bearer {TOKEN}",
    )
    assert headers["User-Agent"].startswith("python-requests/")
    assert body == {
        "id": ID,
        "reference": "ours",
        "to": GUEST,
        "status": "delivered",
        "created_at": "2026-01-31T09:30:00.000000Z",
        "completed_at": "2026-01-31T09:30:03.000000Z",
        "sent_at": "2026-01-31T09:30:01.000000Z",
        "notification_type": "email",
        "template_id": TEMPLATES["plain"],
        "template_version": 3,
    }
    (noted,) = message_of(holdings).reports
    assert (noted.at, noted.status, noted.url, noted.answer, noted.failure) == (
        "2026-01-31T09:30:03.000000Z",
        "delivered",
        app.url,
        204,
        "",
    )


def test_what_goes_over_the_wire(app: Receiver) -> None:
    """As the worker of Notify was seen to send it, and the same again after a failure."""
    app.answers = [503]
    holdings, callbacks = holdings_with(app.url, reference="ours ☃"), Callbacks()
    report(callbacks, holdings, 3)
    report(callbacks, holdings, 303)
    (_, headers, _), _ = app.received
    names = ["Host", "User-Agent", "Accept-Encoding", "Accept", "Connection", "Content-Type", "Authorization"]
    assert list(headers) == [*names, "Content-Length"]
    assert (headers["Accept"], headers["Connection"]) == ("*/*", "keep-alive")
    assert (
        app.bodies
        == [
            b'{"id": "%s", "reference": "ours \\u2603", "to": "%s", "status": "delivered", '
            b'"created_at": "2026-01-31T09:30:00.000000Z", "completed_at": "2026-01-31T09:30:03.000000Z", '
            b'"sent_at": "2026-01-31T09:30:01.000000Z", "notification_type": "email", "template_id": "%s", '
            b'"template_version": 3}' % (ID.encode(), GUEST.encode(), TEMPLATES["plain"].encode())
        ]
        * 2
    )


def test_a_302_is_followed_as_a_get_and_the_status_is_lost(app: Receiver) -> None:
    app.answers, app.redirects_with = [app.url.replace("/callback", "/moved"), 200], 302
    holdings, callbacks = holdings_with(app.url), Callbacks()
    assert report(callbacks, holdings, 3) == [200]
    assert report(callbacks, holdings, 10_000) == []
    assert (app.methods, app.bodies[1]) == (["POST", "GET"], b"")
    assert [headers["Authorization"] for _, headers, _ in app.received] == [f"Bearer {TOKEN}"] * 2


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        pytest.param({}, {"reference": None}, id="no reference is null"),
        pytest.param({"key": "test"}, {"status": "delivered"}, id="a test key's message"),
        pytest.param({"ends": "permanent-failure"}, {"status": "permanent-failure"}, id="a failure for good"),
        pytest.param({"ends": "temporary-failure"}, {"status": "temporary-failure"}, id="a failure for a time"),
        pytest.param({"ends": "technical-failure"}, {"status": "technical-failure"}, id="a failure of Notify"),
        pytest.param(
            {"type": "sms", "recipient": "07700 900460"},
            {"notification_type": "sms", "to": "07700 900460"},
            id="a text, to the number as it was given",
        ),
    ],
)
def test_what_the_report_says(app: Receiver, fields: dict[str, Any], body: dict[str, Any]) -> None:
    assert report(Callbacks(), holdings_with(app.url, **fields), 3) == [204]
    assert app.received[0][2].items() >= body.items()


def test_a_text_abroad_is_not_reported(app: Receiver) -> None:
    assert report(Callbacks(), holdings_with(app.url, type="sms", ends="sent"), 3) == []


def test_a_service_without_a_callback_reports_to_nobody(app: Receiver) -> None:
    holdings = holdings_with(app.url)
    service_of(holdings).callback = None
    assert report(Callbacks(), holdings, 3) == []


@pytest.mark.parametrize("status", [500, 503, 429])
def test_five_more_tries_each_five_minutes_later(app: Receiver, status: int) -> None:
    app.answers = [status] * 10
    holdings, callbacks = holdings_with(app.url), Callbacks()
    assert report(callbacks, holdings, 3) == [status]
    for number in range(1, 6):
        assert report(callbacks, holdings, 3 + 300 * number - 1) == []
        assert report(callbacks, holdings, 3 + 300 * number) == [status]
    assert report(callbacks, holdings, 100_000) == []
    assert [report.answer for report in message_of(holdings).reports] == [status] * 6


@pytest.mark.parametrize("status", [200, 302, 400, 401, 404, 410])
def test_any_other_answer_is_final(app: Receiver, status: int) -> None:
    app.answers = [status]
    holdings, callbacks = holdings_with(app.url), Callbacks()
    assert report(callbacks, holdings, 3) == [status]
    assert report(callbacks, holdings, 1000) == []


def test_no_connection_is_tried_again(app: Receiver) -> None:
    holdings, callbacks = holdings_with("http://127.0.0.1:9/callback"), Callbacks()
    assert report(callbacks, holdings, 3) == ["no connection"]
    assert report(callbacks, holdings, 303) == ["no connection"]
    assert [report.failure for report in message_of(holdings).reports] == ["no connection"] * 2


def test_an_app_that_does_not_answer_is_not_waited_for(app: Receiver) -> None:
    app.slow = 0.2
    result = post(app.url, TOKEN, b"{}", timeout=0.05)
    assert result.failure == CallbackFailure.NO_ANSWER
    assert not result.is_final


def test_a_redirect_without_end_is_tried_again(app: Receiver) -> None:
    app.answers = [app.url] * 40
    holdings, callbacks = holdings_with(app.url), Callbacks()
    assert report(callbacks, holdings, 3) == ["too many redirects"]
    app.answers = []
    assert report(callbacks, holdings, 303) == [204]


def test_the_url_and_the_token_of_when_it_ended_stay(app: Receiver) -> None:
    app.answers = [500]
    holdings, callbacks = holdings_with(app.url), Callbacks()
    report(callbacks, holdings, 3)
    service_of(holdings).callback = CallbackTarget("http://127.0.0.1:9/other", "another-token")
    assert report(callbacks, holdings, 303) == [204]
    assert [headers["Authorization"] for _, headers, _ in app.received] == [f"Bearer {TOKEN}"] * 2


def test_a_redirect_on_this_machine_is_followed(app: Receiver) -> None:
    app.answers = [app.url.replace("/callback", "/moved")]
    assert report(Callbacks(), holdings_with(app.url), 3) == [204]
    assert [path for path, _, _ in app.received] == ["/callback", "/moved"]


ELSEWHERE = [
    "https://permits.example/callback",
    "http://192.0.2.1/callback",
    "http://127.0.0.1@permits.example/",
    "http://127.0.0.1.permits.example/",
    "http://permits.example\\@127.0.0.1/",
    "http://localhost.permits.example/",
    "http://0.0.0.0/",
    "http://[2001:db8::1]/",
]


@pytest.mark.parametrize("url", ELSEWHERE)
def test_another_machine_is_never_called(url: str) -> None:
    holdings, callbacks = holdings_with(url), Callbacks()
    assert report(callbacks, holdings, 3) == [CallbackFailure.NOT_CALLED]
    assert report(callbacks, holdings, 303) == []
    assert [(noted.url, noted.failure) for noted in message_of(holdings).reports] == [(url, CallbackFailure.NOT_CALLED)]


@pytest.mark.parametrize("url", ELSEWHERE)
def test_a_redirect_to_another_machine_is_not_followed(app: Receiver, url: str) -> None:
    """In a redirect requests reads a backslash as part of a user's name, at this machine, where nothing listens."""
    app.answers = [url]
    failure = "no connection" if "\\" in url else CallbackFailure.NOT_CALLED
    assert report(Callbacks(), holdings_with(app.url), 3) == [failure]


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "http://", "http://127.0.0.1:99999/", "http://[::1", "nothing"])
def test_a_url_that_is_none_is_noted(url: str) -> None:
    (failure,) = report(Callbacks(), holdings_with(url), 3)
    assert failure in {"no HTTP", "no connection", CallbackFailure.NOT_CALLED}


def test_a_token_that_is_no_header_is_noted(app: Receiver) -> None:
    holdings = holdings_with(app.url)
    service_of(holdings).callback = CallbackTarget(app.url, "line\nbreak ☃")
    assert report(Callbacks(), holdings, 3) == ["no HTTP"]


def test_a_deleted_message_is_reported_to_nobody(app: Receiver) -> None:
    holdings, callbacks = holdings_with(app.url), Callbacks()
    assert report(callbacks, holdings, 0) == []
    holdings.messages.clear()
    assert report(callbacks, holdings, 3) == []


@pytest.mark.parametrize(
    ("seconds", "reports", "made_at"),
    [
        pytest.param(1, [], 3, id="it has not ended yet"),
        pytest.param(5, [], None, id="it had ended before"),
        pytest.param(5, [503], 303, id="a try had failed"),
        pytest.param(5, [503] * 6, None, id="all tries had failed"),
        pytest.param(5, [204], None, id="it had been told"),
    ],
)
def test_a_world_that_is_taken_up(app: Receiver, seconds: int, reports: list[int], made_at: int | None) -> None:
    state = state_of(holdings_with(app.url))
    at = "2026-01-31T09:30:03.000000Z"
    state["messages"][0]["reports"] = [
        {"at": at, "status": "delivered", "url": app.url, "answer": answer} for answer in reports
    ]
    holdings, callbacks = holdings_from(state), Callbacks()
    assert report(callbacks, holdings, seconds) == []
    if made_at is not None:
        assert report(callbacks, holdings, made_at - 1) == []
        assert report(callbacks, holdings, made_at) == [204]
    assert report(callbacks, holdings, 10_000) == []


def test_through_a_running_sandbox(app: Receiver) -> None:
    """Emails and texts of every kind of key, but no simulated one; and retries when the clock is set forward."""
    held, clock = accounts(), Clock(datetime(2026, 1, 31, 9, 30, tzinfo=UTC))
    held["notify"]["services"][0]["callback"] = {"url": app.url, "bearer_token": TOKEN}
    app.answers = [503]
    with Sandbox(held, clock=clock) as sandbox:
        sent = [send(sandbox).json()["id"], send(sandbox, "test").json()["id"], text(sandbox).json()["id"]]
        send(sandbox, email_address=SMOKE_TEST)
        clock.advance(3)
        assert eventually(lambda: len(app.received) == 3)
        clock.advance(300)
        assert eventually(lambda: len(app.received) == 4)
        assert eventually(lambda: sum(len(message["reports"]) for message in sandbox.state()["messages"]) == 4)
        assert sorted({body["id"] for _, _, body in app.received}) == sorted(sent)
        first = next(message for message in sandbox.state()["messages"] if len(message["reports"]) == 2)
        assert [noted["answer"] for noted in first["reports"]] == [503, 204]


def test_a_sandbox_starts_and_stops_again(app: Receiver) -> None:
    held, clock = accounts(), Clock()
    held["notify"]["services"][0]["callback"] = {"url": app.url, "bearer_token": TOKEN}
    sandbox = Sandbox(held, clock=clock)
    for times in (1, 2):
        with sandbox:
            send(sandbox)
            clock.advance(3)
            assert eventually(lambda times=times: len(app.received) == times)


def test_a_try_that_failed_is_made_again_after_a_restart(app: Receiver, tmp_path: Path) -> None:
    held, clock = accounts(), Clock()
    held["notify"]["services"][0]["callback"] = {"url": app.url, "bearer_token": TOKEN}
    app.answers = [503]
    with Sandbox(held, clock=clock, kept_in=tmp_path / "kept") as sandbox:
        send(sandbox)
        sandbox.advance(3)
        assert eventually(lambda: bool(sandbox.state()["messages"][0]["reports"]))
    with Sandbox(held, clock=clock, kept_in=tmp_path / "kept") as sandbox:
        assert [noted["answer"] for noted in sandbox.state()["messages"][0]["reports"]] == [503]
        sandbox.advance(300)
        assert eventually(lambda: len(sandbox.state()["messages"][0]["reports"]) == 2)
    assert len(app.received) == 2
