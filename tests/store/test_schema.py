"""The schemas: valid, of one mind in every reading of them, and good enough for an editor."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from emailops.declaration.build import plain
from emailops.schema import JSON, TEXTS, fits
from emailops.store.mistakes import explain, first_error
from emailops.store.schema_check import check
from emailops.store.state import load
from emailops.store.tree import ENTRY_SCHEMAS
from emailops.store.yaml import parse
from tests import schemas
from tests.examples.laying import STATES, marketplace, minimal, validated
from tests.policy.mutating import ODD, every_spot

ROOT = Path(__file__).parents[2]
SCHEMAS = {path.name.removesuffix(".schema.json"): json.loads(path.read_text()) for path in ROOT.glob("schemas/*.json")}
STATE_SCHEMAS = ["emailops", "file", "waivers", "attestation", "recorded", *ENTRY_SCHEMAS, *ENTRY_SCHEMAS.values()]
REGISTRY = Registry().with_resources(
    (f"{name}.schema.json", Resource.from_contents(schema, DRAFT202012)) for name, schema in SCHEMAS.items()
)


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_one(name):
    schema = SCHEMAS[name]
    Draft202012Validator.check_schema(schema)

    assert schema["$id"].rpartition("/")[2] == f"{name}.schema.json"
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["title"]


@pytest.mark.parametrize("name", SCHEMAS)
def test_what_a_schema_refers_to_is_there(name):
    references = set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(SCHEMAS[name])))
    resolver = REGISTRY.resolver_with_root(Resource.from_contents(SCHEMAS[name], DRAFT202012))

    assert all(resolver.lookup(reference).contents for reference in references)


@pytest.mark.parametrize("name", ["common", *STATE_SCHEMAS])
def test_a_pattern_speaks_of_the_whole_text(name):
    patterns = re.findall(r'"pattern": "((?:[^"\\]|\\.)*)"', json.dumps(SCHEMAS[name]))

    assert all(pattern.startswith("^") for pattern in patterns)
    assert all(pattern.endswith("$") for pattern in patterns)


@pytest.mark.parametrize("name", ENTRY_SCHEMAS.values())
def test_an_editor_can_say_what_a_key_is_for(name):
    unexplained = [
        key
        for key, schema in SCHEMAS[name]["properties"].items()
        if "description" not in schema and "$ref" not in schema and "enum" not in schema
    ]

    assert unexplained == []


class Core(yaml.SafeLoader):
    """YAML 1.2's core schema, as an editor reads it; keys are text, as in JSON."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[str, Any]:
        return {key.value: self.construct_object(value, deep=True) for key, value in node.value}


Core.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"(~|null|Null|NULL|)$"), ["~", "n", "N", ""])
Core.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"(true|True|TRUE|false|False|FALSE)$"), list("tTfF"))
Core.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"[-+]?(0|[1-9][0-9]*)$"), list("-+0123456789"))
Core.add_constructor("tag:yaml.org,2002:map", lambda loader, node: loader.construct_mapping(node))


def as_an_editor_sees_it(directory: Path) -> Iterator[tuple[str, str, Any]]:
    """(path, schema, value) of each file, entries made complete: a base need not be."""
    read = {path: yaml.load(path.read_text(encoding="utf-8"), Core) for path in sorted(directory.rglob("*.yaml"))}
    for path, value in read.items():
        name = path.relative_to(directory).as_posix()
        section, _, entry = name.removesuffix(".yaml").partition("/")
        if section == "recorded":
            yield name, "recorded", value
        elif entry:
            beside = {other.stem: entry for other, entry in read.items() if other.parent == path.parent}
            if not entry.startswith("_"):
                yield name, ENTRY_SCHEMAS[section], complete(beside)[entry]
        elif section == "emailops":
            yield (
                name,
                "emailops",
                {key: complete(inner) if key in ENTRY_SCHEMAS else inner for key, inner in value.items()},
            )
        else:
            yield name, section, complete(value)


def complete(section: Any) -> Any:
    """The entries over their bases, without these: read apart from the project's own loader."""

    def over(base: Any, own: Any) -> Any:
        if isinstance(base, dict) and isinstance(own, dict):
            return {key: over(base.get(key), own.get(key, base.get(key))) for key in {**base, **own}}
        return own

    def whole(entry: Any) -> Any:
        return over(whole(section[entry["extends"]]), entry) if "extends" in entry else entry

    return {
        name: {key: value for key, value in whole(entry).items() if key != "extends"}
        for name, entry in section.items()
        if not name.startswith("_")
    }


FILES = [
    pytest.param(schema, value, id=f"{directory.name}/{path}")
    for directory in (STATES / "digital-marketplace", STATES / "minimal")
    for path, schema, value in as_an_editor_sees_it(directory)
]


@pytest.mark.parametrize(("schema", "value"), FILES)
def test_an_editor_finds_nothing_wrong_either(schema, value):
    validator = Draft202012Validator(SCHEMAS[schema], registry=REGISTRY, format_checker=FormatChecker(["date"]))

    assert [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)] == []


@pytest.mark.parametrize("name", STATE_SCHEMAS)
@pytest.mark.parametrize("partial", [False, True], ids=["whole", "base"])
def test_every_keyword_of_a_schema_is_understood(name, partial):
    assert fits(name, TEXTS, partial=partial)(None) is False


SAMPLES = [
    (ENTRY_SCHEMAS[section], json.dumps(plain(entry)))
    for state in (load(minimal()), load(marketplace()))
    for section, entries in state.sections.items()
    for entry in entries.values()
] + [
    *(
        ("emailops", json.dumps({k: v for k, v in plain(load(tree).root).items() if k not in ENTRY_SCHEMAS}))
        for tree in (minimal(), marketplace())
    ),
    ("waivers", '[{"rule": "a", "resource": "b/c", "until": "2026-01-01", "owner": "d", "reason": "e"}]'),
    ("recorded", '{"mailchimp-audience/news": "0123456789"}'),
    ("attestation", json.dumps({"attested": {}, "by": "a", "on": "2026-01-01", "digest": "0" * 64})),
    ("notify-service", json.dumps({"guest_list": [{"number": "07700900000", "why": "a", "until": "2026-01-01"}]})),
]


@pytest.mark.slow
@settings(max_examples=700, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(
    sample=st.sampled_from(SAMPLES),
    seed=st.integers(0, 2**32),
    odd=st.lists(st.sampled_from([*ODD, "delete", "add", "double"]), max_size=3),
    partial=st.booleans(),
)
def test_the_quick_check_and_the_words_are_of_one_mind(sample, seed, odd, partial):
    name, text = sample
    value = changed(json.loads(text), odd, random.Random(seed))
    table, _ = parse("f.yaml", json.dumps(value).encode())

    assert fits(name, TEXTS, partial=partial)(table) == (list(explain(name, table, partial=partial)) == [])


def changed(value: Any, odd: list[Any], draw: random.Random) -> Any:
    for edit in odd:
        spots = list(every_spot(value))
        if not spots:
            return value
        holder, key = draw.choice(spots)
        if edit == "delete":
            del holder[key]
        elif edit == "add" and isinstance(holder, dict):
            holder[draw.choice(["extends", "x", "settings", "classes", "address", "person", "sensitive"])] = holder[key]
        elif edit == "double" and isinstance(holder, list):
            holder.append(holder[key])
        else:
            holder[key] = json.loads(json.dumps(edit))
    return value


def test_what_fits_has_no_findings_and_what_does_not_has_some():
    good, _ = parse("f.yaml", b"{role: a, since: 2026-01-01}")
    bad, _ = parse("f.yaml", b"{role: a, since: 2026-13-01}")

    assert list(check("person", good)) == []
    assert [error.rule for error in check("person", bad)] == ["wrong-value"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("templates/permit_granted.yaml", '{extends: _email, id: "aaaaaaaa-0000-4000-8000-000000000001\\n"}'),
        ("people.yaml", '{developers: {role: x, since: "2026-09-01\\n"}}'),
        ("people.yaml", '{developers: {role: x, since: 2026-09-01}, "jo\\n": {role: x, since: 2026-09-01}}'),
        ("emailops.yaml", 'words: {own_domains: ["permits.example\\n"]}\n'),
        ("emailops.yaml", 'words: {nobodys_addresses: ["a@permits.example\\n"]}\n'),
        ("emailops.yaml", 'moved: {notify-template/old: "notify-template/permit_granted\\n"}\n'),
        ("notify.yaml", 'permits: {guest_list: [{number: "07700900000\\n", why: x, until: 2027-01-01}]}'),
        ("notify.yaml", 'permits: {callback: {url: "https://permits.example/\\n"}}'),
        ("keys/spare.yaml", '{extends: _key, account: permits, stages: [], secret: "env:X\\n"}'),
    ],
)
def test_a_value_that_ends_in_a_line_end_is_refused(path, text):
    assert {finding.rule for finding in validated(minimal({path: text}))} & {"wrong-value", "wrong-field"}


@pytest.mark.parametrize(
    ("path", "text", "meant"),
    [
        ("emailops.yaml", "stage: {}\n", "stages"),
        ("emailops.yaml", "word: {}\n", "words"),
        ("stages/production.yaml", "{deployd: true}", "deployed"),
        ("stages/production.yaml", "{notifi: {}}", "notify"),
        ("keys/production.yaml", "{rotate: x}", "rotate_by"),
        ("templates/permit_granted.yaml", "{sensitve: []}", "sensitive"),
        ("consumers/web.yaml", "{template: []}", "templates"),
        ("consumers/web.yaml", "{files: {a.py: {formt: python}}}", "format"),
        ("audiences/news.yaml", "{audience: {campaign_default: {}}}", "campaign_defaults"),
        ("audiences/news.yaml", "{audience: {contact: {adress1: x}}}", "address1"),
        ("notify.yaml", "permits: {guestlist: []}", "guest_list"),
        ("waivers.yaml", "[{resourse: x}]", "resource"),
        ("keys/production.yaml", "{kind: tset}", "test"),
        ("templates/permit_granted.yaml", "{type: emial}", "email"),
    ],
)
def test_a_word_that_is_near_is_offered(path, text, meant):
    remedies = [finding.remedy for finding in validated(minimal({path: text})) if finding.path == path]

    assert f"did you mean {meant}?" in remedies


def test_the_schema_of_a_file_is_that_of_the_formats_and_sources():
    assert schemas.PATH.read_text(encoding="utf-8") == schemas.written(), "make schemas writes it anew"


PLAN = (ROOT / "tests" / "render" / "golden" / "plan.json").read_text(encoding="utf-8")
DOCUMENTS = ["plan", "observation", "report", "drift", "accounts"]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_keyword_of_a_documents_schema_is_understood(name):
    assert fits(name, JSON)(None) is False


@pytest.mark.slow
@settings(max_examples=300, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32), odd=st.lists(st.sampled_from([*ODD, "delete", "add", "double", 1.5]), max_size=3))
def test_of_a_plan_the_quick_check_accepts_nothing_that_jsonschema_refuses(seed, odd):
    document = changed(json.loads(PLAN), odd, random.Random(seed))

    assert fits("plan", JSON)(document) == (first_error("plan", document) == "")
