"""`sms_sender NAME`: the id of a sender of text messages, in the service of the stage."""

from __future__ import annotations

from emailops.declaration.sources.walk import Absent, Source, Walk


def resolve(walk: Walk, name: str) -> str:
    stage = walk.declaration.stages.get(walk.stage)
    service = walk.declaration.services.get(stage.account) if stage else None
    if service is None or name not in service.sms_senders:
        raise Absent(f"there is no sender of text messages {name} for {walk.stage}")
    walk.rests_on(service.source.table("sms_senders"))
    walk.decided(lambda: service.source.at("sms_senders", name, "id"))
    return service.sms_senders[name][0]


SOURCE = Source(resolve, named="the id of a sender of text messages", example="permits", is_text=True)
