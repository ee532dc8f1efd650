"""`make pictures`: photographs the comment on a pull request and the sandbox's inbox, in Chromium, light and dark.

It needs Chromium, its driver and pngquant, which `.ci/extra` installs. The comment is rendered as GitHub does
it, with styles of our own.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from html import escape
from pathlib import Path

from markdown_it import MarkdownIt

from tests.browser.webdriver import Browser, chromedriver, window
from tests.docs.mail import sent
from tests.docs.pages import ROOT
from tests.docs.scenes import pull_request

FOLDER = ROOT / "docs/pictures"
CSS = Path(__file__).with_name("github.css")
WIDTH = 900
SCHEMES = ("light", "dark")
HEIGHT = "return Math.ceil(document.documentElement.getBoundingClientRect().height)"


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="emailops-docs-") as name, chromedriver() as driver:
        for number, take in enumerate((comment, inbox)):
            folder = Path(name) / str(number)
            folder.mkdir()
            with window(driver) as browser:
                take(browser, folder, FOLDER)
    return 0


def comment(browser: Browser, folder: Path, pictures: Path) -> None:
    """What the plan workflow writes on a pull request that adds a redirect domain. Leaves the page open."""
    with pull_request(folder) as scene:
        page = folder / "comment.html"
        page.write_text(comment_page(scene.play.run("plan", "--format", "markdown").out), encoding="utf-8")
    browser.open(page.as_uri())
    _photograph(browser, pictures / "comment")


def inbox(browser: Browser, _: Path, pictures: Path) -> None:
    """Messages of an app, and a campaign."""
    with sent() as sandbox:
        browser.open(sandbox.inbox_url)
        _photograph(browser, pictures / "inbox")


def comment_page(markdown: str) -> str:
    """A comment in the frame that GitHub puts round it."""
    body = MarkdownIt("commonmark", {"html": True, "highlight": _highlighted}).enable("table").render(_timed(markdown))
    body = re.sub(r"<li>(\s*<p>)?\[( |x)\]", _task, body)
    return (
        f'<!doctype html><meta charset="utf-8"><title>Comment</title><style>{CSS.read_text(encoding="utf-8")}</style>'
        f'<div class="comment"><div class="by"><b>{escape("github-actions")}</b> commented</div>'
        f'<div class="body">{body}</div></div>'
    )


def _highlighted(code: str, language: str, _: str) -> str:
    """The lines of a difference in its colours."""
    sorts = {"+": "plus", "-": "minus"} if language == "diff" else {}
    lines = [f'<span class="{sorts.get(line[:1], "")}">{escape(line)}</span>' for line in code.splitlines()]
    return "\n".join(lines)


def _timed(text: str) -> str:
    return re.sub(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2} UTC", "2026-11-24 06:00 UTC", text)


def _task(found: re.Match[str]) -> str:
    return f'<li class="task">{found[1] or ""}<input type="checkbox" disabled{" checked" if found[2] == "x" else ""}>'


def _photograph(browser: Browser, picture: Path) -> None:
    """The whole page, as high as it is, in 256 colours."""
    for scheme in SCHEMES:
        browser.prefer(scheme)
        browser.resize(WIDTH, 100)
        browser.resize(WIDTH, browser.run(HEIGHT))
        path = picture.with_name(f"{picture.name}-{scheme}.png")
        browser.screenshot(path)
        subprocess.run(["pngquant", "--force", "--nofs", "--strip", "--ext=.png", "256", str(path)], check=True)


if __name__ == "__main__":
    sys.exit(main())
