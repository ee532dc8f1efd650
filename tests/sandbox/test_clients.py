"""The official clients, unchanged but for the base URL."""

from __future__ import annotations

from hashlib import md5

import pytest
from mailchimp3 import MailChimp
from mailchimp3.mailchimpclient import MailChimpError
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


@pytest.fixture
def mailchimp(sandbox: Sandbox) -> MailChimp:
    client = MailChimp(mc_api=API_KEY, timeout=10)
    client.base_url = sandbox.mailchimp_url
    return client


def test_notify_templates(notify) -> None:
    names = [template["name"] for template in notify.get_all_templates("email")["templates"]]
    assert names == ["Conditions", "Granted", "receipt", "Silent"]
    assert notify.get_template(TEMPLATES["granted"])["version"] == 3
    assert notify.get_template_version(TEMPLATES["granted"], 3)["name"] == "Granted"
    assert notify.post_template_preview(TEMPLATES["granted"], GRANTED)["subject"] == "Permit P-1"


def test_notify_messages(notify) -> None:
    sent = notify.send_email_notification(GUEST, TEMPLATES["granted"], GRANTED, reference="r")
    assert notify.get_notification_by_id(sent["id"])["email_address"] == GUEST
    assert [one["id"] for one in notify.get_all_notifications(reference="r")["notifications"]] == [sent["id"]]
    assert [one["id"] for one in notify.get_all_notifications_iterator()] == [sent["id"]]


def test_notify_refusals(notify) -> None:
    with pytest.raises(HTTPError) as refusal:
        notify.send_email_notification(STRANGER, TEMPLATES["granted"], GRANTED)
    assert refusal.value.status_code == 400
    assert refusal.value.message == [
        {"error": "BadRequestError", "message": "Can’t send to this recipient using a team-only API key"}
    ]


def test_mailchimp_audiences(mailchimp: MailChimp) -> None:
    assert mailchimp.root.get()["account_id"] == "a1b2c3"
    assert mailchimp.ping.get()["health_status"] == "Everything's Chimpy!"
    body = {**NEW_AUDIENCE, "contact": {**CONTACT, "state": "", "zip": "LS1 1AA"}}
    made = mailchimp.lists.create(body)
    assert mailchimp.lists.get(made["id"])["contact"]["zip"] == "LS1 1AA"
    assert mailchimp.lists.update(made["id"], {**body, "name": "Traders"})["name"] == "Traders"
    assert mailchimp.lists.all(get_all=True, fields="lists.name,total_items")["total_items"] == 3
    assert mailchimp.lists.delete(made["id"]) is None


def test_mailchimp_members(mailchimp: MailChimp) -> None:
    address = "New@builders.gov.uk"
    hashed = md5(address.lower().encode()).hexdigest()
    members = mailchimp.lists.members
    assert members.create(AUDIENCE, {"email_address": address, "status": "subscribed"})["id"] == hashed
    assert members.create_or_update(AUDIENCE, hashed, {"email_address": address, "status_if_new": "pending"})[
        "status"
    ] == ("subscribed")
    assert members.update(AUDIENCE, hashed, {"status": "unsubscribed"})["status"] == "unsubscribed"
    assert members.all(AUDIENCE, status="unsubscribed")["total_items"] == 3
    assert members.delete(AUDIENCE, hashed) is None
    assert members.delete_permanent(AUDIENCE, hashed) is None
    with pytest.raises(MailChimpError) as refusal:
        members.create(AUDIENCE, {"email_address": address, "status": "subscribed"})
    assert refusal.value.args[0]["title"] == "Forgotten Email Not Subscribed"
