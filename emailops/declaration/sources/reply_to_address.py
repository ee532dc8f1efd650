"""`reply_to_address NAME`: a reply-to address itself, where it is declared."""

from __future__ import annotations

from emailops.declaration.sources.of_service import found
from emailops.declaration.sources.walk import Absent, Source, Walk
from emailops.declaration.vocabulary import ServiceSection


def resolve(walk: Walk, name: str) -> str:
    _, address = found(walk, ServiceSection.reply_to, name, "address")
    if not address:
        raise Absent(f"the reply-to address {name} is declared by its id only")
    return address


SOURCE = Source(resolve, named="a reply-to address itself", example="enquiries", is_text=True)
