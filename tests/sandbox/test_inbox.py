"""The inbox over HTTP: what its pages and its JSON show, how they are searched, and what they keep from happening."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from emailops.sandbox import Sandbox

from .accounts import AUDIENCE, SECRETS, TEMPLATES
from .conftest import Clock
from .inbox import CAMPAIGN, REDIRECTED_TO, SENT_HTML, campaign, holding, message, message_id
from .test_mailchimp_lists import call
from .test_notify_send import send

HOSTILE = "</p><script>alert(1)</script>&{0}\ud800\u202egnp\x00"


def get(sandbox: Sandbox, path: str, **headers: str) -> requests.Response:
    return requests.get(f"{sandbox.inbox_url}{path}", headers=headers, timeout=60)


def found(sandbox: Sandbox, query: str) -> list[str]:
    """The subjects on the page and in the JSON, which are the same."""
    entries = get(sandbox, f"__sandbox__/inbox?{query}").json()["entries"]
    subjects = [entry["subject"] for entry in entries]
    page = get(sandbox, f"?{query}").text
    assert re.findall(r'class="subject">([^<]*)<', page) == subjects
    return subjects


def test_a_message_that_was_sent_is_there_with_all_that_is_known_of_it(sandbox: Sandbox) -> None:
    values = {"reference": "P/1", "applicant name": ["Ada", "Ben"]}
    sent = send(sandbox, "test", template_id=TEMPLATES["granted"], personalisation=values, reference="case-1").json()
    entry = get(sandbox, f"__sandbox__/inbox/{sent['id']}").json()

    assert {
        "provider": "notify",
        "type": "email",
        "key": "test",
        "to": "someone.else@example.com",
        "subject": "Permit P/1",
        "template": {"id": TEMPLATES["granted"], "name": "Granted", "version": 3},
        "personalisation": values,
        "reference": "case-1",
        "redirected": False,
        "callbacks": [],
        "url": f"{sandbox.inbox_url}messages/{sent['id']}",
    }.items() <= entry.items()
    assert entry["text"] == sent["content"]["body"]
    assert entry["history"][0]["status"] == "created"
    page = get(sandbox, f"messages/{sent['id']}").text
    for shown in (
        "someone.else@example.com",
        "Permit P/1",
        "test key",
        "Granted version 3",
        "case-1",
        "Permits Office",
    ):
        assert shown in page
    assert "permits.office@notifications.service.gov.uk" in page


def test_a_campaign_shows_its_audience_and_the_first_of_its_recipients(sandbox: Sandbox) -> None:
    addresses = [f"supplier-{number}@builders.gov.uk" for number in range(3000)]
    sandbox.replace(
        holding(
            message(1),
            campaigns=(
                campaign(
                    sent_to=addresses,
                    tests=[{"at": "2026-01-30T08:30:00+00:00", "to": ["me@permits.gov.uk"], "send_type": "html"}],
                ),
            ),
        )
    )
    page = get(sandbox, f"campaigns/{CAMPAIGN}").text

    assert "Builders" in page
    assert AUDIENCE in page
    assert "3,000" in page
    assert "supplier-49@" in page
    assert "supplier-50@" not in page
    assert "2,950 more" in page
    assert "me@permits.gov.uk" in page
    entry = get(sandbox, f"__sandbox__/inbox/{CAMPAIGN}").json()
    assert entry["sent_to"] == addresses
    assert entry["html"] == SENT_HTML
    assert found(sandbox, "provider=mailchimp") == ["News for builders"]


def test_who_a_redirected_message_was_for_stands_beside_whom_it_went_to(sandbox: Sandbox) -> None:
    known = message(1, recipient=REDIRECTED_TO, original="buyer@example.gov.uk")
    sandbox.replace(holding(known, message(2, recipient=REDIRECTED_TO.upper()), message(3)))
    pages = [get(sandbox, f"messages/{message_id(number)}").text for number in (1, 2, 3)]

    assert ["redirected</span>" in page for page in pages] == [True, True, False]
    assert "buyer@example.gov.uk" in pages[0]
    assert REDIRECTED_TO in pages[0]
    assert "the sender named no other" in pages[1]
    assert found(sandbox, "to=BUYER@example.gov.uk") == ["Permit 1"]
    assert found(sandbox, f"to={REDIRECTED_TO}") == ["Permit 2", "Permit 1"]


def test_a_callback_shows_when_it_was_sent_and_what_came_of_it(sandbox: Sandbox) -> None:
    reports = [
        {"at": "2026-01-30T00:00:04.000000Z", "status": "delivered", "url": "http://127.0.0.1:5000/x", "answer": 503},
        {
            "at": "2026-01-30T00:05:04.000000Z",
            "status": "delivered",
            "url": "http://127.0.0.1:5000/x",
            "failure": "cut",
        },
    ]
    sandbox.replace(holding(message(1, reports=reports)))
    page = get(sandbox, f"messages/{message_id(1)}").text

    assert re.findall(r'<strong class="failed">(\w+)<', page) == ["503", "cut"]
    assert "30 Jan 2026 00:05:04" in page
    assert [report["answer"] for report in get(sandbox, f"__sandbox__/inbox/{message_id(1)}").json()["callbacks"]] == [
        503,
        None,
    ]


SEARCHES = [
    ("", ["Third", "News for builders", "", "Permit 1"]),
    ("q=news", ["News for builders"]),
    ("q=granted+PERMIT", ["Third", "Permit 1"]),
    ("q=applicant-1@", ["Permit 1"]),
    ("q=case-3", ["Third"]),
    ("q=Reminder", [""]),
    (f"q={TEMPLATES['text']}", [""]),
    ("q=nowhere", []),
    ("q=%00", []),
    ("provider=notify", ["Third", "", "Permit 1"]),
    ("key=team", ["Third"]),
    ("key=team&key=live", ["", "Permit 1"]),
    ("type=sms", [""]),
    ("type=campaign", ["News for builders"]),
    ("status=permanent-failure", ["Third"]),
    ("status=sent", ["News for builders"]),
    ("service=Permits+Office", ["Third", "", "Permit 1"]),
    ("service=a1b2c3", ["News for builders"]),
    ("to=07700900111", [""]),
    ("to=applicant", []),
    ("reference=case-3", ["Third"]),
    ("subject=third", ["Third"]),
    ("template=reminder", [""]),
    ("q=permit&key=live&type=email", ["Permit 1"]),
    ("q=%3Cscript%3E&key=%22%3E", []),
    ("read=true", []),
    ("read=false&type=campaign", ["News for builders"]),
    (f"older_than={CAMPAIGN}", ["", "Permit 1"]),
    ("older_than=nothing", []),
]


@pytest.mark.parametrize(("query", "subjects"), SEARCHES, ids=[query or "everything" for query, _ in SEARCHES])
def test_searches(sandbox: Sandbox, query: str, subjects: list[str]) -> None:
    text = message(2, type="sms", subject=None, recipient="07700900111", template_id=TEMPLATES["text"], body="Renew")
    last = message(40_000, subject="Third", key="team", ends="permanent-failure", reference="case-3")
    sandbox.replace(holding(message(1), text, last, campaigns=(campaign(),)))
    shown = ["" if subject is None else subject for subject in subjects]

    if "" in shown:  # a text message has no subject; its line is its text
        entries = get(sandbox, f"__sandbox__/inbox?{query}").json()["entries"]
        assert [entry["subject"] for entry in entries] == shown
        assert "Renew" in get(sandbox, f"?{query}").text
    else:
        assert found(sandbox, query) == shown


def test_thousands_are_shown_a_hundred_a_page_and_the_json_leads_to_the_last(sandbox: Sandbox) -> None:
    sandbox.replace(holding(*(message(number) for number in range(1200))))
    page = get(sandbox, "").text

    assert "<title>(1,200) · Sandbox inbox</title>" in page
    assert page.count("<li id=") == 100
    assert f'href="/?older_than={message_id(1100)}"' in page
    seen: list[str] = []
    url = "__sandbox__/inbox?q=permit&key=live"
    while url:
        answer = get(sandbox, url).json()
        assert answer["total"] == 1200
        seen += [entry["id"] for entry in answer["entries"]]
        url = (answer["next"] or "").removeprefix(sandbox.inbox_url)
    assert seen == [message_id(number) for number in reversed(range(1200))]


def test_newer_and_older_follow_the_search(sandbox: Sandbox) -> None:
    sandbox.replace(holding(*(message(number, key=("live", "test")[number % 2]) for number in range(6))))
    page = get(sandbox, f"messages/{message_id(2)}?key=live").text
    direct = get(sandbox, f"messages/{message_id(2)}?key=test").text

    assert re.findall(r'href="(/messages/[^"?]*)[^"]*" rel="(\w+)"', page) == [
        (f"/messages/{message_id(4)}", "prev"),
        (f"/messages/{message_id(0)}", "next"),
    ]
    assert f"/messages/{message_id(3)}?key=test" in direct


@pytest.mark.parametrize("path", ["", f"messages/{message_id(1)}", "__sandbox__/inbox?q=a", "inbox.js", "inbox.css"])
def test_what_is_known_is_not_sent_again(sandbox: Sandbox, path: str) -> None:
    sandbox.replace(holding(message(1)))
    first = get(sandbox, path)
    again = get(sandbox, path, **{"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    if not path.startswith("inbox."):
        sandbox.replace(holding(message(1, subject="Another"), message(2)))
        assert get(sandbox, path, **{"If-None-Match": first.headers["ETag"]}).status_code == 200


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *((field, HOSTILE) for field in ("subject", "body", "recipient", "original", "reference", "sender")),
        ("personalisation", {HOSTILE: [HOSTILE, {"a": HOSTILE}]}),
    ],
)
def test_hostile_text_is_text_wherever_it_stands(sandbox: Sandbox, field: str, value: Any) -> None:
    sandbox.replace(holding(message(1, **{field: value})))
    for path in ("", f"messages/{message_id(1)}"):
        page = get(sandbox, path).text
        assert page.count("<script") == 1  # the page's own
        assert not re.search("[\u202e\x00\ud800]", page)
    assert "[U+202E]gnp[U+0000]" in page


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("go to https://permits.example/reset?a=1&b=2.", ["https://permits.example/reset?a=1&amp;b=2"]),
        ("(http://127.0.0.1:5000/x), HTTPS://B.example", ["http://127.0.0.1:5000/x", "HTTPS://B.example"]),
        ('javascript:alert(1) data:text/html,x https://a"onclick="x', ["https://a"]),
        ("jhttps: http:// ://x www.example.com", []),
    ],
)
def test_only_web_addresses_in_a_text_can_be_followed(sandbox: Sandbox, text: str, links: list[str]) -> None:
    sandbox.replace(holding(message(1, body=text)))
    page = get(sandbox, f"messages/{message_id(1)}").text

    assert re.findall(r'<a href="([^"]*)" rel="noreferrer noopener"', page) == links


@pytest.mark.parametrize(("path", "html"), [(f"campaigns/{CAMPAIGN}", SENT_HTML), (f"messages/{message_id(1)}", "<p>")])
def test_a_messages_html_is_served_where_nothing_can_run(sandbox: Sandbox, path: str, html: str) -> None:
    sandbox.replace(holding(message(1), campaigns=(campaign(),)))
    page, frame = get(sandbox, path), get(sandbox, f"{path}/html")

    assert SENT_HTML not in page.text
    assert html in frame.text
    policy = frame.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox ")
    assert "default-src 'none'" in policy
    assert "allow-scripts" not in policy + page.text
    assert "allow-same-origin" not in policy + page.text


def test_a_page_runs_its_own_script_only_and_fetches_nothing_from_elsewhere(sandbox: Sandbox) -> None:
    page = get(sandbox, "")
    policy = dict(part.split(" ", 1) for part in page.headers["Content-Security-Policy"].split("; "))

    assert policy["default-src"] == "'none'"
    assert {policy[kind] for kind in policy} == {"'none'", "'self'"}
    assert set(re.findall(r' (?:src|href)="([^"/]*//[^"]*)"', page.text)) == set()
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert not any(secret in page.text for secret in SECRETS.values())


def test_all_is_deleted_after_a_question(sandbox: Sandbox) -> None:
    send(sandbox)
    sandbox.replace({**sandbox.state(), "mailchimp": holding(campaigns=(campaign(),))["mailchimp"]})
    assert "1 message and 1 campaign" in get(sandbox, "delete").text
    assert get(sandbox, "__sandbox__/inbox").json()["total"] == 2
    answer = requests.post(f"{sandbox.inbox_url}delete", timeout=60, allow_redirects=False)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert get(sandbox, "__sandbox__/inbox").json() == {"total": 0, "entries": [], "next": None}
    assert call(sandbox, f"GET lists/{AUDIENCE}").status_code == 200


@pytest.mark.parametrize(
    ("origin", "status"),
    [("https://evil.example", 403), ("null", 403), ("", 403), ("http://127.0.0.1.evil.example", 403), (None, 204)],
)
@pytest.mark.parametrize(("method", "path"), [("POST", "delete"), ("DELETE", "__sandbox__/inbox")])
def test_another_sites_page_deletes_nothing(
    sandbox: Sandbox, method: str, path: str, origin: str | None, status: int
) -> None:
    send(sandbox)
    headers = {} if origin is None else {"Origin": origin}
    answer = requests.request(method, f"{sandbox.inbox_url}{path}", headers=headers, timeout=60, allow_redirects=False)

    assert answer.status_code == (303 if (status, method) == (204, "POST") else status)
    assert get(sandbox, "__sandbox__/inbox").json()["total"] == (1 if status == 403 else 0)


def test_the_sandboxs_own_page_deletes(sandbox: Sandbox) -> None:
    send(sandbox)
    headers = {"Origin": sandbox.notify_url}
    assert requests.delete(f"{sandbox.inbox_url}__sandbox__/inbox", headers=headers, timeout=60).status_code == 204
    assert sandbox.state()["messages"] == []


REFUSED: list[tuple[str, int]] = [
    ("GET messages/nothing", 404),
    (f"GET campaigns/{message_id(1)}", 404),
    (f"GET messages/{CAMPAIGN}", 404),
    ("GET messages/nothing/html", 404),
    ("GET messages/%00%ff%2e%2e", 404),
    ("GET __sandbox__/inbox/nothing", 404),
    ("POST messages/nothing", 405),
    (f"DELETE messages/{message_id(1)}", 405),
    ("POST ", 405),
    ("PUT delete", 405),
    ("POST __sandbox__/inbox", 405),
    ("PUT inbox.js", 405),
]


@pytest.mark.parametrize(("route", "status"), REFUSED, ids=[route for route, _ in REFUSED])
def test_what_the_inbox_does_not_do(sandbox: Sandbox, route: str, status: int) -> None:
    sandbox.replace(holding(message(1), campaigns=(campaign(),)))
    before: Any = sandbox.state()
    method, path = route.split(" ")
    answer = requests.request(method, f"{sandbox.inbox_url}{path}", timeout=60)

    assert answer.status_code == status
    assert answer.json()["reason"] if path.startswith("__") else "<h1>" in answer.text
    assert sandbox.state() == before


def test_the_head_of_a_page_can_be_asked_for(sandbox: Sandbox) -> None:
    answer = requests.head(sandbox.inbox_url, timeout=60)

    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["Content-Length"]) > 1000


def test_what_is_deleted_stays_deleted_where_a_file_keeps_it(tmp_path: Path) -> None:
    for held in ([message(1)], []):
        with Sandbox(holding(message(1), campaigns=(campaign(),)), kept_in=tmp_path / "kept.db") as sandbox:
            assert [message["id"] for message in sandbox.state()["messages"]] == [message["id"] for message in held]
            requests.post(f"{sandbox.inbox_url}delete", timeout=60)
            assert get(sandbox, "__sandbox__/inbox").json()["total"] == 0


def test_a_link_names_the_host_by_which_the_sandbox_was_reached(sandbox: Sandbox) -> None:
    sandbox.replace(holding(message(1)))
    answer = get(sandbox, f"__sandbox__/inbox/{message_id(1)}", Host="localhost:8025").json()

    assert answer["url"] == f"http://localhost:8025/messages/{message_id(1)}"


def texts_of(sandbox: Sandbox, body: str, recipient: str = "07700900460") -> tuple[dict[str, Any], str]:
    """The JSON and the page of a text message."""
    held = message(1, type="sms", subject=None, recipient=recipient, template_id=TEMPLATES["text"], body=body)
    sandbox.replace(holding(held))
    return get(sandbox, f"__sandbox__/inbox/{message_id(1)}").json(), get(sandbox, f"messages/{message_id(1)}").text


PARTS = [
    ("one part", "a" * 160, 1),
    ("a character more", "a" * 161, 2),
    ("two full parts", "a" * 306, 2),
    ("three parts", "a" * 307, 3),
    ("a euro takes the room of two", "€" * 80, 1),
    ("eighty-one euros", "€" * 81, 2),
    ("letters of other alphabets", "ŵ" + "a" * 69, 1),
    ("one letter of another alphabet makes all parts shorter", "ŵ" + "a" * 70, 2),
    ("three such parts", "ŵ" * 135, 3),
    ("nothing", "", 1),
]


@pytest.mark.parametrize(("body", "parts"), [pytest.param(*row[1:], id=row[0]) for row in PARTS])
def test_a_text_message_says_its_parts_and_what_it_costs(sandbox: Sandbox, body: str, parts: int) -> None:
    entry, page = texts_of(sandbox, body)
    assert (entry["parts"], entry["cost_units"]) == (parts, parts)
    assert f"{parts} part{'s' * (parts != 1)}, {parts} cost unit{'s' * (parts != 1)}" in page


def test_a_text_message_abroad_has_no_known_cost_and_an_email_has_no_parts(sandbox: Sandbox) -> None:
    entry, page = texts_of(sandbox, "a" * 161, "+33122334455")
    assert (entry["parts"], entry["cost_units"]) == (2, None)
    assert "2 times its rate" in page
    assert texts_of(sandbox, "a", "nobody")[0]["cost_units"] == 1
    sandbox.replace(holding(message(1)))
    assert "parts" not in get(sandbox, f"__sandbox__/inbox/{message_id(1)}").json()


def was_read(sandbox: Sandbox) -> list[bool]:
    """Of each entry of the list, the newest first; the page says the same as the JSON."""
    shown = [entry["read"] for entry in get(sandbox, "__sandbox__/inbox").json()["entries"]]
    assert [' class="unread"' not in row for row in re.findall(r"<li id=[^>]*>", get(sandbox, "").text)] == shown
    return shown


def test_what_was_opened_is_read_and_can_be_unread_again(sandbox: Sandbox) -> None:
    sandbox.replace(holding(message(1), message(2), campaigns=(campaign(),)))
    assert was_read(sandbox) == [False, False, False]
    get(sandbox, f"__sandbox__/inbox/{message_id(2)}")
    assert was_read(sandbox) == [False, False, False]
    get(sandbox, f"messages/{message_id(2)}")
    get(sandbox, f"campaigns/{CAMPAIGN}")
    assert was_read(sandbox) == [True, True, False]
    assert found(sandbox, "read=true") == ["News for builders", "Permit 2"]
    assert found(sandbox, "read=false") == ["Permit 1"]
    for path in (f"messages/{message_id(2)}", f"campaigns/{CAMPAIGN}"):
        answer = requests.post(f"{sandbox.inbox_url}{path}/unread", allow_redirects=False, timeout=5)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert was_read(sandbox) == [False, False, False]


def test_a_test_may_say_what_was_read(sandbox: Sandbox) -> None:
    sandbox.replace(holding(message(1)))
    url = f"{sandbox.inbox_url}__sandbox__/inbox/{message_id(1)}"
    assert requests.patch(url, json={"read": True}, timeout=5).json()["read"] is True
    assert sandbox.state()["messages"][0]["read"] is True
    for wrong in ({}, {"read": 1}, {"read": True, "to": "x"}, [], None):
        assert requests.patch(url, json=wrong, timeout=5).status_code == 400
    assert requests.patch(f"{url}0", json={"read": True}, timeout=5).status_code == 404


def test_one_message_is_deleted(sandbox: Sandbox) -> None:
    sandbox.replace(holding(message(1), message(2), message(3), campaigns=(campaign(),)))
    url = f"{sandbox.inbox_url}__sandbox__/inbox"
    assert requests.delete(f"{url}/{message_id(2)}", timeout=5).status_code == 204
    assert requests.delete(f"{url}/{message_id(2)}", timeout=5).status_code == 404
    assert requests.delete(f"{url}/{CAMPAIGN}", timeout=5).status_code == 204
    assert call(sandbox, f"GET campaigns/{CAMPAIGN}").status_code == 404
    assert found(sandbox, "") == ["Permit 3", "Permit 1"]
    answer = requests.post(f"{sandbox.inbox_url}messages/{message_id(3)}/delete", allow_redirects=False, timeout=5)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert found(sandbox, "") == ["Permit 1"]
    assert requests.get(f"{sandbox.inbox_url}messages/{message_id(1)}/delete", timeout=5).status_code == 405


def test_a_search_waits_for_its_first_match(sandbox: Sandbox) -> None:
    sandbox.replace(holding(message(1)))
    url = f"{sandbox.inbox_url}__sandbox__/inbox"
    assert requests.get(f"{url}?subject=Permit+1&wait=60", timeout=5).json()["total"] == 1
    assert requests.get(f"{url}?subject=none&wait=0.05", timeout=5).json() == {"total": 0, "entries": [], "next": None}
    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(requests.get, f"{url}?reference=late&wait=60", timeout=20)
        assert send(sandbox, reference="other").status_code == 201
        assert not waiting.done()
        sent = send(sandbox, reference="late").json()["id"]
        assert [entry["id"] for entry in waiting.result(timeout=20).json()["entries"]] == [sent]


def test_a_search_waits_for_a_status_that_time_brings(sandbox: Sandbox, clock: Clock) -> None:
    sent = send(sandbox).json()["id"]
    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(
            requests.get, f"{sandbox.inbox_url}__sandbox__/inbox?status=delivered&wait=60", timeout=20
        )
        clock.advance(4)
        assert [entry["id"] for entry in waiting.result(timeout=20).json()["entries"]] == [sent]


def test_who_waits_does_not_keep_a_sandbox_from_stopping() -> None:
    with ThreadPoolExecutor(1) as thread, Sandbox({}) as sandbox:
        waiting = thread.submit(requests.get, f"{sandbox.inbox_url}__sandbox__/inbox?q=never&wait=60", timeout=20)
        send_nothing = requests.get(f"{sandbox.inbox_url}__sandbox__/inbox", timeout=5)
        assert send_nothing.json()["total"] == 0
        sandbox.stop()
        assert waiting.exception(timeout=20) is not None or waiting.result().json()["total"] == 0


@pytest.mark.parametrize("wait", ["soon", "-1", "61", "1e3", "nan", "٣"])
def test_a_wait_that_is_none(sandbox: Sandbox, wait: str) -> None:
    answer = get(sandbox, f"__sandbox__/inbox?q=never&wait={wait}")
    assert (answer.status_code, answer.json()) == (400, {"reason": "wait is a number of seconds up to 60"})


def test_the_form_names_what_it_filters(sandbox: Sandbox) -> None:
    labels = re.findall(r'<option value="">(\w+): any</option>', get(sandbox, "").text)
    assert labels == ["Provider", "Key", "Type", "Status", "Service", "Read"]
