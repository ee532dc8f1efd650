"""`DMMailChimpClient`: each row is a fact of the service's present client, which its apps and scripts rely on."""

from __future__ import annotations

import inspect
import logging
import re
import types
from typing import Any

import flask
import pytest
from emailops_clients.compat.dm_mailchimp import DMMailChimpClient, get_response_from_exception
from mailchimp3.mailchimpclient import MailChimpError
from requests.exceptions import ConnectTimeout, HTTPError, RequestException

from .accounts import CRIME, ERASED, MAILCHIMP_KEY, NEWS, STANDING
from .sandbox import Sandbox
from .secrets_seen import secrets_in

NEW = "new@readers.example.net.uk"
CAMPAIGN = {
    "type": "regular",
    "recipients": {"list_id": CRIME},
    "settings": {"title": "Books", "subject_line": "Books", "from_name": "Shop", "reply_to": "books@bookshop.gov.uk"},
}
logger = logging.getLogger("scripts")
PUT, MEMBERS = "PUT /3.0/lists/*", "GET /3.0/lists/*/members"


@pytest.fixture
def client(sandbox: Sandbox) -> DMMailChimpClient:
    return DMMailChimpClient("user", MAILCHIMP_KEY, logger)


def test_the_constructor_takes_four_by_position() -> None:
    parameters = inspect.signature(DMMailChimpClient).parameters.values()
    assert [(p.name, p.default) for p in parameters] == [
        ("mailchimp_username", inspect.Parameter.empty),
        ("mailchimp_api_key", inspect.Parameter.empty),
        ("logger", inspect.Parameter.empty),
        ("retries", 0),
    ]


def test_the_host_is_that_of_the_key_and_a_call_waits_25_seconds() -> None:
    client = DMMailChimpClient("user", MAILCHIMP_KEY, logger, 3)
    assert client._client.base_url == "https://us1.api.mailchimp.com/3.0/"
    assert (client._client.timeout, client.retries, client.logger) == (25, 3, logger)


@pytest.mark.parametrize(
    "key", ["not_a_real_key", "", MAILCHIMP_KEY.upper(), MAILCHIMP_KEY[:32], f"{MAILCHIMP_KEY}-evil.example/"]
)
def test_a_key_of_another_form_is_a_value_error(key: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        DMMailChimpClient("user", key, logger)
    assert not secrets_in(caught.value)


def test_a_campaign_is_created_filled_and_sent(client: DMMailChimpClient, sandbox: Sandbox) -> None:
    id_ = client.create_campaign(CAMPAIGN)
    assert isinstance(id_, str)
    assert client.set_campaign_content(id_, {"html": "<p>Books</p>"})["html"] == "<p>Books</p>"
    assert client.send_campaign(id_) is True
    assert sandbox.campaigns()[0]["status"] == "sent"


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (lambda client: client.create_campaign(CAMPAIGN), "Mailchimp failed to create campaign for 'Books'"),
        (
            lambda client: client.create_campaign({"recipients": {"list_id": ""}, "type": "regular"}),
            "Mailchimp failed to create campaign for 'None'",
        ),
        (
            lambda client: client.set_campaign_content("c1", {"html": ""}),
            "Mailchimp failed to set content for campaign id 'c1'",
        ),
        (lambda client: client.send_campaign("c1"), "Mailchimp failed to send campaign id 'c1'"),
    ],
)
@pytest.mark.parametrize("fault", [{"do": "cut-before"}, {"do": "status", "status": 500, "body": "<html>"}], ids=str)
def test_a_campaign_that_fails_is_false_and_a_line_at_error(
    client: DMMailChimpClient, sandbox: Sandbox, caplog: pytest.LogCaptureFixture, call: Any, line: str, fault: Any
) -> None:
    sandbox.go_wrong("* /3.0/campaigns*", **fault)
    assert call(client) is False
    (record,) = caplog.records
    assert (record.levelname, record.msg) == ("ERROR", line)
    assert isinstance(record.error, str)
    assert isinstance(record.mailchimp_response, dict)


def test_a_new_subscriber_is_the_member_and_three_more(client: DMMailChimpClient, sandbox: Sandbox) -> None:
    member = client.subscribe_new_email_to_list(CRIME, NEW)
    assert (member["status"], member["error_type"], member["status_code"]) == ("success", None, 200)
    for name in ("id", "unique_email_id", "timestamp_opt", "last_changed", "list_id"):
        assert member[name], "the audit event of the sign-up page holds it"
    assert sandbox.members(CRIME)[NEW] == "subscribed"


@pytest.mark.parametrize("address", [*STANDING, "subscribed@readers.example.net.uk"])
def test_who_is_known_is_a_success_and_stays_as_they_are(
    client: DMMailChimpClient, sandbox: Sandbox, address: str
) -> None:
    assert client.subscribe_new_email_to_list(CRIME, address)["status"] == "success"
    assert sandbox.members(CRIME) == STANDING


FAKE = "looks fake or invalid, please enter a real email address."
EXPECTED = [
    # The address, what Mailchimp answers (None: the sandbox does), the type of error, how the line ends.
    ("example@example.com", None, "invalid_email", f"to list ({CRIME}). API error: The email address {FAKE}"),
    (
        "a,b@readers.example.net.uk",
        None,
        "invalid_email",
        f"to list ({CRIME}). API error: The email address was invalid.",
    ),
    (ERASED, None, "deleted_user", f"to list ({CRIME}) as the user has been permanently deleted."),
    (
        NEW,
        {"detail": f"{NEW} is already a list member. Use PUT to insert or update list members.", "status": 400},
        "already_subscribed",
        f"to list ({CRIME}). API error: This email address is already subscribed.",
    ),
    (NEW, {"detail": f"{NEW} {FAKE}", "status": 500}, "invalid_email", f"The email address {FAKE}"),
    (
        NEW,
        {"detail": f"{NEW} has signed up to a lot of lists very recently", "status": 400},
        "invalid_email",
        "API error: The email address was invalid.",
    ),
    (NEW, {"status": 400}, "invalid_email", "API error: The email address was invalid."),
]


@pytest.mark.parametrize(("address", "answer", "error_type", "ending"), EXPECTED)
def test_a_refusal_that_is_expected_is_400_and_a_line_at_warning(
    client: DMMailChimpClient,
    sandbox: Sandbox,
    caplog: pytest.LogCaptureFixture,
    address: str,
    answer: Any,
    error_type: str,
    ending: str,
) -> None:
    if answer:
        sandbox.go_wrong(PUT, "status", status=answer["status"], body=answer)
    outcome = client.subscribe_new_email_to_list(CRIME, address)
    assert outcome == {"status": "error", "error_type": error_type, "status_code": 400}
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert record.msg.startswith("Expected error: Mailchimp ")
    assert f"({client.get_email_hash(address)})" in record.msg
    assert record.msg.endswith(ending)
    assert not secrets_in(record.msg, record.error, record.mailchimp_response)
    assert address not in record.error


UNEXPECTED = [
    {"do": "cut-before"},
    {"do": "status", "status": 500, "body": "<html>"},
    {"do": "status", "status": 504},
    {"do": "status", "status": 429},
    {"do": "status", "status": 404, "body": {"status": 404, "title": "Resource Not Found"}},
    {"do": "status", "status": 401, "body": {"status": 401, "title": "API Key Invalid"}},
]


@pytest.mark.parametrize("fault", UNEXPECTED, ids=str)
def test_a_refusal_that_is_not_expected_is_500_and_a_line_at_error(
    client: DMMailChimpClient, sandbox: Sandbox, caplog: pytest.LogCaptureFixture, fault: dict[str, Any]
) -> None:
    sandbox.go_wrong(PUT, **fault)
    outcome = client.subscribe_new_email_to_list(CRIME, NEW)
    assert outcome == {"status": "error", "error_type": "unexpected_error", "status_code": 500}
    (record,) = caplog.records
    line = f"Mailchimp failed to add user ({client.get_email_hash(NEW)}) to list ({CRIME})"
    assert (record.levelname, record.msg) == ("ERROR", line)
    assert isinstance(record.error, str)
    assert isinstance(record.mailchimp_response, dict)


def test_a_text_that_is_no_address_is_a_value_error(client: DMMailChimpClient) -> None:
    with pytest.raises(ValueError, match="not a valid email address"):
        client.subscribe_new_email_to_list(CRIME, "nobody")


def test_many_are_subscribed_one_by_one_and_all_are_tried(client: DMMailChimpClient, sandbox: Sandbox) -> None:
    assert (
        client.subscribe_new_emails_to_list(CRIME, [NEW, "example@example.com", "two@readers.example.net.uk"]) is True
    )
    assert {NEW, "two@readers.example.net.uk"} <= set(sandbox.members(CRIME))


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (RequestException("no answer"), {}),
        (ConnectTimeout(), {}),
        (MailChimpError({"detail": "error"}), {"detail": "error"}),
        (MailChimpError("text"), {}),
        (MailChimpError(), {}),
        (IndexError("unrelated"), {}),
    ],
    ids=repr,
)
def test_what_mailchimp_answered_is_read_from_an_exception(error: Exception, answer: dict[str, str]) -> None:
    assert get_response_from_exception(error) == answer


def test_addresses_are_a_generator_that_asks_until_a_page_is_empty(client: DMMailChimpClient, sandbox: Sandbox) -> None:
    sandbox.count(MEMBERS)
    addresses = client.get_email_addresses_from_list(CRIME, pagination_size=2)
    assert isinstance(addresses, types.GeneratorType)
    assert sandbox.counted() == [0]
    kept = {address for address, status in STANDING.items() if status != "archived"}
    assert set(addresses) == kept
    assert sandbox.counted() == [4]


def test_a_listing_takes_mailchimp_s_own_filters(client: DMMailChimpClient) -> None:
    found = client.get_email_addresses_from_list(CRIME, status="unsubscribed")
    assert list(found) == ["left@readers.example.net.uk"]
    since = client.get_email_addresses_from_list(CRIME, 100, since_timestamp_opt="2030-01-01T00:00:00+00:00")
    assert list(since) == []


def test_the_page_has_a_hundred_unless_told_otherwise() -> None:
    assert (
        inspect.signature(DMMailChimpClient.get_email_addresses_from_list).parameters["pagination_size"].default == 100
    )


def test_the_lists_of_an_address_in_whatever_status(client: DMMailChimpClient) -> None:
    assert client.get_lists_for_email("subscribed@readers.example.net.uk") == (
        {"list_id": CRIME, "name": "Spring 2026: Crime"},
        {"list_id": NEWS, "name": "News"},
    )
    assert client.get_lists_for_email("nobody@readers.example.net.uk") == ()


@pytest.mark.parametrize("call", ["get_lists_for_email", "get_email_addresses_from_list"])
def test_a_listing_that_fails_raises(client: DMMailChimpClient, sandbox: Sandbox, call: str) -> None:
    sandbox.go_wrong("GET /3.0/*", "status", status=500)
    with pytest.raises(MailChimpError):
        list(getattr(client, call)(CRIME))


def test_somebody_is_erased_for_good(client: DMMailChimpClient, sandbox: Sandbox) -> None:
    address = "subscribed@readers.example.net.uk"
    assert client.permanently_remove_email_from_list(email_address=address.upper(), list_id=CRIME) is True
    assert address not in sandbox.members(CRIME)
    assert client.subscribe_new_email_to_list(CRIME, address)["error_type"] == "deleted_user"


def test_who_is_not_there_counts_as_erased(client: DMMailChimpClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "scripts")
    assert client.permanently_remove_email_from_list(NEW, CRIME) is True
    (record,) = caplog.records
    assert (record.levelname, record.msg) == (
        "INFO",
        f"User ({client.get_email_hash(NEW)}) not found in list ({CRIME})",
    )


@pytest.mark.parametrize("fault", UNEXPECTED[:4], ids=str)
def test_an_erasure_that_fails_is_false_with_its_traceback_in_the_log(
    client: DMMailChimpClient, sandbox: Sandbox, caplog: pytest.LogCaptureFixture, fault: dict[str, Any]
) -> None:
    sandbox.go_wrong("* /3.0/lists/*", **fault)
    assert client.permanently_remove_email_from_list(NEW, CRIME) is False
    (record,) = caplog.records
    assert record.levelname == "ERROR"
    assert record.exc_info
    line = f"Mailchimp failed to permanently remove user ({client.get_email_hash(NEW)}) from list ({CRIME})"
    assert record.msg == line
    assert not secrets_in(caplog.text)


@pytest.mark.parametrize("address", ["foo@EXAMPLE.com", "foo@example.com", "FOO@EXAMPLE.COM"])
def test_the_hash_is_the_md5_of_the_lower_cased_address(address: str) -> None:
    assert DMMailChimpClient.get_email_hash(address) == DMMailChimpClient.get_email_hash("foo@example.com")
    assert DMMailChimpClient.get_email_hash("example@example.com") == "23463b99b62a72f26ed677cc556c44e8"
    assert len(DMMailChimpClient.get_email_hash(b"bytes@example.com")) == 32


def test_only_listing_members_is_tried_again(sandbox: Sandbox) -> None:
    client = DMMailChimpClient("user", MAILCHIMP_KEY, logger, retries=3)
    sandbox.go_wrong("* /3.0/*", "status", status=504)
    client.subscribe_new_email_to_list(CRIME, NEW)
    client.create_campaign(CAMPAIGN)
    client.permanently_remove_email_from_list(NEW, CRIME)
    with pytest.raises(MailChimpError):
        client.get_lists_for_email(NEW)
    assert sandbox.counted() == [4]


def test_an_http_error_of_requests_is_tried_again_as_before() -> None:
    class TimedOut:
        status_code = 504

    calls = []

    def listing() -> None:
        calls.append(1)
        raise HTTPError(response=TimedOut())  # type: ignore[arg-type]

    with pytest.raises(HTTPError):
        DMMailChimpClient("user", MAILCHIMP_KEY, logger, retries=2).timeout_retry(listing)()
    assert len(calls) == 3


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("create_campaign", (CAMPAIGN,)),
        ("set_campaign_content", ("c1", {"html": ""})),
        ("send_campaign", ("c1",)),
        ("subscribe_new_email_to_list", (CRIME, NEW)),
        ("permanently_remove_email_from_list", (NEW, CRIME)),
        ("get_lists_for_email", (NEW,)),
    ],
)
def test_a_call_in_a_request_that_is_sampled_is_timed_under_the_name_of_the_method(
    client: DMMailChimpClient, everything_logged: pytest.LogCaptureFixture, method: str, arguments: tuple[Any, ...]
) -> None:
    with flask.Flask("supplier-frontend").test_request_context():
        flask.request.is_sampled = True  # type: ignore[attr-defined]
        getattr(client, method)(*arguments)
    lines = [record.msg for record in everything_logged.records if record.name == "dmutils.timing"]
    assert [re.fullmatch(rf"(Call|Exception from call) to Mailchimp \({method}\) .*", line) for line in lines] != [None]
    assert len(lines) == 1


def test_no_log_holds_an_address_or_a_key(
    client: DMMailChimpClient, everything_logged: pytest.LogCaptureFixture
) -> None:
    client.subscribe_new_emails_to_list(CRIME, [NEW, ERASED, "example@example.com"])
    list(client.get_email_addresses_from_list(CRIME))
    client.get_lists_for_email(NEW)
    client.permanently_remove_email_from_list(NEW, CRIME)
    assert not secrets_in(everything_logged.text, *[vars(record) for record in everything_logged.records])
