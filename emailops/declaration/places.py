"""The place of each part of a value: which file and line, and so which layer, decided it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from emailops.declaration.build import plain
from emailops.declaration.ids import is_pending
from emailops.declaration.model import Declaration
from emailops.declaration.values import Items, Table
from emailops.resource import Place, Resource

Path = tuple[str, ...]
"""Fields from the outside in; the entries of a list are counted from 1."""
Part = tuple[Path, Any, Place]
"""Path into an entry, the value there, and where the layer that set it stands."""


def parts(value: Any, place: Place) -> Iterator[Part]:
    """Every part of a positioned value."""
    for path, text in leaves(plain(value)):
        yield path, text, declared_at(value, place, path)


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every part of a JSON value that has no parts; an empty mapping or list, and an id to come, are such parts."""
    if isinstance(value, dict) and value and not is_pending(value):
        for key, inner in value.items():
            yield from leaves(inner, (*path, str(key)))
    elif isinstance(value, list) and value:
        for number, inner in enumerate(value, 1):
            yield from leaves(inner, (*path, str(number)))
    else:
        yield path, value


def declared_at(value: Any, place: Place, path: Path) -> Place:
    """Where the part at `path` of a positioned value stands; of the nearest that exists on the way there."""
    for step in path:
        if isinstance(value, Table) and step in value:
            place, value = value.places[step], value[step]
        elif isinstance(value, Items) and step.isdecimal() and 0 < int(step) <= len(value):
            place, value = value.places[int(step) - 1], value[int(step) - 1]
        else:
            break
    return place


def nearest(places: Mapping[Path, Place], path: Path, default: Place) -> Place:
    """The place of a part, or of the nearest thing around it that has one."""
    around = (path[:length] for length in range(len(path), -1, -1))
    return next((places[outer] for outer in around if outer in places), default)


def recorded_at(declaration: Declaration, resource: Resource) -> Place | None:
    """Where a resource's id is recorded, under its present name or the one that it had."""
    name = str(resource)
    for known in (name, *declaration.old_names.get(name, ())):
        if known in declaration.ids:
            return declaration.recorded[declaration.scopes_of_ids[known]].at(known)
    return None
