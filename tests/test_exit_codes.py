"""Exit codes are a promise: which there are, which comes first, and which error owns which."""

from __future__ import annotations

from itertools import combinations

import pytest

from emailops import errors
from emailops.errors import PRECEDENCE, EmailopsError, Exit, worst

PROMISED = {
    "OK": 0,
    "ERROR": 1,
    "DIFFERENT": 2,
    "FINDINGS": 3,
    "GATE": 4,
    "PARTIAL": 5,
    "PEOPLE": 6,
    "USAGE": 64,
    "BUG": 70,
    "INTERRUPTED": 130,
}
FIRST = [70, 130, 64, 5, 4, 1, 3, 2, 6, 0]


def test_the_codes_are_those_of_the_design():
    assert {code.name: code.value for code in Exit} == PROMISED


def test_when_several_apply_the_first_of_the_promised_order_is_it():
    assert list(PRECEDENCE) == FIRST
    for number, earlier in enumerate(FIRST):
        for later in FIRST[number:]:
            assert worst(Exit(earlier), Exit(later)) == worst(Exit(later), Exit(earlier)) == earlier


@pytest.mark.parametrize("size", [1, 3])
def test_the_order_of_what_applies_does_not_matter(size):
    for codes in combinations(Exit, size):
        assert worst(*codes) == worst(*reversed(codes)) == min(codes, key=FIRST.index)


def test_nothing_that_applies_is_all_right():
    assert worst() is Exit.OK


def _all(kind):
    return {kind, *(error for child in kind.__subclasses__() for error in _all(child))}


OWNED = {
    "UsageError": 64,
    "InvalidInput": 1,
    "FindingsError": 3,
    "ProviderError": 1,
    "Refused": 1,
    "Unreachable": 1,
    "LostAnswer": 1,
    "ShortRead": 1,
    "GateError": 4,
}


@pytest.mark.parametrize(("name", "code"), OWNED.items())
def test_each_error_owns_its_code(name, code):
    assert getattr(errors, name).exit_code == code


def test_every_error_owns_one_and_none_owns_that_of_a_bug():
    assert {error.exit_code for error in _all(EmailopsError)} <= set(Exit) - {Exit.BUG, Exit.OK}


def test_the_tree_in_the_docstring_holds_every_error():
    for error in _all(EmailopsError):
        if error.__module__ == "emailops.errors":
            assert error.__name__ in errors.__doc__


def test_an_error_says_what_is_wrong_and_what_to_do():
    error = errors.InvalidInput("the key has the wrong form", "copy it whole")
    assert (str(error), error.message, error.remedy) == (error.message, error.message, "copy it whole")


@pytest.mark.parametrize("name", ["overtaken", "moved", "pipeline", "review-only", "locked", "account", "limits"])
def test_a_gate_has_its_name(name):
    gate = errors.GateError(name, "no", id="x", details=(1,))
    assert (gate.name, gate.id, gate.details) == (name, "x", (1,))
