"""`make pictures`: photographs the comment on a pull request and the sandbox's inbox, in Chromium, light and dark.

It needs Chromium and its driver, which `.ci/extra` installs. The comment is rendered as GitHub does
it, with styles of our own.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Callable
from html import escape
from pathlib import Path

from markdown_it import MarkdownIt

from tests.browser.webdriver import Browser, chromedriver, window
from tests.docs.mail import inbox
from tests.docs.pages import ROOT
from tests.docs.scenes import pull_request

FOLDER = ROOT / "docs/pictures"
CSS = Path(__file__).with_name("github.css")
SCHEMES = ("light", "dark")
HEIGHT = "return Math.ceil(document.documentElement.getBoundingClientRect().height)"


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="emailops-docs-") as name, chromedriver() as driver:
        for picture, take in PICTURES.items():
            folder = Path(name) / picture
            folder.mkdir()
            with window(driver) as browser:
                take(browser, folder, picture)
    return 0


def _comment(browser: Browser, folder: Path, picture: str) -> None:
    """What the plan workflow writes on a pull request of one redirect domain."""
    (folder / "scene").mkdir()
    with pull_request(folder / "scene") as scene:
        page = folder / "comment.html"
        page.write_text(comment_page(scene.play.run("plan", "--format", "markdown").out), encoding="utf-8")
    browser.open(page.as_uri())
    browser.run("document.querySelectorAll('details').forEach((details, n) => { details.open = n === 1 })")
    _photograph(browser, picture, 900)


def comment_page(markdown: str) -> str:
    """A comment in the frame that GitHub puts round it."""
    body = MarkdownIt("commonmark", {"html": True}).enable("table").render(_timed(markdown))
    body = re.sub(r"<li>(\s*<p>)?\[( |x)\]", _task, body)
    return (
        f'<!doctype html><meta charset="utf-8"><title>Comment</title><style>{CSS.read_text(encoding="utf-8")}</style>'
        f'<div class="comment"><div class="by"><b>{escape("github-actions")}</b> commented</div>'
        f'<div class="body">{body}</div></div>'
    )


def _timed(text: str) -> str:
    return re.sub(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2} UTC", "2026-11-24 06:00 UTC", text)


def _task(found: re.Match[str]) -> str:
    return f'<li class="task">{found[1] or ""}<input type="checkbox" disabled{" checked" if found[2] == "x" else ""}>'


def _inbox(browser: Browser, _: Path, picture: str) -> None:
    """Messages of an app, and a campaign."""
    with inbox() as sandbox:
        browser.open(sandbox.inbox_url)
        _photograph(browser, picture, 900)


def _photograph(browser: Browser, picture: str, width: int) -> None:
    """The whole page, as high as it is."""
    for scheme in SCHEMES:
        browser.prefer(scheme)
        browser.resize(width, 100)
        browser.resize(width, browser.run(HEIGHT))
        browser.screenshot(FOLDER / f"{picture}-{scheme}.png")


PICTURES: dict[str, Callable[[Browser, Path, str], None]] = {"comment": _comment, "inbox": _inbox}

if __name__ == "__main__":
    sys.exit(main())
