"""A plan as a page: whole without styles and scripts, and whatever is in it shows as text."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from emailops.render import html
from emailops.render.rows import Mark, Row, Section
from emailops.render.sections import document
from tests.render.plans import HOSTILE, NEXT, hostile, large, on_one_page, rich


def text(plan, next_):
    return html.text(document(plan, next_))


class _Page(HTMLParser):
    """The tags of a page, its attributes, and the words that a reader sees."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.words = [], [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.words.append(data)


@pytest.mark.parametrize("name", [name for name, text in HOSTILE.items() if text])
class TestHostile:
    def test_every_tag_is_ours(self, name):
        # What is no address is no link but code, and a value of several lines is shown line by line.
        tags = [Counter(_Page(text(hostile(words), NEXT)).tags) for words in (HOSTILE[name], "plain")]
        same = [
            {tag: n for tag, n in page.items() if tag not in ("a", "code", "pre", "ins", "del", "br")} for page in tags
        ]
        assert same[0] == same[1]
        assert set(tags[0]) <= set(tags[1]) | {"pre", "br"}

    def test_no_attribute_runs_anything_and_no_link_leads_elsewhere(self, name):
        attributes = _Page(text(hostile(HOSTILE[name]), NEXT)).attributes
        assert {key for key, _ in attributes} <= {"lang", "charset", "name", "content", "href"}
        links = [value for key, value in attributes if key == "href"]
        assert all(link.startswith("https://us0.admin.mailchimp.com/") for link in links)

    def test_no_character_is_invisible(self, name):
        assert all(line.isprintable() for line in text(hostile(HOSTILE[name]), NEXT).split("\n"))

    def test_the_text_is_seen_as_it_was_written(self, name):
        line = HOSTILE[name].split("\n")[0]
        if line.isprintable():
            assert line in "".join(_Page(text(hostile(HOSTILE[name]), NEXT)).words)


class TestPage:
    def test_it_has_no_script_and_loads_nothing(self):
        page = _Page(text(rich(), NEXT))
        assert not {"script", "link", "img", "iframe", "form", "object"} & set(page.tags)
        assert "url(" not in text(rich(), NEXT)

    def test_nothing_is_said_by_style_alone(self):
        # Without styles, what is added and what is removed are told apart by their signs.
        words = "".join(_Page(text(rich(), NEXT)).words)
        assert "+ example.org -> success@simulator.amazonses.com" in words
        assert "- it was" in words

    def test_both_digests_are_there_to_be_approved(self):
        page = text(rich(), NEXT)
        assert rich().change in page
        assert rich().digest in page

    def test_steps_that_one_look_at_one_page_settles_are_one_section(self):
        page = text(on_one_page(14), NEXT)
        assert page.count("before merge") == page.count("/api/keys</a>") == 1
        assert "<code>notify-key</code>: 14 on one page, before merge" in page
        assert f"emailops attest {' '.join(f'notify-key/key-{n}' for n in range(14))}" in page

    def test_a_large_plan_is_not_cut(self):
        assert text(large(2_000), NEXT).count("SETTING_") == 2_000

    def test_a_folded_section_says_how_much_it_hides(self):
        section = Section("before", (Row(Mark("?", "unknown"), ("a",), "why"), Row(Mark("!", "person"), ("b",))), True)
        page = html.text(replace(document(rich(), NEXT), sections=(section,)))
        assert (
            "<details>\n<summary>\n<strong>Before: 2</strong>\n</summary>\n<ul>\n<li>? <code>a</code>: why</li>" in page
        )
