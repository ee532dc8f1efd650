"""How far the rotation of a key has come: from the declaration, its attestations and the day alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from emailops.declaration.model import Declaration, Key
from emailops.declaration.moved import attestations
from emailops.declaration.rotation import Rotation, rotations
from emailops.declaration.values import Table
from emailops.kinds import key_hand_over, notify_key, resources
from emailops.kinds.attested import FOR_GOOD, AttestationState, standing
from emailops.resource import Place


class Phase(StrEnum):
    """What is to be done next."""

    make = "make the new key"
    hand_over = "hand the new key over"
    switch = "let the state name the new key"
    revoke = "revoke the old key"
    over = "over"


ORDER = (Phase.make, Phase.hand_over, Phase.switch, Phase.revoke)
LEAKED = (Phase.make, Phase.revoke, Phase.hand_over)
"""The state names the new key from the beginning, for the old one is revoked before anybody holds the new one."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a rotation stands. `left` is what the phase still needs: resources to attest, or files to edit."""

    rotation: Rotation
    phases: tuple[Phase, ...]
    phase: Phase
    left: tuple[str, ...]
    done: int = 0

    @property
    def number(self) -> int:
        """Which of the phases it is, from 1; one more than there are when it is over."""
        return self.phases.index(self.phase) + 1 if self.phase in self.phases else len(self.phases) + 1

    def __str__(self) -> str:
        """As a person reads it: `phase 2 of 4: hand the new key over, 3 of 9 left`."""
        if self.phase is Phase.over:
            return f"{self.rotation.new.name} has taken its place"
        counted = f", {len(self.left)} of {len(self.left) + self.done} left" if self.done else ""
        return f"phase {self.number} of {len(self.phases)}: {self.phase}{counted}"


@dataclass(frozen=True, slots=True)
class Reference:
    """Where the state names a key, and what would stand there for the key of another name."""

    place: Place
    of: Callable[[str], str]


def progress(declaration: Declaration, rotation: Rotation, today: date) -> Progress:
    """The first phase that is not done."""
    phases = LEAKED if rotation.old.is_leaked else ORDER
    for phase in phases:
        left, done = _LEFT[phase](declaration, rotation, today)
        if left:
            return Progress(rotation, phases, phase, left, done)
    return Progress(rotation, phases, Phase.over, ())


def all_progress(declaration: Declaration, today: date) -> list[Progress]:
    """Every rotation that has begun and is not over."""
    found = (progress(declaration, rotation, today) for rotation in rotations(declaration))
    return [each for each in found if each.phase is not Phase.over]


def references(declaration: Declaration, key: Key) -> Iterator[Reference]:
    """Every place that makes a stage, the Mailchimp account or a consumer use this key, once each."""
    seen = set()
    for reference in _references(declaration, key):
        if reference.place not in seen:
            seen.add(reference.place)
            yield reference


def _references(declaration: Declaration, key: Key) -> Iterator[Reference]:
    for stage in declaration.stages.values():
        if stage.key == key.name:
            yield Reference(stage.source.at("notify", "key"), str)
    if declaration.mailchimp and declaration.mailchimp.key == key.name:
        yield Reference(declaration.mailchimp.source.at("key"), str)
    for consumer in declaration.consumers.values():
        secrets = consumer.source.table("secrets")
        for table in (secrets, *(held for held in secrets.values() if isinstance(held, Table))):
            for variable, source in table.items():
                if isinstance(source, str) and source.split() == ["key", key.name]:
                    yield Reference(table.places[variable], "key {}".format)


_Left = tuple[tuple[str, ...], int]
"""What is left, and how much of it is done."""


def _to_make(declaration: Declaration, rotation: Rotation, today: date) -> _Left:
    new = rotation.new
    if not new.fingerprint:
        return (new.name,), 0
    return _open(declaration, today, f"{notify_key.NAME}/{new.name}")


def _to_hand_over(declaration: Declaration, rotation: Rotation, today: date) -> _Left:
    return _open(declaration, today, f"{key_hand_over.NAME}/{rotation.new.name}.")


def _to_switch(declaration: Declaration, rotation: Rotation, today: date) -> _Left:  # noqa: ARG001
    places = (reference.place for reference in references(declaration, rotation.old))
    return tuple(dict.fromkeys(place.path for place in places)), 0


def _to_revoke(declaration: Declaration, rotation: Rotation, today: date) -> _Left:  # noqa: ARG001
    return (() if rotation.old.is_revoked else (rotation.old.name,)), 0


_LEFT: Mapping[Phase, Callable[[Declaration, Rotation, date], _Left]] = {
    Phase.make: _to_make,
    Phase.hand_over: _to_hand_over,
    Phase.switch: _to_switch,
    Phase.revoke: _to_revoke,
}


def _open(declaration: Declaration, today: date, name: str) -> _Left:
    """The resources of this name, or that begin with it where it ends with a dot, whose attestation does not count."""
    made = attestations(declaration)
    found = [
        (str(desired.resource), standing(desired, made.get(str(desired.resource)), FOR_GOOD, today).state)
        for desired in resources(declaration)
        if desired.attested is not None and f"{desired.resource}.".startswith(f"{name.rstrip('.')}.")
    ]
    left = tuple(resource for resource, state in found if state is not AttestationState.attested)
    return left, len(found) - len(left)
