"""A plan as Markdown: counts first, steps above details, and nothing in it comes alive."""

from __future__ import annotations

import re

import pytest
from markdown_it import MarkdownIt

from emailops.render.markdown import LONGEST, MARKER, code, prose, text
from emailops.render.plan import at_providers
from tests.render.plans import HOSTILE, NEXT, hostile, large, on_one_page, rich

PARSER = MarkdownIt("commonmark").enable("table")


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


def _rows(markdown):
    """Cells a row, of every table."""
    rows = []
    for token in PARSER.parse(markdown):
        if token.type == "tr_open":
            rows.append(0)
        elif token.type in ("td_open", "th_open"):
            rows[-1] += 1
    return rows


@pytest.mark.parametrize("name", [name for name, one in HOSTILE.items() if one])
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

    def test_headings_lists_tables_and_fences_are_ours(self, name):
        # A value of several lines is shown in a fence of its own.
        bad, good = text(hostile(HOSTILE[name]), NEXT), text(hostile("a\nb" if "\n" in HOSTILE[name] else "a"), NEXT)
        for kind in ("heading_open", "table_open", "code_block", "hr", "blockquote_open"):
            assert len(_of(bad, kind)) == len(_of(good, kind)), kind
        # A value of several lines stands in a block of its own, and every block is one of ours.
        assert {token.info for token in _of(bad, "fence")} <= {"diff", "text"}
        assert all(token.level > 0 for token in _of(bad, "fence"))
        assert len(_of(bad, "list_item_open")) == len(_of(good, "list_item_open"))

    def test_every_row_has_the_cells_of_its_table(self, name):
        assert _rows(text(hostile(HOSTILE[name]), NEXT)) == _rows(text(hostile("plain"), NEXT))

    def test_no_character_is_invisible(self, name):
        assert all(line.isprintable() for line in text(hostile(HOSTILE[name]), NEXT).split("\n"))


CODES = ["plain", "a ` b", "`", "``", "` `` ```", "a\\", " a", "`a`", "a | b", "<b>", "**b**", "&amp;"]


@pytest.mark.parametrize("content", CODES)
def test_code_shows_what_it_holds(content):
    [shown] = _of(code(content), "code_inline")
    assert shown.content.strip() == content.strip()


@pytest.mark.parametrize("content", CODES)
def test_code_in_a_cell_shows_what_it_holds(content):
    table = text(hostile(content), NEXT)
    cells = [token.content.strip() for token in _of(table, "code_inline")]
    assert f"mailchimp-audience/{content}".strip() in cells


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
    def test_counts_then_production_then_steps_then_what_is_not_known_then_details(self):
        markdown = text(rich(), NEXT)
        order = ("2 to create", "Touches production", "For a person", "Not known", "Settings: 4", "At the providers: 5")
        places = [markdown.index(one) for one in order]
        assert places == sorted(places)

    def test_the_comment_can_be_found_again_by_its_first_line(self):
        assert text(rich(), NEXT).splitlines()[0] == MARKER

    def test_only_what_touches_production_is_above_the_fold(self):
        above = text(rich(), NEXT).partition("<details><summary>Settings")[0]
        assert "campaign" not in above
        assert above.count("production: ") == 4
        assert above.count("shared: ") == 1

    def test_the_whole_change_is_there_to_be_approved_and_the_last_line_is_next(self):
        markdown = text(rich(), NEXT)
        assert f"`{rich().change}`" in markdown
        assert markdown.rstrip().splitlines()[-1].startswith("next: ")

    def test_each_step_can_be_ticked_off(self):
        assert text(rich(), NEXT).count("- [ ] ") == len(rich().steps)

    def test_steps_that_one_look_at_one_page_settles_are_one_item(self):
        markdown = text(on_one_page(14), NEXT)
        assert markdown.count("- [ ] ") == markdown.count("/api/keys") == 1
        assert "- [ ] 14 notify-key on one page, before merge: a live key mails real people" in markdown
        assert "  - `key-13`: `test` kind\n" in markdown
        assert f"then `emailops attest {' '.join(f'notify-key/key-{n}' for n in range(14))}`" in markdown

    def test_a_step_that_was_taken_is_ticked(self):
        assert "- [x] `notify-reply-to/enquiries` attested by qa on 2026-11-23" in text(rich(), NEXT)

    def test_it_ends_with_one_newline(self):
        assert text(rich(), NEXT).endswith("\n")
        assert not text(rich(), NEXT).endswith("\n\n")

    def test_what_needs_a_terminal_to_be_revealed_is_not_here(self):
        assert "\x1b" not in text(rich(), NEXT)


class TestCut:
    LINK = "https://jenkins.example/job/plan/1/plan.html"

    def test_a_large_plan_fits_into_one_comment_and_says_what_is_missing(self):
        markdown = text(large(2_000), NEXT, self.LINK)
        assert LONGEST - 2_000 < len(markdown) <= LONGEST
        [left_out] = re.findall(r"\*\*(\d+) rows did not fit here\*\*; the whole plan: <(.+)>", markdown)
        settings = len(re.findall(r"^\| `SETTING", markdown, re.MULTILINE))
        assert int(left_out[0]) == 2_000 - settings + len(at_providers(rich())) + len(rich().undeclared)
        assert left_out[1] == self.LINK

    def test_it_is_cut_between_rows_and_every_fold_is_closed(self):
        markdown = text(large(2_000), NEXT, self.LINK)
        assert markdown.count("<details>") == markdown.count("</details>")
        assert set(_rows(markdown)) == {4}

    def test_the_digest_and_what_is_next_are_never_cut(self):
        markdown = text(large(2_000), NEXT, self.LINK)
        assert f"change `{large(2_000).change}`" in markdown
        assert markdown.rstrip().splitlines()[-1].startswith("next: ")

    def test_steps_outlive_details(self):
        markdown = text(large(2_000), NEXT, self.LINK)
        assert markdown.count("- [ ] ") == len(rich().steps)

    @pytest.mark.parametrize("link", ["", "javascript:alert(1)", "https://a.example/>\n# INJECTED"])
    def test_a_link_that_is_none_is_left_out(self, link):
        markdown = text(large(2_000), NEXT, link)
        assert "rows did not fit here**; the whole plan is in the build" in markdown
        assert "INJECTED" not in markdown

    def test_a_plan_that_fits_is_whole(self):
        assert "did not fit" not in text(rich(), NEXT, self.LINK)
