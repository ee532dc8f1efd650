"""Whether a value fits a schema, as fast as can be: the schema files compiled into closures, once a process.

It says yes or no. What is wrong, `wording` asks of jsonschema, whose import alone costs more than checking a state; a
property test holds the two together. Only the keywords that our schemas use are here; any other is an error.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

Fits = Callable[[Any], bool]

INTEGER = re.compile(r"-?[0-9]{1,18}")
"""An integer of a declared state; its scalars are text."""

_ANNOTATIONS = {"$schema", "$id", "$defs", "title", "description"}


def folder() -> Path:
    """Where the schemas are: inside the installed package, beside it in a checkout."""
    installed = Path(__file__).parents[1] / "schemas"
    return installed if installed.is_dir() else Path(__file__).parents[2] / "schemas"


@cache
def schema(name: str) -> Any:
    text = (folder() / f"{name}.schema.json").read_text(encoding="utf-8")
    return json.loads(text, object_hook=_as_python)


def _as_python(node: dict[str, Any]) -> dict[str, Any]:
    """A last `$` as JSON Schema means it: Python's would let a line end through."""
    if isinstance(pattern := node.get("pattern"), str) and pattern.endswith("$"):
        return {**node, "pattern": pattern[:-1] + r"\Z"}
    return node


@cache
def compiled(name: str, *, partial: bool = False) -> Fits:
    """The check of schemas/NAME.schema.json; a partial value may lack required keys."""
    return _compile(schema(name), name, partial)


def _compile(node: Any, file: str, partial: bool) -> Fits:
    if isinstance(node, bool):
        return lambda _: node
    checks = [
        _KEYWORDS[keyword](node, file, partial)
        for keyword in node
        if keyword not in _ANNOTATIONS and not (partial and keyword in ("required", "dependentRequired"))
    ]
    if len(checks) == 1:
        return checks[0]
    return lambda value: all(check(value) for check in checks)


def _type(node: Any, _: str, __: bool) -> Fits:
    return {
        "string": lambda value: isinstance(value, str),
        "object": lambda value: isinstance(value, dict),
        "array": lambda value: isinstance(value, list),
        "boolean": lambda value: value in ("true", "false"),
        "integer": lambda value: isinstance(value, str) and INTEGER.fullmatch(value) is not None,
    }[node["type"]]


def _reference(node: Any, file: str, partial: bool) -> Fits:
    target, _, pointer = node["$ref"].partition("#")
    name = target.removesuffix(".schema.json") or file
    found: list[Fits] = []

    def check(value: Any) -> bool:
        # Compiled when it is first met: a source holds a table of sources.
        if not found:
            inner = schema(name)
            for step in pointer.split("/")[1:]:
                inner = inner[step]
            found.append(_compile(inner, name, partial))
        return found[0](value)

    return check


def _properties(node: Any, file: str, partial: bool) -> Fits:
    properties = {key: _compile(inner, file, partial) for key, inner in node["properties"].items()}
    return lambda value: (
        not isinstance(value, dict) or all(properties[key](inner) for key, inner in value.items() if key in properties)
    )


def _additional(node: Any, file: str, partial: bool) -> Fits:
    known = node.get("properties", {}).keys()
    check = _compile(node["additionalProperties"], file, partial)
    return lambda value: (
        not isinstance(value, dict) or all(check(inner) for key, inner in value.items() if key not in known)
    )


def _required(node: Any, _: str, __: bool) -> Fits:
    keys = node["required"]
    return lambda value: not isinstance(value, dict) or all(key in value for key in keys)


def _dependent(node: Any, _: str, __: bool) -> Fits:
    pairs = node["dependentRequired"].items()
    return lambda value: (
        not isinstance(value, dict) or all(key in value for owner, keys in pairs if owner in value for key in keys)
    )


def _names(node: Any, file: str, _: bool) -> Fits:
    check = _compile(node["propertyNames"], file, False)
    return lambda value: not isinstance(value, dict) or all(map(check, value))


def _items(node: Any, file: str, partial: bool) -> Fits:
    check = _compile(node["items"], file, partial)
    return lambda value: not isinstance(value, list) or all(map(check, value))


def _contains(node: Any, file: str, _: bool) -> Fits:
    check = _compile(node["contains"], file, False)
    return lambda value: not isinstance(value, list) or any(map(check, value))


def _unique(_: Any, __: str, ___: bool) -> Fits:
    return lambda value: not isinstance(value, list) or all(one not in value[:n] for n, one in enumerate(value))


def _size(sort: type[dict[Any, Any] | list[Any] | str], keyword: str) -> Callable[[Any, str, bool], Fits]:
    def compile_size(node: Any, _: str, __: bool) -> Fits:
        limit = node[keyword]
        if keyword.startswith("min"):
            return lambda value: not isinstance(value, sort) or len(value) >= limit
        return lambda value: not isinstance(value, sort) or len(value) <= limit

    return compile_size


def _minimum(node: Any, _: str, __: bool) -> Fits:
    limit = node["minimum"]
    return lambda value: not (isinstance(value, str) and INTEGER.fullmatch(value)) or int(value) >= limit


def _pattern(node: Any, _: str, __: bool) -> Fits:
    search = re.compile(node["pattern"]).search
    return lambda value: not isinstance(value, str) or search(value) is not None


def _format(node: Any, _: str, __: bool) -> Fits:
    def is_date(value: Any) -> bool:
        if not isinstance(value, str):
            return True
        try:
            date.fromisoformat(value)
        except ValueError:
            return False
        return True

    return {"date": is_date}[node["format"]]


def _values(node: Any, _: str, __: bool) -> Fits:
    values = node.get("enum", [node.get("const")])
    return lambda value: value in values


def _conditional(node: Any, file: str, partial: bool) -> Fits:
    condition = _compile(node["if"], file, False)
    then, otherwise = (_compile(node.get(branch, True), file, partial) for branch in ("then", "else"))
    return lambda value: then(value) if condition(value) else otherwise(value)


def _branch(_: Any, __: str, ___: bool) -> Fits:
    return lambda _: True


def _every(node: Any, file: str, partial: bool) -> Fits:
    checks = [_compile(inner, file, partial) for inner in node["allOf"]]
    return lambda value: all(check(value) for check in checks)


def _some(node: Any, file: str, _: bool) -> Fits:
    checks = [_compile(inner, file, False) for inner in node["anyOf"]]
    return lambda value: any(check(value) for check in checks)


def _exactly_one(node: Any, file: str, _: bool) -> Fits:
    checks = [_compile(inner, file, False) for inner in node["oneOf"]]
    return lambda value: sum(check(value) for check in checks) == 1


def _not(node: Any, file: str, _: bool) -> Fits:
    check = _compile(node["not"], file, False)
    return lambda value: not check(value)


_KEYWORDS: dict[str, Callable[[Any, str, bool], Fits]] = {
    "$ref": _reference,
    "type": _type,
    "enum": _values,
    "const": _values,
    "properties": _properties,
    "additionalProperties": _additional,
    "required": _required,
    "dependentRequired": _dependent,
    "propertyNames": _names,
    "minProperties": _size(dict, "minProperties"),
    "maxProperties": _size(dict, "maxProperties"),
    "items": _items,
    "contains": _contains,
    "uniqueItems": _unique,
    "minItems": _size(list, "minItems"),
    "minLength": _size(str, "minLength"),
    "minimum": _minimum,
    "pattern": _pattern,
    "format": _format,
    "if": _conditional,
    "then": _branch,
    "else": _branch,
    "allOf": _every,
    "anyOf": _some,
    "oneOf": _exactly_one,
    "not": _not,
}
