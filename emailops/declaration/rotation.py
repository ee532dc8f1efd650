"""A key that takes another's place, and whoever holds either of them."""

from __future__ import annotations

from collections.abc import Iterator

from emailops.dataclass import dataclass
from emailops.declaration.held_keys import held_keys
from emailops.declaration.model import Consumer, Declaration, Key


@dataclass(frozen=True, slots=True)
class Rotation:
    """`new` takes the place of `old`."""

    old: Key
    new: Key


@dataclass(frozen=True, slots=True)
class Holder:
    """A consumer that holds the old key, or already the new one: under which variables, at which stages."""

    consumer: Consumer
    variables: tuple[str, ...]
    stages: tuple[str, ...]


def rotations(declaration: Declaration) -> Iterator[Rotation]:
    """Every rotation that has begun; it stays one until the old key's entry is removed."""
    for key in declaration.keys.values():
        new = declaration.keys.get(key.successor)
        if new is not None and new is not key:
            yield Rotation(key, new)


def holders(declaration: Declaration, rotation: Rotation) -> Iterator[Holder]:
    """Whoever has to be handed the new key, in the order of the state."""
    names = (rotation.old.name, rotation.new.name)
    for consumer in declaration.consumers.values():
        held = [
            (holding.variable, stage.name)
            for stage in declaration.stages.values()
            for holding in held_keys(declaration, consumer, stage)
            if holding.key in names
        ]
        if held:
            variables, stages = (tuple(dict.fromkeys(part)) for part in zip(*held, strict=True))
            yield Holder(consumer, variables, stages)
