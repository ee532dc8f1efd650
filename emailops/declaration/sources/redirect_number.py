"""`redirect_number`: the safe telephone number of the stage."""

from __future__ import annotations

from typing import Any

from emailops.declaration.sources.walk import Absent, Source, Walk


def resolve(walk: Walk, _: Any) -> str:
    stage = walk.declaration.stages.get(walk.stage)
    if stage is None or stage.redirect_number is None:
        raise Absent(f"{walk.stage} redirects no text message")
    walk.rests_on(stage.source.table("redirect"))
    walk.decided(lambda: stage.source.at("redirect", "number"))
    return stage.redirect_number


SOURCE = Source(resolve, alone="the safe telephone number alone", is_text=True)
