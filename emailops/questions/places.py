"""The place of each part of a value: which file and line, and so which layer, decided it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from emailops.declaration.ids import is_pending
from emailops.declaration.sources import Path
from emailops.declaration.values import Items, Table
from emailops.plan import Place


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
