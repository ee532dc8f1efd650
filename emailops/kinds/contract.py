"""What a kind is: everything that the rest of the program asks of one, in one value.

Every kind says what is declared of it, and which fields it has. What else it says depends on its control:

    attested   a person changes it and attests it                  the words of the step
    asked      a provider can be asked for it                      how it is observed, found and compared
    managed    the tool changes it, too                            how a change is made
    recorded   the provider gives the id, and keeps no name unique how it is created once, and never again

A kind is pure: what it asks a provider goes through the reader or writer that it is given, by a protocol of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import date
from enum import StrEnum
from typing import Any, Generic, TypeVar

from emailops.dataclass import dataclass
from emailops.declaration.model import Declaration
from emailops.declaration.places import Part
from emailops.kinds.world import Observation, World
from emailops.plan import Act, Change, Undeclared
from emailops.private import Address
from emailops.resource import Attestation, Control, Desired, Observed, Resource

NOTIFY_PAGES = "https://www.notifications.service.gov.uk/services"
"""Where a person finds a Notify service, by its id."""

R = TypeVar("R")
"""What one provider's reader, or its writer, can do."""

_READ_BY = {Control.managed: "API", Control.verified: "API", Control.attested: "nobody"}
_CHANGED_BY = {
    Control.managed: "the tool",
    Control.verified: "a person in Notify",
    Control.attested: "a person in Notify",
}


class ProviderName(StrEnum):
    """Whose objects the resources of a kind are."""

    notify = "notify"
    mailchimp = "mailchimp"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a kind, or all whose names begin with it and a dot; how the world of it can be read and changed.

    `read_by` and `changed_by` are said where they are not what the control makes one expect. `act` is what a person
    does with its value.
    """

    name: str
    control: Control
    read_by: str = ""
    changed_by: str = ""
    act: Act = Act.enter

    @property
    def reader(self) -> str:
        return self.read_by or _READ_BY[self.control]

    @property
    def changer(self) -> str:
        return self.changed_by or _CHANGED_BY[self.control]

    def holds(self, name: str) -> bool:
        return name == self.name or name.startswith(f"{self.name}.")


@dataclass(frozen=True, slots=True)
class Capability:
    """The fields of a kind that are read and changed alike: a row of the table that `emailops kinds` prints."""

    fields: str
    control: Control
    read_by: str
    changed_by: str


class Known(StrEnum):
    """What a verdict rests on."""

    verified = "verified"
    attested = "attested"
    unknown = "unknown"
    none = ""


@dataclass(frozen=True, slots=True)
class Noted:
    """What is known without asking a provider: recorded ids, attestations by the name they were made for, the day.

    `owners` says whose each id is.
    """

    ids: Mapping[str, str]
    attestations: Mapping[str, tuple[str, Attestation]]
    attestation_days: int
    today: date
    owners: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "owners", {id_: resource for resource, id_ in self.ids.items()})


@dataclass(frozen=True, slots=True)
class Verdict:
    """A change or none, and the fact it rests on; no fact is a step that nobody has taken yet."""

    change: Change | None
    fact: Known


@dataclass(frozen=True, slots=True)
class Look(Generic[R]):
    """One look at one account. `worlds` are those seen of it so far, in the order of the table of kinds.

    `addresses` gives those of test subscribers, and why some are missing. `together` makes calls at the same time.
    """

    declaration: Declaration
    account: str
    reader: R
    ids: Mapping[str, str]
    worlds: Mapping[str, World]
    addresses: Callable[[], tuple[Mapping[Resource, Address], str]]
    together: Callable[[Iterable[Callable[[], Any]]], list[Any]]


@dataclass(frozen=True, slots=True)
class Means(Generic[R]):
    """What a change is made with: the writer, the fields as declared, and what the run knows.

    `new` are resources that this run, or an earlier one whose answer was lost, has created. `create` makes the object
    by the create protocol and gives its id, `record` notes an id, `note` a word in the place of one.
    """

    writer: R
    attributes: Mapping[str, Any]
    ids: Mapping[str, str]
    new: frozenset[str]
    addresses: Mapping[Resource, Address]
    create: Callable[[], str]
    record: Callable[[str], None]
    note: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class StandIn:
    """What the sandbox is to hold of one account: what was observed, or without an observation what is declared."""

    declaration: Declaration
    account: str
    ids: Mapping[str, str]
    seen: Observation | None = None

    def world(self, kind: str) -> World | None:
        """What was observed of a kind; None where it is the declaration that counts."""
        return self.seen.world(kind, self.account) if self.seen is not None else None


@dataclass(frozen=True, slots=True)
class Ours:
    """Which of an account's objects of one kind are declared here; the others are counted and never touched.

    They may be `shown` by name, and an observation holds them in full where the account `is_ours`.
    """

    ids: frozenset[str]
    names: frozenset[str] = frozenset()
    shown: bool = False
    is_ours: bool = False

    def hold(self, observed: Observed) -> bool:
        return observed.id in self.ids or observed.name in self.names


@dataclass(frozen=True, slots=True)
class Attested:
    """The words of a kind's attested fields: the page to open below the service's, and why it matters.

    Without a page, what is `told` of a resource says where to go.
    """

    page: str
    why: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """A kind whose objects the provider gives ids, which the tool records, and whose names nobody keeps unique.

    `noun` is for one of them, `id_form` a pattern for ids, and `id_words` say it. `name` is the one to look for, given
    the declared fields. `describe` shows an object to someone who has to decide about it. `named` gives those of this
    name, out of a whole listing, `create` makes one and gives its id; both take the writer.
    """

    noun: str
    id_form: str
    id_words: str
    name: Callable[[Mapping[str, Any]], str]
    describe: Callable[[Observed], str]
    named: Callable[[Any, str], Sequence[Observed]]
    create: Callable[[Any, Mapping[str, Any]], str]


@dataclass(frozen=True, slots=True)
class Managed:
    """How a change is made. `make` gives what was done, and raises what its writer raises."""

    make: Callable[[Change, Means[Any]], str]
    recorded: Recorded | None = None


def nothing_needed(held: Mapping[str, Any]) -> tuple[str, ...]:  # noqa: ARG001
    """Whatever is held can be compared."""
    return ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What a kind says of the fields that its provider can be asked for.

    `observe` reads what one account holds, `find` picks the object that a resource is, `assess` compares it.
    `needed` are fields without which an object, given those it has, could not be compared.
    `ours` tells declared objects from others, which are counted; without it there are none that matter.
    `strangers` words others for a drift: a subject and what there is of it.
    `refused` is the world where the account refuses the key of this name, with these words; without it all is unknown.
    `together` rewords a change in the light of what the other accounts hold.
    """

    observe: Callable[[Look[Any]], World]
    find: Callable[[Desired, World, Mapping[str, str]], Observed | None]
    assess: Callable[[Desired, World, Noted], Verdict]
    needed: Callable[[Mapping[str, Any]], tuple[str, ...]] = nothing_needed
    ours: Callable[[Declaration, str], Ours] | None = None
    strangers: Callable[[Declaration, Undeclared], Iterator[tuple[str, str]]] | None = None
    refused: Callable[[str, str], World] | None = None
    together: Callable[[Declaration, Observation, Change], Change] | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """A resource kind. `declared` gives what is declared of it, `entry` the parts of what stands behind a resource.

    `stand_in` puts into an account of the sandbox what stands in for it there. Two controls on one resource give two
    verdicts: one of each.
    """

    name: str
    provider: ProviderName
    fields: tuple[Field, ...]
    declared: Callable[[Declaration], Iterator[Desired]]
    entry: Callable[[Declaration, Desired], Iterator[Part]]
    stand_in: Callable[[dict[str, Any], StandIn], None] | None = None
    attested: Attested | None = None
    asked: Asked | None = None
    managed: Managed | None = None

    @property
    def recorded(self) -> Recorded | None:
        return self.managed.recorded if self.managed else None

    @property
    def capabilities(self) -> tuple[Capability, ...]:
        """Its rows of the table, from its fields."""
        rows: dict[tuple[Control, str, str], list[str]] = {}
        for held in self.fields:
            rows.setdefault((held.control, held.reader, held.changer), []).append(held.name)
        return tuple(Capability(", ".join(names), *row) for row, names in rows.items())
