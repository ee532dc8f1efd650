"""An entry of a list or a field of a mapping is taken out, and nothing else changes."""

from __future__ import annotations

import pytest

from emailops.store.edits import drop_at

CASES = {
    "first of a flow list": ("a: [x, y, z]\n", "x", "a: [y, z]\n"),
    "in the middle of a flow list": ("a: [x, y, z] # who\n", "y", "a: [x, z] # who\n"),
    "last of a flow list": ("a: [x, y, z]\n", "z", "a: [x, y]\n"),
    "only one of a flow list": ("a: [ x ]\nb: c\n", "x", "a: []\nb: c\n"),
    "first of a block list": ("a:\n  - x\n  - y # keep\n", "x", "a:\n  - y # keep\n"),
    "last of a block list": ("a:\n  - x\n  - y\nb: c\n", "y", "a:\n  - x\nb: c\n"),
    "last of a file without a line's end": ("a:\n  - x\n  - y", "y", "a:\n  - x\n"),
    "only one of a block list": ("a:\n  - x\nb: c\n", "x", "a:\n  []\nb: c\n"),
    "a mapping of several lines in a list": ("a:\n  - who: x\n    why: y\n  - z\n", "who", "a:\n  - z\n"),
    "a flow mapping in a list": ("a:\n  - {who: x}\n  - z\n", "{", "a:\n  - z\n"),
    "a field": ("a:\n  b: x\n  c: y\n", "x", "a:\n  c: y\n"),
    "a field of a flow mapping": ("a: {b: x, c: y}\n", "y", "a: {b: x}\n"),
}


@pytest.mark.parametrize(("text", "value", "after"), CASES.values(), ids=CASES)
def test_it_is_gone(text: str, value: str, after: str) -> None:
    before = text[: text.index(value)]
    assert drop_at(text, before.count("\n") + 1, len(before) - before.rfind("\n")) == after


def test_where_nothing_begins_nothing_is_taken() -> None:
    with pytest.raises(KeyError):
        drop_at("a: [x]\n", 1, 2)
