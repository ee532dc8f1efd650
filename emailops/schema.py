"""Whether a value fits a schema, as fast as can be: the schema files compiled into closures, each once a process.

It says yes, or no where it is in doubt. What is wrong, jsonschema says: its import alone costs more than a check of a
whole state, and a large audience takes it seconds. Property tests hold the two together. Only the keywords that our
schemas use are here; any other is an error.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from emailops.dataclass import dataclass

Fits = Callable[[Any], bool]

INTEGER = re.compile(r"-?[0-9]{1,18}")
"""An integer of a declared state; its scalars are text."""


@dataclass(frozen=True, slots=True, eq=False)
class Scalars:
    """How the values that are checked hold scalars: for each type of a schema whether a value is of it, and numbers."""

    types: Mapping[str, Fits]
    number: Callable[[Any], float | None]


def folder() -> Path:
    """Where the schemas are: inside the installed package, beside it in a checkout."""
    installed = Path(__file__).parent / "schemas"
    return installed if installed.is_dir() else Path(__file__).parents[1] / "schemas"


@cache
def schema(name: str) -> Any:
    """What schemas/NAME.schema.json says, its patterns as Python means them."""
    return json.loads(_text(name), object_hook=_as_python)


@cache
def _plain(name: str) -> Any:
    """The same with its patterns as they stand there: of most a check compiles none."""
    return json.loads(_text(name))


def _text(name: str) -> str:
    return (folder() / f"{name}.schema.json").read_text(encoding="utf-8")


def as_written(pattern: str) -> str:
    """A pattern of `schema` as it stands in the file."""
    return pattern[:-2] + "$" if pattern.endswith(r"\Z") else pattern


def is_date(value: Any) -> bool:
    """The format date: a day that there is."""
    return _is_read_by(date.fromisoformat, value)


def is_time(value: Any) -> bool:
    """The format date-time: a day and an hour that there are."""
    return _is_read_by(datetime.fromisoformat, value)


@cache
def fits(name: str, scalars: Scalars, *, partial: bool = False) -> Fits:
    """The check of schemas/NAME.schema.json; a partial value may lack required fields."""
    return _compiled(_plain(name), _At(name, scalars, partial))


def _text_number(value: Any) -> float | None:
    return int(value) if isinstance(value, str) and INTEGER.fullmatch(value) else None


def _json_number(value: Any) -> float | None:
    return value if type(value) in (int, float) else None


TEXTS = Scalars(
    {
        "string": lambda value: isinstance(value, str),
        "object": lambda value: isinstance(value, dict),
        "array": lambda value: isinstance(value, list),
        "boolean": lambda value: value in ("true", "false"),
        "integer": lambda value: _text_number(value) is not None,
    },
    _text_number,
)
"""A declared state: every scalar is a text."""

JSON = Scalars(
    {
        "string": lambda value: isinstance(value, str),
        "object": lambda value: type(value) is dict,
        "array": lambda value: type(value) is list,
        "boolean": lambda value: type(value) is bool,
        "integer": lambda value: type(value) is int,
        "number": lambda value: type(value) in (int, float),
        "null": lambda value: value is None,
    },
    _json_number,
)
"""A document of JSON."""


class _At(NamedTuple):
    """Where a part of a schema stands, and for which values it is compiled."""

    file: str
    scalars: Scalars
    partial: bool

    @property
    def whole(self) -> _At:
        return self._replace(partial=False) if self.partial else self


def _compiled(node: Any, at: _At) -> Fits:
    if isinstance(node, bool):
        return lambda _: node
    keywords = [word for word in node if word not in _ANNOTATIONS and not (at.partial and word in _REQUIRING)]
    checks = [check for word in keywords if (check := _KEYWORDS[word](node, at))]
    if len(checks) == 1:
        return checks[0]
    if len(checks) == 2:
        first, second = checks
        return lambda value: first(value) and second(value)
    return _fits_all(checks)


def _fits_all(checks: Sequence[Fits]) -> Fits:
    def check(value: Any) -> bool:
        # What all() does with a generator, in half the time: every value of a state comes by here.
        for fits in checks:  # noqa: SIM110
            if not fits(value):
                return False
        return True

    return check


def _type(node: Any, at: _At) -> Fits:
    if isinstance(node["type"], str):
        return at.scalars.types[node["type"]]
    checks = [at.scalars.types[name] for name in node["type"]]
    return lambda value: any(check(value) for check in checks)


def _reference(node: Any, at: _At) -> Fits:
    target, _, pointer = node["$ref"].partition("#")
    name = target.removesuffix(".schema.json") or at.file
    found: list[Fits] = []

    def check(value: Any) -> bool:
        # Compiled when it is first met: a source holds a table of sources.
        if not found:
            found.append(_definition(name, pointer, at.scalars, at.partial))
        return found[0](value)

    return check


@cache
def _definition(name: str, pointer: str, scalars: Scalars, partial: bool) -> Fits:
    inner = _plain(name)
    for step in pointer.split("/")[1:]:
        inner = inner[step]
    return _compiled(inner, _At(name, scalars, partial))


def _object(node: Any, at: _At) -> Fits:
    """`properties` and `additionalProperties`, in one look at each field; compiled for the fields that are met."""
    declared = node.get("properties", {})
    known: dict[str, Fits] = {}
    others = _compiled(node.get("additionalProperties", True), at)

    def check(value: Any) -> bool:
        if isinstance(value, dict):
            for name, inner in value.items():
                fit = known.get(name, others)
                if fit is others and name in declared:
                    fit = known[name] = _compiled(declared[name], at)
                if not fit(inner):
                    return False
        return True

    return check


def _others(node: Any, at: _At) -> Fits | None:
    return None if "properties" in node else _object(node, at)


def _required(node: Any, _: _At) -> Fits:
    names = node["required"]
    return lambda value: not isinstance(value, dict) or all(name in value for name in names)


def _dependent(node: Any, _: _At) -> Fits:
    pairs = node["dependentRequired"].items()
    return lambda value: (
        not isinstance(value, dict) or all(name in value for owner, names in pairs if owner in value for name in names)
    )


def _names(node: Any, at: _At) -> Fits:
    check = _compiled(node["propertyNames"], at.whole)
    return lambda value: not isinstance(value, dict) or all(map(check, value))


def _items(node: Any, at: _At) -> Fits:
    check = _compiled(node["items"], at)
    return lambda value: not isinstance(value, list) or all(map(check, value))


def _contains(node: Any, at: _At) -> Fits:
    check = _compiled(node["contains"], at.whole)
    return lambda value: not isinstance(value, list) or any(map(check, value))


def _unique(_: Any, __: _At) -> Fits:
    return lambda value: not isinstance(value, list) or _are_different(value)


def _are_different(items: list[Any]) -> bool:
    if all(isinstance(item, str) for item in items):
        return len(set(items)) == len(items)
    return all(item not in items[:n] for n, item in enumerate(items))


def _least(sort: type[dict[Any, Any] | list[Any] | str], keyword: str) -> Callable[[Any, _At], Fits]:
    def compile_least(node: Any, _: _At) -> Fits:
        least = node[keyword]
        return lambda value: not isinstance(value, sort) or len(value) >= least

    return compile_least


def _at_most(node: Any, _: _At) -> Fits:
    most = node["maxProperties"]
    return lambda value: not isinstance(value, dict) or len(value) <= most


def _bounds(node: Any, at: _At) -> Fits:
    least, most = node.get("minimum", float("-inf")), node.get("maximum", float("inf"))
    number = at.scalars.number
    return lambda value: (found := number(value)) is None or least <= found <= most


def _pattern(node: Any, _: _At) -> Fits:
    search = re.compile(_as_python(node)["pattern"]).search
    return lambda value: not isinstance(value, str) or search(value) is not None


def _format(node: Any, _: _At) -> Fits:
    return {"date": is_date, "date-time": is_time}[node["format"]]


def _values(node: Any, _: _At) -> Fits:
    """To Python true is 1; to JSON it is not."""
    values = node.get("enum", [node.get("const")])
    if all(isinstance(value, str) for value in values):
        return lambda value: value in values
    return lambda value: any(value == known and type(value) is type(known) for known in values)


def _conditional(node: Any, at: _At) -> Fits:
    condition = _compiled(node["if"], at.whole)
    branches: dict[bool, Fits] = {}

    def check(value: Any) -> bool:
        holds = condition(value)
        if holds not in branches:
            branches[holds] = _compiled(node.get("then" if holds else "else", True), at)
        return branches[holds](value)

    return check


def _branch(_: Any, __: _At) -> None:
    """`if` looks at its branches."""


def _every(node: Any, at: _At) -> Fits:
    return _fits_all([_compiled(inner, at) for inner in node["allOf"]])


def _some(node: Any, at: _At) -> Fits:
    checks = [_compiled(inner, at.whole) for inner in node["anyOf"]]
    return lambda value: any(check(value) for check in checks)


def _exactly_one(node: Any, at: _At) -> Fits:
    checks = [_compiled(inner, at.whole) for inner in node["oneOf"]]
    return lambda value: sum(check(value) for check in checks) == 1


def _not(node: Any, at: _At) -> Fits:
    check = _compiled(node["not"], at.whole)
    return lambda value: not check(value)


def _as_python(node: dict[str, Any]) -> dict[str, Any]:
    """A last `$` as JSON Schema means it: Python's would let a line end through."""
    if isinstance(pattern := node.get("pattern"), str) and pattern.endswith("$"):
        return {**node, "pattern": pattern[:-1] + r"\Z"}
    return node


def _is_read_by(read: Callable[[str], object], value: Any) -> bool:
    if not isinstance(value, str):
        return True
    try:
        read(value)
    except ValueError:
        return False
    return True


_ANNOTATIONS = frozenset(
    {"$schema", "$id", "$defs", "$comment", "title", "description", "default", "examples", "enumDescriptions"}
)
_REQUIRING = frozenset({"required", "dependentRequired"})
_KEYWORDS: dict[str, Callable[[Any, _At], Fits | None]] = {
    "$ref": _reference,
    "type": _type,
    "enum": _values,
    "const": _values,
    "properties": _object,
    "additionalProperties": _others,
    "required": _required,
    "dependentRequired": _dependent,
    "propertyNames": _names,
    "minProperties": _least(dict, "minProperties"),
    "maxProperties": _at_most,
    "items": _items,
    "contains": _contains,
    "uniqueItems": _unique,
    "minItems": _least(list, "minItems"),
    "minLength": _least(str, "minLength"),
    "minimum": _bounds,
    "maximum": _bounds,
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
