"""A plan as text: what a reader needs is there, and no text from elsewhere breaks out of its line."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from dataclasses import replace

import pytest

from emailops.plan import Action, Base, Change, DeclaredChange, Difference, Origin, OutcomeStatus, Reason, Sort, Step
from emailops.render import console, escape, findings, report
from emailops.render.phrases import counts, head
from emailops.render.sections import document
from emailops.render.text import text
from emailops.render.words import one_line, value
from emailops.resource import Control, Resource
from tests.render.plans import HOSTILE, NEXT, hostile, rich


def _lines(plan, next_=NEXT):
    return [words for _, words in text(document(plan, next_))]


class TestHostile:
    @pytest.mark.parametrize("name", HOSTILE)
    def test_text_stays_on_its_line_and_holds_no_control(self, name):
        lines = _lines(hostile(HOSTILE[name]))
        for line in lines:
            assert line.isprintable(), line
            assert not line.strip().startswith("INJECTED")

    @pytest.mark.parametrize("name", [name for name, text in HOSTILE.items() if text and "\n" not in text])
    def test_text_makes_no_line_more(self, name):
        assert len(_lines(hostile(HOSTILE[name]))) == len(_lines(hostile("plain")))

    @pytest.mark.parametrize("name", HOSTILE)
    def test_words_of_a_finding_stay_on_their_line(self, name):
        from emailops.resource import Finding, Place

        finding = Finding.error(Place("a.yaml", 1, 1), "rule", HOSTILE[name], HOSTILE[name])
        for line in findings.text([finding]):
            assert line.isprintable()
        [annotation] = findings.github([finding])
        assert "\n" not in annotation
        assert "\r" not in annotation
        assert annotation.startswith("::error file=a.yaml,line=1")

    @pytest.mark.parametrize("name", HOSTILE)
    def test_words_of_an_outcome_stay_on_their_line(self, name):
        from emailops.engine.changes import Report
        from emailops.plan import Outcome

        outcome = Outcome(Resource("mailchimp-audience", "a"), OutcomeStatus.failed, HOSTILE[name])
        said = report.text(Report(rich(), (outcome,), None, failure=HOSTILE[name]))
        assert len(said) == 2
        assert all(line.isprintable() for _, line in said)

    @pytest.mark.parametrize("name", HOSTILE)
    def test_words_of_a_gate_stay_on_their_line(self, name):
        from emailops.engine.gates import Detail
        from emailops.errors import GateError

        bad = HOSTILE[name]
        gate = GateError("overtaken", "m", details=(Detail("a/b", "field", bad, [bad], {"k": bad}, bad),))
        lines = report.gate_text(gate)
        assert len(lines) == 4
        assert all(line.isprintable() for line in lines)

    @pytest.mark.parametrize("name", HOSTILE)
    def test_printing_it_prints_it_and_no_markup(self, name):
        out = io.StringIO()
        with redirect_stdout(out):
            console.lines(text(document(hostile(HOSTILE[name]), NEXT)))
        assert out.getvalue() == escape.lines("\n".join(_lines(hostile(HOSTILE[name])))) + "\n"


ONE_LINES = [
    ("plain", "plain"),
    ("a b · ü € 例", "a b · ü € 例"),
    ("a\nb", "a\\nb"),
    ("a\tb", "a\\tb"),
    ("\x1b[31m", "\\x1b[31m"),
    ("\u202e", "\\u202e"),
    ("\u2028", "\\u2028"),
    ("\ud800", "\\ud800"),
    ("", ""),
]


@pytest.mark.parametrize(("content", "shown"), ONE_LINES)
def test_one_line(content, shown):
    assert one_line(content) == shown


VALUES = [
    (None, "nothing"),
    (True, "yes"),
    (False, "no"),
    (0, "0"),
    (17, "17"),
    ("text", "text"),
    ("", "an empty text"),
    ([], "an empty list"),
    ({}, "an empty mapping"),
    (["a", 1, None], "a, 1, nothing"),
    ({"a": {"b": ["c"]}}, "a: b: c"),
    ([{"weeks": 4, "on": True}, {"weeks": 8, "on": False}], "(weeks: 4, on: yes), (weeks: 8, on: no)"),
    ([["DOS5", True]], "(DOS5, yes)"),
    ([{"$pending": "mailchimp-audience/a"}], "waits for apply: mailchimp-audience/a"),
    ({"$pending": "mailchimp-audience/a"}, "waits for apply: mailchimp-audience/a"),
]


@pytest.mark.parametrize(("content", "shown"), VALUES)
def test_a_value_on_one_line(content, shown):
    assert value(content) == shown


HEADS = [
    (Base("commit", "HEAD^1"), "settings against HEAD^1"),
    (Base("merge-base", "0" * 40), "since main"),
    (Base("snapshot", "2026-11-23 06:00 UTC"), "against the apply of 2026-11-23 06:00 UTC"),
    (Base("unknown", "why"), "settings unknown"),
    (Base("none", "why"), "Digital Marketplace · providers as of"),
]


@pytest.mark.parametrize(("base", "words"), HEADS)
def test_the_head_says_whose_plan_against_what_and_how_fresh(base, words):
    said = head(replace(rich(), base=base))
    assert said.startswith("Digital Marketplace · ")
    assert words in said
    assert "2026-11-24 06:00 UTC" in said


def test_the_head_of_a_part_says_which():
    assert "staging · only notify-*" in head(replace(rich(), scopes=("staging",), only="notify-*"))


def test_counts_say_what_is_not_zero_and_always_the_facts():
    assert counts(rich()).startswith(
        "2 to create · 1 to update · 1 to adopt · 1 to release · 2 for a person · 2 consumers to update"
    )
    assert "58 verified, 5 attested, 1 unknown" in counts(rich())
    nothing = counts(replace(rich(), changes=(), declared=(), counts={}, unknown=()))
    assert nothing == "no changes · 0 verified, 0 attested, 0 unknown · 9 requests"
    assert "1 consumer to" in counts(replace(rich(), counts={"consumers": 1}))
    assert counts(replace(rich(), requests=1)).endswith("1 request")


def test_counts_tell_this_change_from_what_was_open_before():
    changes = tuple(replace(change, origin=Origin.before) for change in rich().changes)
    assert counts(replace(rich(), changes=changes)).startswith(
        "2 consumers to update · open before: 2 to create, 1 to update, 1 to adopt, 1 to release, 2 for a person · 58"
    )


def test_what_was_open_before_stands_below_what_the_change_does_and_without_its_details():
    changes = [replace(change, origin=Origin.before) for change in rich().changes]
    changes[0] = replace(changes[0], origin=Origin.this_change)
    lines = _lines(replace(rich(), changes=tuple(changes)))
    fold = lines.index("open before this change")
    assert any(line.startswith("  ~ REDIRECTS") for line in lines[:fold])
    assert any(str(changes[0].resource) in line for line in lines[:fold])
    for change in changes[1:]:
        assert not any(line.startswith(f"  {change.action.value} {change.resource} ") for line in lines[:fold])
    assert not any(line.startswith("      ") for line in lines[fold : lines.index("", fold)])


def test_on_main_where_nothing_is_of_a_change_every_step_is_told_whole():
    changes = tuple(replace(change, origin=Origin.before) for change in rich().changes)
    lines = _lines(replace(rich(), changes=changes, declared=()))
    assert any(line.startswith("      open   https://") for line in lines)


def test_the_last_line_says_what_to_do_next():
    assert _lines(rich())[-1].endswith(f"next: {NEXT}")
    assert "change " in _lines(rich())[-1]


def test_names_are_printed_so_that_they_can_be_pasted():
    words = " ".join(_lines(rich())).split()
    for change in rich().changes:
        if change.action is not Action.unknown:
            assert str(change.resource) in words


def test_every_action_has_its_symbol_and_its_reason():
    lines = _lines(rich())
    for change in rich().managed:
        assert any(line.startswith(f"  {change.action.value} {change.resource}") for line in lines)
        assert any(str(change.resource) in line and change.reason.value in line for line in lines)


@pytest.mark.parametrize(
    ("there", "reviewed", "shown"),
    [
        ("a\nb", "a\nc", ["- c", "+ b"]),
        ("in 24 hours, or ask", "in 7 days, or\nask", ["~ in [7 days -> 24 hours], or[+ ask]", "- ask"]),
        ("a\n---\nb", "a\nb", ["+ ---"]),
        ("a\nb", "a\n---\nb", ["- ---"]),
        ("a\n++ b", "a\n++ c", ["~ ++ [c -> b]"]),
        ("a\n-- b", "a\n-- c", ["~ -- [c -> b]"]),
    ],
)
def test_the_lines_of_a_text_that_differ_are_shown_even_if_they_look_like_a_diff(there, reviewed, shown):
    """`---` is Notify's horizontal rule."""
    step = Step("before merge", "why", "https://x.example", (), "then")
    fields = (Difference("body", there, reviewed),)
    resource = Resource("notify-template", "t")
    change = Change(resource, "shared", Action.person, Control.verified, Reason.changed, fields, step=step)
    lines = [line.strip() for line in _lines(replace(rich(), changes=(change,), declared=()))]
    assert [line for line in lines if line[:2] in ("+ ", "- ", "~ ")] == shown


def _setting(before, after):
    return _lines(
        replace(rich(), changes=(), declared=(DeclaredChange(Sort.setting, "web", "production", "S", before, after),))
    )


DIFFERENCES = [
    ("a", "b", ["~ b   (was a)"]),
    (None, "b", ["+ b"]),
    ("a", None, ["- a"]),
    ({"k": "a"}, {"k": "a", "n": "b"}, ["+ n -> b"]),
    ({"k": "a", "n": "b"}, {"k": "a"}, ["- n -> b"]),
    ({"k": {"x": "1", "y": "2"}}, {"k": {"x": "1", "y": "3"}}, ["~ k / y -> 3   (was 2)"]),
    (None, {"k": "a", "n": "b"}, ["+ k -> a", "+ n -> b"]),
    (None, {}, ["+ an empty mapping"]),
    ({"k": "a"}, {}, ["- k -> a"]),
    ({"k": None}, {"k": "a"}, ["+ k -> a"]),
    (["a"], ["b", "a"], ["+ b"]),
    (["a", "b"], ["b"], ["- a"]),
    (["a", "b"], ["b", "a"], ["~ b, a   (was a, b)"]),
    ("a\nb", "a\nc", ["- b", "+ c"]),
    ({"$pending": "m/a"}, "0123456789", ["~ 0123456789   (was waits for apply: m/a)"]),
]


@pytest.mark.parametrize(("before", "after", "shown"), DIFFERENCES)
def test_of_a_setting_only_what_differs_is_shown(before, after, shown):
    lines = [line.strip() for line in _setting(before, after)]
    assert [line for line in lines if line[:2] in ("+ ", "- ", "~ ") and line[2:4] != "S "] == shown


def test_settings_that_say_the_same_are_said_once_with_who_reads_them():
    lines = _lines(rich())
    assert sum("example.org" in line for line in lines) == 1
    assert any(line.strip() == "read by  admin-frontend, scripts" for line in lines)


def test_colour_only_repeats_what_a_word_or_a_symbol_says():
    assert {style for style, _ in text(document(rich(), NEXT))} <= set(console.STYLES)
