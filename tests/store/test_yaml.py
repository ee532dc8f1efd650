"""YAML as declared: text stays text, and every key and value knows where it stands."""

from __future__ import annotations

import pytest

from emailops.declaration.values import Items, Table
from emailops.resource import Place
from emailops.store.state import load
from emailops.store.yaml import parse
from tests.examples.laying import minimal

DOCUMENT = """\
# a comment
plain: value
"quoted": 'single'
flow: {key: value, list: [one, {two: 2}]}
list:
  - first
  - key: value
    other:   spaced
  -   - nested
block: |
  text
folded: >-
  text
empty:
wide é: ü
anchor: &a {x: y}
alias: *a
"""


def read(text: str) -> Table:
    value, findings = parse("f.yaml", text.encode())
    assert findings == []
    assert isinstance(value, Table)
    return value


@pytest.mark.parametrize(
    ("path", "line", "column"),
    [
        ((), 2, 1),
        (("plain",), 2, 8),
        (("quoted",), 3, 11),
        (("flow",), 4, 7),
        (("flow", "key"), 4, 13),
        (("flow", "list"), 4, 26),
        (("flow", "list", 0), 4, 27),
        (("flow", "list", 1), 4, 32),
        (("flow", "list", 1, "two"), 4, 38),
        (("list",), 6, 3),
        (("list", 0), 6, 5),
        (("list", 1), 7, 5),
        (("list", 1, "key"), 7, 10),
        (("list", 1, "other"), 8, 14),
        (("list", 2), 9, 7),
        (("list", 2, 0), 9, 9),
        (("block",), 10, 8),
        (("folded",), 12, 9),
        (("wide é",), 15, 9),
        (("anchor", "x"), 16, 16),
        (("alias", "x"), 16, 16),
        (("list", 1, "absent"), 7, 5),
        (("plain", "deeper"), 2, 8),
        (("list", 7), 6, 3),
    ],
)
def test_a_value_knows_where_it_stands(path, line, column):
    assert read(DOCUMENT).at(*path) == Place("f.yaml", line, column)


def test_a_key_knows_where_it_stands():
    table = read(DOCUMENT)

    assert table.field_places["quoted"] == Place("f.yaml", 3, 1)
    assert table.table("flow").field_places["list"] == Place("f.yaml", 4, 20)
    assert table["list"][1].field_places["other"] == Place("f.yaml", 8, 5)


@pytest.mark.parametrize(
    "word",
    [
        *("no", "yes", "on", "off", "y", "n", "true", "False", "010", "0x1f", "0o7", "1e3", "1_000", "12:30:45", ".5"),
        *(
            "2026-01-01",
            "2026-01-01T00:00:00Z",
            "~",
            "Null",
            "NULL",
            ".inf",
            ".nan",
            "<<",
            "=",
            "+1",
            "-1",
            "0123456789",
        ),
        *("a: b".replace(" ", ""), "a#b", "é", "\U0001f4e7"),
    ],
)
def test_a_plain_word_is_text(word):
    assert read(f"key: {word}\n") == {"key": word}
    assert read(f"key: [{word}]\n") == {"key": [word]}
    assert read(f"{word}: value\n") == {word: "value"}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("", ""),
        ('""', ""),
        ("null", None),
        ('"null"', "null"),
        ("'null'", "null"),
        ("nullable", "nullable"),
        ('"\\u00e9\\n"', "é\n"),
        ("'it''s'", "it's"),
        ("one\n  two", "one two"),
        ("|\n  one\n  two", "one\ntwo\n"),
        ("|-\n  one", "one"),
        (">\n  one\n  two", "one two\n"),
        ("[]", []),
        ("{}", {}),
        ("[null, ~]", [None, "~"]),
        ("a   # comment", "a"),
        ("'a # b'", "a # b"),
    ],
)
def test_only_the_plain_word_null_is_null(written, value):
    assert read(f"key: {written}\n") == {"key": value}


@pytest.mark.parametrize(
    ("text", "place", "message", "remedy"),
    [
        ("a:\n\tb: 1\n", (2, 1), "a tab stands where YAML is indented", "indent with spaces"),
        ("a: b: c\n", (1, 5), "a colon stands where no field can begin", "holds ': ' in quotes"),
        ("a: 1\n b: 2\n", (2, 3), "a colon stands where no field can begin", "indent as above"),
        ("a: [1, 2\n", (2, 1), "the list in [ ] that begins on line 1 does not end", "write ] where it ends"),
        ("a: {b\n c: d\n", (2, 3), "the mapping in { } that begins on line 1 does not end", "write } where it ends"),
        ('b: 1\na: "x\n', (3, 1), "the text in quotes that begins on line 2 does not end", "the second quote"),
        ("a: @x\n", (1, 4), "no value begins with @", "put the value in quotes"),
        ("a: 'it's'\n", (1, 8), "no field begins here", "in the other quotes"),
        ("a:\n  b: 1\n c: 2\n", (3, 2), "no field begins here", "indent it as the fields above"),
        ("- a\nb: 1\n", (2, 1), "this is no entry of the list that begins on line 1", "begin it with -"),
        ("a: [,]\n", (1, 5), "while parsing a flow node, did not find expected node content", "the line before"),
    ],
)
def test_what_is_no_yaml_is_told_in_words_with_what_mends_it(text, place, message, remedy):
    _, [finding] = parse("f.yaml", text.encode())
    assert ((finding.line, finding.column), finding.message) == (place, message)
    assert remedy in finding.remedy


@pytest.mark.parametrize("content", [b"", b"# nothing\n", b"---\n", b"\n\n", b"\xef\xbb\xbf"])
def test_an_empty_file_holds_an_empty_mapping(content):
    assert parse("f.yaml", content) == (Table(Place("f.yaml", 1, 1)), [])


def test_an_alias_stands_for_the_same_value_as_often_as_it_is_written():
    table = read("a: &a [1, {b: c}]\nb: *a\nc: [*a, *a]\n")

    assert table["b"] == ["1", {"b": "c"}]
    assert table["c"] == [table["a"], table["a"]]
    assert isinstance(table["c"][1], Items)


def test_fifty_levels_are_not_too_deep():
    value, findings = parse("f.yaml", b"[" * 50 + b"]" * 50)

    assert findings == []
    assert value == eval("[" * 50 + "]" * 50)


def test_a_finding_of_each_mistake_in_one_file():
    _, findings = parse("f.yaml", b"a: 1\na: 2\nb: !!int 3\nnull: 4\n")

    assert [(finding.line, finding.column, finding.rule) for finding in findings] == [
        (2, 1, "duplicate-field"),
        (3, 4, "yaml-tag"),
        (4, 1, "yaml-field"),
    ]


STAGES = {
    "stages/_deployed.yaml": """\
deployed: true
redirect:
  to: sink@permits.example
  domains: {example.org: applicant}
""",
    "stages/_all.yaml": """\
extends: _deployed
redirect: {domains: {example.net: applicant}}
""",
    "stages/production.yaml": """\
extends: _all
notify: {key: production}
redirect: {domains: {example.com: applicant}}
""",
}


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("deployed",), "stages/_deployed.yaml:1:11"),
        (("redirect", "to"), "stages/_deployed.yaml:3:7"),
        (("redirect", "domains", "example.org"), "stages/_deployed.yaml:4:26"),
        (("redirect", "domains", "example.net"), "stages/_all.yaml:2:35"),
        (("redirect", "domains", "example.com"), "stages/production.yaml:3:35"),
        (("redirect",), "stages/production.yaml:3:11"),
        (("notify", "key"), "stages/production.yaml:2:15"),
        ((), "stages/production.yaml:1:1"),
    ],
)
def test_a_value_of_a_base_stands_in_the_base(path, place):
    stage = load(minimal(STAGES)).sections["stages"]["production"]

    assert str(stage.at(*path)) == place


def test_an_entry_knows_every_file_that_it_is_made_from():
    stages = load(minimal(STAGES)).sections["stages"]

    assert stages["production"].layers() == set(STAGES)
    assert stages["production"].table("notify").layers() == {"stages/production.yaml"}


@pytest.mark.parametrize(
    ("text", "line", "rule", "says"),
    [
        ("a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> other\n", 2, "yaml-conflict", "<<<<<<< HEAD"),
        ("a:\u00a01\nb: 2\n", 1, "yaml-space", "U+00A0"),
    ],
)
def test_what_breaks_yaml_and_can_hardly_be_seen_is_named(text, line, rule, says):
    _, [finding] = parse("a.yaml", text.encode())
    assert (finding.line, finding.rule) == (line, rule)
    assert says in finding.message


@pytest.mark.slow
def test_many_values_that_are_really_written_are_no_aliases():
    value, findings = parse("a.yaml", "".join(f"k{n}: {{a: 1, b: [2]}}\n" for n in range(40_000)).encode())
    assert findings == []
    assert len(value) == 40_000
