"""YAML values that know where they stand: plain dicts, lists and texts for a schema, places for a message."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any

from emailops.dataclass import dataclass
from emailops.resource import Finding, Place

_BITS = 26
_PLACE_BITS = 2 * _BITS
_ONE = (1 << _BITS) - 1
_BOTH = (1 << _PLACE_BITS) - 1
"""A line, or a column, fits into so many bits: no file has more characters."""

_Spot = int | tuple[Place, Place]
"""Where the name and the value of a field stand: four numbers in one, or two places for a field of another file.

A large state has millions of fields, and hardly any place is ever asked for.
"""


class Table(dict[str, Any]):
    """A mapping with the place of each field's name and value; values are Table, Items, str or None."""

    __slots__ = ("_layers", "_spots", "place")

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self._spots: dict[str, _Spot] = {}
        self._layers: frozenset[str] | None = None

    @property
    def field_places(self) -> Mapping[str, Place]:
        """Where the name of each field stands."""
        return _Places(self._spots, self.place.path, 0)

    @property
    def places(self) -> Mapping[str, Place]:
        """Where the value of each field stands."""
        return _Places(self._spots, self.place.path, 1)

    def put(self, name: str, value: Any, field_place: Place, place: Place) -> None:
        self[name] = value
        self._spots[name] = (field_place, place)

    def put_here(self, name: str, value: Any, name_at: tuple[int, int], value_at: tuple[int, int]) -> None:
        """The same of a field in this table's own file, by lines and columns."""
        self[name] = value
        (line, column), (value_line, value_column) = name_at, value_at
        self._spots[name] = ((line << _BITS | column) << _BITS | value_line) << _BITS | value_column

    def take(self, name: str, other: Table) -> None:
        """Hold the field `name` as `other` holds it, where `other` says it stands."""
        spot = other._spots[name]
        if isinstance(spot, int) and other.place.path != self.place.path:
            spot = (other.field_places[name], other.places[name])
        self[name] = other[name]
        self._spots[name] = spot

    def table(self, name: str) -> Table:
        """The mapping at `name`, or an empty one that stands here."""
        value = self.get(name)
        return value if isinstance(value, Table) else Table(self.place)

    def items_at(self, name: str) -> Items:
        """The sequence at `name`, or an empty one that stands here."""
        value = self.get(name)
        return value if isinstance(value, Items) else Items(self.place)

    def text(self, name: str, default: str = "") -> str:
        value = self.get(name)
        return value if isinstance(value, str) else default

    def without(self, name: str) -> Table:
        """The same mapping, less one field."""
        if name not in self:
            return self
        rest = Table(self.place)
        for other in self:
            if other != name:
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


class _Places(Mapping[str, Place]):
    """The places of a table's fields, each made when it is asked for: of their names (0) or of their values (1)."""

    __slots__ = ("_path", "_spots", "_which")

    def __init__(self, spots: Mapping[str, _Spot], path: str, which: int) -> None:
        self._spots = spots
        self._path = path
        self._which = which

    def __getitem__(self, name: str) -> Place:
        spot = self._spots[name]
        if isinstance(spot, tuple):
            return spot[self._which]
        packed = spot & _BOTH if self._which else spot >> _PLACE_BITS
        return Place(self._path, packed >> _BITS, packed & _ONE)

    def __iter__(self) -> Iterator[str]:
        return iter(self._spots)

    def __len__(self) -> int:
        return len(self._spots)


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
    mailing_texts: dict[str, tuple[str, Place]] = field(default_factory=dict)
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
    for name in dict.fromkeys((*base, *over)):
        if name not in over:
            result.take(name, base)
        elif isinstance(over[name], Table) and isinstance(base.get(name), Table):
            result.put(name, merged(base[name], over[name]), over.field_places[name], over.places[name])
        elif over[name] is not None:
            result.take(name, over)
    return result


def is_true(text: Any) -> bool:
    """A boolean as the schema allows it."""
    return bool(text == "true")
