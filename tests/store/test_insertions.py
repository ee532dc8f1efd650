"""Settings in files that people own: only what is declared changes, and whatever surrounds it stays byte for byte."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from emailops.generate.format import Insertion
from emailops.store.insertions import Unfit, differing, inserted

HELLO = "493ede76-d9c8-40b8-b543-1127ccb60674"
OTHER = "aaaaaaaa-0000-4000-8000-000000000001"
Z = {"B": "z"}
CASES = [
    ("a plain value stays plain", "env:\n  A: x # a\n  B: 1\n", {"A": HELLO}, f"env:\n  A: {HELLO} # a\n  B: 1\n"),
    ("a value gets quotes if it needs them", "env:\n  A: x\n", {"A": "010"}, 'env:\n  A: "010"\n'),
    ("single quotes stay", "env: {A: 'x', B: y}\n", {"A": "010"}, "env: {A: '010', B: y}\n"),
    ("a number that should be a text", "env:\n  A: 12e5\n", {"A": "12e5"}, 'env:\n  A: "12e5"\n'),
    ("what is right stays", "env:\n  A:   'x'   # a\n", {"A": "x"}, "env:\n  A:   'x'   # a\n"),
    ("a field more", "env:\n  A: x # a\n\n# b\nb: 1\n", {"B": "y"}, 'env:\n  A: x # a\n  B: "y"\n\n# b\nb: 1\n'),
    ("fields in their order", "env:\n  A: x", {"B": "y", "C": "z"}, 'env:\n  A: x\n  B: "y"\n  C: "z"\n'),
    ("in braces", "env: {A: x}\n", {"B": "y"}, 'env: {A: x, B: "y"}\n'),
    ("in empty braces", "env: {} # none\n", {"B": "y"}, 'env: {B: "y"} # none\n'),
    ("where nothing stands", "env: # none\nb: 1\n", {"B": "y"}, 'env: {B: "y"} # none\nb: 1\n'),
    ("where null stands", "env: null\n", {"B": "y"}, 'env: {B: "y"}\n'),
    ("a mapping more", "env:\n  A: x\n", {"B": {"c": "d"}}, 'env:\n  A: x\n  B:\n    c: "d"\n'),
    (
        "what differs in a mapping",
        "env:\n  B: # b\n    c: d # c\n    e: f\n",
        {"B": {"c": "d", "e": "g", "h": "i"}, "C": "x"},
        'env:\n  B: # b\n    c: d # c\n    e: g\n    h: "i"\n  C: "x"\n',
    ),
    ("a mapping with less", "env:\n  B:\n    c: d\n    e: f\n", {"B": {"c": "d"}}, 'env:\n  B:\n    c: "d"\n'),
    ("a list more", "env:\n  A: x\n", {"B": ["c", "d"]}, 'env:\n  A: x\n  B:\n    - "c"\n    - "d"\n'),
    ("another list", "env:\n  B:\n  - c\n  - d\nx: 1\n", {"B": ["e"]}, 'env:\n  B:\n  - "e"\nx: 1\n'),
    ("numbers and booleans", "env: {A: 1, B: yes}\n", {"A": 4, "B": True}, "env: {A: 4, B: true}\n"),
    (
        "a list of name and value",
        "env:\n  - name: A # a\n    value: x # x\n  - {name: B, value: v}\n",
        {"A": "z", "B": "v", "C": "w"},
        'env:\n  - name: A # a\n    value: z # x\n  - {name: B, value: v}\n  - name: C\n    value: "w"\n',
    ),
    ("an item without a value", "env:\n- name: A\nb: 1\n", {"A": "x"}, 'env:\n- name: A\n  value: "x"\nb: 1\n'),
    ("an empty list", "env: []\n", {"A": "x"}, 'env: [{name: A, value: "x"}]\n'),
    ("ends of lines of Windows", "env:\r\n  A: x\r\nb: 1\r\n", {"B": "y"}, 'env:\r\n  A: x\r\n  B: "y"\r\nb: 1\r\n'),
    ("a byte order mark", "\ufeffenv:\n  A: x\n", {"A": "z"}, "\ufeffenv:\n  A: z\n"),
    ("of two documents", "a: 1\n---\nenv:\n  A: x\n---\nb: 2\n", Z, 'a: 1\n---\nenv:\n  A: x\n  B: "z"\n---\nb: 2\n'),
    ("a text of lines", "env:\n  A: |\n    x\n    y\n\n  B: z\n", {"A": "w"}, 'env:\n  A: "w"\n\n  B: z\n'),
    ("beside what comes by a merge", "b: &b {A: x}\nenv:\n  <<: *b\n", Z, 'b: &b {A: x}\nenv:\n  <<: *b\n  B: "z"\n'),
    ("behind characters of several bytes", "# é 😀\nenv: {A: ü}\n", {"B": "é"}, '# é 😀\nenv: {A: ü, B: "\\u00e9"}\n'),
]  # fmt: skip


def yaml_with(text: str, values: dict[str, Any], at: tuple[str, ...] = ("env",)) -> str:
    return inserted("values.yaml", text.encode(), "yaml", [Insertion(at, values)]).decode()


@pytest.mark.parametrize(("text", "values", "expected"), [row[1:] for row in CASES], ids=[row[0] for row in CASES])
def test_only_what_is_declared_is_set(text, values, expected):
    assert yaml_with(text, values) == expected
    assert yaml_with(expected, values) == expected
    assert differing("values.yaml", expected.encode(), "yaml", [Insertion(("env",), values)]) == []


@pytest.mark.parametrize(
    ("text", "at", "expected"),
    [
        ("A: x\n", (), "A: z\n"),
        ("a:\n  b:\n    A: x\n", ("a", "b"), "a:\n  b:\n    A: z\n"),
        ("a.b: {A: x}\n", ("a.b",), "a.b: {A: z}\n"),
        ("cs:\n- name: web\n  env:\n  - {name: A, value: x}\n", ("cs", "web", "env"), None),
    ],
)
def test_a_place_is_found_from_the_outside_in(text, at, expected):
    assert yaml_with(text, {"A": "z"}, at) == (expected or text.replace("value: x", "value: z"))


@pytest.mark.parametrize(
    ("text", "values", "why"),
    [
        ("", {"A": "x"}, "values.yaml is empty"),
        ("a: 1\n", {"A": "x"}, "values.yaml has no env"),
        ("env: x\n", {"A": "x"}, "values.yaml holds a text at env"),
        ("env: {A: x}\n---\nenv: {A: x}\n", {"A": "y"}, "values.yaml has env in 2 documents"),
        ("env: {A: x, A: y}\n", {"A": "z"}, "values.yaml has A twice at env"),
        ("env: {A: &a x}\nb: *a\n", {"A": "z"}, "values.yaml has an anchor, an alias or a tag at A"),
        ("env: {A: &a x}\n", {"A": "z"}, "values.yaml has an anchor, an alias or a tag at A"),
        ("b: &a x\nenv: {A: *a}\n", {"A": "z"}, "values.yaml has an anchor, an alias or a tag at A"),
        ("env: {A: !vault x}\n", {"A": "z"}, "values.yaml has an anchor, an alias or a tag at A"),
        ("env: &e {A: x}\nb: *e\n", {"A": "z"}, "values.yaml has an anchor, an alias or a tag at env"),
        ("env: &e {A: x}\nb: {<<: *e}\n", {"A": "z"}, "values.yaml has an anchor, an alias or a tag at env"),
        ("env:\n- {name: A, valueFrom: {}}\n", {"A": "x"}, "values.yaml takes A from valueFrom at env"),
        ("env:\n- {name: A, value: x}\n", {"A": {"b": "c"}}, "values.yaml has a list at env, where A must be one text"),
        ("env: {A: x\n", {"A": "z"}, "values.yaml cannot be read: line 2: did not find expected"),
        ("env: *a\n", {"A": "z"}, "values.yaml has an anchor, an alias or a tag at env"),
        ("env: " + "[" * 5000, {"A": "z"}, "values.yaml cannot be read: line 1: it is nested deeper"),
        ("env: &a [*a]\n", {"A": "z"}, "values.yaml has an anchor, an alias or a tag at env"),
        ("env: {{a: b}: c}\n", {"A": {"a": "b"}}, None),
        ("env: {? {a: b} : c, A: &a {b: *a}}\n", {"A": {"b": "c"}}, "values.yaml has an anchor"),
    ],
)  # fmt: skip
def test_what_cannot_be_set_is_refused_by_name(text, values, why):
    if why is None:
        assert yaml.safe_load(yaml_with("env: {? [a] : c}\n", values).replace("? [a] : c, ", ""))["env"] == values
        return
    with pytest.raises(Unfit) as refused:
        yaml_with(text, values)
    assert refused.value.message.startswith(why)
    assert refused.value.remedy


TABS = '{\n\t"env":\t{\n\t\t"A": 1e2 }, "b": "\\/\\ud83d\\ude00" }'
JSON = [
    (
        '{\n  "env": {\n    "A": "x"\n  }\n}\n',
        {"A": "é", "B": "y"},
        '{\n  "env": {\n    "A": "\\u00e9",\n    "B": "y"\n  }\n}\n',
    ),
    ('{"env":{},"b":[1,2.50]}', {"A": "x"}, '{"env":{"A": "x"},"b":[1,2.50]}'),
    (TABS, {"A": {"c": None}}, TABS.replace("1e2", '{"c": null}')),
    ('{"env": [{"name": "A", "value": ""}]}', {"A": "x"}, '{"env": [{"name": "A", "value": "x"}]}'),
    ('{"env": null}', {"A": "x"}, '{"env": {"A": "x"}}'),
]  # fmt: skip


@pytest.mark.parametrize(("text", "values", "expected"), JSON)
def test_json_stays_json(text, values, expected):
    found = inserted("a.json", text.encode(), "json", [Insertion(("env",), values)]).decode()

    assert found == expected
    json.loads(found)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b'{"env": {"A": "x"} // a\n}', "a.json cannot be read: line 1: expecting ',' delimiter"),
        (b'{"env": ' + b"[" * 200_000, "a.json cannot be read: line 1: it is nested too deep"),
        (b'{"env": "\xff"}', "a.json is not UTF-8"),
        (b"", "a.json cannot be read: line 1: expecting value"),
    ],
)
def test_what_is_no_json_is_refused_by_name(content, why):
    with pytest.raises(Unfit) as refused:
        inserted("a.json", content, "json", [Insertion(("env",), {"A": "x"})])
    assert refused.value.message.startswith(why)


NAMES = st.sampled_from(["A", "B", "app.id", "no", "x-y", "1", "C d", "é"])
TEXTS = st.sampled_from(["x", "", "no", "010", HELLO, OTHER, "a: b #c", "it's", '"', "é 😀", "\\", "a\nb", "~"])
VALUES = st.recursive(
    TEXTS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=5
)
FILLERS = st.sampled_from(
    ["", "\n", "# comment\n", "# é 😀\n", "x: 1\n", "y: [1, 2,\n  3]\n", "z: |\n  a\n\n  b\n", "w: &w {a: b}\nv: *w\n"]
)
STYLES = st.sampled_from(["block", "braces", "list", "list in brackets"])


@st.composite
def files(draw):
    """A file with a place in it: (what stands before, the place, what stands after, what the place holds)."""
    before = "".join(dict.fromkeys(draw(st.lists(FILLERS, max_size=3, unique=True))))
    after = "".join(part for part in draw(st.lists(FILLERS, max_size=3, unique=True)) if part not in before)
    style = draw(STYLES)
    held = draw(st.dictionaries(NAMES, TEXTS if "list" in style else VALUES, min_size=1, max_size=4))
    if "list" in style:
        value: Any = [{"name": name, "value": value} for name, value in held.items()]
    else:
        value = held
    flow = style in ("braces", "list in brackets")
    place = yaml.safe_dump({"env": value}, default_flow_style=flow, allow_unicode=True, sort_keys=False, width=1000)
    place = place[1:-2] + "\n" if flow else place
    declared = draw(st.dictionaries(NAMES, TEXTS if "list" in style else VALUES, min_size=1, max_size=4))
    return before, place, after, held, declared, "list" in style


@pytest.mark.slow
@settings(deadline=None, max_examples=300)
@given(files(), st.booleans())
@example(("", "env:\n- name: A\n  value: x\n", "# c\n", {"A": "x"}, {"B": "y"}, True), True)
def test_whatever_surrounds_it_stays_byte_for_byte(file, windows):
    before, place, after, held, declared, is_list = file
    ends = "\r\n" if windows else "\n"
    before, place, after = (part.replace("\n", ends) for part in (before, place, after))

    found = yaml_with(before + place + after, declared)

    assert found.startswith(before)
    assert found.endswith(after)
    assert "\n" not in found.replace("\r\n", "") or not windows
    put = yaml.safe_load(found)["env"]
    put = {item["name"]: item["value"] for item in put} if is_list else put
    assert put == {**held, **declared}
    assert list(put) == list({**held, **declared})
    middle = found[len(before) : len(found) - len(after) or None]
    if all(declared.get(name, value) == value for name, value in held.items()) and "{" not in place[:6]:
        assert middle.startswith(place.rstrip("\r\n")) or "[" in place[:6]
    assert yaml_with(found, declared) == found


@pytest.mark.slow
@settings(deadline=None, max_examples=100)
@given(
    *(st.dictionaries(NAMES, VALUES, max_size=3) for _ in range(3)),
    st.dictionaries(NAMES, VALUES, min_size=1, max_size=3),
    st.sampled_from([None, 2, "\t"]),
    st.booleans(),
)
def test_whatever_surrounds_it_in_json_stays_byte_for_byte(first, held, last, declared, indent, ascii_only):
    document = {"first": first, "env": held, "last": last}
    text = json.dumps(document, indent=indent, ensure_ascii=ascii_only)

    found = inserted("a.json", text.encode(), "json", [Insertion(("env",), declared)]).decode()

    assert json.loads(found) == {**document, "env": {**held, **declared}}
    assert list(json.loads(found)["env"]) == list({**held, **declared})
    assert found.startswith(text[: text.index('"env"')])
    assert found.endswith(text[text.rindex('"last"') :])
