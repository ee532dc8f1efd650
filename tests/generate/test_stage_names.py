"""What a consumer calls a stage, in the paths, classes and names of its files; and values that are one stage's."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from emailops.declaration.reviewed import facts
from emailops.errors import InvalidInput
from emailops.generate import Generated
from emailops.policy import check
from emailops.questions.explain import setting as explained

from .reading import READERS, sourced
from .states import generated, small, small_state

HELLO = "aaaaaaaa-0000-4000-8000-000000000001"
REDIRECTS = {"example.org": "sink@small.example"}
PROD = "{production: prod, preview: [local, dev]}"
ONE = "{production: test, preview: test}"


def held(file: Generated) -> Any:
    assert file.content is not None
    read = READERS[file.format](file.content)
    return {name: value for name, value in read.items() if name != "_emailops"}


def by_path(*files: str, stage_names: str = PROD) -> dict[str, Any]:
    return {file.path: held(file) for file in generated(*files, stage_names=stage_names)}


@pytest.mark.parametrize(
    ("stage_names", "path", "paths"),
    [
        (PROD, "config/{stage}.json", ["config/local.json", "config/dev.json", "config/prod.json"]),
        (PROD, "app.{Stage}.json", ["app.Local.json", "app.Dev.json", "app.Prod.json"]),
        ("{preview: pre-view}", "{STAGE}/{stage}.json", ["PRE_VIEW/pre-view.json", "PRODUCTION/production.json"]),
        (ONE, "{stage}.json", ["test.json"]),
        (PROD, "all.json", ["all.json"]),
    ],
)
def test_a_path_has_the_readers_word_for_a_stage(stage_names, path, paths):
    found = by_path(f"'{path}': {{format: json, settings: {{HELLO: template hello}}}}", stage_names=stage_names)

    assert found == {path: {"HELLO": HELLO} for path in paths}


def test_a_file_with_a_field_a_stage_holds_what_each_stage_has():
    found = by_path("a.yml: {format: yaml, settings: {'{stage}': {table: {news: audience news, to: redirects}}}}")

    test = {"news": "aaaaaaaaa2", "to": {}}
    assert found == {"a.yml": {"local": test, "dev": test, "prod": {"news": "aaaaaaaaa1", "to": REDIRECTS}}}


def test_a_field_a_stage_of_a_file_a_stage_is_in_the_file_of_that_stage_alone():
    found = by_path(
        "'{stage}.env': {format: dotenv, settings: {'NEWS_{STAGE}': audience news, to: {value: a}}}",
        stage_names="{production: prod}",
    )

    assert found == {
        "preview.env": {"NEWS_PREVIEW": "aaaaaaaaa2", "to": "a"},
        "prod.env": {"NEWS_PROD": "aaaaaaaaa1", "to": "a"},
    }


def test_a_class_a_stage_holds_what_the_stage_has():
    (file,) = generated(
        "a.py: {format: flask, classes: {Config: {HELLO: template hello}, '{Stage}': {TO: redirects}}}",
        stage_names="{production: live}",
    )
    classes = {name: dict(vars(cls)) for name, cls in held(file).items()}

    assert [*classes] == ["Config", "Preview", "Live"]
    assert classes["Preview"]["TO"] == {}
    assert classes["Live"]["TO"] == REDIRECTS


def test_a_value_that_differs_by_stage():
    found = by_path(
        "'{stage}.json': {format: json, settings: {"
        "A: {by_stage: {production: {value: live}, otherwise: {value: test}}}, "
        "B: {by_stage: {production: redirects, preview: {table: {}}}}}}",
        stage_names="{}",
    )

    assert found == {"preview.json": {"A": "test", "B": {}}, "production.json": {"A": "live", "B": REDIRECTS}}


@pytest.mark.parametrize("format_", ["dotenv", "shell", "paas-vars", "properties", "python"])
@pytest.mark.parametrize(
    ("source", "stage", "expected"),
    [
        ("redirects", "production", REDIRECTS),
        ("redirects", "preview", {}),
        ("{frameworks: [open]}", "production", ["round"]),
        ("audiences", "production", {"round": {"one": "aaaaaaaaa4", "two": "aaaaaaaaa5"}}),
        ('{table: {a: {value: "it\'s $5 `x` é \\""}}}', "production", {"a": "it's $5 `x` é \""}),
    ],
)
def test_a_mapping_or_list_arrives_as_one_json_text(format_, source, stage, expected):
    (file,) = generated(
        f"'{{stage}}.x': {{format: {format_}, stages: [{stage}], settings: {{TO: {{json_text: {source}}}}}}}"
    )

    assert json.loads(held(file)["TO"]) == expected


def test_a_shell_hands_a_json_text_on_as_it_is():
    (file,) = generated("a.sh: {format: shell, stages: [production], settings: {TO: {json_text: redirects}}}")

    assert sourced(file.content or "") == {"TO": '{"example.org":"sink@small.example"}'}


def test_a_json_text_waits_for_ids_as_its_mapping_would():
    (file,) = generated(
        "a.sh: {format: shell, stages: [production], settings: {TO: {json_text: audiences}}}",
        ids={"mailchimp-audience/round.two": "aaaaaaaaa5"},
    )

    assert json.loads(sourced(file.content or "")["TO"]) == {"round": {"two": "aaaaaaaaa5"}}
    assert file.pending == ("mailchimp-audience/round.one",)


@pytest.mark.parametrize(
    ("stage_names", "settings", "message"),
    [
        (ONE, "{NEWS: audience news}", "NEWS of app differs between preview and production"),
        (ONE, "{TO: {json_text: redirects}}", None),
        ("{}", "{TO: {by_stage: {nowhere: redirects}}}", "there is no stage 'nowhere'"),
        ("{nowhere: there}", "{TO: redirects}", "there is no stage 'nowhere'"),
        ("{}", "{TO: {by_stage: {production: redirects}}}", "TO of app has no value in preview: by_stage names no"),
    ],
)
def test_what_cannot_be_is_a_finding(stage_names, settings, message):
    declaration = small(f"'{{stage}}.json': {{format: json, settings: {settings}}}", stage_names=stage_names)
    found = [finding.message for finding in check(declaration, date(2026, 11, 24)).findings]

    assert [text for text in found if message and text.startswith(message)] or message is None
    assert message is not None or not [text for text in found if text.startswith("TO ")]


def test_an_id_of_production_stands_in_one_file_under_productions_name_only():
    with pytest.raises(InvalidInput, match="differs between preview and production"):
        generated("a.json: {format: json, settings: {NEWS: audience news}}")
    (file,) = generated("a.json: {format: json, settings: {'NEWS_{STAGE}': audience news}}")

    assert held(file) == {"NEWS_PREVIEW": "aaaaaaaaa2", "NEWS_PRODUCTION": "aaaaaaaaa1"}


def test_a_plan_sees_names_and_what_becomes_a_json_text_and_compares_what_is_in_it():
    file = "'{stage}.json': {format: json, settings: {TO: SOURCE}}"
    before, after = (
        {(fact.name, fact.stage): value for fact, value in facts(small(file.replace("SOURCE", text), **more)).items()}
        for text, more in (("redirects", {}), ("{json_text: redirects}", {"stage_names": "{production: prod}"}))
    )

    assert before["TO", "production"] == after["TO", "production"] == REDIRECTS
    assert after["stage_names", ""] == {"production": "prod"}
    assert after["file {stage}.json", ""]["as JSON text"] == ["TO"]
    assert "as JSON text" not in before["file {stage}.json", ""]


def test_explain_shows_the_source_that_the_stage_has_and_the_readers_path():
    declaration = small(
        "'{stage}.json': {format: json, settings: {TO: {json_text: {by_stage: {preview: {value: a}, "
        "otherwise: redirects}}}}}",
        stage_names="{production: prod}",
    )
    preview, production = explained(declaration, "TO")

    assert [str(source.value) for source in preview.sources] == ["value a as JSON text"]
    assert [str(source.value) for source in production.sources] == ["redirects as JSON text"]
    assert production.files == ("prod.json",)
    assert [(value.name, value.value) for value in production.values] == [("example.org", "sink@small.example")]


@pytest.mark.parametrize(
    "stage_names", ["{production: a/b}", "{production: []}", "{production: ''}", "{production: {a: b}}", "[a]"]
)
def test_a_name_that_no_path_could_hold_is_refused(stage_names):
    assert small_state("a.json: {format: json, settings: {TO: redirects}}", stage_names=stage_names).findings
