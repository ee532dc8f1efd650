"""A plan as Markdown: counts first, steps above details, and nothing in it comes alive."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from emailops.render import html
from emailops.render import markdown as writer
from emailops.render import text as plain
from emailops.render.markdown import LONGEST, MARKER, code, prose
from emailops.render.rows import Mark, Row, Section
from emailops.render.sections import document
from tests.render.plans import HOSTILE, NEXT, hostile, large, on_one_page, rich

PARSER = MarkdownIt("commonmark").enable("table")


def text(plan, next_, link=""):
    return writer.text(document(plan, next_), link)


def _tokens(markdown):
    for token in PARSER.parse(markdown):
        yield token
        yield from token.children or ()


def _of(markdown, *types):
    return [token for token in _tokens(markdown) if token.type in types]


def _seen(markdown):
    """What a reader sees outside code."""
    return " ".join(token.content for token in _of(markdown, "text"))


def _markup(markdown):
    """The HTML that a reader's browser would see, in order."""
    found = _of(markdown, "html_block", "html_inline")
    return [token.content.strip() for token in found if token.content != "<br>"]


def _heads(words):
    """What stands before a title in a format."""
    return ["<h2>"] if words.startswith("<!doctype") else ["#### "] if words.startswith(MARKER) else ["\n"]


@pytest.mark.parametrize("name", [name for name, text in HOSTILE.items() if text])
class TestHostile:
    def test_no_html_comes_alive(self, name):
        assert _markup(text(hostile(HOSTILE[name]), NEXT)) == _markup(text(hostile("plain"), NEXT))

    def test_no_link_but_that_of_a_step(self, name):
        links = [token.attrs["href"] for token in _of(text(hostile(HOSTILE[name]), NEXT), "link_open")]
        assert all(link.startswith("https://us0.admin.mailchimp.com/") for link in links)
        assert _of(text(hostile(HOSTILE[name]), NEXT), "image") == []

    def test_no_address_or_reference_is_one_that_github_links(self, name):
        alive = r"(?i)\bwww\.|https?://|(?<!&)#[0-9]|\bGH-[0-9]"
        assert re.findall(alive, _seen(text(hostile(HOSTILE[name]), NEXT)).replace("https://us0.admin", "")) == []

    def test_nobody_is_mentioned(self, name):
        assert re.findall(r"(?<![\w.+-])@[A-Za-z0-9]", _seen(text(hostile(HOSTILE[name]), NEXT))) == []

    @pytest.mark.few(3)
    def test_headings_lists_tables_and_fences_are_ours(self, name):
        # A value of several lines is shown in a fence of its own.
        bad, good = text(hostile(HOSTILE[name]), NEXT), text(hostile("a\nb" if "\n" in HOSTILE[name] else "a"), NEXT)
        for kind in ("heading_open", "table_open", "code_block", "hr", "blockquote_open"):
            assert len(_of(bad, kind)) == len(_of(good, kind)), kind
        # A value of several lines stands in a block of its own, and every block is one of ours.
        assert {token.info for token in _of(bad, "fence")} <= {"diff", "text"}
        assert all(token.level > 0 for token in _of(bad, "fence"))
        assert len(_of(bad, "list_item_open")) == len(_of(good, "list_item_open"))

    def test_no_character_is_invisible(self, name):
        assert all(line.isprintable() for line in text(hostile(HOSTILE[name]), NEXT).split("\n"))


CODES = ["plain", "a ` b", "`", "``", "` `` ```", "a\\", " a", "`a`", "a | b", "<b>", "**b**", "&amp;"]


@pytest.mark.parametrize("content", CODES)
def test_code_shows_what_it_holds(content):
    [shown] = _of(code(content), "code_inline")
    assert shown.content.strip() == content.strip()


@pytest.mark.parametrize("content", CODES)
def test_a_row_shows_the_name_that_it_holds(content):
    shown = [token.content.strip() for token in _of(text(hostile(content), NEXT), "code_inline")]
    assert f"mailchimp-audience/{content}".strip() in shown


PROSE = [
    "plain",
    "a * b_c [d](e) #1 <i> & `x` | ~s~ > q",
    "1. a",
    "- a",
    "+ a",
    "a\\b",
    "!x",
    "https://x.example/?a=b&c=d",
    "Team <team@example.gov.uk>",
]


@pytest.mark.parametrize("content", PROSE)
def test_prose_is_seen_as_it_was_written(content):
    seen = "".join(token.content for token in _of(f"x {prose(content)}", "text", "text_special"))
    assert seen.replace("\u200b", "").removeprefix("x ") == content


def test_a_page_of_a_provider_can_be_opened():
    url = "https://us0.admin.mailchimp.com/lists/members?id=1&a_b_c=2"
    [link] = _of(prose(f"created 2024-03-01, {url}, and https://us0.admin.mailchimp.com.evil.example/"), "link_open")
    assert link.attrs["href"] == url


class TestOrder:
    def test_counts_then_sections_in_the_one_order_of_every_format(self):
        shown = document(rich(), NEXT)
        titles = [section.title for section in shown.sections]
        assert titles[:3] == ["touches production", "settings", "at the providers: production"]
        for words in (text(rich(), NEXT), html.text(shown), "\n".join(line for _, line in plain.text(shown))):
            places = [words.lower().index(f"{start}{title}") for title in titles for start in _heads(words)]
            assert places == sorted(places)

    def test_the_comment_can_be_found_again_by_its_first_line(self):
        assert text(rich(), NEXT).splitlines()[0] == MARKER

    def test_what_touches_production_is_told_first(self):
        first = text(rich(), NEXT).partition("#### Settings")[0]
        assert first.count(": production\n") == 4
        assert first.count(": shared\n") == 1

    def test_only_a_folded_section_is_folded_and_says_how_much_it_hides(self):
        assert "<details>" not in text(rich(), NEXT)
        section = Section("before", (Row(Mark("?", "unknown"), ("a",), "why"), Row(Mark("!", "person"), ("b",))), True)
        markdown = writer.text(replace(document(rich(), NEXT), sections=(section,)))
        assert "<details><summary>Before: 2</summary>\n\n- ? `a`: why\n- [ ] `b`\n\n</details>\n" in markdown

    def test_the_whole_change_is_there_to_be_approved_and_the_last_line_is_next(self):
        markdown = text(rich(), NEXT)
        assert f"`{rich().change}`" in markdown
        assert markdown.rstrip().splitlines()[-1].startswith("next: ")

    def test_each_step_can_be_ticked_off(self):
        assert text(rich(), NEXT).count("- [ ] ") == len(rich().steps)

    def test_steps_that_one_look_at_one_page_settles_are_one_item(self):
        markdown = text(on_one_page(14), NEXT)
        assert markdown.count("- [ ] ") == markdown.count("/api/keys") == 1
        assert "- [ ] `notify-key`: 14 on one page, before merge\n  - why: a live key mails real people\n" in markdown
        assert "  - check `key-13`: `test` kind\n" in markdown
        assert f"then: `emailops attest {' '.join(f'notify-key/key-{n}' for n in range(14))}`" in markdown

    def test_a_step_that_was_taken_is_ticked(self):
        assert "- [x] `notify-reply-to/enquiries`: attested by qa on 2026-11-23" in text(rich(), NEXT)

    def test_it_ends_with_one_newline(self):
        assert text(rich(), NEXT).endswith("\n")
        assert not text(rich(), NEXT).endswith("\n\n")

    def test_what_needs_a_terminal_to_be_revealed_is_not_here(self):
        assert "\x1b" not in text(rich(), NEXT)


class TestCut:
    LINK = "https://jenkins.example/job/plan/1/plan.html"

    @pytest.mark.slow
    def test_a_large_plan_fits_into_one_comment_and_says_what_is_missing(self):
        markdown = text(large(2_000), NEXT, self.LINK)
        assert LONGEST - 2_000 < len(markdown) <= LONGEST
        [left_out] = re.findall(r"\*\*(\d+) rows did not fit here\*\*; the whole plan: <(.+)>", markdown)
        settings = len(re.findall(r"^- .* `SETTING", markdown, re.MULTILINE))
        assert int(left_out[0]) == 2_000 - settings > 0
        assert left_out[1] == self.LINK

    def test_it_is_cut_between_rows_and_every_fold_is_closed(self):
        shown = document(large(2_000), NEXT)
        folded = tuple(replace(section, folded=True) for section in shown.sections)
        markdown = writer.text(replace(shown, sections=folded), self.LINK)
        assert markdown.count("<details>") == markdown.count("</details>") == len(folded)
        assert markdown.count("`SETTING_") == markdown.count("+ value") == markdown.count("read by: scripts")

    def test_the_digest_and_what_is_next_are_never_cut(self):
        markdown = text(large(2_000), NEXT, self.LINK)
        assert f"change `{large(2_000).change}`" in markdown
        assert markdown.rstrip().splitlines()[-1].startswith("next: ")

    @pytest.mark.slow
    def test_a_section_that_is_short_is_whole_whatever_stands_before_it(self):
        markdown = text(large(2_000), NEXT, self.LINK)
        assert markdown.count("- [ ] ") == len(rich().steps)
        assert markdown.count("not declared here") == len(rich().undeclared)

    @pytest.mark.few(1)
    @pytest.mark.parametrize("link", ["", "javascript:alert(1)", "https://a.example/>\n# INJECTED"])
    def test_a_link_that_is_none_is_left_out(self, link):
        markdown = text(large(2_000), NEXT, link)
        assert "rows did not fit here**; the whole plan is in the build" in markdown
        assert "INJECTED" not in markdown

    def test_a_plan_that_fits_is_whole(self):
        assert "did not fit" not in text(rich(), NEXT, self.LINK)
