"""What is observed: a world is what one provider account holds of one kind, an observation all the worlds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any

from emailops.canonical import digest
from emailops.dataclass import dataclass
from emailops.plan import PROVIDERS, Undeclared
from emailops.resource import Observed


@dataclass(frozen=True, slots=True)
class Extent:
    """How far an observation tells: ids that were looked for and are not there, and objects that it only counts.

    `marks` are the marks of those objects' names.
    """

    absent: frozenset[str] = frozenset()
    others: int = 0
    marks: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class World:
    """What one provider account holds of one kind. A `room` of None is no limit, an `extent` of None is everything.

    `unknown` says why nothing could be read, `partly` why some of the declared could not. `clock` is the provider's own
    time when all was listed. `strangers` are objects that may be real people's: nobody declared them, and they are only
    counted. `archived` says of some ids that are not among the objects whether they are of one that was archived.
    """

    objects: tuple[Observed, ...] = ()
    unknown: str = ""
    partly: str = ""
    room: int | None = None
    extent: Extent | None = None
    clock: datetime | None = None
    strangers: tuple[Undeclared, ...] = ()
    archived: Mapping[str, bool] = field(default_factory=dict)
    _by_id: Mapping[str, Observed] = field(init=False, repr=False, compare=False)
    _by_name: Mapping[str, list[Observed]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_name = defaultdict(list)
        for held in self.objects:
            by_name[held.name].append(held)
        object.__setattr__(self, "_by_id", {held.id: held for held in reversed(self.objects)})
        object.__setattr__(self, "_by_name", by_name)

    def of_id(self, id_: str | None) -> Observed | None:
        """The object with this id."""
        return self._by_id.get(id_) if id_ else None

    def named(self, name: str) -> Sequence[Observed]:
        """Every object of this name: providers do not keep names unique."""
        return self._by_name.get(name, ())

    def tells_of_id(self, id_: str | None) -> bool:
        """Whether it is known if an object with this id is there."""
        return self.extent is None or id_ in self.extent.absent or id_ in self._by_id

    def tells_of_name(self, name: str) -> bool:
        """Whether it is known if an object of this name is there, and what it is like."""
        return self.extent is None or mark(name) not in self.extent.marks


@dataclass(frozen=True, slots=True)
class Observation:
    """What the providers hold: (kind, account id) -> world. `accounts` names hosts and ids, for the plan.

    `at` and `source` say when and from what; an empty `at` is now.
    """

    worlds: Mapping[tuple[str, str], World]
    accounts: Mapping[str, Any]
    requests: int
    at: str = ""
    source: str = PROVIDERS

    def world(self, kind: str, account: str) -> World:
        return self.worlds.get((kind, account), World())

    def worlds_of(self, kind: str) -> tuple[World, ...]:
        """What every account holds of one kind."""
        return tuple(world for (name, _), world in self.worlds.items() if name == kind)

    @property
    def strangers(self) -> tuple[Undeclared, ...]:
        return tuple(stranger for world in self.worlds.values() for stranger in world.strangers)


def mark(name: str) -> str:
    """Four hex digits of a name's digest: enough to see that a name may be taken, too few to confirm a guess."""
    return digest(name)[:4]
