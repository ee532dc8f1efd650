"""Declared states to generate from: the frozen ones, and small ones written down in a test."""

from __future__ import annotations

from pathlib import Path

from emailops.declaration.build import declare
from emailops.declaration.model import Declaration
from emailops.declaration.moved import moved_ids
from emailops.declaration.values import State
from emailops.generate import Generated, generate
from emailops.store.state import load
from emailops.store.tree import Tree, read_directory

GOLDEN = Path(__file__).parent / "golden"
FROZEN = Path(__file__).parents[1] / "states"
STATES = ("digital-marketplace", "minimal", "every-format")

SMALL = """
format: 1
service: Small
stage_order: [preview, production]
accounts:
  notify: {small: {service_id: 11111111-1111-4111-8111-111111111111}}
stages:
  preview: {deployed: true, notify: {key: preview}}
  production:
    deployed: true
    notify: {key: production}
    redirect: {to: sink@small.example, domains: {example.org: invented}}
templates:
  hello: {id: aaaaaaaa-0000-4000-8000-000000000001, type: email}
audiences:
  news: {audience: {stages: [production], name: News}, otherwise: test}
  test: {audience: {stages: [preview], name: Test}}
  board: {audience: {stages: [production], name: Board}}
  round:
    name: Round
    status: open
    lots: {one: One, two: Two}
    audience: {stages: [production], name: "{lot_name}"}
    otherwise: test
consumers:
  app:
    repository: https://git.example/app.git
    sends: [notify]
    templates: [hello]
    files:
"""
IDS = {
    "mailchimp-audience/news": "aaaaaaaaa1",
    "mailchimp-audience/test": "aaaaaaaaa2",
    "mailchimp-audience/board": "aaaaaaaaa3",
    "mailchimp-audience/round.one": "aaaaaaaaa4",
    "mailchimp-audience/round.two": "aaaaaaaaa5",
}
# What no consumer of the frozen states needs, and what is awkward everywhere: digits alone, words of YAML, comments.
_TEXTS = "{NEWS: audience news, HELLO: template hello, MOTTO: {value: \"it's no. 1: yes #\"}, NONE: {value: ''}}"
_ROWS = (
    "jobs: {list: [{value: a}, {per_framework: {statuses: [open], text: 'mail-{framework}-{number}'}}]}, "
    "rows: {rows: {columns: {weeks: integer, of: framework, mail: template, on: boolean}, records: "
    "[{weeks: 4, of: round, mail: hello, on: true}, {weeks: -8, of: g-1, mail: hello, on: false}]}}, "
    "lists_of: {rows: {columns: {of: text, mail: template}, as: lists, records: [{of: '010', mail: hello}]}}"
)
_OF_EVERY_SORT = (
    f"{{{_ROWS}, "
    "lists: audiences, now: {frameworks: [open]}, to: redirects, hello: template hello, "
    "odd: {value: 'no ${a} %{b} \\\\ é \"'}, table: {table: {'1': {value: ''}, 'no': {value: '010'}}}}"
)
EVERY_FORMAT = (
    f"'email/{{stage}}.env': {{format: dotenv, settings: {_TEXTS}}}",
    f"'email/{{stage}}.yaml': {{format: paas-vars, app: letters, settings: {_TEXTS}}}",
    f"'vars/{{stage}}.yaml': {{format: paas-vars, shape: variables, settings: {{web: {{table: {_TEXTS}}}}}}}",
    f"'email/{{stage}}.sh': {{format: shell, settings: {_TEXTS}}}",
    f"'email/{{stage}}.j2': {{format: jenkins-vars, settings: {_OF_EVERY_SORT}}}",
    f"'email/{{stage}}.json': {{format: json, settings: {_OF_EVERY_SORT}}}",
    f"'email/{{stage}}.py': {{format: python, settings: {_OF_EVERY_SORT}}}",
    f"'email/{{stage}}.properties': {{format: properties, settings: {_TEXTS}}}",
    f"'email/{{stage}}.tfvars': {{format: tfvars, settings: {_OF_EVERY_SORT}}}",
    f"'email/{{stage}}.ts': {{format: typescript, settings: {_OF_EVERY_SORT}}}",
    f"'email/{{stage}}.yml': {{format: yaml, settings: {_OF_EVERY_SORT}}}",
)
RECORDED = {
    "recorded/production.yaml": b'mailchimp-audience/news: "0123456789"\nmailchimp-audience/round.one: "000000000e"\n',
    "recorded/preview.yaml": b'mailchimp-audience/test: "9876543210"\n',
}


def formats(state: str) -> dict[tuple[str, str], str]:
    """(consumer, path in its repository) -> the format of the file."""
    return {
        (consumer.name, path): file.format
        for consumer in declared(state).consumers.values()
        for file in consumer.files
        for path in file.paths
    }


def declared(state: str) -> Declaration:
    if state == "every-format":
        return small(*EVERY_FORMAT, **RECORDED)
    return declare(load(read_directory(FROZEN / state)))


def files_of(state: str) -> list[Generated]:
    declaration = declared(state)
    return generate(declaration, moved_ids(declaration))


def small(*files: str, consumer: str = "app", stage_names: str = "{}", **more: bytes) -> Declaration:
    """A small state whose one consumer gets these files, each a line of YAML."""
    return declare(small_state(*files, consumer=consumer, stage_names=stage_names, **more))


def small_state(*files: str, consumer: str = "app", stage_names: str = "{}", **more: bytes) -> State:
    head = SMALL.replace("  app:\n", f"  {consumer}:\n    stage_names: {stage_names}\n")
    text = head + "".join(f"      {file}\n" for file in files)
    return load(Tree({"emailops.yaml": text.encode(), **more}))


def generated(
    *files: str, ids: dict[str, str] = IDS, consumer: str = "app", stage_names: str = "{}"
) -> list[Generated]:
    return generate(small(*files, consumer=consumer, stage_names=stage_names), ids)
