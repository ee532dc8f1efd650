"""Notify's Markdown (notifications-utils: markdown.py and its tests), and that nothing but it becomes HTML."""

from __future__ import annotations

import re

import pytest

from emailops.sandbox.notify.markdown import as_html

URL = "https://permits.example/a?b=1&c=2"
LINK = "https://permits.example/a?b=1&amp;c=2"
ROWS = [
    ("a line break stays one", "one\ntwo\n\nthree", "<p>one<br>\ntwo</p>\n<p>three</p>"),
    ("a heading is of the second level", "# News #", "<h2>News</h2>"),
    ("a heading needs no space", "#News", "<h2>News</h2>"),
    ("two marks are one level below", "## More", "<h3>More</h3>"),
    ("more marks are text", "### Less", "<p>Less</p>"),
    ("a heading ends a paragraph", "one\n# News\ntwo", "<p>one</p>\n<h2>News</h2>\n<p>two</p>"),
    ("marks of nothing are text", "#", "<p>#</p>"),
    ("bullets", "* one\n- two\n• three", "<ul>\n<li>one</li>\n<li>two</li>\n<li>three</li>\n</ul>"),
    ("bullets need no space", "*one\n*two", "<ul>\n<li>one</li>\n<li>two</li>\n</ul>"),
    ("lines between bullets", "* one\n\n* two", "<ul>\n<li>one</li>\n<li>two</li>\n</ul>"),
    ("a bullet of two lines", "* one\nmore", "<ul>\n<li>one<br>\nmore</li>\n</ul>"),
    ("no bullets right behind a line", "bring:\n* one", "<p>bring:<br>\n* one</p>"),
    ("numbers", "1. one\n2. two", "<ol>\n<li>one</li>\n<li>two</li>\n</ol>"),
    ("numbers behind bullets", "* one\n\n1. two", "<ul>\n<li>one</li>\n</ul>\n<ol>\n<li>two</li>\n</ol>"),
    ("a rule", "one\n\n---\n\ntwo", "<p>one</p>\n<hr>\n<p>two</p>"),
    ("stars make a rule", "***", "<hr>"),
    ("inset text", "^ one\ntwo\n\nthree", "<blockquote>\n<p>one<br>\ntwo</p>\n</blockquote>\n<p>three</p>"),
    ("inset text holds blocks", "^#a\n^*b", "<blockquote>\n<h2>a</h2>\n<ul>\n<li>b</li>\n</ul>\n</blockquote>"),
    ("emphasis is none", "so *much* and **more**", "<p>so *much* and **more**</p>"),
    ("a bare link", f"see {URL}.", f'<p>see <a href="{LINK}">{LINK}</a>.</p>'),
    ("a link with words", f"[your <permit>]({URL})", f'<p><a href="{LINK}">your &lt;permit&gt;</a></p>'),
    ("a link in a list", f"* [a]({URL})", f'<ul>\n<li><a href="{LINK}">a</a></li>\n</ul>'),
    ("a link to a script is text", "[a](javascript:alert(1))", "<p>[a](javascript:alert(1))</p>"),
    ("an attribute stays in the address", 'http://a.b"onclick="x', '<p><a href="http://a.b&quot;onclick=&quot;x">'),
    ("HTML is text", "# <script>\n\n<b id='x'>", "<h2>&lt;script&gt;</h2>\n<p>&lt;b id=&#x27;x&#x27;&gt;</p>"),
    ("a web address of nothing", "https:// and http://...", "<p>https:// and http://...</p>"),
    ("what was escaped is no mark", r"\* a \[b\]\(c)", "<p>* a [b](c)</p>"),
    ("an escaped web address is no link", r"see https://a\.example/b", "<p>see https://a.example/b</p>"),
    ("an escaped link is no link", r"\[a\]\(https://b\.example)", "<p>[a](https://b.example)</p>"),
    ("nothing is nothing", " \n\n", ""),
]  # fmt: skip


@pytest.mark.parametrize(("body", "html"), [pytest.param(*row[1:], id=row[0]) for row in ROWS])
def test_markdown(body: str, html: str) -> None:
    assert as_html(body).startswith(html)
    assert set(re.findall(r"<(\w+)", as_html(body))) == set(re.findall(r"<(\w+)", html))


@pytest.mark.parametrize(
    "body", ["[" * 200_000, "[a](https://" * 50_000, "https://" + "." * 200_000, "#" + " #" * 100_000, "^ " * 100_000]
)
def test_a_long_body_ends_soon(body: str) -> None:
    """Quadratic, each would take minutes."""
    assert len(as_html(body)) >= len(body) / 2


def test_inset_text_in_inset_text_has_an_end() -> None:
    assert as_html("^" * 1000).count("<blockquote>") == 6
