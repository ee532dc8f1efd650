"""Edits of YAML: what was not meant stays to the byte, and what is put in comes back as it was."""

from __future__ import annotations

import pytest

from emailops.declaration.build import plain
from emailops.store.edits import block, flow, put, put_entry
from emailops.store.yaml import parse

PUTS = [
    ("into nothing", "", ("a",), "x", "a: x\n"),
    ("deep into nothing", "", ("a", "b"), {"c": "x"}, "a:\n  b: {c: x}\n"),
    ("after what is there", "a: 1\n", ("b",), "x", "a: 1\nb: x\n"),
    ("after a line without an end", "a: 1", ("b",), "x", "a: 1\nb: x\n"),
    (
        "before what comes after a block",
        "a:\n  b: 1 # b\n\n# c\nc: 2\n",
        ("a", "d"),
        "x",
        "a:\n  b: 1 # b\n  d: x\n\n# c\nc: 2\n",
    ),
    ("after a text of lines", "a: |\n  one\nb: 1\n", ("c",), "x", "a: |\n  one\nb: 1\nc: x\n"),
    ("after a text of lines that is last", "a: |\n  one\n", ("c",), "x", "a: |\n  one\nc: x\n"),
    ("in place of a text", "a: 1 # one\nb: 2\n", ("a",), "x", "a: x # one\nb: 2\n"),
    ("in place of nothing", "a:\nb: 2\n", ("a",), "x", "a: x\nb: 2\n"),
    ("in place of a quoted text", "a: '1' # one\n", ("a",), "x", "a: x # one\n"),
    ("in place of a mapping", "a:\n  b: 1\n  c: 2 # two\nd: 3\n", ("a",), {"e": "f"}, "a:\n  {e: f} # two\nd: 3\n"),
    ("into braces", "a: {b: 1} # one\n", ("a", "c"), "x", "a: {b: 1, c: x} # one\n"),
    ("into braces with a comma at the end", "a: {b: 1,}\n", ("a", "c"), "x", "a: {b: 1, c: x,}\n"),
    ("into braces over lines", "a: {b: 1, # one\n  }\n", ("a", "c"), "x", "a: {b: 1, c: x, # one\n  }\n"),
    ("into empty braces", "a: {}\n", ("a", "c"), "x", "a: {c: x}\n"),
    ("in place of what is in braces", "a: {b: 1, c: [1, 2]}\n", ("a", "c"), ["x"], "a: {b: 1, c: [x]}\n"),
    ("behind characters of several bytes", "# é 😀\na: {b: ü}\n", ("a", "c"), "é", "# é 😀\na: {b: ü, c: é}\n"),
    ("in place of a list", "a:\n- 1\n- 2 # two\nb: 3\n", ("a",), "x", "a:\n  x # two\nb: 3\n"),
    ("ends of lines of Windows", "a:\r\n  b: 1\r\n", ("a", "c"), "x", "a:\r\n  b: 1\r\n  c: x\r\n"),
    ("into a list's neighbour", "a:\n- 1\n- 2\nb: 3\n", ("c",), "x", "a:\n- 1\n- 2\nb: 3\nc: x\n"),
]


@pytest.mark.parametrize(("text", "keys", "value", "expected"), [row[1:] for row in PUTS], ids=[row[0] for row in PUTS])
def test_put(text, keys, value, expected):
    assert put(text, keys, value) == expected


YAML_WORDS = ["null", "no", "010", "~", "1e3", "2026-11-24"]
INDICATORS = ["a: b #c", "{x}", "- y", "*a", "&b", "!t", "%d", "@x", "'q' \"r\""]
SPACES = ["", " x ", "a\nb", "a\u2028b", "x\x85y", "\ufeffx", "\x7f"]
TEXTS = ["x", "é 😀", "long " * 100, *YAML_WORDS, *INDICATORS, *SPACES]


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: repr(text[:20]))
@pytest.mark.parametrize("before", ["", "a: {b: 1}\n", "a:\n  b: 1\n"], ids=["new", "in braces", "in a block"])
def test_any_text_comes_back_as_it_was(text, before):
    written = put(before, ("a", "text"), {"value": text, "list": [text]})
    value, findings = parse("f.yaml", written.encode())
    assert findings == []
    assert plain(value["a"]["text"]) == {"value": text, "list": [text]}
    assert ("b" in value["a"]) is bool(before)


def test_a_block_has_a_line_a_key_and_short_mappings_on_one():
    value = {"a": {"b": {"c": "d"}, "e": {"f": "g"}}, "h": ["i", "j"], "long": {"k": "x" * 120}}
    assert block(value) == f"a:\n  b: {{c: d}}\n  e: {{f: g}}\nh: [i, j]\nlong:\n  k: {'x' * 120}\n"


def test_flow_is_one_line():
    assert flow({"a": ["b", True, 1], "c": None}) == "{a: [b, true, 1], c: null}"


PLACES = [
    ("no such section yet", {"emailops.yaml": "format: 1\n"}, "audiences.yaml", "n: {a: b}\n"),
    ("a file of its own", {"emailops.yaml": "", "audiences.yaml": "m: 1\n"}, "audiences.yaml", "m: 1\nn: {a: b}\n"),
    ("emailops.yaml", {"emailops.yaml": "audiences:\n  m: 1\n"}, "emailops.yaml", "audiences:\n  m: 1\n  n: {a: b}\n"),
    ("a folder", {"emailops.yaml": "", "audiences/m.yaml": "{}"}, "audiences/n.yaml", "a: b\n"),
    ("a folder of texts only", {"emailops.yaml": "", "audiences/m.md": ""}, "audiences.yaml", "n: {a: b}\n"),
]


@pytest.mark.parametrize(("files", "path", "text"), [row[1:] for row in PLACES], ids=[row[0] for row in PLACES])
def test_an_entry_goes_where_its_section_stands(files, path, text):
    laid = {name: content.encode() for name, content in files.items()}
    assert put_entry(laid, "audiences", "n", {"a": "b"}) == (path, text)
