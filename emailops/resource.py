"""A resource as it is declared, as its provider holds it and as somebody attested it; and what is wrong, and where."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, StrEnum
from typing import Any, NamedTuple

from emailops.canonical import composed
from emailops.dataclass import dataclass

PRODUCTION = "production"
"""The one stage whose mail reaches whoever uses the service."""


SHARED = "shared"
"""The scope of a resource that several stages use."""


class Place(NamedTuple):
    """Where a value stands: a path relative to the state, line and column from 1."""

    path: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


class Severity(StrEnum):
    """How bad a finding is: an error stops every command that needs a valid state, a warning does not."""

    error = "error"
    warning = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with what is declared, and what to write instead.

    `subject` is what a waiver has to name; it is empty for what no waiver can take back. `is_of_time` is one that a day
    made wrong: nobody has changed anything.
    """

    path: str
    line: int
    column: int
    rule: str
    severity: Severity
    message: str
    remedy: str
    subject: str = ""
    is_of_time: bool = False

    @property
    def place(self) -> Place:
        return Place(self.path, self.line, self.column)

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.error

    @classmethod
    def error(cls, place: Place, rule: str, message: str, remedy: str) -> Finding:
        """An error at a place."""
        return cls(*place, rule, Severity.error, message, remedy)


@dataclass(frozen=True, slots=True, order=True)
class Resource:
    """One object in the world, by one name in the whole state."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"

    @classmethod
    def parse(cls, text: str) -> Resource:
        kind, _, name = text.partition("/")
        return cls(kind, name)


class Control(Enum):
    """How the world can be read and changed, field by field."""

    managed = "read and changed through the API"
    verified = "read through the API, changed by a person in a web page"
    attested = "changed by a person, who then attests it"


@dataclass(frozen=True, slots=True)
class Desired:
    """A resource as declared. `attributes` are the fields that a provider can be asked for, `attested` the others.

    Both are flat: field -> JSON value. `id` is there where it is declared rather than recorded; `account` is the id by
    which the provider knows the account; `requires` are resources that must be there first; `owner` is a handle.
    """

    resource: Resource
    scope: str
    account: str
    attributes: Mapping[str, Any]
    place: Place
    id: str | None = None
    attested: Mapping[str, Any] | None = None
    requires: tuple[Resource, ...] = ()
    owner: str = ""
    told: str = ""


@dataclass(frozen=True, slots=True)
class Observed:
    """An object as its provider holds it: without any address of a person, its texts composed as declared ones are."""

    id: str
    name: str
    attributes: Mapping[str, Any]
    created: str = ""
    link: str = ""
    size: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", composed(self.name))
        object.__setattr__(self, "attributes", composed(self.attributes))


@dataclass(frozen=True, slots=True)
class Attestation:
    """What someone attested: `fields` as the kind normalises them, `by` a handle, `on` a day, `digest` binds it."""

    fields: Any
    by: str
    on: str
    digest: str
