"""`number_redirects`: how a telephone number begins -> safe number, of the stage."""

from __future__ import annotations

from functools import partial
from typing import Any

from emailops.declaration.sources.walk import Absent, Source, Walk


def resolve(walk: Walk, _: Any) -> dict[str, str]:
    stage = walk.declaration.stages.get(walk.stage)
    if stage is None or stage.numbers is None or stage.redirect_number is None:
        raise Absent(f"{walk.stage} redirects no text message", empty={})
    walk.rests_on(stage.source.table("redirect"))
    for beginning in stage.numbers:
        walk.decided(partial(stage.source.at, "redirect", "numbers", beginning), beginning)
    return dict.fromkeys(stage.numbers, stage.redirect_number)


SOURCE = Source(resolve, alone="how each redirected telephone number of the stage begins, and the safe number")
