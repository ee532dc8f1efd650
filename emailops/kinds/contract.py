"""What every kind provides: its row of the capability table, and how a declared resource compares with the world."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from emailops.plan import Attestation, Change, Control, Desired, Observed, digest

NOTIFY_PAGES = "https://www.notifications.service.gov.uk/services"
"""Where a person finds a Notify service, by its id."""


@dataclass(frozen=True, slots=True)
class Capability:
    """How some fields of a kind can be read and changed."""

    fields: str
    control: Control
    read_by: str
    changed_by: str


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

    `unknown` says why nothing could be read, `partly` why some of the declared could not.
    """

    objects: tuple[Observed, ...] = ()
    unknown: str = ""
    partly: str = ""
    room: int | None = None
    extent: Extent | None = None

    def tells_of_id(self, id_: str | None) -> bool:
        """Whether it is known if an object with this id is there."""
        return self.extent is None or id_ in self.extent.absent or any(one.id == id_ for one in self.objects)

    def tells_of_name(self, name: str) -> bool:
        """Whether it is known if an object of this name is there, and what it is like."""
        return self.extent is None or mark(name) not in self.extent.marks


def mark(name: str) -> str:
    """Four hex digits of a name's digest: enough to see that a name may be taken, too few to confirm a guess."""
    return digest(name)[:4]


@dataclass(frozen=True, slots=True)
class Noted:
    """What is known without asking a provider: recorded ids, attestations by the name they were made for, the day."""

    ids: Mapping[str, str]
    attestations: Mapping[str, tuple[str, Attestation]]
    attestation_days: int
    today: date


@dataclass(frozen=True, slots=True)
class Attested:
    """The words of a kind's attested fields: the page to open below the service's, and why it matters."""

    page: str
    why: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """A change or none, and the fact it rests on: verified, attested, unknown, or none yet."""

    change: Change | None
    fact: str


@dataclass(frozen=True, slots=True)
class Kind:
    """A resource kind. `assess` compares what a provider can be asked for, `attested` words the rest.

    Two controls on one resource give two verdicts: one of each.
    """

    name: str
    capabilities: tuple[Capability, ...]
    assess: Callable[[Desired, World, Noted], Verdict] | None = None
    attested: Attested | None = None
