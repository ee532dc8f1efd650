"""`audiences`: framework -> lot -> id, None for a framework that never had audiences."""

from __future__ import annotations

from functools import partial
from typing import Any

from emailops.declaration.ids import IdOf
from emailops.declaration.model import Framework
from emailops.declaration.sources.walk import Source, Walk

_EXISTING = "existing"


def resolve(walk: Walk, which: Any) -> dict[str, Any]:
    """Of every framework: closed ones stay readable."""
    frameworks = [
        framework for framework in walk.declaration.frameworks.values() if framework.audiences or which != _EXISTING
    ]
    lots = {framework.name: walk.part(framework.name, _lots, walk, framework) for framework in frameworks}
    return {name: walk.of_framework(name, of_lots) for name, of_lots in lots.items()}


def _lots(walk: Walk, framework: Framework) -> dict[str, IdOf | None]:
    walk.rests_on(framework.source)
    walk.decided(lambda: framework.source.place)
    return {lot: walk.part(lot, _id, walk, framework, lot) for lot in framework.lots}


def _id(walk: Walk, framework: Framework, lot: str) -> IdOf | None:
    audience = walk.declaration.route(framework, lot, walk.stage)
    walk.decided(partial(framework.source.at, "audience"))
    return walk.id_of(audience) if audience else None


SOURCE = Source(
    resolve,
    alone="each framework, each of its lots, and the id of the audience; null where there is none",
    argument={
        "enum": [_EXISTING],
        "description": "the same, but for frameworks that never had audiences",
        "examples": [_EXISTING],
    },
)
