"""Whatever is declared, findings come out and never an exception: each has a place, words and something to do."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emailops.declaration.build import declare
from emailops.declaration.resources import attestations, configuration, moved_ids, resources
from emailops.declaration.settings import every_setting, pending, with_ids
from emailops.policy import check
from emailops.store.state import load
from emailops.store.tree import SECTIONS, Tree
from tests.examples.laying import TODAY, marketplace, minimal

STATES = {"minimal": minimal, "marketplace": marketplace}
ODD: list[Any] = [
    *(
        None,
        "",
        " ",
        "null",
        "~",
        "yes",
        "-1",
        "9" * 40,
        "²",
        "_x",
        "shared",
        "production",
        "{lot}",
        "{",
        "\ud7ff",
        "@",
    ),
    *("a@b", "2026-02-30", "\n", "key ", "template ", "audience permits", "x" * 5_000, "env:", "..", "a/b", "0" * 10),
    *([], [None], [[]], [{}], ["a", "a"], {}, {"": ""}, {"a": None}, {"a": {"b": [{"c": None}]}}, {"pending": "x"}),
    *(
        {"template": ["x"]},
        {"audience": {}},
        {"reply_to": [[]]},
        {"table": {"a": {"table": []}}},
        {"value": {"a": "b"}},
    ),
    *({"templates": {"a": "b"}}, {"frameworks": "open"}, {"extends": "_x"}, [{"address": []}], ["mailchimp", "notify"]),
]
EXAMPLES = settings(
    max_examples=90, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


@pytest.mark.parametrize("name", STATES)
@EXAMPLES
@given(seed=st.integers(0, 2**32), odd=st.lists(st.sampled_from(ODD), min_size=1, max_size=4))
def test_any_value_in_any_place_is_at_most_a_finding(name, seed, odd):
    draw = random.Random(seed)
    files = STATES[name]().files
    for value in odd:
        path = draw.choice([one for one in files if one.endswith(".yaml")])
        document = yaml.load(files[path], yaml.BaseLoader)
        spots = list(every_spot(document))
        if spots:
            holder, key = draw.choice(spots)
            holder[key] = value
        else:
            document = value
        files[path] = json.dumps(document).encode()
    assert_only_findings(Tree(files))


@pytest.mark.parametrize("name", STATES)
@EXAMPLES
@given(
    seed=st.integers(0, 2**32),
    edits=st.lists(st.sampled_from(["delete", "double", "swap", "indent", "insert", "cut"]), min_size=1, max_size=4),
    inserted=st.one_of(
        st.text(max_size=3), st.sampled_from([": ", "- ", "{", "]", "&a ", "*a", "\t", '"', "#", "|", "!x "])
    ),
)
def test_any_edit_of_any_line_is_at_most_a_finding(name, seed, edits, inserted):
    draw = random.Random(seed)
    files = STATES[name]().files
    for edit in edits:
        path = draw.choice(list(files))
        lines = files[path].decode().split("\n")
        at = draw.randrange(len(lines))
        if edit == "delete":
            del lines[at]
        elif edit == "double":
            lines.insert(at, lines[at])
        elif edit == "swap":
            other = draw.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        elif edit == "indent":
            lines[at] = f"  {lines[at]}"
        elif edit == "cut":
            lines[at] = lines[at][: draw.randrange(len(lines[at]) + 1)]
        else:
            column = draw.randrange(len(lines[at]) + 1)
            lines[at] = lines[at][:column] + inserted + lines[at][column:]
        files[path] = "\n".join(lines).encode(errors="surrogatepass")
    assert_only_findings(Tree(files))


@EXAMPLES
@given(
    st.dictionaries(st.sampled_from(sorted({*marketplace().files, "waivers.yaml"})), st.binary(max_size=40), min_size=1)
)
def test_any_bytes_in_any_file_are_at_most_a_finding(contents):
    assert_only_findings(Tree(marketplace().files | contents))


def every_spot(value: Any) -> Iterator[tuple[Any, Any]]:
    """Each (holder, key) in plain values."""
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield value, key
            yield from every_spot(inner)


def assert_only_findings(tree: Tree) -> None:
    state = load(tree)
    declaration = declare(state)
    findings = [*state.findings, *check(declaration, TODAY).findings]
    for one in findings:
        assert one.path.removesuffix("/") in {*tree.files, "emailops.yaml"} or one.path.partition("/")[0] in SECTIONS
        assert one.line >= 1
        assert one.column >= 1
        assert one.severity in ("error", "warning")
        assert one.message
        assert one.remedy
    ids = moved_ids(declaration)
    for _, _, _, _, value in every_setting(declaration):
        assert all(isinstance(resource, str) for resource in pending(with_ids(value, ids)))
    assert len(configuration(declaration)) == 64
    assert len(attestations(declaration)) == len(declaration.attestations)
    assert len({one.resource for one in resources(declaration)}) == len(resources(declaration))
