"""`redirect_to`: the safe address of the stage."""

from __future__ import annotations

from typing import Any

from emailops.declaration.sources.walk import Absent, Source, Walk


def resolve(walk: Walk, _: Any) -> str:
    stage = walk.declaration.stages.get(walk.stage)
    if stage is None or stage.redirect_to is None:
        raise Absent(f"{walk.stage} does not redirect")
    walk.rests_on(stage.source.table("redirect"))
    walk.decided(lambda: stage.source.at("redirect", "to"))
    return stage.redirect_to


SOURCE = Source(resolve, alone="the safe address alone", is_text=True)
