"""A campaign is created once, sent once, and found by its title and its audience."""

from __future__ import annotations

from typing import Any

import pytest
from emailops_clients import MailchimpClient
from emailops_clients.errors import (
    CampaignExists,
    CampaignNotReady,
    ClientError,
    MinuteLimitReached,
    NotFound,
    OutcomeUnknown,
    Refused,
    WrongCall,
)
from emailops_clients.mailchimp import Audience, Campaign

from .accounts import AUDIENCES, CRIME, MAILCHIMP_KEY
from .sandbox import Sandbox
from .secrets_seen import secrets_in

TITLE = "Spring books [31 January]"
DRAFT: dict[str, Any] = {
    "title": TITLE,
    "subject": "New books",
    "from_name": "Bookshop",
    "reply_to": "books@bookshop.gov.uk",
}
CREATE, SEND = "POST /3.0/campaigns", "POST /3.0/campaigns/*/actions/send"
PAGE = "<html>Gateway</html>"


@pytest.fixture
def client(sandbox: Sandbox) -> MailchimpClient:
    return MailchimpClient(MAILCHIMP_KEY, audiences=AUDIENCES, pause=lambda _: None)


@pytest.fixture
def crime(client: MailchimpClient) -> Audience:
    return client.audience("spring-2026", "crime")


@pytest.fixture
def ready(client: MailchimpClient, crime: Audience) -> Campaign:
    campaign = client.campaigns.create(crime, **DRAFT)
    client.campaigns.set_content(campaign, "<h1>New books</h1>")
    return campaign


def test_a_campaign_is_created_filled_checked_and_sent(
    client: MailchimpClient, crime: Audience, sandbox: Sandbox
) -> None:
    campaign = client.campaigns.create(crime, **DRAFT, settings={"auto_footer": False})
    assert (campaign.title, campaign.audience_id, campaign.status) == (TITLE, CRIME, "save")
    client.campaigns.set_content(campaign, "<h1>New books</h1>", text="New books")
    assert client.campaigns.checklist(campaign).is_ready
    assert client.campaigns.send(campaign).status == "sent"
    (kept,) = sandbox.campaigns()
    assert not any(kept["tracking"][name] for name in ("opens", "html_clicks", "text_clicks"))
    assert kept["settings"]["reply_to"] == "books@bookshop.gov.uk"


def test_a_campaign_that_has_gone_out_is_not_sent_again(
    client: MailchimpClient, ready: Campaign, sandbox: Sandbox
) -> None:
    sandbox.count(SEND)
    assert client.campaigns.send(ready).has_gone_out
    assert client.campaigns.send(ready).has_gone_out
    assert sandbox.counted() == [1]


def test_a_campaign_that_is_not_ready_is_not_sent(client: MailchimpClient, crime: Audience, sandbox: Sandbox) -> None:
    campaign = client.campaigns.create(crime, **DRAFT)
    assert not client.campaigns.checklist(campaign).is_ready
    sandbox.count(SEND)
    with pytest.raises(CampaignNotReady) as caught:
        client.campaigns.send(campaign)
    assert caught.value.problems
    assert sandbox.counted() == [0]


def test_a_second_of_the_same_title_and_audience_is_not_made(
    client: MailchimpClient, crime: Audience, sandbox: Sandbox
) -> None:
    campaign = client.campaigns.create(crime, **DRAFT)
    with pytest.raises(CampaignExists) as caught:
        client.campaigns.create(crime, **DRAFT)
    assert caught.value.campaign == campaign
    client.campaigns.create(client.audience("spring-2026", "poetry"), **DRAFT)
    assert len(sandbox.campaigns()) == 2
    assert client.campaigns.find(crime, TITLE) == campaign
    assert client.campaigns.find(crime, "another") is None


def test_two_that_bear_one_title_are_shown_to_a_person(
    client: MailchimpClient, crime: Audience, sandbox: Sandbox
) -> None:
    client.campaigns.create(crime, **DRAFT)
    state = sandbox.state()
    campaigns = state["mailchimp"]["accounts"][0]["campaigns"]
    campaigns.append({**campaigns[0], "id": "ffffffffff"})
    sandbox.hold(state)
    with pytest.raises(Refused, match="there are 2 campaigns"):
        client.campaigns.find(crime, TITLE)


def test_of_two_that_bear_one_title_the_one_that_has_gone_out_counts(
    client: MailchimpClient, crime: Audience, sandbox: Sandbox
) -> None:
    client.campaigns.create(crime, **DRAFT)
    state = sandbox.state()
    campaigns = state["mailchimp"]["accounts"][0]["campaigns"]
    campaigns.append({**campaigns[0], "id": "ffffffffff", "status": "sent"})
    sandbox.hold(state)
    found = client.campaigns.find(crime, TITLE)
    assert found is not None
    assert (found.id, found.has_gone_out) == ("ffffffffff", True)


LOST = [
    {"do": "cut-after"},
    {"do": "truncate"},
    {"do": "status-after", "status": 504, "body": PAGE},
    {"do": "status-after", "status": 500},
    {"do": "status-after", "status": 200, "body": PAGE},
    {"do": "status-after", "status": 200},
    {"do": "status-after", "status": 200, "body": {}},
]


@pytest.mark.parametrize("fault", LOST, ids=str)
def test_a_campaign_whose_answer_was_lost_is_looked_up_and_not_made_again(
    client: MailchimpClient, crime: Audience, sandbox: Sandbox, fault: dict[str, Any]
) -> None:
    other = client.campaigns.create(client.audience("spring-2026", "poetry"), **DRAFT)
    sandbox.go_wrong(CREATE, **fault)
    campaign = client.campaigns.create(crime, **DRAFT)
    assert (campaign.title, campaign.audience_id) == (TITLE, CRIME)
    assert campaign.id != other.id
    assert sandbox.counted() == [1]
    assert len(sandbox.campaigns()) == 2


def test_a_campaign_that_does_not_show_yet_is_not_made_again(
    client: MailchimpClient, crime: Audience, sandbox: Sandbox
) -> None:
    sandbox.go_wrong(CREATE, "late", seconds=100)
    with pytest.raises(OutcomeUnknown, match="three minutes"):
        client.campaigns.create(crime, **DRAFT)
    assert sandbox.counted() == [1]
    sandbox.advance(180)
    assert client.campaigns.find(crime, TITLE)


@pytest.mark.parametrize("fault", LOST, ids=str)
def test_a_send_whose_answer_was_lost_is_looked_up_and_not_sent_again(
    client: MailchimpClient, ready: Campaign, sandbox: Sandbox, fault: dict[str, Any]
) -> None:
    sandbox.go_wrong(SEND, **fault)
    assert client.campaigns.send(ready).has_gone_out
    assert sandbox.counted() == [1]


def test_a_send_that_mailchimp_may_still_be_at_is_not_sent_again(
    client: MailchimpClient, ready: Campaign, sandbox: Sandbox
) -> None:
    sandbox.go_wrong(SEND, "late", seconds=100)
    with pytest.raises(OutcomeUnknown):
        client.campaigns.send(ready)
    assert sandbox.counted() == [1]
    sandbox.advance(180)
    assert client.campaigns.refreshed(ready).has_gone_out


@pytest.mark.parametrize(("method", "route"), [("create", CREATE), ("send", SEND)])
def test_what_was_refused_for_the_number_of_calls_is_asked_again(
    client: MailchimpClient, crime: Audience, sandbox: Sandbox, method: str, route: str
) -> None:
    sandbox.go_wrong(route, "status", status=429, times=2)
    campaign = client.campaigns.create(crime, **DRAFT)
    client.campaigns.set_content(campaign, "<h1>New books</h1>")
    assert client.campaigns.send(campaign).has_gone_out
    assert len(sandbox.campaigns()) == 1
    sandbox.go_wrong("* /3.0/*", "status", status=429)
    with pytest.raises(MinuteLimitReached):
        client.campaigns.create(crime, **{**DRAFT, "title": "another"})


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"reply_to": "nobody"}, WrongCall),
        ({"reply_to": None}, WrongCall),
        ({"settings": {"template_id": "text"}}, Refused),
        ({"settings": {"no_such": 1, "folder_id": 7}}, Refused),
    ],
)
def test_a_campaign_that_mailchimp_would_refuse_is_an_error(
    client: MailchimpClient, crime: Audience, sandbox: Sandbox, changed: dict[str, Any], error: type[ClientError]
) -> None:
    with pytest.raises(error) as caught:
        client.campaigns.create(crime, **{**DRAFT, **changed})
    assert not isinstance(caught.value, OutcomeUnknown)
    assert sandbox.campaigns() == []


def test_a_campaign_that_is_gone_is_not_found(client: MailchimpClient, crime: Audience) -> None:
    gone = Campaign("ffffffffff", TITLE, crime.id, "save")
    for call in (client.campaigns.send, client.campaigns.refreshed, client.campaigns.checklist):
        with pytest.raises(NotFound) as caught:
            call(gone)
        assert not secrets_in(caught.value)
