"""Which key a consumer is handed under which variable, at one stage."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from emailops.declaration.model import Consumer, Declaration, Stage
from emailops.declaration.values import Table
from emailops.resource import Place

_ITS_KEY = "its Notify key"


class HeldKey(NamedTuple):
    """`key` is the name of a declared key, or says which callback token it is; `place` is what decides it."""

    variable: str
    key: str
    place: Place


def held_keys(declaration: Declaration, consumer: Consumer, stage: Stage) -> Iterator[HeldKey]:
    """What a consumer is handed at a stage; one that declares no `secrets` has the stage's own key."""
    own = stage.source.at("notify", "key")
    secrets = consumer.source.table("secrets")
    if not secrets and consumer.uses_notify and stage.key:
        yield HeldKey(_ITS_KEY, stage.key, own)
    for variable, source in secrets.items():
        word, _, name = str(source.get(stage.name, "") if isinstance(source, Table) else source).partition(" ")
        place = secrets.at(variable, stage.name)
        key, place = {
            "notify": (stage.key, own),
            "mailchimp": (declaration.mailchimp.key if declaration.mailchimp else "", place),
            "callback": (f"callback token of {stage.account}", place),
            "key": (name.strip(), place),
        }.get(word, ("", place))
        if key:
            yield HeldKey(variable, key, place)
