"""Words what is wrong with a value by its schema, with jsonschema (https://json-schema.org/draft/2020-12).

Scalars are text here, so a schema's boolean is the text `true` or `false` and its integer a text of digits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from difflib import get_close_matches
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from emailops.declaration.values import Items, Table, place_of
from emailops.resource import Finding, Place
from emailops.schema import INTEGER, schema

_SHORT = 60


def explain(name: str, value: Any, *, partial: bool) -> Iterator[Finding]:
    """Each thing that is wrong, at its very place."""
    for error in _validator(name).iter_errors(value):
        if not (partial and error.validator in ("required", "dependentRequired")):
            yield from _findings(value, error)


def first_error(name: str, value: Any) -> str:
    """The first thing wrong with plain JSON, or an empty text."""
    error = next(Draft202012Validator(schema(name), registry=_registry()).iter_errors(value), None)
    return f"{error.json_path}: {error.message}" if error else ""


@cache
def _registry() -> Registry[Any]:
    def retrieve(uri: str) -> Resource[Any]:
        return Resource.from_contents(schema(uri.removesuffix(".schema.json")), DRAFT202012)

    return Registry(retrieve=retrieve)  # type: ignore[call-arg]


@cache
def _validator(name: str) -> Any:
    checker = Draft202012Validator.TYPE_CHECKER.redefine_many(
        {
            "boolean": lambda _, value: value in ("true", "false"),
            "integer": lambda _, value: isinstance(value, str) and INTEGER.fullmatch(value) is not None,
        }
    )
    texts: Any = extend(Draft202012Validator, {"minimum": _minimum}, type_checker=checker)  # type: ignore[no-untyped-call]
    return texts(schema(name), registry=_registry(), format_checker=FormatChecker(["date"]))


def _minimum(_: Any, minimum: int, value: Any, __: Any) -> Iterator[ValidationError]:
    if isinstance(value, str) and INTEGER.fullmatch(value) and int(value) < minimum:
        yield ValidationError(f"must be at least {minimum}")


def _findings(root: Any, error: Any) -> Iterator[Finding]:
    path = tuple(error.absolute_path)
    if "propertyNames" in error.relative_schema_path:
        owner = _value_at(root, path)
        place = (
            owner.field_places.get(error.instance, owner.place) if isinstance(owner, Table) else place_of(root, path)
        )
        yield Finding.error(
            place, "wrong-field", f"the field {error.instance!r} is not allowed here", f"write {_hint(error)}"
        )
        return
    if error.validator == "not" and not error.validator_value:
        place = _value_at(root, path[:-1]).field_places[path[-1]]
        yield Finding.error(place, "wrong-value", f"the field {path[-1]} does not belong beside the rest", "remove it")
        return
    place = place_of(root, path)
    word = _WORDS.get(str(error.validator), _other)
    yield from word(error, place)


def _unknown_fields(error: Any, place: Place) -> Iterator[Finding]:
    known = sorted(error.schema.get("properties", {}))
    for name in error.instance:
        if name not in known:
            at = error.instance.field_places[name] if isinstance(error.instance, Table) else place
            yield Finding.error(
                at, "unknown-field", f"the field {name!r} is not known here", _did_you_mean(name, known)
            )


def _missing_fields(error: Any, place: Place) -> Iterator[Finding]:
    wanted = error.validator_value
    if isinstance(wanted, dict):
        wanted = [name for owner, names in wanted.items() if owner in error.instance for name in names]
    missing = [name for name in wanted if name not in error.instance]
    if missing:
        names = ", ".join(missing)
        noun = "field" if len(missing) == 1 else "fields"
        yield Finding.error(place, "missing-field", f"the {noun} {names} must be here", f"add {missing[0]}: ...")


def _wrong_type(error: Any, place: Place) -> Iterator[Finding]:
    wanted = _TYPES.get(str(error.validator_value), str(error.validator_value))
    yield Finding.error(
        place, "wrong-type", f"{_shown(error.instance)} stands where {wanted} belongs", f"write {wanted}"
    )


def _choice(error: Any, place: Place) -> Iterator[Finding]:
    values = error.validator_value if error.validator == "enum" else [error.validator_value]
    remedy = _did_you_mean(str(error.instance), [str(value) for value in values])
    otherwise = f"; {error.schema['$comment']}" if "$comment" in error.schema else ""
    yield Finding.error(place, "wrong-value", f"{_shown(error.instance)} is not allowed here", f"{remedy}{otherwise}")


def _empty(error: Any, place: Place) -> Iterator[Finding]:
    yield Finding.error(place, "wrong-value", "must not be empty", f"write {_hint(error)}")


def _alternatives(error: Any, place: Place) -> Iterator[Finding]:
    """One of several shapes was wanted: the error of the shape that the value comes nearest to, or what it is for."""
    lacking = [inner for inner in error.context or () if inner.validator == "required"]
    if lacking and len(lacking) == len(error.context or ()):
        names = " or ".join(str(inner.validator_value[0]) for inner in lacking)
        yield Finding.error(place, "missing-field", f"one of the fields {names} must be here", "add one of them")
        return
    choices = [str(c) for inner in error.context or () if inner.validator == "enum" for c in inner.validator_value]
    remedy = _did_you_mean(str(error.instance), choices) if choices else f"write {_hint(error)}"
    yield Finding.error(place, "wrong-value", f"{_shown(error.instance)} is not allowed here", remedy)


def _refused(error: Any, place: Place) -> Iterator[Finding]:
    yield Finding.error(place, "wrong-value", f"{_shown(error.instance)} is not allowed here", f"write {_hint(error)}")


def _twice(error: Any, place: Place) -> Iterator[Finding]:
    items = error.instance
    second = _second(items)
    at = items.places[second] if isinstance(items, Items) else place
    yield Finding.error(at, "wrong-value", f"{_shown(items[second])} stands here twice", "keep one of the two")


def _second(items: list[Any]) -> int:
    """Which is the first that is there already."""
    if not all(isinstance(item, str) for item in items):
        return next(n for n, item in enumerate(items) if item in items[:n])
    first: dict[str, int] = {}
    return next(n for n, item in enumerate(items) if first.setdefault(item, n) != n)


def _contains(error: Any, place: Place) -> Iterator[Finding]:
    wanted = error.validator_value.get("const", "something else")
    yield Finding.error(place, "wrong-value", f"{wanted} must be in this list", f"add {wanted}")


def _other(error: Any, place: Place) -> Iterator[Finding]:
    message = error.message if str(error.validator) == "minimum" else f"{_shown(error.instance)} is not allowed here"
    yield Finding.error(place, "wrong-value", message, f"write {_hint(error)}")


_WORDS: dict[str, Callable[[Any, Place], Iterator[Finding]]] = {
    "additionalProperties": _unknown_fields,
    "required": _missing_fields,
    "dependentRequired": _missing_fields,
    "type": _wrong_type,
    "enum": _choice,
    "const": _choice,
    "minLength": _empty,
    "minItems": _empty,
    "minProperties": _empty,
    "anyOf": _alternatives,
    "oneOf": _alternatives,
    "not": _refused,
    "uniqueItems": _twice,
    "contains": _contains,
}
_TYPES = {
    "string": "text",
    "object": "a mapping",
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
}


def _hint(error: Any) -> str:
    schema = error.schema if isinstance(error.schema, dict) else {}
    return str(schema.get("description") or "what the schema describes")


def _shown(value: Any) -> str:
    """A value as a message repeats it, if it is short; a long one may be anything, a secret too."""
    if value is None:
        return "null"
    if isinstance(value, Table):
        return "a mapping"
    if isinstance(value, Items):
        return "a list"
    text = str(value)
    return repr(text) if len(text) <= _SHORT else f"a text of {len(text)} characters"


def _did_you_mean(word: str, known: list[str]) -> str:
    close = get_close_matches(word, known, n=1, cutoff=0.6)
    choices = list(dict.fromkeys(known))
    others = f"write {'one of ' if len(choices) > 1 else ''}{', '.join(choices)}"
    return f"did you mean {close[0]}?" if close else others


def _value_at(value: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        value = value[step]
    return value
