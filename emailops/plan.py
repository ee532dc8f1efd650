"""What would change, and what became of it: changes, the steps of people, declared facts, plans and their digests.

What `before` and `after` of a change hold, by action:

    action   symbol  before                       after
    create   +       -                            every managed field
    update   ~       the fields that differ       the same fields, as declared
    adopt    =       the fields that differ       the same fields, as declared (the id is recorded either way)
    release  ·       -                            -   (the record is removed, and nothing else)
    person   !       the fields that differ       the same fields, as declared; `step` says what to do
    unknown  ?       -                            -   (nobody could read it; never shown as fine, never as changed)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import Enum, StrEnum
from typing import Any, NamedTuple

from emailops.canonical import digest
from emailops.dataclass import dataclass
from emailops.resource import PRODUCTION, SHARED, Control, Resource

PROVIDERS = "providers"
OBSERVATION = "observation"
"""What a plan rests on: the providers as they are, or what a drift noted of them."""


class Action(Enum):
    """The name is the word in JSON, the value the symbol for eyes."""

    create = "+"
    update = "~"
    adopt = "="
    release = "·"
    person = "!"
    unknown = "?"


class Reason(Enum):
    """Why a change is in a plan, or a difference in a drift. Explains to people; nothing branches on it."""

    missing = "declared, and not there yet"
    changed = "differs from what is declared"
    renamed = "declared under a new name"
    same_name = "an audience of this name exists and its id is not recorded"
    several = "several audiences have this name and no id is recorded"
    gone = "its recorded id is no longer in the account"
    archived = "archived in Notify"
    unlisted = "not in the service's list"
    undeclared = "recorded, and no longer declared"
    not_attested = "nobody has attested it"
    outdated = "it has changed since it was attested"
    expired = "its attestation is too old"
    no_key = "no key here may read it"
    unobserved = "the observation says nothing about it"
    changed_outside = "changed outside"
    never_applied = "never applied"
    unclear = "differs, and no apply is noted that could tell since when"
    stranger = "a stranger: nothing here declares it"
    refused = "the provider refuses it"
    answers = "the provider still takes it"


class Sort(StrEnum):
    """What a declared fact is about, in the order in which a plan tells of them."""

    setting = "settings"
    secret = "keys that consumers hold"  # noqa: S105 (a heading)
    stage = "stages"
    key = "keys"
    consumer = "delivery"
    template = "words and ids of templates"
    mailing = "mailings"
    use = "what mailings use"
    account = "accounts"
    policy = "policy"
    waiver = "waivers"
    ignore = "ignored differences"
    moved = "renamed resources"
    words = "words"
    dump = "columns of dumps"


class Thing(StrEnum):
    """What becomes of the thing that a declared fact is about: a key, a stage, a consumer..."""

    new = "new"
    edited = "edited"
    gone = "gone"


class Origin(StrEnum):
    """Where a difference comes from: this change, or the time before it; unknown without a base to tell them apart."""

    this_change = "this change"
    before = "open before"
    unknown = "not told apart"


class When(StrEnum):
    """When a person takes a step, beside the change that it belongs to."""

    before_merge = "before merge"
    before_apply = "before apply"
    after_apply = "after apply"
    now = "now"


class Act(StrEnum):
    """What a person does with one value in a web page."""

    enter = "enter"
    choose = "choose"
    check = "check"
    hand_over = "hand over"
    remove = "remove"
    run = "run"


class Instruction(NamedTuple):
    """One thing to do in a page: with which value, and what there is to know about it."""

    value: str
    note: str = ""
    act: Act = Act.enter


@dataclass(frozen=True, slots=True)
class Step:
    """What a person does in a web page, and the command, or the act, that follows.

    `ways` are what there is to choose from, where there is a choice: (what comes of it, what to do).
    """

    when: When
    why: str
    open: str
    enter: tuple[Instruction, ...]
    then: str
    ways: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that was taken since the base: its attestation stands, and the base does not hold it."""

    resource: Resource
    by: str
    on: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of a resource: `before` as observed, `after` as declared."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a plan. `name` is the provider's name for the object, for the eye."""

    resource: Resource
    scope: str
    action: Action
    control: Control
    reason: Reason
    fields: tuple[Difference, ...] = ()
    id: str | None = None
    requires: tuple[Resource, ...] = ()
    step: Step | None = None
    fingerprint: str = ""
    notes: tuple[str, ...] = ()
    origin: Origin = Origin.unknown

    def with_notes(self, notes: tuple[str, ...]) -> Change:
        return replace(self, notes=(*self.notes, *notes))

    @property
    def is_managed(self) -> bool:
        """Whether apply makes it; a managed resource that only a person can settle is not."""
        return self.control is Control.managed and self.action not in (Action.person, Action.unknown)


@dataclass(frozen=True, slots=True)
class Ignored:
    """A difference that an entry of `ignore` hides until a day: neither shown as a change nor made."""

    resource: Resource
    field: Difference
    why: str
    until: str


@dataclass(frozen=True, slots=True)
class DeclaredChange:
    """A declared fact that differs from the base; None where a side does not have it.

    `subject` is a consumer, a stage, a key or a resource, `stage` is empty where it holds for all of them; `thing` is
    what becomes of it. `reaches_production` says that it can change what happens there, `unsafe` why a reviewer should
    look twice. `path` and `line` are where it is decided; of what is gone, where it stood in the base, and the path is
    empty where nobody knows that any more.
    """

    sort: Sort
    subject: str
    stage: str
    name: str
    before: Any
    after: Any
    thing: Thing = Thing.edited
    reaches_production: bool = False
    unsafe: str = ""
    path: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Base:
    """What settings are compared with: kind is commit, merge-base or snapshot; unknown or none (`ref` says why)."""

    kind: str
    ref: str


@dataclass(frozen=True, slots=True)
class Undeclared:
    """Objects of a provider that nothing here declares; `names` only in an account that is all ours."""

    kind: str
    account: str
    count: int
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What would change, for whom, and on what ground. Holds no secret and no address of a person.

    `unknown` gives each reason for which something could not be read, once. `rotations` says of each key that is being
    replaced how far that has come.
    """

    service: str
    tool: str
    made: str
    scopes: tuple[str, ...]
    only: str | None
    base: Base
    observed_at: str
    accounts: Mapping[str, Any]
    configuration: str
    changes: tuple[Change, ...]
    declared: tuple[DeclaredChange, ...]
    counts: Mapping[str, int]
    undeclared: tuple[Undeclared, ...]
    requests: int
    unknown: tuple[str, ...] = ()
    taken: tuple[Taken, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    observed_from: str = PROVIDERS
    rotations: tuple[tuple[str, str], ...] = ()

    @property
    def review_only(self) -> bool:
        """Whether it rests on an observation, or something that apply would change could not be read."""
        unread = any(c.control is Control.managed and c.action is Action.unknown for c in self.changes)
        return unread or self.observed_from != PROVIDERS

    @property
    def settings(self) -> tuple[DeclaredChange, ...]:
        """The values that a consumer reads otherwise than before."""
        return tuple(change for change in self.declared if change.sort is Sort.setting)

    @property
    def settings_unknown(self) -> str:
        """Why nobody knows which declared facts change; empty where it is known, or not asked."""
        return self.base.ref if self.base.kind == "unknown" and not self.only else ""

    @property
    def managed(self) -> tuple[Change, ...]:
        return tuple(c for c in self.changes if c.is_managed)

    @property
    def reaches_production(self) -> bool:
        """Whether apply, or whoever reads a declared fact, may change what happens in production."""
        at_providers = any(change.scope in (PRODUCTION, SHARED) for change in self.managed)
        return at_providers or any(change.reaches_production for change in self.declared)

    @property
    def steps(self) -> tuple[Change, ...]:
        return tuple(c for c in self.changes if c.action is Action.person)

    @property
    def change(self) -> str:
        """Digest of what a reviewer approves: managed changes, and every declared fact that changes behaviour."""
        return digest(
            {
                "changes": [
                    {
                        "resource": str(c.resource),
                        "scope": c.scope,
                        "action": c.action.name,
                        "fields": fields_as_json(c.fields),
                    }
                    for c in self.managed
                ],
                "declared": [declared_as_json(change) for change in self.declared],
            }
        )

    @property
    def digest(self) -> str:
        """Digest that also pins accounts, configuration and each touched resource as it was observed.

        One that rests on an observation has another, so that it cannot be made into one to apply.
        """
        rests_on = {} if self.observed_from == PROVIDERS else {"observed": self.observed_from}
        return digest(
            {
                **rests_on,
                "change": self.change,
                "accounts": self.accounts,
                "configuration": self.configuration,
                "scopes": list(self.scopes),
                "only": self.only,
                "fingerprints": {str(c.resource): c.fingerprint for c in self.managed},
            }
        )


class OutcomeStatus(StrEnum):
    """What became of a planned change."""

    done = "done"
    satisfied = "satisfied"
    failed = "failed"
    skipped = "skipped"
    not_attempted = "not-attempted"
    ambiguous = "ambiguous"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one planned change, and why."""

    resource: Resource
    status: OutcomeStatus
    detail: str = ""


def fields_as_json(fields: tuple[Difference, ...]) -> list[dict[str, Any]]:
    return [{"name": f.name, "before": f.before, "after": f.after} for f in fields]


def ignored_as_json(ignored: Ignored) -> dict[str, Any]:
    return {
        "resource": str(ignored.resource),
        **fields_as_json((ignored.field,))[0],
        "why": ignored.why,
        "until": ignored.until,
    }


def declared_as_json(change: DeclaredChange) -> dict[str, Any]:
    """What a reviewer approves of it."""
    return {
        "sort": change.sort.name,
        "subject": change.subject,
        "stage": change.stage,
        "name": change.name,
        "before": change.before,
        "after": change.after,
    }


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Difference, ...]:
    """The fields of `after` that `before` holds otherwise; a field absent from `after` is unmanaged."""
    return tuple(
        Difference(name, before.get(name), value) for name, value in sorted(after.items()) if before.get(name) != value
    )
