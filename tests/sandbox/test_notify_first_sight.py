"""A sandbox that has no accounts: any key is let in, and a template is made when it is first named."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import requests
from notifications_python_client import NotificationsAPIClient

from emailops.sandbox import Sandbox

from .accounts import SECRETS, STRANGER, UNKNOWN, token
from .conftest import Clock
from .notify_calls import refused

SERVICE = "88888888-8888-4888-8888-888888888888"
TEMPLATE = "f0000000-0000-4000-8000-000000000001"
NAME = f"Template {TEMPLATE}"


def header(service: str = SERVICE, secret: str = SECRETS["live"], seconds: int = 0) -> dict[str, str]:
    return {"Authorization": "Bearer " + token({"iss": service, "iat": int(time.time()) + seconds}, secret)}


def send(sandbox: Sandbox, kind: str = "email", **fields: Any) -> requests.Response:
    recipient = {"email": {"email_address": STRANGER}, "sms": {"phone_number": "07700900460"}, "letter": {}}[kind]
    body = {**recipient, "template_id": TEMPLATE, **fields}
    return requests.post(f"{sandbox.notify_url}/v2/notifications/{kind}", json=body, headers=header(), timeout=60)


def content(answer: requests.Response) -> tuple[str | None, str]:
    assert answer.status_code == 201, answer.text
    return answer.json()["content"].get("subject"), answer.json()["content"]["body"]


def test_the_official_client_with_any_key(opened: Sandbox, clock: Clock) -> None:
    client = NotificationsAPIClient(f"anything-{SERVICE}-{UNKNOWN}", base_url=opened.notify_url)
    email = client.send_email_notification(STRANGER, TEMPLATE, {"first name": "Ann"}, reference="r")
    assert email["content"] == {
        "from_email": "made.on.first.sight@notifications.service.gov.uk",
        "subject": NAME,
        "body": f"{NAME}\n\nfirst name: Ann",
        "one_click_unsubscribe_url": None,
    }
    sms = client.send_sms_notification("+33 1 22 33 44 55", UNKNOWN, {"code": 12})
    assert sms["content"] == {"from_number": "GOVUK", "body": f"Template {UNKNOWN}\n\ncode: 12"}
    clock.advance(4)
    listed = client.get_all_notifications()["notifications"]
    assert [(message["type"], message["status"]) for message in listed] == [("sms", "sent"), ("email", "delivered")]
    assert [template["name"] for template in client.get_all_templates()["templates"]] == [f"Template {UNKNOWN}", NAME]
    client.request_session.close()
    (service,) = opened.state()["notify"]["services"]
    assert (service["id"], service["keys"], service["made"]) == (SERVICE, [], True)


def test_a_template_shows_what_each_call_gives_and_grows(opened: Sandbox) -> None:
    assert content(send(opened)) == (NAME, NAME)
    assert content(send(opened, personalisation={"a": 1})) == (NAME, f"{NAME}\n\na: 1")
    assert content(send(opened, personalisation={"b": "x", "A": 2})) == (NAME, f"{NAME}\n\nb: x\nA: 2")
    assert content(send(opened)) == (NAME, NAME)
    template = requests.get(f"{opened.notify_url}/v2/template/{TEMPLATE}", headers=header(), timeout=60).json()
    assert (template["name"], template["version"]) == (NAME, 1)
    assert template["body"] == f"{NAME}\n\na: ((a))\nb: ((b))"
    assert list(template["personalisation"]) == ["a", "b"]


@pytest.mark.parametrize(
    ("values", "body"),
    [
        pytest.param({"list": ["a", "b"]}, "\n\nlist: \n\n* a\n* b", id="a list"),
        pytest.param({"empty": "", "zero": 0}, "\n\nempty: \nzero: 0", id="empty and zero"),
        pytest.param({"hostile": "<script>((hostile))"}, "\n\nhostile: <script>((hostile))", id="hostile"),
        pytest.param({"a(b)": "x", "c??d": "y", " ": "z", "": "z"}, "", id="names that no template can hold"),
        pytest.param({"é ☃": "x"}, "\n\né ☃: x", id="any letters"),
    ],
)
def test_values_of_all_kinds(opened: Sandbox, values: dict[str, Any], body: str) -> None:
    assert content(send(opened, personalisation=values)) == (NAME, NAME + body)


def test_null_is_no_value_and_nothing_asks_for_one(opened: Sandbox) -> None:
    assert content(send(opened, personalisation={"a": None})) == (NAME, NAME)
    assert content(send(opened, personalisation={"a": 1, "b": None})) == (NAME, f"{NAME}\n\na: 1")
    assert content(send(opened, personalisation={"a": None})) == (NAME, NAME)


def test_a_template_takes_the_type_with_which_it_is_sent(opened: Sandbox) -> None:
    requests.get(f"{opened.notify_url}/v2/template/{TEMPLATE}", headers=header(), timeout=60)
    assert content(send(opened, "sms", personalisation={"a": 1})) == (None, f"{NAME}\n\na: 1")
    assert content(send(opened, personalisation={"a": 1})) == (NAME, f"{NAME}\n\na: 1")


@pytest.mark.parametrize("path", ["", "/version/1", "/preview"])
def test_reading_makes_a_template_too(opened: Sandbox, path: str) -> None:
    method = "POST" if path == "/preview" else "GET"
    url = f"{opened.notify_url}/v2/template/{TEMPLATE}{path}"
    answer = requests.request(method, url, json={"personalisation": {}}, headers=header(), timeout=60)
    assert (answer.status_code, answer.json()["subject"]) == (200, NAME)


def test_a_version_to_come_is_not_there(opened: Sandbox) -> None:
    answer = requests.get(f"{opened.notify_url}/v2/template/{TEMPLATE}/version/2", headers=header(), timeout=60)
    assert refused(answer) == (404, "NoResultFound", ["No result found"])


def test_senders_that_are_unknown_are_taken(opened: Sandbox) -> None:
    assert content(send(opened, email_reply_to_id=UNKNOWN)) == (NAME, NAME)
    assert send(opened, "sms", sms_sender_id=UNKNOWN).json()["content"]["from_number"] == "GOVUK"


def test_no_limit_applies(opened: Sandbox) -> None:
    limits = {"per_minute": 0, "emails_per_day": 0, "sms_per_day": 0}
    opened.replace({"notify": {"services": [{"id": SERVICE, "made": True, "keys": [], "limits": limits}]}})
    assert [send(opened, kind).status_code for kind in ("email", "sms")] == [201, 201]


@pytest.mark.parametrize(
    ("name", "kind", "status"), [("staging-team", "team", 400), ("localdev-test", "test", 201), ("app", "live", 201)]
)
def test_a_key_that_it_was_told_has_its_kind(opened: Sandbox, name: str, kind: str, status: int) -> None:
    state = {"notify": {"services": [{"id": SERVICE, "made": True, "keys": [key_of(name, kind)]}]}}
    opened.replace(state)
    assert send(opened).status_code == status
    other = requests.get(f"{opened.notify_url}/v2/templates", headers=header(secret=UNKNOWN), timeout=60)
    assert other.status_code == 200
    assert [message["key"] for message in opened.state()["messages"]] == [kind] * (status == 201)


@pytest.mark.parametrize(
    ("known", "mark"),
    [([], "taken for live"), (["app"], "live key"), (["app-team"], "taken for live")],
    ids=["none", "a live key", "another kind"],
)
def test_the_inbox_says_that_a_key_was_only_taken_for_a_live_one(opened: Sandbox, known: list[str], mark: str) -> None:
    for name in known:
        opened.learn(f"{name}-{SERVICE}-{UNKNOWN if name == 'app-team' else SECRETS['live']}")
    sent = send(opened).json()["id"]
    for path in ("", f"messages/{sent}"):
        page = requests.get(f"{opened.inbox_url}{path}", timeout=60).text
        assert f">{mark}</span>" in page
        assert ("emailops sandbox --key" in page) == (mark == "taken for live" and path != "")


def key_of(name: str, kind: str) -> dict[str, str]:
    return {"name": name, "kind": kind, "secret": SECRETS["live"]}


def test_what_is_wrong_is_wrong_here_too(opened: Sandbox) -> None:
    url = f"{opened.notify_url}/v2/templates"
    clock = requests.get(url, headers=header(seconds=90), timeout=60)
    assert refused(clock)[2] == ["Error: Your system clock must be accurate to within 30 seconds"]
    assert refused(requests.get(url, headers=header(service="1"), timeout=60))[1] == "AuthError"
    assert refused(send(opened, template_id="1")) == (400, "ValidationError", ["template_id is not a valid UUID"])
    letter = send(opened, "letter", personalisation={})
    assert refused(letter) == (400, "BadRequestError", ["Service is not allowed to send letters"])
    assert opened.state()["notify"]["services"][0]["templates"] == []


def test_a_declared_service_keeps_its_templates_and_keys(opened: Sandbox) -> None:
    service = {"id": SERVICE, "keys": [key_of("app", "live")], "templates": []}
    opened.replace({"notify": {"services": [service]}})
    answer = requests.get(f"{opened.notify_url}/v2/templates", headers=header(secret=UNKNOWN), timeout=60)
    assert refused(answer) == (403, "AuthError", ["Invalid token: API key not found"])


def test_what_was_made_is_taken_up_again(tmp_path: Path) -> None:
    with Sandbox({}, open=True, kept_in=tmp_path / "kept") as sandbox:
        send(sandbox, personalisation={"a": 1})
        before = sandbox.state()
    with Sandbox({}, open=True, kept_in=tmp_path / "kept") as sandbox:
        assert sandbox.state() == before
        assert content(send(sandbox, personalisation={"b": 2})) == (NAME, f"{NAME}\n\nb: 2")
        (service,) = sandbox.state()["notify"]["services"]
    assert service["templates"][0]["body"] == f"{NAME}\n\na: ((a))\nb: ((b))"
