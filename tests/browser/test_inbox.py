"""The inbox as people use it: in Chromium, by mouse and keyboard, on a desk and a phone, with scripts and without."""

from __future__ import annotations

from pathlib import Path

import pytest

from emailops.sandbox import Sandbox
from tests.sandbox.accounts import TEMPLATES
from tests.sandbox.inbox import CAMPAIGN, REDIRECTED_TO, campaign, holding, message, message_id
from tests.sandbox.test_notify_send import send

from .webdriver import Browser, window

SUBJECTS = ".entries .subject"
FRAME = "iframe"
HOSTILE = (
    "<script>window.pwned = 1; document.title = 'pwned'</script><img src=x onerror='window.pwned = 1'>"
    '" onfocus=window.pwned=1 autofocus x=" \u202egnp.exe \x00 javascript:window.pwned=1 '
)


def test_a_message_arrives_without_a_reload(browser: Browser, sandbox: Sandbox) -> None:
    browser.open(sandbox.inbox_url)
    browser.run("window.sameDocument = true")
    assert "Nothing was sent yet" in browser.text("#list")
    send(sandbox, "test", template_id=TEMPLATES["plain"])
    browser.wait(lambda: browser.texts(SUBJECTS) == ["Your receipt"], "the message did not arrive")

    assert browser.title == "(1) · Sandbox inbox"
    assert browser.run("return window.sameDocument")
    assert "test key" in browser.text(".entries")
    send(sandbox, template_id=TEMPLATES["granted"], personalisation={"reference": "P/2", "applicant name": "Ada"})
    browser.wait(lambda: browser.texts(SUBJECTS) == ["Permit P/2", "Your receipt"], "the second did not arrive")
    browser.wait(lambda: "New message: Permit P/2" in browser.run("return news.textContent"), "it was not said")


def test_what_becomes_of_a_message_shows_without_a_reload(browser: Browser, sandbox: Sandbox) -> None:
    sent = send(sandbox).json()
    browser.open(f"{sandbox.inbox_url}messages/{sent['id']}")
    browser.run("document.querySelector('iframe').kept = true")
    browser.wait(lambda: "delivered" in browser.text("#history"), "it was not delivered")

    assert browser.texts("#history li span") == ["created", "sending", "delivered"]
    assert "delivered" in browser.text("#marks")
    assert browser.run("return document.querySelector('iframe').kept")


def test_a_search_lists_while_one_types_and_can_be_sent_to_a_colleague(browser: Browser, sandbox: Sandbox) -> None:
    sandbox.replace(holding(*(message(number) for number in range(1, 30)), campaigns=(campaign(),)))
    browser.open(sandbox.inbox_url)
    browser.click("input[type=search]")
    browser.press(*"permit 17")
    browser.wait(lambda: browser.texts(SUBJECTS) == ["Permit 17"], "the search did not narrow")

    assert browser.url == f"{sandbox.inbox_url}?q=permit+17"
    browser.open(browser.url)
    assert browser.texts(SUBJECTS) == ["Permit 17"]
    assert browser.run("return document.querySelector('input[type=search]').value") == "permit 17"


@pytest.mark.parametrize(
    ("name", "value", "subjects"),
    [
        ("provider", "mailchimp", ["News for builders"]),
        ("key", "team", ["Permit 2"]),
        ("type", "campaign", ["News for builders"]),
        ("status", "permanent-failure", ["Permit 1"]),
        ("service", "a1b2c3", ["News for builders"]),
    ],
)
def test_filters(browser: Browser, sandbox: Sandbox, name: str, value: str, subjects: list[str]) -> None:
    failed = message(1, key="test", ends="permanent-failure")
    sandbox.replace(holding(failed, message(2, key="team"), message(3), campaigns=(campaign(),)))
    browser.open(sandbox.inbox_url)
    assert len(browser.texts(SUBJECTS)) == 4
    browser.click(f"select[name={name}] option[value='{value}']")
    browser.wait(lambda: browser.texts(SUBJECTS) == subjects, "the filter did not narrow")

    assert browser.url == f"{sandbox.inbox_url}?{name}={value}"


def test_a_link_leads_to_one_message(browser: Browser, sandbox: Sandbox) -> None:
    sandbox.replace(holding(message(1, recipient=REDIRECTED_TO, original="buyer@example.gov.uk"), message(2)))
    browser.open(sandbox.inbox_url)
    browser.click(f"#entry-{message_id(1)} .subject")
    browser.wait(lambda: browser.url == f"{sandbox.inbox_url}messages/{message_id(1)}", "it did not open")

    assert browser.title == "Permit 1 · Sandbox inbox"
    about = browser.text(".about")
    assert "buyer@example.gov.uk" in about
    assert REDIRECTED_TO in about
    assert browser.url in about


def test_all_is_deleted_once_it_is_confirmed(browser: Browser, sandbox: Sandbox) -> None:
    sandbox.replace(holding(message(1), campaigns=(campaign(),)))
    browser.open(sandbox.inbox_url)
    browser.click("header a[href='/delete']")
    browser.wait(lambda: "1 message and 1 campaign" in browser.text("main"), "nothing was asked")
    assert len(sandbox.state()["messages"]) == 1
    browser.click("button.danger")
    browser.wait(lambda: "Nothing was sent yet" in browser.text("#list"), "it is not empty")

    assert sandbox.state()["messages"] == []


def test_by_keyboard_alone(browser: Browser, sandbox: Sandbox) -> None:
    sandbox.replace(holding(*(message(number) for number in range(1, 6))))
    browser.open(sandbox.inbox_url)
    browser.press("j", "j", "ArrowDown", "k")
    assert browser.run("return document.activeElement.innerText") == "Permit 4"
    outline = "return getComputedStyle(document.activeElement, '::after').outlineStyle"
    assert browser.run(outline) == "solid"
    browser.press("Enter")
    browser.wait(lambda: browser.title.startswith("Permit 4"), "Enter did not open it")
    browser.press("j")
    browser.wait(lambda: browser.title.startswith("Permit 3"), "j did not go to the next")
    browser.press("k")
    browser.wait(lambda: browser.title.startswith("Permit 4"), "k did not go back")
    browser.press("u")
    browser.wait(lambda: browser.url == sandbox.inbox_url, "u did not go to the list")
    browser.press("/", *"permit 2")
    browser.wait(lambda: browser.texts(SUBJECTS) == ["Permit 2"], "/ did not search")
    browser.press("ArrowDown", "Enter")
    browser.wait(lambda: browser.title.startswith("Permit 2"), "the search's end did not open")


def test_the_slash_on_the_page_of_a_message_searches_the_list(browser: Browser, sandbox: Sandbox) -> None:
    sandbox.replace(holding(message(1), message(2, key="team"), message(3)))
    browser.open(f"{sandbox.inbox_url}messages/{message_id(1)}?key=live")
    browser.press("/")
    browser.wait(lambda: browser.texts(SUBJECTS) == ["Permit 3", "Permit 1"], "/ did not go to the list")
    browser.wait(lambda: browser.run("return document.activeElement.name") == "q", "the search has no focus")
    browser.press(*"permit 3")
    browser.wait(lambda: browser.texts(SUBJECTS) == ["Permit 3"], "/ did not search")


def test_what_was_not_opened_stands_out_until_it_is(browser: Browser, sandbox: Sandbox) -> None:
    sandbox.replace(holding(message(1), message(2)))
    browser.open(f"{sandbox.inbox_url}messages/{message_id(2)}")
    browser.press("u")
    browser.wait(lambda: browser.texts(SUBJECTS) == ["Permit 2", "Permit 1"], "u did not go to the list")
    assert browser.texts(".unread .subject") == ["Permit 1"]
    browser.click(f"#entry-{message_id(2)} .subject")
    browser.click("form[action$='/unread'] button")
    browser.wait(lambda: browser.texts(".unread .subject") == ["Permit 2", "Permit 1"], "it is not unread")


def test_one_message_is_deleted_from_its_page(browser: Browser, sandbox: Sandbox) -> None:
    sandbox.replace(holding(message(1), message(2)))
    browser.open(f"{sandbox.inbox_url}messages/{message_id(2)}")
    browser.click("form[action$='/delete'] button")
    browser.wait(lambda: browser.texts(SUBJECTS) == ["Permit 1"], "it is not deleted")


def test_with_tab_alone_everything_is_reached_and_seen(browser: Browser, sandbox: Sandbox) -> None:
    sandbox.replace(holding(message(1), message(2)))
    browser.open(sandbox.inbox_url)
    reached = []
    for _ in range(14):
        browser.press("Tab")
        reached.append(browser.run("return document.activeElement.innerText || document.activeElement.name"))
        style = "const one = document.activeElement; return [one, '::after'].map((p, i) => "
        style += "getComputedStyle(one, i ? '::after' : null).outlineStyle).join()"
        assert "solid" in browser.run(style), reached
    assert reached[:3] == ["Skip to the messages", "Sandbox inbox", "Delete all"]
    assert reached[3] == "q"
    assert reached[-4:] == ["Search", "Permit 2", "Permit 1", "The same as JSON"]


def test_the_focus_stays_on_its_line_when_another_message_arrives(browser: Browser, sandbox: Sandbox) -> None:
    sandbox.replace(holding(message(1), message(2)))
    browser.open(sandbox.inbox_url)
    browser.press("j", "j")
    send(sandbox)
    browser.wait(lambda: len(browser.texts(SUBJECTS)) == 3, "it did not arrive")

    assert browser.run("return document.activeElement.innerText") == "Permit 1"


PAGES = ["", f"messages/{message_id(1)}", f"messages/{message_id(2)}", f"campaigns/{CAMPAIGN}", "delete", "?q=nothing"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1280, 900), (320, 700)], ids=["desk", "phone"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_fits_and_can_be_read(
    browser: Browser, sandbox: Sandbox, shots: Path, path: str, width: int, height: int, scheme: str
) -> None:
    long = message(
        2, subject="Unbroken" * 12_500, recipient="a" * 300 + "@example.com", body="W" * 5000, reference="r" * 1000
    )
    redirected = message(1, recipient=REDIRECTED_TO, original="buyer@example.gov.uk", key="team", reports=REPORTS)
    text = message(3, type="sms", subject=None, recipient="07700900111", body="Renew by 3 March.", key="test")
    failed = message(4, ends="permanent-failure")
    sandbox.replace(holding(redirected, long, text, failed, campaigns=(campaign(),)))
    browser.resize(width, height)
    browser.prefer(scheme)
    browser.open(f"{sandbox.inbox_url}{path}")
    name = path.replace("/", "-").replace("?q=", "") or "list"
    browser.screenshot(shots / f"{name}-{scheme}-{width}.png")

    assert browser.run("return document.documentElement.scrollWidth") <= width
    assert browser.run(UNREADABLE) == []


REPORTS = [
    {
        "at": "2026-01-30T00:00:04.000000Z",
        "status": "delivered",
        "url": "http://127.0.0.1:5000/callbacks",
        "answer": 503,
    },
    {
        "at": "2026-01-30T00:05:04.000000Z",
        "status": "delivered",
        "url": "http://127.0.0.1:5000/callbacks",
        "answer": 200,
    },
]
UNREADABLE = """
const channels = colour => colour.match(/[\\d.]+/g).map(Number);
const light = colour => channels(colour).slice(0, 3).map(one => one / 255)
  .map(one => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)
  .reduce((sum, one, at) => sum + one * [0.2126, 0.7152, 0.0722][at], 0);
const behind = one => {
  for (; one; one = one.parentElement) {
    const colour = getComputedStyle(one).backgroundColor;
    if ((channels(colour)[3] ?? 1) === 1) return colour;
  }
  return "rgb(255, 255, 255)";
};
const found = [];
for (const one of document.querySelectorAll("body *")) {
  const own = [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim());
  if (!own || one.closest(".unseen, .skip, option")) continue;
  const [a, b] = [light(getComputedStyle(one).color), light(behind(one))];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < 4.5) found.push(`${ratio.toFixed(2)} ${one.tagName} ${one.className} ${one.textContent.slice(0, 30)}`);
}
return found;
"""
"""Texts whose contrast is below 4.5 to 1: WCAG 2.2, 1.4.3."""


@pytest.mark.parametrize("path", ["", f"messages/{message_id(1)}", f"messages/{message_id(1)}/html"])
def test_hostile_messages_do_nothing(browser: Browser, sandbox: Sandbox, path: str) -> None:
    values = {"reference": HOSTILE, "applicant name": [HOSTILE]}
    hostile = message(
        1, subject=HOSTILE, body=HOSTILE * 3, recipient=HOSTILE, reference=HOSTILE, personalisation=values
    )
    sandbox.replace(holding(hostile))
    browser.open(f"{sandbox.inbox_url}{path}")
    page = "return [typeof window.pwned, document.querySelectorAll('[onfocus], [onerror], [href^=javascript]').length]"

    assert browser.run(page) == ["undefined", 0]
    assert "pwned" not in browser.title.partition(" · ")[2]
    assert browser.run("return document.querySelectorAll('script').length") == (0 if path.endswith("html") else 1)
    assert "<script>window.pwned = 1" in browser.text("body")


def test_a_campaigns_html_is_shown_and_its_scripts_do_not_run(browser: Browser, sandbox: Sandbox) -> None:
    html = (
        "<title>frame</title><h1>News</h1><script>parent.pwned = 1; top.document.title = 'pwned'</script>"
        "<meta http-equiv=refresh content='0;url=/delete'><img src=/inbox.svg onload='parent.pwned = 1'>"
        "<form action=/delete method=post><button id=send>Send</button></form>"
        "<a id=script href='javascript:opener.pwned = 1'>run</a> <a id=top href=/delete target=_top>leave</a>"
        "<iframe src=/ id=inner></iframe><p id=last>The last paragraph</p>"
    )
    sandbox.replace(holding(message(1), campaigns=(campaign(content={"html": html}),)))
    browser.open(f"{sandbox.inbox_url}campaigns/{CAMPAIGN}")
    with browser.inside(FRAME):
        browser.wait(lambda: "The last paragraph" in browser.text("#last"), "the HTML is not shown")
        assert browser.run("return document.querySelector('img').naturalWidth") == 0
        for place in ("#send", "#script", "#top"):
            browser.click(place)
        assert "The last paragraph" in browser.text("#last")

    assert browser.run("return typeof window.pwned") == "undefined"
    assert browser.title == "News for builders · Sandbox inbox"
    assert browser.url == f"{sandbox.inbox_url}campaigns/{CAMPAIGN}"
    assert len(sandbox.state()["messages"]) == 1
    browser.open(f"{sandbox.inbox_url}campaigns/{CAMPAIGN}/html")
    assert browser.title == "frame"
    assert "The last paragraph" in browser.text("#last")
    assert browser.url.endswith("/html")


def test_a_sandbox_that_is_gone_is_said_to_be(browser: Browser) -> None:
    with Sandbox(holding(message(1))) as sandbox:
        browser.open(sandbox.inbox_url)
    browser.wait(lambda: browser.text("#alive") == "The sandbox does not answer", "it was not said")
    assert browser.texts(SUBJECTS) == ["Permit 1"]


def test_it_works_with_scripts_switched_off(driver: str, sandbox: Sandbox) -> None:
    sandbox.replace(holding(*(message(number) for number in range(1, 150)), campaigns=(campaign(),)))
    with window(driver, scripts=False) as browser:
        browser.open(sandbox.inbox_url)
        assert len(browser.texts(SUBJECTS)) == 100
        browser.click("#list nav a")
        browser.wait(lambda: len(browser.texts(SUBJECTS)) == 50, "there is no second page")
        browser.type("input[type=search]", "permit 117")
        browser.click("#search button")
        browser.wait(lambda: browser.texts(SUBJECTS) == ["Permit 117"], "the search did not narrow")
        browser.click(SUBJECTS)
        browser.wait(lambda: browser.title == "Permit 117 · Sandbox inbox", "it did not open")
        with browser.inside(FRAME):
            browser.wait(lambda: "permit 117 is granted" in browser.text("body"), "the HTML is not shown")
        browser.click(".bar a")
        browser.wait(lambda: browser.texts(SUBJECTS) == ["Permit 117"], "the search was not kept")
        browser.click("header a[href='/delete']")
        browser.wait(lambda: browser.texts("button.danger"), "nothing was asked")
        browser.click("button.danger")
        browser.wait(lambda: "Nothing was sent yet" in browser.text("main"), "it is not empty")
        assert browser.run("return document.documentElement.className") == ""
