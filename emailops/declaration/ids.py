"""Ids in the values of settings: each is an `IdOf` until the recorded ids are put in.

What has no recorded id yet stays visible as `{"$pending": "kind/name"}`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from emailops.dataclass import dataclass

PENDING = "$pending"
"""The field that marks an id to come. No name of a template, framework or lot can be this."""


@dataclass(frozen=True, slots=True)
class IdOf:
    """The id that a provider gives to this resource."""

    resource: str


@dataclass(frozen=True, slots=True)
class JsonText:
    """A value that its reader gets as one JSON text; what it holds is compared and explained as if it were none."""

    value: Any


@dataclass(frozen=True, slots=True)
class OfFramework:
    """A value that follows from a framework, and waits for the ids of the framework's audiences wherever it is read.

    So no reader hears of a new framework that another one does not know yet. It is compared and explained at once.
    """

    value: Any
    audiences: tuple[str, ...]


class OfStages(dict[str, Any]):
    """A mapping with rows that are named after stages: where several read one file, each adds its own."""


class Differs(Exception):
    """Two stages cannot read one value."""


def laid_together(first: Any, other: Any) -> Any:
    """One value for two stages: the same for both, but that each has rows of its own. Raises Differs."""
    if isinstance(first, JsonText) and isinstance(other, JsonText):
        return JsonText(laid_together(first.value, other.value))
    if isinstance(first, dict) and isinstance(other, dict):
        add = isinstance(first, OfStages) and isinstance(other, OfStages)
        if add or first.keys() == other.keys():
            both = {name: laid_together(first[name], other[name]) for name in first if name in other}
            return type(first)({**first, **other, **both})
    if first != other:
        raise Differs
    return first


def bare(value: Any) -> Any:
    """The value without what says how, or when, a file holds a part of it."""
    if isinstance(value, JsonText | OfFramework):
        return bare(value.value)
    if isinstance(value, dict):
        return {key: bare(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [bare(inner) for inner in value]
    return value


def with_ids(value: Any, ids: Mapping[str, str]) -> Any:
    """Plain JSON with each IdOf replaced by the recorded id, or by what it waits for."""
    if isinstance(value, JsonText | OfFramework):
        return with_ids(value.value, ids)
    if isinstance(value, IdOf):
        return ids.get(value.resource, {PENDING: value.resource})
    if isinstance(value, dict):
        return {key: with_ids(inner, ids) for key, inner in value.items()}
    if isinstance(value, list):
        return [with_ids(inner, ids) for inner in value]
    return value


def ids_in(value: Any) -> Iterator[str]:
    """The resources whose ids an unresolved value holds."""
    if isinstance(value, IdOf):
        yield value.resource
    elif isinstance(value, JsonText | OfFramework):
        yield from ids_in(value.value)
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from ids_in(inner)


def waits_for(value: Any, ids: Mapping[str, str]) -> frozenset[str]:
    """The resources whose ids have to be recorded before a file may hold all of an unresolved value."""
    if isinstance(value, OfFramework):
        return waits_for(value.value, ids).union(name for name in value.audiences if name not in ids)
    if isinstance(value, JsonText):
        return waits_for(value.value, ids)
    if isinstance(value, dict | list):
        inside = value.values() if isinstance(value, dict) else value
        return frozenset().union(*(waits_for(inner, ids) for inner in inside))
    return frozenset({value.resource}) if isinstance(value, IdOf) and value.resource not in ids else frozenset()


def pending(value: Any) -> Iterator[str]:
    """The resources whose ids a value of `with_ids` still waits for."""
    if is_pending(value):
        yield value[PENDING]
    elif isinstance(value, dict):
        for inner in value.values():
            yield from pending(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from pending(inner)


def is_pending(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {PENDING} and isinstance(value[PENDING], str)
