"""Python literals: exact for any text, and as a formatter would leave them."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from emailops.generate import FORMATS
from emailops.generate.format import Header
from emailops.generate.literal import assignment

HEADER = Header("consumers/app.yaml", ("consumers/app.yaml",), "app")
ODD = [
    "",
    "it's",
    'say "a"',
    "'\"'",
    "\\",
    "a\nb\r\n\t",
    "\u2028\u202e\0",
    "\x85é😀",
    "{stage} {{}}",
    "#",
    "\ud800",
    '"""',
]
texts = st.one_of(st.sampled_from(ODD), st.text(), st.text(st.characters()))
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.slow
@settings(deadline=None)
@given(values)
@example(ODD)
@example(dict.fromkeys(ODD))
def test_a_value_comes_back_as_it_was(value):
    name, _, literal = assignment("NAME", value).partition(" = ")
    back = ast.literal_eval(literal)

    assert name == "NAME"
    assert back == value
    assert str(back) == str(value), "the order is kept"
    assert literal.isascii()


@settings(deadline=None)
@given(value=values)
@example(value=ODD)
def test_a_class_comes_back_as_it_was(value):
    content = FORMATS["flask"].write(HEADER, {"Config": {"FIRST": value, "SECOND": {"a": value}}})
    (config,) = ast.parse(content).body

    assert isinstance(config, ast.ClassDef)
    assert [ast.literal_eval(statement.value) for statement in config.body if isinstance(statement, ast.Assign)] == [
        value,
        {"a": value},
    ]


@pytest.mark.parametrize("format_", ["flask", "python"])
def test_a_formatter_changes_nothing(format_):
    lengths = {f"NAME_{length:03}": "x" * length for length in range(95, 125)}
    owner = {**lengths, "TABLE": {"odd": ODD, "none": None, "empty": {}, "list": [], **lengths}, "EMPTY": {}}
    content = FORMATS[format_].write(HEADER, {"Config": owner, "Live": owner})
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length=120", "-"]
    formatted = subprocess.run(command, input=content.encode(), capture_output=True, check=True).stdout.decode()

    assert formatted == content
