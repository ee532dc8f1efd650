"""The official Python client against what the sandbox has of text messages, letters, versions and limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from notifications_python_client import NotificationsAPIClient, prepare_upload
from notifications_python_client.errors import HTTPError

from emailops.sandbox import Sandbox

from .accounts import SMS_SENDER, STRANGER, TEMPLATES, api_key
from .conftest import Clock

ClientOf = Callable[[str], Any]


@pytest.fixture
def client_of(sandbox: Sandbox) -> Iterator[ClientOf]:
    made: list[Any] = []

    def client(key: str) -> Any:
        made.append(NotificationsAPIClient(api_key(key), base_url=sandbox.notify_url))
        return made[-1]

    yield client
    for client_made in made:
        client_made.request_session.close()


def test_a_text_is_sent_and_read(client_of: ClientOf, clock: Clock) -> None:
    client = client_of("live")
    sent = client.send_sms_notification(
        "07700 900460", TEMPLATES["text"], {"date": "May"}, reference="r", sms_sender_id=SMS_SENDER
    )
    assert sent["content"] == {"from_number": "PERMITS", "body": "Renew by May"}
    clock.advance(4)
    read = client.get_notification_by_id(sent["id"])
    assert (read["phone_number"], read["status"], read["body"]) == ("07700 900460", "delivered", "Renew by May")
    assert client.get_all_notifications(template_type="sms", status="delivered")["notifications"] == [read]
    assert list(client.get_all_notifications_iterator(template_type="sms")) == [read]


def test_nothing_was_received(client_of: ClientOf) -> None:
    client = client_of("live")
    assert client.get_received_texts()["received_text_messages"] == []
    assert list(client.get_received_texts_iterator()) == []


def test_templates_in_their_versions(client_of: ClientOf) -> None:
    client = client_of("test")
    versions = [client.get_template_version(TEMPLATES["granted"], number) for number in (1, 3)]
    assert [version["subject"] for version in versions] == ["Permit", "Permit ((reference))"]
    assert client.get_all_templates("sms")["templates"][0]["name"] == "Bring along"
    assert client.post_template_preview(TEMPLATES["text"], {"date": "May"})["body"] == "Renew by May"


def test_a_file_by_email(client_of: ClientOf, tmp_path) -> None:
    path = tmp_path / "permit.csv"
    path.write_text("reference\nP-1\n")
    with path.open("rb") as file:
        values = {"reference": "P-1", "applicant name": prepare_upload(file, filename="permit.csv")}
    sent = client_of("live").send_email_notification(STRANGER, TEMPLATES["granted"], values)
    assert sent["content"]["body"].startswith("Dear https://documents.service.gov.uk/d/")


REFUSALS: list[tuple[str, str, Callable[[Any], object], int, str, str]] = [
    (
        "a letter of a team key",
        "team",
        lambda client: client.send_letter_notification(TEMPLATES["letter"], {"address_line_1": "A"}),
        403,
        "BadRequestError",
        "Cannot send letters with a team api key",
    ),
    (
        "a letter in trial mode",
        "trial-live",
        lambda client: client.send_letter_notification(TEMPLATES["trial-letter"], {"address_line_1": "A"}),
        403,
        "BadRequestError",
        "Cannot send letters when service is in trial mode",
    ),
    (
        "a letter that Notify would accept",
        "live",
        lambda client: client.send_letter_notification(TEMPLATES["letter"], {"address_line_1": "A"}),
        400,
        "BadRequestError",
        "This sandbox does not send letters",
    ),
    (
        "a number that is none",
        "live",
        lambda client: client.send_sms_notification("12345", TEMPLATES["notice"]),
        400,
        "ValidationError",
        "phone_number Not enough digits",
    ),
    (
        "an archived service",
        "archived",
        lambda client: client.get_all_templates(),
        403,
        "AuthError",
        "Invalid token: service is archived",
    ),
]


@pytest.mark.parametrize(
    ("key", "call", "status", "error", "message"), [pytest.param(*row[1:], id=row[0]) for row in REFUSALS]
)
def test_refusals(
    client_of: ClientOf, key: str, call: Callable[[Any], object], status: int, error: str, message: str
) -> None:
    with pytest.raises(HTTPError) as refusal:
        call(client_of(key))
    assert refusal.value.status_code == status
    assert refusal.value.message == [{"error": error, "message": message}]


@pytest.mark.parametrize("name", ["", "-", "any name with junk in it \t-"], ids=["no name", "a hyphen", "junk"])
def test_the_name_of_a_key_does_not_count(sandbox: Sandbox, name: str) -> None:
    client = NotificationsAPIClient(name + api_key("live").removeprefix("permits-"), base_url=sandbox.notify_url)
    assert client.get_all_templates()["templates"]
    client.request_session.close()


@pytest.mark.parametrize("junk", ["\n", '"'], ids=["a newline", "a quote"])
def test_junk_after_a_key_shifts_what_the_client_reads(sandbox: Sandbox, junk: str) -> None:
    client = NotificationsAPIClient(api_key("live") + junk, base_url=sandbox.notify_url)
    with pytest.raises(HTTPError) as refusal:
        client.get_all_templates()
    assert refusal.value.message[0]["message"] == "Invalid token: service id is not the right data type"
    client.request_session.close()


def test_all_versions_are_for_no_service(client_of: ClientOf) -> None:
    with pytest.raises(HTTPError) as refusal:
        client_of("live").get_all_template_versions(TEMPLATES["granted"])
    assert refusal.value.status_code == 401
    assert refusal.value.message == {"token": ["Unauthorized: not allowed to perform this action"]}


def test_no_pdf_of_an_email(client_of: ClientOf) -> None:
    client = client_of("live")
    sent = client.send_email_notification(STRANGER, TEMPLATES["plain"])
    with pytest.raises(HTTPError) as refusal:
        client.get_pdf_for_letter(sent["id"])
    assert refusal.value.message == [{"error": "BadRequestError", "message": "Notification is not a letter"}]


def test_both_limits_without_a_word_of_when_to_come_again(client_of: ClientOf, clock: Clock) -> None:
    client, refusals = client_of("limited-live"), []
    for _ in range(5):
        try:
            client.send_email_notification(STRANGER, TEMPLATES["limited-email"])
        except HTTPError as error:
            refusals.append((error.message[0]["error"], error.status_code, "Retry-After" in error.response.headers))
    assert refusals == [("TooManyRequestsError", 429, False)] * 2 + [("RateLimitError", 429, False)]
    clock.advance(24 * 60 * 60)
    assert client.send_email_notification(STRANGER, TEMPLATES["limited-email"])["id"]
