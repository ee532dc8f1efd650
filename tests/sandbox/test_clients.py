"""The official clients, unchanged but for the base URL."""

from __future__ import annotations

import json
from hashlib import md5

import mailchimp_marketing
import pytest
from mailchimp3 import MailChimp
from mailchimp3.mailchimpclient import MailChimpError
from mailchimp_marketing.api_client import ApiClientError
from notifications_python_client import NotificationsAPIClient
from notifications_python_client.errors import HTTPError

from emailops.sandbox import Sandbox

from .accounts import API_KEY, AUDIENCE, CONTACT, GUEST, NEW_AUDIENCE, STRANGER, TEMPLATES, api_key

GRANTED = {"reference": "P-1", "applicant name": "Ann"}


@pytest.fixture
def notify(sandbox: Sandbox):
    client = NotificationsAPIClient(api_key("team"), base_url=sandbox.notify_url)
    yield client
    client.request_session.close()


def test_notify_templates(notify) -> None:
    names = [template["name"] for template in notify.get_all_templates("email")["templates"]]
    assert names == ["Conditions", "Granted", "receipt", "Silent"]
    assert notify.get_template(TEMPLATES["granted"])["version"] == 3
    assert notify.get_template_version(TEMPLATES["granted"], 3)["name"] == "Granted"
    assert notify.post_template_preview(TEMPLATES["granted"], GRANTED)["subject"] == "Permit P-1"


def test_notify_messages(notify) -> None:
    sent = notify.send_email_notification(GUEST, TEMPLATES["granted"], GRANTED, reference="r")
    assert notify.get_notification_by_id(sent["id"])["email_address"] == GUEST
    assert [message["id"] for message in notify.get_all_notifications(reference="r")["notifications"]] == [sent["id"]]
    assert [message["id"] for message in notify.get_all_notifications_iterator()] == [sent["id"]]


def test_notify_refusals(notify) -> None:
    with pytest.raises(HTTPError) as refusal:
        notify.send_email_notification(STRANGER, TEMPLATES["granted"], GRANTED)
    assert refusal.value.status_code == 400
    assert refusal.value.message == [
        {"error": "BadRequestError", "message": "Can’t send to this recipient using a team-only API key"}
    ]


ADDRESS = "New@builders.gov.uk"
HASH = md5(ADDRESS.lower().encode()).hexdigest()
FULL = {**NEW_AUDIENCE, "contact": {**CONTACT, "state": "", "zip": "LS1 1AA"}}
SETTINGS = {"subject_line": "News", "from_name": "Permits", "reply_to": "permits@permits.gov.uk"}
FORGOTTEN = "Forgotten Email Not Subscribed"


@pytest.fixture
def mailchimp3(sandbox: Sandbox) -> MailChimp:
    client = MailChimp(mc_api=API_KEY, timeout=10)
    client.base_url = sandbox.mailchimp_url
    return client


@pytest.fixture
def marketing(sandbox: Sandbox) -> mailchimp_marketing.Client:
    client = mailchimp_marketing.Client({"api_key": API_KEY, "server": "us1"})
    client.api_client.host = sandbox.mailchimp_url.rstrip("/")
    return client


def test_mailchimp3_and_the_life_of_an_audience(mailchimp3: MailChimp) -> None:
    assert mailchimp3.root.get()["account_id"] == "a1b2c3"
    assert mailchimp3.ping.get()["health_status"] == "Everything's Chimpy!"
    made = mailchimp3.lists.create(FULL)
    assert mailchimp3.lists.get(made["id"])["contact"]["zip"] == "LS1 1AA"
    assert mailchimp3.lists.update(made["id"], {**FULL, "name": "Traders"})["name"] == "Traders"
    assert mailchimp3.lists.all(get_all=True, fields="lists.name,total_items")["total_items"] == 3
    fields = mailchimp3.lists.merge_fields.all(made["id"])["merge_fields"]
    assert [field["tag"] for field in fields] == ["FNAME", "LNAME", "ADDRESS", "PHONE"]
    members = [{"email_address": f"{name}@builders.gov.uk", "status": "subscribed"} for name in ("a", "b")]
    assert mailchimp3.lists.update_members(made["id"], {"members": members})["total_created"] == 2
    listing = mailchimp3.lists.members.all(made["id"], get_all=True, fields="members.email_address,total_items")
    assert [member["email_address"][0] for member in listing["members"]] == ["a", "b"]
    assert mailchimp3.lists.delete(made["id"]) is None
    with pytest.raises(MailChimpError) as refusal:
        mailchimp3.lists.get(made["id"])
    assert refusal.value.args[0]["title"] == "Resource Not Found"


def test_mailchimp3_and_the_life_of_a_member(mailchimp3: MailChimp) -> None:
    members = mailchimp3.lists.members
    assert members.create(AUDIENCE, {"email_address": ADDRESS, "status": "subscribed"})["id"] == HASH
    put = members.create_or_update(AUDIENCE, HASH, {"email_address": ADDRESS, "status_if_new": "pending"})
    assert put["status"] == "subscribed"
    assert members.tags.update(AUDIENCE, HASH, {"tags": [{"name": "traders", "status": "active"}]}) is None
    assert members.tags.all(AUDIENCE, HASH)["tags"][0]["name"] == "traders"
    found = mailchimp3.search_members.get(query=ADDRESS, list_id=AUDIENCE)
    assert found["exact_matches"]["total_items"] == 1
    assert members.update(AUDIENCE, HASH, {"status": "unsubscribed"})["status"] == "unsubscribed"
    assert members.all(AUDIENCE, status="unsubscribed")["total_items"] == 3
    assert members.delete(AUDIENCE, HASH) is None
    assert members.delete_permanent(AUDIENCE, HASH) is None
    with pytest.raises(MailChimpError) as refusal:
        members.create(AUDIENCE, {"email_address": ADDRESS, "status": "subscribed"})
    assert refusal.value.args[0]["title"] == FORGOTTEN


def test_mailchimp3_and_the_life_of_a_campaign(mailchimp3: MailChimp) -> None:
    campaigns = mailchimp3.campaigns
    body = {"type": "regular", "recipients": {"list_id": AUDIENCE}, "settings": SETTINGS}
    made = campaigns.create(body)
    assert campaigns.update(made["id"], {"settings": {**SETTINGS, "title": "March"}})["settings"]["title"] == "March"
    assert campaigns.content.update(made["id"], {"html": "<p>Hello"})["plain_text"] == "Hello"
    assert campaigns.content.get(made["id"])["html"] == "<p>Hello"
    assert campaigns.send_checklist.get(made["id"])["is_ready"] is True
    assert campaigns.actions.test(made["id"], {"test_emails": [ADDRESS], "send_type": "html"}) is None
    assert campaigns.actions.send(made["id"]) is None
    with pytest.raises(MailChimpError) as refusal:
        campaigns.actions.send(made["id"])
    assert refusal.value.args[0]["detail"] == "Your Campaign is not ready to send."
    assert campaigns.get(made["id"])["status"] == "sent"
    assert campaigns.all(get_all=True, status="sent")["total_items"] == 1
    assert mailchimp3.reports.get(made["id"])["emails_sent"] == 1
    assert campaigns.delete(made["id"]) is None


def test_mailchimps_own_client_and_the_life_of_an_audience(marketing: mailchimp_marketing.Client) -> None:
    assert marketing.root.get_root()["account_id"] == "a1b2c3"
    assert marketing.ping.get()["health_status"] == "Everything's Chimpy!"
    made = marketing.lists.create_list(NEW_AUDIENCE)
    assert marketing.lists.update_list(made["id"], {**FULL, "name": "Traders"})["name"] == "Traders"
    assert marketing.lists.get_all_lists(fields=["lists.name", "total_items"], count=1)["total_items"] == 3
    assert marketing.lists.get_list(made["id"], include_total_contacts=True)["stats"]["total_contacts"] == 0
    field = marketing.lists.add_list_merge_field(made["id"], {"name": "Trade", "type": "text", "required": True})
    members = [{"email_address": f"{name}@builders.gov.uk", "status": "subscribed"} for name in ("a", "b")]
    refused = marketing.lists.batch_list_members(made["id"], {"members": members})
    assert [error["field"] for error in refused["errors"]] == [field["tag"], field["tag"]]
    batch = marketing.lists.batch_list_members(made["id"], {"members": members}, skip_merge_validation=True)
    assert (batch["total_created"], batch["error_count"]) == (2, 0)
    assert marketing.lists.get_list_members_info(made["id"], status="subscribed")["total_items"] == 2
    assert marketing.lists.delete_list(made["id"]).status_code == 204
    with pytest.raises(ApiClientError) as refusal:
        marketing.lists.get_list(made["id"])
    assert refusal.value.status_code == 404


def test_mailchimps_own_client_and_the_life_of_a_member(marketing: mailchimp_marketing.Client) -> None:
    lists = marketing.lists
    assert lists.add_list_member(AUDIENCE, {"email_address": ADDRESS, "status": "subscribed"})["id"] == HASH
    put = lists.set_list_member(AUDIENCE, HASH, {"email_address": ADDRESS, "status_if_new": "pending"})
    assert put["status"] == "subscribed"
    tags = {"tags": [{"name": "traders", "status": "active"}]}
    assert lists.update_list_member_tags(AUDIENCE, HASH, tags).status_code == 204
    assert lists.get_list_member_tags(AUDIENCE, HASH)["tags"][0]["name"] == "traders"
    assert lists.get_list_member(AUDIENCE, put["contact_id"])["tags_count"] == 1
    assert marketing.searchMembers.search("builders", list_id=AUDIENCE)["full_search"]["total_items"] == 6
    assert lists.update_list_member(AUDIENCE, HASH, {"vip": True})["vip"] is True
    assert lists.delete_list_member(AUDIENCE, HASH).status_code == 204
    assert lists.delete_list_member_permanent(AUDIENCE, HASH).status_code == 204
    with pytest.raises(ApiClientError) as refusal:
        lists.add_list_member(AUDIENCE, {"email_address": ADDRESS, "status": "subscribed"})
    assert json.loads(refusal.value.text)["title"] == FORGOTTEN


def test_mailchimps_own_client_and_the_life_of_a_campaign(marketing: mailchimp_marketing.Client) -> None:
    campaigns = marketing.campaigns
    made = campaigns.create({"type": "regular", "recipients": {"list_id": AUDIENCE}})
    assert campaigns.get_send_checklist(made["id"])["is_ready"] is False
    assert campaigns.update(made["id"], {"settings": SETTINGS})["settings"]["subject_line"] == "News"
    campaigns.set_content(made["id"], {"html": "<p>Hello"})
    assert campaigns.get_content(made["id"])["plain_text"] == "Hello"
    test = {"test_emails": [ADDRESS], "send_type": "plaintext"}
    assert campaigns.send_test_email(made["id"], test).status_code == 204
    assert campaigns.send(made["id"]).status_code == 204
    with pytest.raises(ApiClientError) as refusal:
        campaigns.send(made["id"])
    assert refusal.value.status_code == 400
    assert campaigns.list(list_id=AUDIENCE)["campaigns"][0]["emails_sent"] == 1
    assert marketing.reports.get_campaign_report(made["id"])["opens"]["opens_total"] == 0
    assert campaigns.remove(made["id"]).status_code == 204
