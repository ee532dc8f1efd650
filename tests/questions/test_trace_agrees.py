"""What trace says of a message is what happens when an app really sends it to the sandbox with the official client."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from notifications_python_client import NotificationsAPIClient
from notifications_python_client.errors import HTTPError

from emailops.declaration.model import Declaration
from emailops.generate import generate
from emailops.questions.trace import PERSON, Trace, trace
from emailops.sandbox import Sandbox
from tests.questions.mails import ADDRESSES, NUMBERS, RECIPIENTS, REMINDER, TEXTED, declared
from tests.world import accounts_for, environment_for


@dataclass(frozen=True)
class Happened:
    """What an app sees; `status` is what Notify comes to say of the mail, empty where it stored none."""

    answer: tuple[int, str, str]
    recipient: str
    status: str


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox({}) as running:
        yield running


@pytest.mark.few(17)
@pytest.mark.parametrize("recipient", RECIPIENTS)
@pytest.mark.parametrize("reads", [True, False], ids=["redirects read", "redirects not read"])
@pytest.mark.parametrize("trial", [False, True], ids=["live service", "trial service"])
@pytest.mark.parametrize("kind", ["live", "team", "test"])
def test_trace_says_what_happens(sandbox: Sandbox, kind: str, trial: bool, reads: bool, recipient: str) -> None:
    declaration, asked = declared(kind, trial=trial, reads=reads), RECIPIENTS[recipient]
    sandbox.replace(world(declaration))
    traced = trace(declaration, "web", "permit_granted", asked, "production")
    happened = send_as_web_does(declaration, sandbox, real(asked))
    assert traced.answer is not None
    assert (traced.answer.status, traced.answer.error, traced.answer.message) == happened.answer
    assert_same_end(traced, happened)


@pytest.mark.parametrize("kind", ["live", "team", "test"])
def test_a_safe_address_that_is_not_listed(sandbox: Sandbox, kind: str) -> None:
    declaration = declared(kind, trial=False, reads=True, safe="other@permits.example")
    sandbox.replace(world(declaration))
    traced = trace(declaration, "web", "permit_granted", "made-up@example.org", "production")
    happened = send_as_web_does(declaration, sandbox, "made-up@example.org")
    assert traced.answer is not None
    assert (traced.answer.status, traced.answer.error, traced.answer.message) == happened.answer
    assert (traced.answer.status == 400) == (kind == "team")
    assert_same_end(traced, happened)


@pytest.mark.few(18)
@pytest.mark.parametrize("recipient", TEXTED)
@pytest.mark.parametrize("trial", [False, True], ids=["live service", "trial service"])
@pytest.mark.parametrize("kind", ["live", "team", "test"])
def test_trace_says_what_happens_to_a_text_message(sandbox: Sandbox, kind: str, trial: bool, recipient: str) -> None:
    declaration, asked = declared(kind, trial=trial, reads=True), TEXTED[recipient]
    sandbox.replace(world(declaration))
    traced = trace(declaration, "web", REMINDER, asked, "production")
    happened = text_as_web_does(declaration, sandbox, real(asked, NUMBERS))
    assert traced.answer is not None
    assert (traced.answer.status, traced.answer.error, traced.answer.message) == happened.answer
    assert_same_end(traced, happened, NUMBERS)


def test_the_id_of_another_services_template(sandbox: Sandbox) -> None:
    declaration, address = declared("team", trial=False, reads=True), "someone@elsewhere.gov.uk"
    id_ = "bbbbbbbb-0000-4000-8000-000000000001"
    sandbox.replace(world(declaration))
    traced = trace(declaration, "web", id_, address, "production")
    happened = send_as_web_does(declaration, sandbox, address, id_)
    assert traced.answer is not None
    assert (traced.answer.status, traced.answer.error, traced.answer.message) == happened.answer
    assert_same_end(traced, happened)


def world(declaration: Declaration) -> dict[str, Any]:
    """A sandbox's accounts, with what people have entered in Notify's pages, addresses of persons included."""
    accounts = accounts_for(declaration)
    for service in accounts["notify"]["services"]:
        entered = declaration.services.get("permits") if service["name"] == "permits" else None
        account = declaration.notify_accounts[service["name"]]
        service["trial"] = account.source.get("trial") == "true"
        if entered is not None:
            service["guest_list"] = [ADDRESSES.get(guest.value, guest.value) for guest in entered.guest_list or ()]
            team = entered.source["team"]
            service["team_members"] = [known[handle] for handle in team for known in (ADDRESSES, NUMBERS)]
    return accounts


def send_as_web_does(declaration: Declaration, sandbox: Sandbox, address: str, template: str = "") -> Happened:
    """With the settings of its generated file, the redirects applied to the address first, and its stage's key."""
    read: dict[str, Any] = {}
    exec(next(file.content for file in generate(declaration, {}) if file.stage == "production"), read)
    redirects: Mapping[str, str] = read.get("REDIRECTS", {})
    to = redirects.get(address.rsplit("@", 1)[-1].lower(), address)
    key = environment_for(declaration, "", "")["NOTIFY_KEY_PERMITS"]
    client = NotificationsAPIClient(key, base_url=sandbox.notify_url)
    try:
        sent = client.send_email_notification(to, template or read["TEMPLATES"]["permit_granted"])
        sandbox.advance(60)
        return Happened((201, "", ""), to, status(client, sent["id"], to))
    except HTTPError as refusal:
        (error,) = refusal.message
        return Happened((refusal.status_code, error["error"], error["message"]), to, "")
    finally:
        client.request_session.close()


def text_as_web_does(declaration: Declaration, sandbox: Sandbox, number: str) -> Happened:
    """With its stage's key, and to the very number: redirects are of addresses."""
    client = NotificationsAPIClient(
        environment_for(declaration, "", "")["NOTIFY_KEY_PERMITS"], base_url=sandbox.notify_url
    )
    try:
        sent = client.send_sms_notification(number, REMINDER)
        sandbox.advance(60)
        return Happened((201, "", ""), number, text_status(client, sent["id"]))
    except HTTPError as refusal:
        (error,) = refusal.message
        return Happened((refusal.status_code, error["error"], error["message"]), number, "")
    finally:
        client.request_session.close()


def text_status(client: NotificationsAPIClient, id_: str) -> str:
    try:
        return str(client.get_notification_by_id(id_)["status"])
    except HTTPError as absent:
        return "" if absent.status_code == 404 else str(absent)


def status(client: NotificationsAPIClient, id_: str, to: str) -> str:
    try:
        read = client.get_notification_by_id(id_)
    except HTTPError as absent:
        return "" if absent.status_code == 404 else str(absent)
    assert read["email_address"] == to.replace("\u200b", "").replace(" ", "").strip()  # as Notify stores it
    return str(read["status"])


def real(asked: str, known: Mapping[str, str] = ADDRESSES) -> str:
    return known[asked.removeprefix(PERSON)] if asked.startswith(PERSON) else asked


def assert_same_end(traced: Trace, happened: Happened, known: Mapping[str, str] = ADDRESSES) -> None:
    assert traced.sent_to is not None
    assert real(traced.sent_to.reveal(), known) == happened.recipient
    # The sandbox has no mail servers behind it that could refuse: what a live or team key sends, it delivers.
    seen = "permanent-failure" if traced.ends == "bounces" and happened.status == "delivered" else happened.status
    assert traced.final_status == seen
    reported = traced.callback and (real(traced.callback.to.reveal(), known), traced.callback.status)
    assert reported == ((happened.recipient, seen) if seen not in ("", "sent") else None)
