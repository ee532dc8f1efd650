"""The defects that users of the present clients lived with: each is rebuilt with the call that met it."""

from __future__ import annotations

import logging

import pytest
from emailops_clients.compat import DMMailChimpClient, DMNotifyClient
from emailops_clients.compat.exceptions import EmailTemplateError

from .accounts import CRIME, LIVE_KEY, MAILCHIMP_KEY, READER, TEMPLATES
from .sandbox import Sandbox

ORDER = {"number": 7, "name": "A. Reader"}
logger = logging.getLogger("scripts")


def test_templates_that_a_caller_passes_are_kept_and_sent_with(sandbox: Sandbox) -> None:
    client = DMNotifyClient(LIVE_KEY, logger=logger, templates=TEMPLATES)
    assert client.templates == TEMPLATES
    assert client.send_email(READER, "order_sent", ORDER)["template"]["id"] == TEMPLATES["order_sent"]


def test_a_bulk_subscription_reports_that_it_failed(sandbox: Sandbox) -> None:
    client = DMMailChimpClient("user", MAILCHIMP_KEY, logger)
    addresses = ["one@readers.example.net.uk", "two@readers.example.net.uk", "three@readers.example.net.uk"]
    sandbox.go_wrong("PUT /3.0/lists/*", "status", status=500, times=1)
    assert client.subscribe_new_emails_to_list(CRIME, addresses) is False
    assert set(addresses[1:]) <= set(sandbox.members(CRIME)), "the others are tried all the same"
    assert client.subscribe_new_emails_to_list(CRIME, addresses) is True


@pytest.mark.parametrize("use_recent_cache", [True, False])
def test_what_was_sent_before_the_last_page_of_250_is_known(sandbox: Sandbox, *, use_recent_cache: bool) -> None:
    client = DMNotifyClient(LIVE_KEY, logger=logger, templates=TEMPLATES)
    client.send_email(READER, "order_sent", ORDER, reference="first")
    sandbox.advance(10)
    state = sandbox.state()
    (first,) = state["messages"]
    later = [{**first, "id": f"{n:08d}-0000-4000-8000-000000000000", "reference": f"later-{n}"} for n in range(500)]
    sandbox.hold({**state, "messages": [first, *later]})
    sandbox.count("GET /v2/notifications")
    again = client.send_email(READER, "order_sent", ORDER, False, "first", use_recent_cache=use_recent_cache)
    assert again is None
    assert sandbox.counted() == [3 if use_recent_cache else 1]
    assert len(sandbox.state()["messages"]) == 501


@pytest.mark.parametrize("body", [None, "<html>", {"status": 504, "title": "Gateway Timeout"}], ids=repr)
def test_a_listing_is_tried_again_when_the_gateway_gives_up(sandbox: Sandbox, body: object) -> None:
    client = DMMailChimpClient("user", MAILCHIMP_KEY, logger, retries=3)
    sandbox.go_wrong("GET /3.0/lists/*/members", "status", status=504, body=body, times=3)
    assert "subscribed@readers.example.net.uk" in list(client.get_email_addresses_from_list(CRIME))
    assert sandbox.counted() == [5], "three that failed, a page, and the empty one"


def test_a_template_name_that_nobody_knows_is_not_mailed_as_an_id(sandbox: Sandbox) -> None:
    client = DMNotifyClient(LIVE_KEY, logger=logger, templates=TEMPLATES)
    sandbox.count("* /v2/*")
    with pytest.raises(EmailTemplateError, match="no template 'order-sent'; did you mean 'order_sent'"):
        client.send_email(READER, "order-sent", ORDER)
    assert sandbox.counted() == [0]
