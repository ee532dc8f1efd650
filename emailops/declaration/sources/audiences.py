"""`audiences`: framework -> lot -> id, None for a framework that never had audiences."""

from __future__ import annotations

from functools import partial
from typing import Any

from emailops.declaration.ids import IdOf
from emailops.declaration.sources.walk import Source, Walk


def resolve(walk: Walk, _: Any) -> dict[str, dict[str, IdOf | None]]:
    """Of every framework: closed ones stay readable."""
    table: dict[str, dict[str, IdOf | None]] = {}
    for framework in walk.declaration.frameworks.values():
        walk.rests_on(framework.source)
        table[framework.name] = {}
        for lot in framework.lots:
            audience = walk.declaration.route(framework, lot, walk.stage)
            with walk.inside(framework.name), walk.inside(lot):
                walk.decided(partial(framework.source.at, "audience"))
                table[framework.name][lot] = walk.id_of(audience) if audience else None
    return table


SOURCE = Source(resolve, alone="each framework, each of its lots, and the id of the audience; null where there is none")
