"""`audience NAME`: the id of the audience that a single audience stands for at the stage."""

from __future__ import annotations

from emailops.declaration.ids import IdOf
from emailops.declaration.sources.walk import Absent, Source, Walk


def resolve(walk: Walk, name: str) -> IdOf:
    audience = walk.declaration.single_route(name, walk.stage)
    if audience is None:
        raise Absent(f"the audience {name} does not serve {walk.stage}")
    return walk.id_of(audience)


SOURCE = Source(resolve, named="the id of a single audience at the stage", example="framework-updates", is_text=True)
