"""`paas-vars` in the shape `variables`, through a renderer as the platform's teams have it.

It merges files of variables in depth, the last one wins; a base template prints the app's `env`, and below it the app's
own template prints what it reads of the credentials, unquoted. What no file holds is an error. A name that stands twice
in the manifest is what its last line says.
"""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from jinja2 import DictLoader, Environment, StrictUndefined, UndefinedError

from emailops.errors import InvalidInput
from emailops.generate import FORMATS
from emailops.generate.format import Header

from .reading import manifest
from .states import generated, small_state
from .test_environment import ODD
from .test_literal import values

TEMPLATES = {
    "base": """\
applications:
  - name: {{ app }}-release
    env:
      DM_ENVIRONMENT: {{ environment }}
      {% for name, value in env.items() %}
      {{ name }}: {{ value }}
      {% endfor %}
      {% block env %}{% endblock %}
""",
    "letters-web": """\
{% extends "base" %}
{% block env %}
      NOTIFY_KEY: {{ notify_key }}
      NEWS_USER: {{ letters_web.news_user }}
      NEWS_LIST_ID: {{ letters_web.news_list_id }}
      {% if letters_web.alerts is defined %}
      ALERTS: {{ letters_web.alerts }}
      {% endif %}
{% endblock %}
""",
}
COMMON = {"env": {}, "letters-web": {"env": {}}}
CREDENTIALS = {"notify_key": "kept-in-a-safe", "letters_web": {"news_user": "by-hand", "news_list_id": "18fb1fa411"}}
VARIABLES = "{letters_web: {table: {news_list_id: audience news}}}"
ENVIRONMENT = "{NEWS_LIST_ID: audience news}"
DIGITS_ALONE = {"mailchimp-audience/news": "0123456789", "mailchimp-audience/test": "9876543210"}


def rendered(stage: str, *files: str) -> dict[str, Any]:
    """The environment in the manifest, from the files of variables in the order of the command."""
    variables: dict[str, Any] = {"environment": stage, "app": "letters-web"}
    for file in (yaml.safe_dump(COMMON), yaml.safe_dump(CREDENTIALS), *files):
        variables = deep_merged(variables, yaml.safe_load(file))
    variables = deep_merged(variables, variables["letters-web"])
    renderer = Environment(
        loader=DictLoader(TEMPLATES), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False
    )
    text = renderer.get_template("letters-web").render(variables)
    return yaml.safe_load(text)["applications"][0]["env"]


def deep_merged(first: dict[str, Any], last: dict[str, Any]) -> dict[str, Any]:
    both = {name: deep_merged(first[name], last[name]) for name in first.keys() & last if isinstance(first[name], dict)}
    return {**first, **last, **both}


def file(stage: str, shape: str, settings_: str) -> str:
    found = generated(
        f"'{{stage}}.yaml': {{format: paas-vars{shape}, settings: {settings_}}}",
        ids=DIGITS_ALONE,
        consumer="letters-web",
    )
    return {made.stage: made.content for made in found}[stage]


@pytest.mark.parametrize(("stage", "id_"), [("preview", "9876543210"), ("production", "0123456789")])
def test_a_variable_wins_over_what_was_kept_by_hand_and_arrives_as_a_text(stage, id_):
    environment = rendered(stage, file(stage, ", shape: variables", VARIABLES))

    assert environment["NEWS_LIST_ID"] == id_


def test_what_is_not_declared_stays_as_it_was_kept():
    environment = rendered("preview", file("preview", ", shape: variables", VARIABLES))

    assert environment["NEWS_USER"] == "by-hand"
    assert environment["NOTIFY_KEY"] == "kept-in-a-safe"
    assert "ALERTS" not in environment


def test_a_variable_that_a_template_may_lack_is_printed_where_it_is_declared():
    alerts = "{letters_web: {table: {alerts: {value: 'a: b # c'}}}}"
    environment = rendered("preview", file("preview", ", shape: variables", alerts))

    assert environment["ALERTS"] == "a: b # c"


def test_the_environment_loses_to_a_template_that_prints_the_same_name():
    """Which is what the shape is for."""
    environment = rendered("preview", file("preview", "", ENVIRONMENT))

    assert environment["NEWS_LIST_ID"] == CREDENTIALS["letters_web"]["news_list_id"]


def test_a_variable_that_nothing_holds_any_more_stops_the_render():
    """So what was kept by hand can go once the file is given."""
    del (kept := {"letters_web": dict(CREDENTIALS["letters_web"])})["letters_web"]["news_list_id"]
    template = Environment(loader=DictLoader(TEMPLATES), undefined=StrictUndefined).get_template("letters-web")
    variables = {"app": "letters-web", "environment": "preview", "env": {}, "notify_key": "a"}

    with pytest.raises(UndefinedError):
        template.render(deep_merged(variables, kept))
    with_file = yaml.safe_load(file("preview", ", shape: variables", VARIABLES))
    assert template.render(deep_merged(deep_merged(variables, kept), with_file))


def sayable(value: Any) -> bool:
    try:
        FORMATS["paas-vars"].shaped("variables").write(HEADER, {"": {"a": {"b": [value]}}})
    except InvalidInput:
        return False
    return True


HEADER = Header("consumers/app.yaml", ("consumers/app.yaml",), "app")


@pytest.mark.slow
@settings(deadline=None, max_examples=60)
@given(value=values.filter(sayable))
@example(value=[text for text in ODD if sayable(text)])
@example(value={"a": [{"b": True, "c": 4}, {}], "d": []})
def test_every_value_arrives_and_is_read_back(value):
    content = FORMATS["paas-vars"].shaped("variables").write(HEADER, {"": {"a": value}})

    assert manifest(content) == {"a": value}
    assert FORMATS["paas-vars"].read(content) == {"": {"a": value}}
    assert content.isascii()


def test_a_stage_without_a_value_has_no_variables():
    content = FORMATS["paas-vars"].shaped("variables").write(HEADER, {"": {}})

    assert yaml.safe_load(content) is None
    assert FORMATS["paas-vars"].read(content) == {"": {}}


@pytest.mark.parametrize("name", ["_a", "a-b", "1a", "", "no", "ä", "a b"])
def test_a_name_that_no_template_could_read_is_refused(name):
    for variables in ({name: "a"}, {"letters_web": {name: "a"}}):
        with pytest.raises(InvalidInput, match=f"no template could read '{name}'"):
            FORMATS["paas-vars"].shaped("variables").write(HEADER, {"": variables})


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("((a))", "Cloud Foundry puts the value of a variable in place"),
        ("\0", "it holds a character that no environment can hold"),
        (None, "a template prints nothing as the text None"),
        ([{"b": None}], "a template prints nothing as the text None"),
    ],
)
def test_a_value_that_would_not_arrive_is_refused(value, why):
    with pytest.raises(InvalidInput, match=f"would not arrive as declared: {why}"):
        FORMATS["paas-vars"].shaped("variables").write(HEADER, {"": {"a": value}})


@pytest.mark.parametrize(
    ("file_", "message"),
    [
        ("{format: paas-vars, shape: variable, settings: {a: redirects}}", "'variable' is not allowed here"),
        ("{format: json, shape: variables, settings: {a: redirects}}", "the field shape does not belong"),
        ("{format: paas-vars, shape: variables, app: b, settings: {a: redirects}}", "the field app does not belong"),
        ("{format: paas-vars, shape: variables, settings: {_a: redirects}}", "the field '_a' is not allowed here"),
        ("{format: paas-vars, shape: environment, settings: {A: redirects}}", "'redirects' is not allowed here"),
        ("{format: paas-vars, settings: {a-b: redirect_to}}", "the field 'a-b' is not allowed here"),
    ],
)
def test_what_a_shape_cannot_hold_is_a_finding(file_, message):
    state = small_state(f"'{{stage}}.yaml': {file_}")

    assert [finding for finding in state.findings if finding.message.startswith(message)]
