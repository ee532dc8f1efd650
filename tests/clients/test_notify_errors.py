"""Each refusal of Notify's, and each way in which an answer is lost, is one error that says what to do."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from emailops_clients import NotifyClient
from emailops_clients.errors import (
    ClientError,
    DailyLimitReached,
    InvalidAddress,
    KeyRefused,
    MessageTooLong,
    MinuteLimitReached,
    MissingPersonalisation,
    OutcomeUnknown,
    RecipientNotAllowed,
    Refused,
    TemplateUnavailable,
    Unavailable,
)

from .accounts import (
    LIMITED_KEY,
    LIMITED_TEMPLATE,
    LIMITED_TEXT,
    LIVE_KEY,
    MISSING_TEMPLATE,
    READER,
    REVOKED_KEY,
    TEAM_KEY,
    TEMPLATES,
    TRIAL_KEY,
    TRIAL_TEMPLATE,
    UNKNOWN_KEY,
)
from .sandbox import Sandbox
from .secrets_seen import secrets_in

ORDER = {"number": 7, "name": "A. Reader"}
POST, GET = "POST /v2/notifications/email", "GET /v2/notifications"


def _client(key: str = LIVE_KEY, **options: Any) -> NotifyClient:
    return NotifyClient(key, templates=TEMPLATES, redirects={}, **options)


@pytest.mark.parametrize(
    ("key", "to", "template", "values", "error", "status"),
    [
        (TEAM_KEY, READER, "order_sent", ORDER, RecipientNotAllowed, 400),
        (TRIAL_KEY, READER, TRIAL_TEMPLATE, {}, RecipientNotAllowed, 400),
        (LIVE_KEY, READER, MISSING_TEMPLATE, {}, TemplateUnavailable, 400),
        (LIVE_KEY, READER, "withdrawn", {}, TemplateUnavailable, 400),
        (LIVE_KEY, READER, "collect_text", {"shelf": "B"}, TemplateUnavailable, 400),
        (LIVE_KEY, READER, "order_sent", {}, MissingPersonalisation, 400),
        (LIVE_KEY, READER, "order_sent", {"number": 7, "name": None}, MissingPersonalisation, 400),
        (LIVE_KEY, "a@b", "order_sent", ORDER, InvalidAddress, 400),
        (LIVE_KEY, "a;b@readers.example.org", "order_sent", ORDER, InvalidAddress, 400),
        (LIVE_KEY, "a@readers..example.org", "order_sent", ORDER, InvalidAddress, 400),
        (LIVE_KEY, READER, "reset_password", {"url": "x" * 3_000_000}, MessageTooLong, 400),
        (LIVE_KEY, READER, "reset_password", {"url": "x" * 10_000_000}, MessageTooLong, 400),
        (REVOKED_KEY, READER, "order_sent", ORDER, KeyRefused, 403),
        (UNKNOWN_KEY, READER, "order_sent", ORDER, KeyRefused, 403),
    ],
)
def test_a_refusal_is_an_error_of_its_own(
    sandbox: Sandbox,
    everything_logged: pytest.LogCaptureFixture,
    key: str,
    to: str,
    template: str,
    values: dict[str, Any],
    error: type[Refused],
    status: int,
) -> None:
    with pytest.raises(error) as caught:
        _client(key).send_email(to, template, values)
    assert type(caught.value) is error
    assert caught.value.status == status
    assert caught.value.remedy in str(caught.value)
    assert not secrets_in(caught.value, caught.value.__cause__, everything_logged.text)
    assert sandbox.inbox() == []


def test_what_is_missing_is_named(sandbox: Sandbox) -> None:
    with pytest.raises(MissingPersonalisation) as caught:
        _client().send_email(READER, "order_sent", {"name": None})
    assert caught.value.names == ("number", "name")


def test_a_text_message_to_no_number_is_an_invalid_address(sandbox: Sandbox) -> None:
    for number in ("123", "07700 900 46x", "+44 7700 900460 1"):
        with pytest.raises(InvalidAddress):
            _client().send_sms(number, "collect_text", {"shelf": "B"})


def test_an_unknown_reply_to_id_is_refused_without_its_service(sandbox: Sandbox) -> None:
    with pytest.raises(Refused, match="does not exist"):
        _client().send_email(READER, "order_sent", ORDER, reply_to=MISSING_TEMPLATE)


def test_the_limit_of_the_minute_and_that_of_the_day_are_two_errors(sandbox: Sandbox) -> None:
    client = _client(LIMITED_KEY)
    with pytest.raises(DailyLimitReached):
        client.send_sms("07700900460", LIMITED_TEXT)
    client.send_email(READER, LIMITED_TEMPLATE)
    with pytest.raises(MinuteLimitReached):
        client.send_email(READER, LIMITED_TEMPLATE)
    assert len(sandbox.inbox()) == 1, "a third of the limit of a minute may be sent at once, refusals included"


PAGE = "<html><body>Bad gateway reader@readers.example.org</body></html>"
SENDING = [
    # What went wrong, the error, whether the message is in the inbox all the same.
    ({"do": "cut-before"}, OutcomeUnknown, 0),
    ({"do": "cut-after"}, OutcomeUnknown, 1),
    ({"do": "truncate"}, OutcomeUnknown, 1),
    ({"do": "slow", "seconds": 1}, OutcomeUnknown, 1),
    ({"do": "status", "status": 500, "body": PAGE}, OutcomeUnknown, 0),
    ({"do": "status", "status": 502, "body": PAGE}, OutcomeUnknown, 0),
    ({"do": "status", "status": 503, "body": PAGE}, OutcomeUnknown, 0),
    ({"do": "status-after", "status": 504, "body": PAGE}, OutcomeUnknown, 1),
    ({"do": "status-after", "status": 504}, OutcomeUnknown, 1),
    ({"do": "status-after", "status": 200, "body": PAGE}, OutcomeUnknown, 1),
    ({"do": "status-after", "status": 201}, OutcomeUnknown, 1),
    ({"do": "status-after", "status": 201, "body": {"no": "id"}}, OutcomeUnknown, 1),
    ({"do": "status-after", "status": 201, "body": []}, OutcomeUnknown, 1),
    ({"do": "status", "status": 302, "body": PAGE}, OutcomeUnknown, 0),
    ({"do": "status", "status": 400, "body": PAGE}, Refused, 0),
    ({"do": "status", "status": 400, "body": {"errors": "text"}}, Refused, 0),
    ({"do": "status", "status": 400, "body": ["list"]}, Refused, 0),
    ({"do": "status", "status": 413}, Refused, 0),
    ({"do": "status", "status": 429}, MinuteLimitReached, 0),
    ({"do": "status", "status": 429, "body": PAGE}, MinuteLimitReached, 0),
    ({"do": "status", "status": 403}, Refused, 0),
    ({"do": "status", "status": 404, "body": {"result": "error", "message": "The requested URL"}}, Refused, 0),
]


@pytest.mark.parametrize(("fault", "error", "arrived"), SENDING, ids=str)
def test_whatever_becomes_of_a_send_it_is_sent_once_and_is_one_error(
    sandbox: Sandbox,
    everything_logged: pytest.LogCaptureFixture,
    fault: dict[str, Any],
    error: type[ClientError],
    arrived: int,
) -> None:
    sandbox.go_wrong(POST, **fault)
    with pytest.raises(error) as caught:
        _client(timeout=0.4).send_email(READER, "order_sent", ORDER)
    assert type(caught.value) is error
    assert sandbox.counted() == [1]
    _await(sandbox, arrived)
    assert not secrets_in(caught.value, caught.value.__cause__, everything_logged.text)


def _await(sandbox: Sandbox, messages: int) -> None:
    """What hangs is carried out after the client has gone."""
    for _ in range(100):
        if len(sandbox.inbox()) == messages:
            break
        time.sleep(0.05)
    assert len(sandbox.inbox()) == messages


def test_after_a_lost_answer_sending_the_same_again_without_resend_doubles_nothing(sandbox: Sandbox) -> None:
    sandbox.go_wrong(POST, "cut-after", times=1)
    with pytest.raises(OutcomeUnknown):
        _client().send_email(READER, "order_sent", ORDER, resend=False)
    assert _client().send_email(READER, "order_sent", ORDER, resend=False).already
    assert len(sandbox.inbox()) == 1


LOOKING = [
    ({"do": "cut-before"}, Unavailable),
    ({"do": "slow", "seconds": 1}, Unavailable),
    ({"do": "status", "status": 500, "body": PAGE}, Unavailable),
    ({"do": "status", "status": 200, "body": PAGE}, Unavailable),
    ({"do": "status", "status": 200, "body": {"notifications": None}}, Unavailable),
    ({"do": "status", "status": 200, "body": {"notifications": [{}]}}, Unavailable),
    ({"do": "status", "status": 200, "body": [1]}, Unavailable),
    ({"do": "status", "status": 429}, MinuteLimitReached),
    ({"do": "status", "status": 403}, Refused),
]


@pytest.mark.parametrize(("fault", "error"), LOOKING, ids=str)
def test_where_nobody_can_say_whether_it_was_sent_nothing_is(
    sandbox: Sandbox, fault: dict[str, Any], error: type[ClientError]
) -> None:
    sandbox.go_wrong(GET, **fault)
    with pytest.raises(error):
        _client(timeout=0.4).send_email(READER, "order_sent", ORDER, resend=False)
    assert sandbox.inbox() == []


@pytest.fixture
def closed_port() -> Iterator[int]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        yield listening.getsockname()[1]


def test_a_host_that_is_not_there_was_sent_nothing(closed_port: int) -> None:
    with pytest.raises(Unavailable, match="could not be reached"):
        _client(base_url=f"http://127.0.0.1:{closed_port}").send_email(READER, "order_sent", ORDER)
