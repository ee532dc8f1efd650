"""The official clients for Node.js against the sandbox, unchanged but for the base URL.

https://www.npmjs.com/package/notifications-node-client and
https://www.npmjs.com/package/@mailchimp/mailchimp_marketing
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emailops.sandbox import Sandbox
from tests.sandbox.accounts import API_KEY, NEW_AUDIENCE, REPLY_TO, TEMPLATES, UNKNOWN, accounts, api_key

HERE = Path(__file__).parent


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(accounts()) as running:
        yield running


def run(script: str, *arguments: str) -> Any:
    done = subprocess.run(
        ["node", script, *arguments], cwd=HERE, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_notifications_node_client_sends_reads_and_is_refused(sandbox: Sandbox) -> None:
    ids = {"template": TEMPLATES["granted"], "text": TEMPLATES["text"], "replyTo": REPLY_TO, "unknown": UNKNOWN}
    done = run("notify.mjs", sandbox.notify_url, api_key("test"), json.dumps(ids))
    held, text = sandbox.state()["messages"]

    assert done["sent"]["content"]["subject"] == "Permit P/1"
    assert done["sent"]["content"]["body"].startswith("Dear")
    assert done["listed"] == [done["sent"]["id"]] == [held["id"]]
    assert (done["read"]["email_address"], done["read"]["reference"]) == ("applicant@permits.gov.uk", "from Node")
    assert (held["key"], held["reply_to"]) == ("test", REPLY_TO)
    assert held["personalisation"] == {"reference": "P/1", "applicant name": ["Ada", "Ben"]}
    assert (text["type"], text["body"]) == ("sms", done["texted"]["content"]["body"])
    assert done["texted"]["content"]["body"].endswith("Renew by 3 March")
    assert done["templates"] == ["Conditions", "Granted", "receipt", "Silent"]
    assert done["template"]["version"] == 3
    assert done["preview"] == done["sent"]["content"]["body"]
    assert done["missing"] == {
        "status": 400,
        "body": {
            "status_code": 400,
            "errors": [{"error": "BadRequestError", "message": "Missing personalisation: reference, applicant name"}],
        },
    }
    assert done["unknown"]["status"] == 404


def test_mailchimp_marketing_manages_an_audience_and_its_members(sandbox: Sandbox) -> None:
    done = run("mailchimp.mjs", sandbox.mailchimp_url, API_KEY, json.dumps(NEW_AUDIENCE))
    account = sandbox.state()["mailchimp"]["accounts"][0]
    audience = account["audiences"][-1]

    assert done["ping"] == {"health_status": "Everything's Chimpy!"}
    assert done["made"] == {"id": audience["id"], "name": NEW_AUDIENCE["name"]}
    assert done["member"]["status"] == "subscribed"
    assert done["batch"] == {"created": 1, "errors": 1}
    assert done["page"] == {"members": [{"email_address": "ben@builders.gov.uk"}], "total_items": 2}
    assert done["tags"] == ["trader"]
    assert done["isReady"] is True
    assert done["campaign"] == {"id": account["campaigns"][0]["id"], "status": "sent", "emailsSent": 2}
    assert account["campaigns"][0]["sent_to"] == ["Anna@builders.gov.uk", "ben@builders.gov.uk"]
    assert done["sentTwice"] == 400
    assert done["updated"] == "unsubscribed"
    assert done["forgotten"] == {"status": 400, "title": "Forgotten Email Not Subscribed"}
    assert done["absent"] == {"status": 404, "title": "Resource Not Found"}
    assert [member["email_address"] for member in audience["members"]] == ["ben@builders.gov.uk"]
    assert audience["forgotten"] == [done["member"]["id"]]
