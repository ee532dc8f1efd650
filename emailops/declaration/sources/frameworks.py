"""`{frameworks: [STATUS, ...]}`: the names of the frameworks with one of these statuses."""

from __future__ import annotations

from functools import partial
from typing import Any

from emailops.declaration.sources.walk import Source, Walk
from emailops.declaration.values import Items
from emailops.declaration.vocabulary import FrameworkStatus


def resolve(walk: Walk, statuses: Any) -> list[Any]:
    wanted = statuses.texts() if isinstance(statuses, Items) else ()
    found: list[Any] = []
    for framework in walk.declaration.frameworks.values():
        walk.rests_on(framework.source)
        if framework.status in wanted:
            found.append(walk.of_framework(framework.name, framework.name))
            walk.decided(partial(framework.source.at, "status"), str(len(found)))
    return found


SOURCE = Source(
    resolve,
    argument={
        "type": "array",
        "items": {"enum": [status.value for status in FrameworkStatus]},
        "uniqueItems": True,
        "description": "the names of the frameworks with these statuses",
        "examples": [["open", "closing"]],
    },
)
