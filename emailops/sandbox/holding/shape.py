"""Whether accounts fit their schema, as fast as can be: schemas/accounts.schema.json compiled into closures.

It says yes or no, and no when in doubt. What is wrong, `accounts` asks of jsonschema, which takes seconds for a large
audience. Only the keywords that the schema uses are here; any other is an error.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    Fits = Callable[[Any], bool]

SCHEMA = "accounts.schema.json"


@cache
def schema() -> Any:
    package = Path(__file__).parents[2]
    folder = package / "schemas" if (package / "schemas").is_dir() else package.parent / "schemas"
    return json.loads((folder / SCHEMA).read_text(encoding="utf-8"), object_hook=_as_python)


@cache
def fits() -> Fits:
    return _compiled(schema())


def is_time(value: Any) -> bool:
    """The format date-time: a day and an hour that there are."""
    if not isinstance(value, str):
        return True
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def as_written(pattern: str) -> str:
    """A pattern of `schema()` as it stands in the file."""
    return pattern[:-2] + "$" if pattern.endswith(r"\Z") else pattern


def _as_python(node: dict[str, Any]) -> dict[str, Any]:
    """A last `$` as JSON Schema means it: Python's would let a line end through."""
    if isinstance(pattern := node.get("pattern"), str) and pattern.endswith("$"):
        return {**node, "pattern": pattern[:-1] + r"\Z"}
    return node


def _compiled(node: dict[str, Any]) -> Fits:
    checks = [_KEYWORDS[keyword](node) for keyword in node if keyword not in _ANNOTATIONS]
    if len(checks) == 1:
        return checks[0]
    return lambda value: all(check(value) for check in checks)


def _reference(node: dict[str, Any]) -> Fits:
    return _definition(node["$ref"].removeprefix("#/$defs/"))


@cache
def _definition(name: str) -> Fits:
    return _compiled(schema()["$defs"][name])


def _type(node: dict[str, Any]) -> Fits:
    names = node["type"] if isinstance(node["type"], list) else [node["type"]]
    types = frozenset().union(*(_TYPES[name] for name in names))
    return lambda value: type(value) in types


def _object(node: dict[str, Any]) -> Fits:
    """`properties`, and that there are no others."""
    properties = {key: _compiled(inner) for key, inner in node["properties"].items()}

    def check(value: Any) -> bool:
        if isinstance(value, dict):
            for key, inner in value.items():
                if key not in properties or not properties[key](inner):
                    return False
        return True

    return check


def _closed(node: dict[str, Any]) -> Fits:
    if node["additionalProperties"] is not False:
        raise KeyError("additionalProperties")
    return lambda _: True


def _required(node: dict[str, Any]) -> Fits:
    keys = node["required"]
    return lambda value: not isinstance(value, dict) or all(key in value for key in keys)


def _items(node: dict[str, Any]) -> Fits:
    check = _compiled(node["items"])
    return lambda value: not isinstance(value, list) or all(map(check, value))


def _one_of(node: dict[str, Any]) -> Fits:
    allowed = node["enum"]
    return lambda value: value in allowed


def _pattern(node: dict[str, Any]) -> Fits:
    search = re.compile(node["pattern"]).search
    return lambda value: not isinstance(value, str) or search(value) is not None


def _format(node: dict[str, Any]) -> Fits:
    return {"date-time": is_time}[node["format"]]


def _length(sort: type[str] | type[list[Any]], keyword: str) -> Callable[[dict[str, Any]], Fits]:
    def compile_length(node: dict[str, Any]) -> Fits:
        least = node[keyword]
        return lambda value: not isinstance(value, sort) or len(value) >= least

    return compile_length


def _bounds(node: dict[str, Any]) -> Fits:
    least, most = node.get("minimum", float("-inf")), node.get("maximum", float("inf"))
    return lambda value: type(value) not in (int, float) or least <= value <= most


_ANNOTATIONS = {"$schema", "$id", "$defs", "title", "description", "default"}
_TYPES: dict[str, frozenset[type]] = {
    "string": frozenset({str}),
    "boolean": frozenset({bool}),
    "integer": frozenset({int}),
    "number": frozenset({int, float}),
    "object": frozenset({dict}),
    "array": frozenset({list}),
    "null": frozenset({type(None)}),
}
_KEYWORDS: dict[str, Callable[[dict[str, Any]], Fits]] = {
    "$ref": _reference,
    "type": _type,
    "properties": _object,
    "additionalProperties": _closed,
    "required": _required,
    "items": _items,
    "enum": _one_of,
    "pattern": _pattern,
    "format": _format,
    "minLength": _length(str, "minLength"),
    "minItems": _length(list, "minItems"),
    "minimum": _bounds,
    "maximum": _bounds,
}
