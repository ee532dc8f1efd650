"""What a send does, over HTTP against a sandbox."""

from __future__ import annotations

import pytest
from emailops_clients import NotifyClient, Sent
from emailops_clients.errors import (
    InvalidAddress,
    MissingPersonalisation,
    UnknownTemplate,
    WrongCall,
    WrongPersonalisation,
)
from emailops_clients.notify import default_reference
from emailops_clients.private import digest

from .accounts import LIVE_KEY, READER, REDIRECTS, REPLY_TO, SAFE, SENDER, TEMPLATES, TEST_KEY
from .sandbox import Sandbox
from .secrets_seen import secrets_in

ORDER = {"number": 7, "name": "A. Reader"}


@pytest.fixture
def client(sandbox: Sandbox) -> NotifyClient:
    return NotifyClient(LIVE_KEY, templates=TEMPLATES, redirects=REDIRECTS, reply_tos={"enquiries": REPLY_TO})


def test_a_template_is_sent_by_its_name(client: NotifyClient, sandbox: Sandbox) -> None:
    sent = client.send_email(READER, "order_sent", ORDER, reference="order-7")
    (message,) = sandbox.inbox()
    assert sent == Sent(message["id"], "order-7")
    assert (message["to"], message["subject"], message["original"]) == (READER, "Your order 7", None)


def test_a_template_whose_id_stands_in_code_is_sent_by_it(client: NotifyClient, sandbox: Sandbox) -> None:
    client.send_email(READER, TEMPLATES["order_sent"], ORDER)
    assert sandbox.inbox()[0]["subject"] == "Your order 7"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("order-sent", "did you mean 'order_sent'?"),
        ("ORDER_SENT", "this app has collect_text, order_sent, reset_password, withdrawn"),
        ("order_sent ", "did you mean 'order_sent'?"),
        ("", "this app has"),
        (None, "this app has"),
        (["order_sent"], "did you mean 'order_sent'?"),
        (TEMPLATES["order_sent"][:-1], "this app has"),
    ],
    ids=repr,
)
def test_an_unknown_template_name_asks_nobody(client: NotifyClient, sandbox: Sandbox, name: str, says: str) -> None:
    sandbox.count("* /v2/*")
    with pytest.raises(UnknownTemplate) as caught:
        client.send_email(READER, name, ORDER)
    assert says in str(caught.value)
    assert sandbox.counted() == [0]


def test_an_app_without_templates_says_so(sandbox: Sandbox) -> None:
    with pytest.raises(UnknownTemplate, match="none in its settings"):
        NotifyClient(LIVE_KEY, templates={}, redirects={}).send_email(READER, "order_sent")


@pytest.mark.parametrize("to", ["b@example.com", "B@EXAMPLE.COM", "b@example.com ", "b@exam\u200bple.com"])
def test_a_redirected_mail_goes_to_the_safe_address_and_the_sandbox_knows_whom_it_was_for(
    client: NotifyClient, sandbox: Sandbox, to: str
) -> None:
    assert client.send_email(to, "order_sent", ORDER).redirected
    (message,) = sandbox.inbox()
    assert message["to"] == SAFE
    assert message["original"].lower() == "b@example.com"


def test_the_reference_is_that_of_the_address_before_the_redirect(client: NotifyClient, sandbox: Sandbox) -> None:
    first, second = (
        client.send_email("a@example.com", "order_sent", ORDER),
        client.send_email("b@example.com", "order_sent", ORDER, resend=False),
    )
    assert not second.already
    assert [sent.reference for sent in (first, second)] == [
        digest(f"{to}|{TEMPLATES['order_sent']}|7,A. Reader") for to in ("a@example.com", "b@example.com")
    ]
    assert client.send_email("b@example.com", "order_sent", ORDER, resend=False).already


@pytest.mark.parametrize(
    ("values", "template", "reference"),
    [
        (None, "my-cool-example-template", "niC4qhMflcnl8MkY82N7Gqze2ZA7ed1pSBTGnxeDPj0="),
        ({}, "my-cool-example-template", "niC4qhMflcnl8MkY82N7Gqze2ZA7ed1pSBTGnxeDPj0="),
        ({"näme": "£7"}, "t", "psyZjuGjOG6wqb8W34PYCsACkTWEbU3DsQ4w5LaZeWQ="),
        ({"b": 1, "a": ["x", "y"], "c": None}, "t", "tms1cSe4bJDetUqiseOBrNiRxps1QnXX7LRVylPdqPg="),
    ],
)
def test_the_default_reference_is_the_one_that_the_service_has_used(
    values: dict[str, object], template: str, reference: str
) -> None:
    assert default_reference("example@example.com", template, values) == reference


def test_what_was_sent_is_found_by_its_reference_however_long_ago(client: NotifyClient, sandbox: Sandbox) -> None:
    state = sandbox.state()
    sent = client.send_email(READER, "order_sent", ORDER, reference="first")
    (first,) = sandbox.state()["messages"]
    later = [{**first, "id": f"{n:08d}-0000-4000-8000-000000000000", "reference": f"later-{n}"} for n in range(600)]
    sandbox.hold({**state, "messages": [first, *later]})
    again = client.send_email(READER, "order_sent", ORDER, reference="first", resend=False)
    assert again == Sent(sent.id, "first", already=True)
    assert client.has_been_sent("later-599")
    assert not client.has_been_sent("never")


def test_sending_again_is_what_happens_unless_told_otherwise(client: NotifyClient, sandbox: Sandbox) -> None:
    sandbox.count("GET /v2/notifications", "POST /v2/notifications/email")
    for _ in range(2):
        client.send_email(READER, "order_sent", ORDER)
    assert sandbox.counted() == [0, 2]


def test_a_key_does_not_see_what_a_key_of_another_kind_sent(client: NotifyClient) -> None:
    client.send_email(READER, "order_sent", ORDER, reference="live")
    assert not NotifyClient(TEST_KEY, templates=TEMPLATES, redirects={}).has_been_sent("live")


@pytest.mark.parametrize("reply_to", ["enquiries", REPLY_TO])
def test_a_reply_to_address_is_a_name_or_an_id(client: NotifyClient, reply_to: str) -> None:
    assert client.send_email(READER, "order_sent", ORDER, reply_to=reply_to).id


def test_an_unknown_reply_to_address_asks_nobody(client: NotifyClient, sandbox: Sandbox) -> None:
    sandbox.count("* /v2/*")
    with pytest.raises(WrongCall, match="did you mean 'enquiries'"):
        client.send_email(READER, "order_sent", ORDER, reply_to="enquirys")
    assert sandbox.counted() == [0]


def test_a_text_message_is_sent(client: NotifyClient, sandbox: Sandbox) -> None:
    sent = client.send_sms("07700 900460", "collect_text", {"shelf": "B"}, reference="shelf", sender=SENDER)
    (message,) = sandbox.inbox()
    assert (message["id"], message["type"], message["to"]) == (sent.id, "sms", "07700 900460")
    assert client.send_sms("07700 900460", "collect_text", {"shelf": "B"}, reference="shelf", resend=False).already


@pytest.mark.parametrize("to", [None, 7, "", "nobody", "\u200b"], ids=repr)
def test_what_is_no_recipient_at_all_asks_nobody(client: NotifyClient, sandbox: Sandbox, to: str) -> None:
    sandbox.count("* /v2/*")
    for send, template in ((client.send_email, "order_sent"), (client.send_sms, "collect_text")):
        with pytest.raises(InvalidAddress):
            send(to, template)
    assert sandbox.counted() == [0]


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ("text", "personalisation is str"),
        ([("a", 1)], "personalisation is list"),
        ({"name": object()}, "'name' is object"),
        ({"name": b"bytes"}, "'name' is bytes"),
        ({"name": float("nan")}, "'name' is float"),
        ({"name": {1, 2}}, "'name' is set"),
        ({7: "x"}, "name is not text"),
    ],
)
def test_personalisation_that_cannot_be_sent_asks_nobody(
    client: NotifyClient, sandbox: Sandbox, values: dict[str, object], says: str
) -> None:
    sandbox.count("* /v2/*")
    with pytest.raises(WrongPersonalisation, match=says):
        client.send_email(READER, "order_sent", values)
    assert sandbox.counted() == [0]


@pytest.mark.parametrize(
    ("value", "shown"),
    [(7, "7"), (1.5, "1.5"), ("\U0001f4da", "\U0001f4da"), (["one", "two"], "one")],
    ids=repr,
)
def test_personalisation_of_every_sort_that_notify_takes(
    client: NotifyClient, sandbox: Sandbox, value: object, shown: str
) -> None:
    client.send_email(READER, "reset_password", {"url": value})
    assert shown in sandbox.inbox()[0]["text"]


def test_the_caller_s_mapping_stays_as_it_was(client: NotifyClient) -> None:
    values = {"number": 1, "name": "x", "more": "is ignored"}
    client.send_email(READER, "order_sent", values)
    assert values == {"number": 1, "name": "x", "more": "is ignored"}


def test_a_reference_that_notify_would_refuse_asks_nobody(client: NotifyClient) -> None:
    with pytest.raises(WrongCall, match="1001 characters"):
        client.send_email(READER, "order_sent", ORDER, reference="x" * 1001)


def test_no_log_holds_an_address_or_a_key(
    client: NotifyClient, sandbox: Sandbox, everything_logged: pytest.LogCaptureFixture
) -> None:
    sent = client.send_email(READER, "order_sent", ORDER)
    client.send_email(READER, "order_sent", ORDER, resend=False)
    client.send_sms("07700900460", "collect_text", {"shelf": "B"})
    with pytest.raises(InvalidAddress):
        client.send_email("no..address@readers.example.org.", "order_sent", ORDER)
    assert digest(READER) in everything_logged.text
    assert not secrets_in(everything_logged.text, sent, client)


def test_a_preview_shows_a_message_and_sends_none(client: NotifyClient, sandbox: Sandbox) -> None:
    shown = client.preview("order_sent", ORDER)
    assert shown.subject == "Your order 7"
    assert "A. Reader" in shown.body
    assert "A. Reader" not in repr(shown)
    assert sandbox.inbox() == []


def test_a_preview_without_a_value_says_which(client: NotifyClient) -> None:
    with pytest.raises(MissingPersonalisation) as raised:
        client.preview("order_sent", {"number": 7})
    assert raised.value.names == ("name",)


def test_a_message_is_found_by_its_reference(client: NotifyClient) -> None:
    sent = client.send_email(READER, "order_sent", ORDER, reference="order-7")
    assert client.find("order-7") == sent.id
    assert client.find("order-8") is None
