"""`reply_to NAME`: the id of a reply-to address, in the service of the stage."""

from __future__ import annotations

from emailops.declaration.sources.walk import Absent, Source, Walk


def resolve(walk: Walk, name: str) -> str:
    return found(walk, name, "id")[0]


def found(walk: Walk, name: str, field: str) -> tuple[str, str]:
    """(id, address), of which the value is the one that stands in `field`. Raises Absent."""
    stage = walk.declaration.stages.get(walk.stage)
    service = walk.declaration.services.get(stage.account) if stage else None
    if service is None or name not in service.reply_to:
        raise Absent(f"there is no reply-to address {name} for {walk.stage}")
    walk.rests_on(service.source.table("reply_to"))
    walk.decided(lambda: service.source.at("reply_to", name, field))
    return service.reply_to[name]


SOURCE = Source(resolve, named="the id of a reply-to address", example="enquiries", is_text=True)
