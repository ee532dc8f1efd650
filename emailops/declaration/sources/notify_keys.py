"""`notify_keys`: of each key of the stage's Notify service its kind and stages, so that an app refuses a wrong one."""

from __future__ import annotations

from functools import partial
from typing import Any

from emailops.declaration.sources.walk import Absent, Source, Walk


def resolve(walk: Walk, _: Any) -> dict[str, dict[str, Any]]:
    stage = walk.declaration.stages.get(walk.stage)
    if stage is None or stage.account not in walk.declaration.notify_accounts:
        raise Absent(f"{walk.stage} has no Notify service", empty={})
    found = {}
    for key in walk.declaration.keys.values():
        if key.account == stage.account:
            walk.rests_on(key.source)
            walk.decided(partial(key.source.at, "kind"), key.name)
            found[key.name] = {"kind": key.kind.value if key.kind else "", "stages": list(key.stages)}
    return found


SOURCE = Source(resolve, alone="the kind and the stages of each key of the stage's Notify service")
