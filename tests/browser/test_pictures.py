"""The pictures in README can be taken again, and show what they are said to show."""

from __future__ import annotations

from pathlib import Path

from tests.docs import pictures

from .webdriver import Browser


def test_the_comment_is_rendered_as_on_a_pull_request(browser: Browser, tmp_path: Path, shots: Path) -> None:
    pictures.comment(browser, tmp_path, shots)
    assert browser.text("h3").startswith("Digital Marketplace")
    assert browser.run("return document.querySelectorAll('li.task > input').length") == 1
    assert browser.texts(".plus") == ["+ example.org", "+   -> success@simulator.amazonses.com"]
    assert {f"comment-{scheme}.png" for scheme in pictures.SCHEMES} <= {path.name for path in shots.iterdir()}


def test_the_inbox_holds_redirected_mail_and_a_campaign(browser: Browser, tmp_path: Path, shots: Path) -> None:
    pictures.inbox(browser, tmp_path, shots)
    assert "mary@example.org → sink@permits.example" in browser.text(".entries")
    assert browser.texts(".entries .subject")[-1] == "New rules for street traders"
