"""`DMNotifyClient`: each row is a fact of the service's present client, which its apps and scripts rely on."""

from __future__ import annotations

import inspect
import logging
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import flask
import pytest
from emailops_clients import compat
from emailops_clients.compat import dm_notify
from emailops_clients.compat.dm_notify import DMNotifyClient
from emailops_clients.compat.exceptions import EmailError, EmailInvalidError, EmailTemplateError
from emailops_clients.compat.helpers import hash_string
from emailops_clients.errors import WrongHost

from .accounts import (
    LIVE_KEY,
    MISSING_TEMPLATE,
    READER,
    REPLY_TO,
    SAFE,
    TEAM_KEY,
    TEMPLATES,
    UNKNOWN_KEY,
)
from .sandbox import Sandbox
from .secrets_seen import secrets_in

ORDER = {"number": 7, "name": "A. Reader"}
ORDER_SENT = TEMPLATES["order_sent"]
POST = "POST /v2/notifications/email"
logger = logging.getLogger("scripts")


@pytest.fixture
def app() -> Iterator[Any]:
    app = flask.Flask("user-frontend")
    app.config.update(DM_NOTIFY_API_KEY=LIVE_KEY, NOTIFY_TEMPLATES=TEMPLATES)
    with app.app_context():
        yield app


@pytest.fixture
def client(sandbox: Sandbox, app: Any) -> DMNotifyClient:
    return DMNotifyClient()


class Recording:
    """Stands in for the official client and keeps what it was given, as the service's own tests do."""

    def __init__(self, *positional: str) -> None:
        self.given = positional
        self.sent: list[tuple[Any, ...]] = []

    def send_email_notification(self, *positional: str, **named: Any) -> dict[str, str]:
        self.sent.append((positional, named))
        return {"id": "sent"}


class RecordingClient(DMNotifyClient):
    _client_class = Recording


def test_the_constructor_takes_three_by_position_and_two_by_keyword() -> None:
    signature = inspect.signature(DMNotifyClient)
    assert [(p.name, p.default, p.kind.name) for p in signature.parameters.values()] == [
        ("govuk_notify_api_key", None, "POSITIONAL_OR_KEYWORD"),
        ("govuk_notify_base_url", "https://api.notifications.service.gov.uk", "POSITIONAL_OR_KEYWORD"),
        ("redirect_domains_to_address", None, "POSITIONAL_OR_KEYWORD"),
        ("logger", None, "KEYWORD_ONLY"),
        ("templates", None, "KEYWORD_ONLY"),
    ]


def test_send_email_takes_these_by_position_or_keyword() -> None:
    parameters = list(inspect.signature(DMNotifyClient.send_email).parameters.values())[1:]
    assert [(p.name, p.default, p.kind.name) for p in parameters] == [
        ("to_email_address", inspect.Parameter.empty, "POSITIONAL_OR_KEYWORD"),
        ("template_name_or_id", inspect.Parameter.empty, "POSITIONAL_OR_KEYWORD"),
        ("personalisation", None, "POSITIONAL_OR_KEYWORD"),
        ("allow_resend", True, "POSITIONAL_OR_KEYWORD"),
        ("reference", None, "POSITIONAL_OR_KEYWORD"),
        ("reply_to_address_id", None, "POSITIONAL_OR_KEYWORD"),
        ("use_recent_cache", True, "POSITIONAL_OR_KEYWORD"),
    ]


def test_the_key_is_the_app_s_when_none_is_given(app: Any) -> None:
    assert RecordingClient().client.given == (LIVE_KEY, "https://api.notifications.service.gov.uk")
    assert RecordingClient("another").client.given == ("another", "https://api.notifications.service.gov.uk")


def test_outside_an_app_a_key_is_needed() -> None:
    with pytest.raises(RuntimeError, match="application context"):
        DMNotifyClient(logger=logger)


def test_the_official_client_gets_key_and_url_by_position(app: Any) -> None:
    assert RecordingClient("key", "https://notify.example").client.given == ("key", "https://notify.example")


def test_an_app_in_a_local_shell_speaks_to_the_sandbox_without_a_change(
    client: DMNotifyClient, sandbox: Sandbox
) -> None:
    assert client.client.base_url == sandbox.notify_url


def test_the_environment_sends_no_key_to_another_host(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMAILOPS_NOTIFY_URL", "https://evil.example")
    with pytest.raises(WrongHost):
        DMNotifyClient()


APPS, GIVEN = {"readers.example.org": "apps@a.uk"}, {"readers.example.org": "given@a.uk"}


@pytest.mark.parametrize(
    ("configured", "given", "target"),
    [
        (APPS, None, "apps@a.uk"),
        (APPS, GIVEN, "given@a.uk"),
        (APPS, {"elsewhere.uk": "given@a.uk"}, READER),
        (APPS, {}, READER),
        (None, None, READER),
        (None, GIVEN, "given@a.uk"),
        ({}, None, READER),
    ],
)
def test_redirects_are_the_constructor_s_or_the_app_s_and_never_both(
    app: Any, configured: Any, given: Any, target: str
) -> None:
    app.config["DM_NOTIFY_REDIRECT_DOMAINS_TO_ADDRESS"] = configured
    client = RecordingClient(redirect_domains_to_address=given)
    client.send_email(READER, "order_sent")
    assert client.client.sent[0][0] == (target, ORDER_SENT)


def test_outside_an_app_there_are_no_redirects_and_the_log_says_so(caplog: pytest.LogCaptureFixture) -> None:
    RecordingClient("key", logger=logger).send_email("a@example.com", "order_sent")
    assert "without redirects" in caplog.text
    caplog.clear()
    RecordingClient("key", redirect_domains_to_address={}, logger=logger)
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("to", "is_redirected"),
    [
        ("b@example.gov.uk", True),
        ("B@EXAMPLE.GOV.UK", True),
        ("odd@elsewhere.uk@example.gov.uk", True),
        ("d@sub.example.gov.uk", False),
        ("d@example.com", False),
    ],
)
def test_a_redirect_is_of_an_exact_domain_after_the_last_at(app: Any, to: str, *, is_redirected: bool) -> None:
    client = RecordingClient(redirect_domains_to_address={"example.gov.uk": SAFE, "example.com": ""})
    client.send_email(to, "order_sent")
    assert client.client.sent[0][0][0] == (SAFE if is_redirected else to)


def test_the_reference_keeps_the_address_before_the_redirect(app: Any) -> None:
    client = RecordingClient(redirect_domains_to_address={"example.com": SAFE})
    client.send_email("example@example.com", ORDER_SENT)
    assert client.client.sent[0][1]["reference"] == hash_string(f"example@example.com|{ORDER_SENT}|")


def test_a_redirected_mail_is_told_to_a_sandbox(sandbox: Sandbox, app: Any) -> None:
    DMNotifyClient(redirect_domains_to_address={"example.com": SAFE}).send_email("b@example.com", "order_sent", ORDER)
    (message,) = sandbox.inbox()
    assert (message["to"], message["original"]) == (SAFE, "b@example.com")


def test_templates_are_the_app_s_or_none_outside_of_one(app: Any) -> None:
    assert RecordingClient().templates == TEMPLATES
    app.config.pop("NOTIFY_TEMPLATES")
    assert RecordingClient().templates == {}


def test_outside_an_app_no_template_has_a_name() -> None:
    assert RecordingClient("key", logger=logger).templates == {}


def test_the_logger_is_the_app_s_or_the_given_one(app: Any) -> None:
    assert RecordingClient().logger is app.logger
    assert RecordingClient(logger=logger).logger is logger


def test_outside_an_app_a_logger_is_needed() -> None:
    with pytest.raises(RuntimeError, match="application context"):
        RecordingClient("key")


def test_these_attributes_are_used_by_callers(client: DMNotifyClient) -> None:
    for name in ("templates", "logger", "client", "get_reference", "has_been_sent", "get_all_notifications"):
        assert hasattr(client, name)
    assert client._sent_references_cache is None


@pytest.mark.parametrize(
    ("values", "template", "reference"),
    [
        (None, "my-cool-example-template", "niC4qhMflcnl8MkY82N7Gqze2ZA7ed1pSBTGnxeDPj0="),
        ({}, "my-cool-example-template", "niC4qhMflcnl8MkY82N7Gqze2ZA7ed1pSBTGnxeDPj0="),
        ({"näme": "£7"}, "t", "psyZjuGjOG6wqb8W34PYCsACkTWEbU3DsQ4w5LaZeWQ="),
        ({"b": 1, "a": ["x", "y"], "c": None}, "t", "tms1cSe4bJDetUqiseOBrNiRxps1QnXX7LRVylPdqPg="),
    ],
)
def test_the_reference_is_a_digest_of_address_template_and_values(values: Any, template: str, reference: str) -> None:
    assert DMNotifyClient.get_reference("example@example.com", template, values) == reference


def test_the_event_mailing_makes_a_reference_of_values_that_are_not_sent() -> None:
    made = DMNotifyClient.get_reference(READER, ORDER_SENT, {"framework_slug": "g-cloud-12", "run_id": 7})
    assert made == hash_string(f"{READER}|{ORDER_SENT}|g-cloud-12,7")


def test_a_mail_is_sent_and_notify_s_answer_comes_back(client: DMNotifyClient, sandbox: Sandbox) -> None:
    answer = client.send_email(to_email_address=READER, template_name_or_id="order_sent", personalisation=ORDER)
    assert answer["content"]["subject"] == "Your order 7"
    assert answer["reference"] == client.get_reference(READER, ORDER_SENT, ORDER)
    client.send_email(READER, ORDER_SENT, ORDER, True, "by-position", REPLY_TO, True)
    assert sandbox.inbox()[0]["reference"] == "by-position"


def test_the_official_client_is_called_so(app: Any) -> None:
    client = RecordingClient()
    client.send_email(READER, "order_sent", ORDER, reference="r", reply_to_address_id="id")
    client.send_email(READER, ORDER_SENT, reference="r")
    assert client.client.sent == [
        ((READER, ORDER_SENT), {"personalisation": ORDER, "reference": "r", "email_reply_to_id": "id"}),
        ((READER, ORDER_SENT), {"personalisation": None, "reference": "r", "email_reply_to_id": None}),
    ]


def test_success_is_one_line_at_info(client: DMNotifyClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    client.send_email(READER, "order_sent", ORDER, reference="order-7")
    (record,) = caplog.records
    assert (record.levelname, record.msg) == ("INFO", "Email with reference 'order-7' sent to Notify successfully")
    assert _extra(record) == {
        "client": DMNotifyClient,
        "reference": "order-7",
        "template_name_or_id": "order_sent",
        "to_email_address": hash_string(READER),
    }


@pytest.mark.parametrize("use_recent_cache", [True, False])
def test_sent_already_is_one_line_at_warning_and_none(
    client: DMNotifyClient, sandbox: Sandbox, caplog: pytest.LogCaptureFixture, *, use_recent_cache: bool
) -> None:
    client.send_email(READER, "order_sent", ORDER, reference="order-7")
    sandbox.advance(10)
    caplog.clear()
    again = client.send_email(READER, "order_sent", ORDER, False, "order-7", use_recent_cache=use_recent_cache)
    (record,) = caplog.records
    assert again is None
    assert len(sandbox.inbox()) == 1
    assert (record.levelname, record.msg) == (
        "WARNING",
        "Email with reference '{reference}' has already been sent",
    )
    assert _extra(record)["reference"] == "order-7"
    assert _extra(record)["to_email_address"] == hash_string(READER)


def test_the_cache_knows_what_was_delivered_and_without_it_any_status_counts(
    client: DMNotifyClient, sandbox: Sandbox
) -> None:
    DMNotifyClient().send_email(READER, "order_sent", ORDER, reference="order-7")
    assert not client.has_been_sent("order-7"), "it is only created yet"
    assert client.has_been_sent("order-7", use_recent_cache=False)
    sandbox.advance(10)
    assert not client.has_been_sent("order-7"), "it is asked once a client"
    assert "order-7" in client.get_delivered_references(invalidate_cache=True)
    assert [sent["reference"] for sent in client.get_delivered_notifications()] == ["order-7"]


def test_the_cache_is_asked_once_and_then_told_of_each_send(client: DMNotifyClient, sandbox: Sandbox) -> None:
    sandbox.count("GET /v2/notifications")
    client.send_email(READER, "order_sent", ORDER)
    assert client._sent_references_cache is None
    for _ in range(3):
        client.send_email(READER, "order_sent", ORDER, allow_resend=False)
    assert client._sent_references_cache == {client.get_reference(READER, ORDER_SENT, ORDER)}
    client.send_email(READER, "order_sent", ORDER, reference="more")
    assert "more" in client._sent_references_cache
    assert sandbox.counted() == [1]
    assert len(sandbox.inbox()) == 3


ERRORS = [
    # Key, recipient, template, personalisation; the error; what the log lists.
    (
        LIVE_KEY,
        READER,
        "order_sent",
        {},
        EmailTemplateError,
        "400 BadRequestError: Missing personalisation: number, name",
    ),
    (
        LIVE_KEY,
        "a@b",
        "order_sent",
        ORDER,
        EmailInvalidError,
        "400 ValidationError: email_address Not a valid email address",
    ),
    (LIVE_KEY, READER, MISSING_TEMPLATE, {}, EmailError, "400 BadRequestError: Template not found"),
    (LIVE_KEY, None, "order_sent", ORDER, EmailError, "400 ValidationError: email_address None is not of type string"),
    (UNKNOWN_KEY, READER, "order_sent", ORDER, EmailError, "403 AuthError: Invalid token: API key not found"),
    (
        TEAM_KEY,
        READER,
        "order_sent",
        ORDER,
        EmailError,
        "400 BadRequestError: Can’t send to this recipient using a team-only API key",
    ),
]


@pytest.mark.parametrize(("key", "to", "template", "values", "error", "said"), ERRORS)
def test_a_refusal_is_logged_and_then_an_email_error(
    sandbox: Sandbox,
    app: Any,
    caplog: pytest.LogCaptureFixture,
    key: str,
    to: Any,
    template: str,
    values: Any,
    error: type[EmailError],
    said: str,
) -> None:
    with pytest.raises(EmailError) as caught:
        DMNotifyClient(key).send_email(to, template, values, reference="r")
    (record,) = caplog.records
    assert type(caught.value) is error
    assert str(caught.value).startswith(f"{said[:3]} - [")
    assert (record.levelname, record.msg) == ("ERROR", "Error sending email: {error_messages}")
    assert _extra(record) == {
        "client": DMNotifyClient,
        "error_messages": [said],
        "reference": "r",
        "template_name_or_id": template,
        "to_email_address": hash_string(to),
    }


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ({"do": "status", "status": 500, "body": "<html>"}, "500 - Request failed"),
        ({"do": "status", "status": 404, "body": {"message": "The requested URL"}}, "404 - The requested URL"),
        ({"do": "cut-before"}, "503 - Request failed"),
    ],
)
def test_an_answer_whose_message_is_text_is_an_email_error(
    client: DMNotifyClient, sandbox: Sandbox, caplog: pytest.LogCaptureFixture, fault: dict[str, Any], text: str
) -> None:
    sandbox.go_wrong(POST, **fault)
    with pytest.raises(EmailError) as caught:
        client.send_email(READER, "order_sent", ORDER)
    assert type(caught.value) is EmailError
    assert str(caught.value) == text
    assert _extra(caplog.records[0])["error_messages"] == [text.partition(" - ")[2]]
    assert sandbox.counted() == [1]


def test_what_the_official_client_raises_otherwise_is_not_wrapped(client: DMNotifyClient, sandbox: Sandbox) -> None:
    sandbox.go_wrong(POST, "status", status=200, body="<html>")
    with pytest.raises(dm_notify.HTTPError.__mro__[1]) as caught:
        client.send_email(READER, "order_sent", ORDER)
    assert not isinstance(caught.value, EmailError)


def test_the_three_errors_are_email_errors() -> None:
    assert issubclass(EmailTemplateError, EmailError)
    assert issubclass(EmailInvalidError, EmailError)
    assert compat.EmailError is EmailError


def test_no_log_and_no_error_holds_an_address(
    client: DMNotifyClient, sandbox: Sandbox, everything_logged: pytest.LogCaptureFixture
) -> None:
    client.send_email(READER, "order_sent", ORDER)
    with pytest.raises(EmailError) as caught:
        client.send_email(READER, "order_sent", ORDER, reference=READER * 100)
    records = [_extra(record).get("error_messages") for record in everything_logged.records]
    assert not secrets_in(caught.value, everything_logged.text, records)


@pytest.mark.parametrize(
    ("fault", "is_sampled", "said"),
    [
        ({"do": "slow", "seconds": 0.3}, False, "Call to Notify ({}) executed in {{duration_real}}s"),
        ({"do": "slow", "seconds": 0}, False, None),
        ({"do": "slow", "seconds": 0}, True, "Call to Notify ({}) executed in {{duration_real}}s"),
        ({"do": "status", "status": 500}, False, "Exception from call to Notify ({}) after {{duration_real}}s"),
    ],
)
def test_a_call_in_a_request_is_timed_in_the_log_when_it_is_slow_sampled_or_failed(
    client: DMNotifyClient,
    sandbox: Sandbox,
    app: Any,
    everything_logged: pytest.LogCaptureFixture,
    fault: dict[str, Any],
    said: str,
    *,
    is_sampled: bool,
) -> None:
    calls = {
        "send_email": lambda: client.send_email(READER, "order_sent", ORDER),
        "get_all_notifications": client.get_all_notifications,
    }
    for method, call in calls.items():
        everything_logged.clear()
        sandbox.go_wrong("* /v2/*", **fault)
        with app.test_request_context():
            flask.request.is_sampled = is_sampled
            began = time.perf_counter()
            _quietly(call)
            took = time.perf_counter() - began
        records = [record for record in everything_logged.records if record.name == "dmutils.timing"]
        assert [record.msg for record in records] == ([said.format(method)] if said else [])
        assert all(0 < record.duration_real <= took for record in records)


def test_outside_a_request_nothing_is_timed(
    client: DMNotifyClient, sandbox: Sandbox, everything_logged: pytest.LogCaptureFixture
) -> None:
    sandbox.go_wrong("* /v2/*", "slow", seconds=0.3)
    client.get_all_notifications()
    assert not [record for record in everything_logged.records if record.name == "dmutils.timing"]


def _quietly(call: Any) -> None:
    with suppress(EmailError, dm_notify.HTTPError):
        call()


def _extra(record: logging.LogRecord) -> dict[str, Any]:
    names = ("client", "error_messages", "reference", "template_name_or_id", "to_email_address")
    return {name: vars(record)[name] for name in names if name in vars(record)}
