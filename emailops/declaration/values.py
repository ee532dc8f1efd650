"""YAML values that know where they stand: plain dicts, lists and texts for a schema, places for a message."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from emailops.plan import Finding, Place


class Table(dict[str, Any]):
    """A mapping with the place of each key and value; values are Table, Items, str or None."""

    __slots__ = ("_layers", "key_places", "place", "places")

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self.key_places: dict[str, Place] = {}
        self.places: dict[str, Place] = {}
        self._layers: frozenset[str] | None = None

    def put(self, key: str, value: Any, key_place: Place, place: Place) -> None:
        self[key] = value
        self.key_places[key] = key_place
        self.places[key] = place

    def take(self, key: str, other: Table) -> None:
        """Hold `key` as `other` holds it, where `other` says it stands."""
        self.put(key, other[key], other.key_places[key], other.places[key])

    def table(self, key: str) -> Table:
        """The mapping at `key`, or an empty one that stands here."""
        value = self.get(key)
        return value if isinstance(value, Table) else Table(self.place)

    def items_at(self, key: str) -> Items:
        """The sequence at `key`, or an empty one that stands here."""
        value = self.get(key)
        return value if isinstance(value, Items) else Items(self.place)

    def text(self, key: str, default: str = "") -> str:
        value = self.get(key)
        return value if isinstance(value, str) else default

    def without(self, key: str) -> Table:
        """The same mapping, less one key."""
        if key not in self:
            return self
        rest = Table(self.place)
        for other in self:
            if other != key:
                rest.take(other, self)
        return rest

    def at(self, *path: str | int) -> Place:
        """The place of the value at `path`; of the nearest that exists on the way there."""
        return place_of(self, path)

    def layers(self) -> frozenset[str]:
        """The files that anything in here comes from; worked out once, for a table is not changed after it was read."""
        if self._layers is None:
            self._layers = frozenset({self.place.path, *(place.path for place in every_place(self))})
        return self._layers


class Items(list[Any]):
    """A sequence with the place of each item."""

    __slots__ = ("place", "places")

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self.places: list[Place] = []

    def put(self, value: Any, place: Place) -> None:
        self.append(value)
        self.places.append(place)

    def placed_texts(self) -> Iterator[tuple[str, Place]]:
        """Each text, and where it stands."""
        return ((item, place) for item, place in zip(self, self.places, strict=True) if isinstance(item, str))

    def texts(self) -> tuple[str, ...]:
        return tuple(item for item in self if isinstance(item, str))


@dataclass(slots=True)
class State:
    """Everything that was read, bases already laid under. `attestations` by resource, `recorded` by scope.

    `documents` is what each file says, as it says it.

    It is not whole when some file could not be read at all: what that one declares would be missed everywhere else.
    """

    root: Table
    sections: dict[str, Table]
    waivers: Items
    documents: dict[str, Any] = field(default_factory=dict)
    texts: dict[str, tuple[str, Place]] = field(default_factory=dict)
    attestations: dict[str, Table] = field(default_factory=dict)
    recorded: dict[str, Table] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    is_whole: bool = True


def place_of(value: Any, path: tuple[str | int, ...]) -> Place:
    place: Place = value.place
    for step in path:
        if isinstance(value, Table) and step in value:
            place, value = value.places[str(step)], value[str(step)]
        elif isinstance(value, Items) and isinstance(step, int) and step < len(value):
            place, value = value.places[step], value[step]
        else:
            break
    return place


def every_place(value: Any) -> Iterator[Place]:
    if isinstance(value, Table):
        yield from value.places.values()
        for inner in value.values():
            yield from every_place(inner)
    elif isinstance(value, Items):
        yield from value.places
        for inner in value:
            yield from every_place(inner)


def merged(base: Table, over: Table) -> Table:
    """`over` laid on `base`: mappings merge, everything else replaces, null removes."""
    result = Table(over.place)
    for key in dict.fromkeys((*base, *over)):
        if key not in over:
            result.take(key, base)
        elif isinstance(over[key], Table) and isinstance(base.get(key), Table):
            result.put(key, merged(base[key], over[key]), over.key_places[key], over.places[key])
        elif over[key] is not None:
            result.take(key, over)
    return result


def is_true(text: Any) -> bool:
    """A boolean as the schema allows it."""
    return bool(text == "true")
