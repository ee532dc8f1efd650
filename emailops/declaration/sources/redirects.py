"""`redirects`: domain -> safe address, of the stage."""

from __future__ import annotations

from functools import partial
from typing import Any

from emailops.declaration.sources.walk import Absent, Source, Walk


def resolve(walk: Walk, _: Any) -> dict[str, str]:
    stage = walk.declaration.stages.get(walk.stage)
    if stage is None or stage.domains is None or stage.redirect_to is None:
        raise Absent(f"{walk.stage} does not redirect", empty={})
    walk.rests_on(stage.source.table("redirect"))
    for domain in stage.domains:
        walk.decided(partial(stage.source.at, "redirect", "domains", domain), domain)
    return dict.fromkeys(stage.domains, stage.redirect_to)


SOURCE = Source(resolve, alone="each redirect domain of the stage, and the safe address")
