"""Generated YAML as Ruby reads it (Psych), and a Rails app with it: the file of an environment over what all share."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from emailops.generate import FORMATS
from emailops.generate.format import Header
from tests.generate.states import GOLDEN
from tests.test_services import FOUND, files

READ = "YAML.safe_load($stdin.read)"
OVER = """
over = nil; over = ->(_, one, other) { one.is_a?(Hash) && other.is_a?(Hash) ? one.merge(other, &over) : other }
ARGV.map { |path| YAML.safe_load(path) }.reduce { |one, other| one.merge(other, &over) }
"""
AWKWARD = [
    *("no", "Yes", "on", "~", "null", "010", "0o17", "0x1F", "1_000", "1,000", "1:20", "1e3", "12e5", ".inf", "-"),
    *(":symbol", "2026-11-24", "2026-11-24 09:00:00", "=", "<<", "!x", "&a", "*a", "a: b", "a #b", "'", '"', "\\", ""),
    *("é 😀", "\u2028", "\x85", "\x07", "a\nb", "%{b}", "{{ c }}", "a\ttab", " both ", "[", "{", "@", "`", "|", ">"),
]


def ruby(program: str, *arguments: str, stdin: str = "") -> Any:
    command = ["ruby", "-Ku", "-ryaml", "-rjson", "-e", f"puts JSON.generate(begin; {program}; end)", *arguments]
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, encoding="utf-8", check=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    "path", sorted(path for path in GOLDEN.rglob("*.y*ml") if "j2" not in path.name), ids=lambda path: path.stem
)
def test_ruby_reads_what_python_does(path) -> None:
    content = path.read_text(encoding="utf-8")

    assert ruby(READ, stdin=content) == yaml.safe_load(content)


def test_awkward_texts_stay_texts() -> None:
    values = {f"k{number}": text for number, text in enumerate(AWKWARD)}
    names = dict.fromkeys(AWKWARD, "x")
    content = FORMATS["yaml"].write(Header("emailops.yaml", ("emailops.yaml",), ""), {"": {**values, "NAMES": names}})

    assert ruby(READ, stdin=content) == {**values, "NAMES": names}


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), min_size=1, max_size=200))
def test_any_text_stays_what_it_is(texts: list[str]) -> None:
    values = {f"k{number}": text for number, text in enumerate(texts)}
    content = FORMATS["yaml"].write(Header("emailops.yaml", ("emailops.yaml",), ""), {"": values})

    assert ruby(READ, stdin=content) == values


@pytest.mark.parametrize("name", ["rails-settings", "yaml-by-stage"])
def test_the_services_that_keep_yaml_find_in_ruby_what_they_need(name: str) -> None:
    _, expected = FOUND[name]
    found = {path: ruby(READ, stdin=content) for path, content in files(name).items()}

    assert found == expected


def test_an_environment_of_rails_lies_over_what_all_share() -> None:
    laid = files("rails-settings")
    settings_ = ruby(OVER, laid["config/settings.yml"], laid["config/settings/production.yml"])
    _, expected = FOUND["rails-settings"]
    shared, own = (expected[f"config/settings{path}.yml"] for path in ("", "/production"))

    assert settings_ == {**own, "govuk_notify": {**shared["govuk_notify"], **own["govuk_notify"]}}
