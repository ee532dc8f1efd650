"""The words of a text that changed."""

from __future__ import annotations

import pytest

from emailops.render.word_difference import changed

ROWS = [
    ("nothing", "a\nb", "a\nb", []),
    ("a word", "within 7 days", "within 24 days", ["~ within [7 -> 24] days"]),
    ("words beside one another", "within 7 days, or", "within 24 hours, or", ["~ within [7 days -> 24 hours], or"]),
    ("a word more", "a b c", "a b c d", ["~ a b c[+ d]"]),
    ("a word less", "a b c d", "b c d", ["~ [-a ]b c d"]),
    (
        "a placeholder",
        "Dear ((name)), hello",
        "Dear ((first name)), hello",
        ["~ Dear [((name)) -> ((first name))], hello"],
    ),
    ("a line that is another", "Yours sincerely", "Best wishes", ["- Yours sincerely", "+ Best wishes"]),
    ("a line more", "a\nc", "a\nb\nc", ["+ b"]),
    ("a line less", "a\nb\nc", "a\nc", ["- b"]),
    ("an empty line", "a\nb", "a\n\nb", ["+"]),
    ("a rule of Notify", "a\nb", "a\n---\nb", ["+ ---"]),
    ("spaces alone", "a b c d", "a  b c d", ["~ a[  ->   ]b c d"]),
]


@pytest.mark.parametrize(("before", "after", "lines"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_are_shown_and_no_others(before, after, lines):
    assert list(changed(before, after)) == lines
