"""Every field can be explained: by the page, and by an editor, which reads the same schemas."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.docs.fields import SCHEMAS, SECTIONS, fields, formats, sources

FILES = {path.name: json.loads(path.read_text()) for path in SCHEMAS.glob("*.schema.json")}
REGISTRY = Registry().with_resources(
    (name, Resource.from_contents(schema, DRAFT202012)) for name, schema in FILES.items()
)


@pytest.mark.parametrize("name", SECTIONS)
def test_each_field_is_explained_and_has_an_example(name: str) -> None:
    held = fields(name)
    outer = {field.path.rpartition(".")[0].removesuffix(".NAME").removesuffix("[]") for field in held}
    assert [field.path for field in held if not field.holds] == []
    assert [field.path for field in held if not field.examples and field.path not in outer] == []


@pytest.mark.parametrize("name", SECTIONS)
def test_each_section_has_one_unless_it_holds_the_others(name: str) -> None:
    assert bool(FILES[f"{name}.schema.json"].get("examples")) == (name != "emailops")


def examples(node: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """(where, example) of each example in a schema."""
    if isinstance(node, dict):
        for example in node.get("examples", ()) if "description" in node or "pattern" in node else ():
            yield pointer, example
        for key, inner in node.items():
            if key != "examples":
                yield from examples(inner, f"{pointer}/{key}")
    elif isinstance(node, list):
        for number, inner in enumerate(node):
            yield from examples(inner, f"{pointer}/{number}")


@pytest.mark.parametrize("file", FILES)
def test_an_example_fits(file: str) -> None:
    for pointer, example in examples(FILES[file]):
        schema = {"$ref": f"{file}#{pointer}"}
        wrong = [error.message for error in Draft202012Validator(schema, registry=REGISTRY).iter_errors(example)]
        assert wrong == [], pointer


def test_each_source_and_each_format_is_explained() -> None:
    assert all(words for _, words in sources())
    assert all(words for _, words in formats())
