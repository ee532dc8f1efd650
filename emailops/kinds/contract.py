"""What every kind provides: its row of the capability table, and how a declared resource compares with the world."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from emailops.kinds.world import World
from emailops.plan import Attestation, Change, Control, Desired

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
