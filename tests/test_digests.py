"""The one form in which everything is digested: the same for the same, whoever wrote it down and however."""

from __future__ import annotations

import json
import math

import pytest

from emailops.canonical import canonical, digest, short

COMPOSED, DECOMPOSED = "Café Zürich", "Cafe\u0301 Zu\u0308rich"

SAME = [
    ("fields in another order", {"a": 1, "b": {"c": 2, "d": 3}}, {"b": {"d": 3, "c": 2}, "a": 1}),
    ("an accent typed on another machine", COMPOSED, DECOMPOSED),
    ("an accent deep inside", {"a": [{"b": COMPOSED}]}, {"a": [{"b": DECOMPOSED}]}),
    ("an accent in a field's name", {COMPOSED: 1}, {DECOMPOSED: 1}),
    ("a tuple and a list", {"a": (1, 2)}, {"a": [1, 2]}),
]
OTHER = [
    ("another order of a list", [1, 2], [2, 1]),
    ("a number and its text", 1, "1"),
    ("nothing and an empty text", None, ""),
    ("a field of nothing and no field", {"a": None}, {}),
    ("a space", "a b", "a  b"),
    ("a capital", "a", "A"),
    ("a letter that only looks the same", "K", "\u212a\u200b"),
    ("half a width", "ＡＢ", "AB"),
]


@pytest.mark.parametrize(("value", "other"), [row[1:] for row in SAME], ids=[row[0] for row in SAME])
def test_the_same_has_one_digest(value, other):
    assert json.dumps(value) != json.dumps(other) or value != other
    assert digest(value) == digest(other)


@pytest.mark.parametrize(("value", "other"), [row[1:] for row in OTHER], ids=[row[0] for row in OTHER])
def test_anything_else_has_another(value, other):
    assert digest(value) != digest(other)


def test_the_bytes_are_those_that_any_language_can_make():
    """Sorted, without spaces, UTF-8, composed: whoever checks an attestation needs no Python."""
    value = {"b": [1, None, True], "a": {"ü": f"£ {DECOMPOSED}"}}
    assert canonical(value) == '{"a":{"ü":"£ Café Zürich"},"b":[1,null,true]}'.encode()
    assert digest({"a": 1}) == "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_json_does_not_know_has_none(number):
    with pytest.raises(ValueError, match="JSON"):
        digest({"a": number})


def test_the_form_for_eyes_is_the_beginning():
    assert short("0123456789abcdef") == "0123-4567"


def test_no_spelling_of_a_letter_changes_the_order_of_fields():
    composed, decomposed = "\u00e9", "e\u0301"

    assert canonical({"f": 1, composed: 2}) == canonical({"f": 1, decomposed: 2})
    assert canonical([{decomposed: decomposed}]) == canonical([{composed: composed}])
