"""Each of the nine changes is seen at once: in a comment as GitHub renders it, on a page under Jenkins' policy.

The changed value itself stands within 700 pixels of the top on a desk and within two screens of a telephone, and
nothing above it belongs to something else.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.docs.pictures import comment_page
from tests.stories.test_nine_changes import CHANGES, GOLDEN, OPEN_BEFORE

from .test_plan_page import JENKINS, served
from .webdriver import Browser

_OURS, _THEIRS = "https://git.elsewhere.example/", "https://github.com/"
_JENKINS = "Crown-Commercial-Service/digitalmarketplace-jenkins.git"
VALUES = {
    "redirect-domain": "example.org -> success@simulator.amazonses.com",
    "new-iteration": "+ digital-outcomes-and-specialists-7",
    "designers-words": "Follow this link within 7 days:",
    "rotated-key": "production-2026   (was production)",
    "secret-of-another-key": "functional-tests-staging   (was staging)",
    "moved-repository": f"repository -> {_OURS}{_JENKINS}   (was {_THEIRS}{_JENKINS})",
    "lifted-limit": "6   (was 2)",
    "leaver": "sue since 2026-11-01",
    "nothing": "no changes",
}
"""The whole of what changes, from its first letter to its last."""
SIZES = {"desk": (1280, 900, 700), "phone": (390, 844, 2 * 844)}
FIND = """
const same = text => text.replace(/\\n[+~-] +/g, '').replace(/\\s+/g, '');
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT);
let found = null;
for (let node = walker.nextNode(); node; node = walker.nextNode()) {
  if (found && !found.contains(node)) break;
  if (node.checkVisibility() && same(node.innerText || '').includes(same(arguments[0]))) found = node;
}
if (!found) return null;
const bottom = found.getBoundingClientRect().bottom + window.scrollY;
const range = document.createRange();
range.selectNodeContents(found.closest('pre, li') || found);
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
let above = '';
for (let node = texts.nextNode(); node && !found.contains(node); node = texts.nextNode()) {
  if (node.parentElement.checkVisibility()) above += node.textContent + '\\n';
}
const wide = [...document.querySelectorAll('pre')].filter(block => block.scrollWidth > block.clientWidth).length;
const right = Math.max(...[...range.getClientRects()].map(box => box.right));
return {bottom: bottom, wide: wide, right: right, above: above};
"""
"""The innermost element that shows the value first: where it ends, how wide its block is, and the words before it;
and how many blocks of code are wider than the page.

A line that goes on in the next one is one line.
"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    for name in CHANGES:
        comment = comment_page((GOLDEN / f"{name}.md").read_text(encoding="utf-8"))
        (folder / f"{name}-comment.html").write_text(comment, encoding="utf-8")
        (folder / f"{name}-page.html").write_bytes((GOLDEN / f"{name}.html").read_bytes())
    return folder


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("form", ["comment", "page"])
@pytest.mark.parametrize("name", CHANGES)
def test_the_changed_value_is_seen_at_once(
    browser: Browser, shots: Path, pages: Path, name: str, form: str, size: str
) -> None:
    width, height, limit = SIZES[size]
    browser.resize(width, height)
    with served(pages / f"{name}-{form}.html", JENKINS if form == "page" else "") as url:
        browser.open(url)
        seen: dict[str, Any] | None = browser.run(FIND, VALUES[name])
        browser.resize(width, limit)
        browser.screenshot(shots / f"nine-{name}-{form}-{size}.png")
    assert seen is not None, "nobody sees it"
    assert seen["bottom"] <= limit
    assert seen["right"] <= width
    assert not seen["wide"], "a block of code has to be moved aside to be read"
    assert OPEN_BEFORE not in seen["above"]
    assert "Open before" not in seen["above"]


def test_every_change_has_a_value_to_look_for() -> None:
    assert VALUES.keys() == CHANGES.keys()
