"""`reply_to NAME`: the id of a reply-to address, in the service of the stage."""

from __future__ import annotations

from emailops.declaration.sources.of_service import found
from emailops.declaration.sources.walk import Source, Walk
from emailops.declaration.vocabulary import ServiceSection


def resolve(walk: Walk, name: str) -> str:
    return found(walk, ServiceSection.reply_to, name, "id")[0]


SOURCE = Source(resolve, named="the id of a reply-to address", example="enquiries", is_text=True)
