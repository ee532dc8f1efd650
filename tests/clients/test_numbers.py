"""Redirects of numbers: a text message to one that tests make up goes to the safe number, however it is spelt."""

from __future__ import annotations

from typing import Any

import pytest
from emailops_clients import NotifyClient, NotifyNames
from emailops_clients.errors import Misconfigured
from emailops_clients.notify import default_reference
from emailops_clients.numbers import NumberRedirects, international

from .accounts import LIVE_KEY, REDIRECTS, TEMPLATES
from .sandbox import Sandbox

SAFE_NUMBER = "+447700900470"
NUMBERS = {"+447700900": SAFE_NUMBER}
SHELF = {"shelf": "B"}
SPELT = [
    "07700900460",
    "07700 900460",
    "(07700) 900-460",
    "+447700900460",
    "+44 (0)7700 900460",
    "+4407700900460",
    "00447700900460",
    "447700900460",
    "7700900460",
    "\u200b07700\u00a0900460 ",
    "07700\u2013900\u2013460",
]


@pytest.fixture
def client(sandbox: Sandbox) -> NotifyClient:
    return NotifyClient(LIVE_KEY, templates=TEMPLATES, redirects=REDIRECTS, number_redirects=NUMBERS)


@pytest.mark.parametrize("to", SPELT)
def test_a_redirected_number_goes_to_the_safe_one_and_the_sandbox_knows_whom_it_was_for(
    client: NotifyClient, sandbox: Sandbox, to: str
) -> None:
    assert client.send_sms(to, "collect_text", SHELF).redirected
    (message,) = sandbox.inbox()
    assert message["to"] == SAFE_NUMBER
    assert international(message["original"] or to) == "+447700900460"


@pytest.mark.parametrize("to", ["07700 901460", "+33 6 12 34 56 78", "02079460000", "+4477009"])
def test_any_other_number_stays(client: NotifyClient, to: str) -> None:
    assert NumberRedirects(NUMBERS).target(to) is None


def test_the_reference_is_that_of_the_number_before_the_redirect(client: NotifyClient) -> None:
    first = client.send_sms("07700900460", "collect_text", SHELF)
    other = client.send_sms("07700900461", "collect_text", SHELF, resend=False)
    assert not other.already
    assert first.reference == default_reference("07700900460", TEMPLATES["collect_text"], SHELF)
    assert client.send_sms("07700900461", "collect_text", SHELF, resend=False).already


def test_they_stand_in_generated_settings_under_a_name_of_the_app_s(sandbox: Sandbox) -> None:
    settings = {"NOTIFY_TEMPLATES": TEMPLATES, "NOTIFY_REDIRECTS": REDIRECTS, "NOTIFY_NUMBER_REDIRECTS": NUMBERS}
    usual = NotifyClient.from_settings(settings, key=LIVE_KEY)
    assert usual.send_sms("07700900460", "collect_text", SHELF).redirected
    own = {**settings, "NUMBERS": settings.pop("NOTIFY_NUMBER_REDIRECTS")}
    named = NotifyClient.from_settings(own, key=LIVE_KEY, names=NotifyNames(number_redirects="NUMBERS"))
    assert named.send_sms("07700900461", "collect_text", SHELF).redirected


def test_where_nobody_said_which_are_redirected_no_text_message_really_goes_out(sandbox: Sandbox) -> None:
    real = NotifyClient(LIVE_KEY, templates=TEMPLATES, redirects={}, base_url="https://notify.example", any_host=True)
    with pytest.raises(Misconfigured, match=r"no redirects of numbers; .*number_redirects=\{\}"):
        real.send_sms("07700900460", "collect_text", SHELF)
    local = NotifyClient(LIVE_KEY, templates=TEMPLATES, redirects={})
    assert not local.send_sms("07700900460", "collect_text", SHELF).redirected


@pytest.mark.parametrize(
    ("numbers", "says"),
    [
        ("+447700900", "redirects of numbers are str, not a mapping"),
        ({"07700900": SAFE_NUMBER}, "a redirect is not from a number; write how it begins, such as .447700900"),
        ({"+": SAFE_NUMBER}, "a redirect is not from a number"),
        ({7: SAFE_NUMBER}, "a redirect is not from a number"),
        ({"+447700900": "nobody"}, "redirected to what is not a number"),
        ({"+447700900": None}, "redirected to what is not a number"),
    ],
    ids=repr,
)
def test_redirects_that_would_redirect_nothing_make_no_client(numbers: Any, says: str) -> None:
    with pytest.raises(Misconfigured, match=says):
        NotifyClient(LIVE_KEY, templates=TEMPLATES, redirects={}, number_redirects=numbers)
