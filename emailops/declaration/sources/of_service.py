"""What the service of a stage holds by name: reply-to addresses, and senders of text messages."""

from __future__ import annotations

from emailops.declaration.sources.walk import Absent, NotYet, Walk
from emailops.declaration.vocabulary import ServiceSection


def found(walk: Walk, section: ServiceSection, name: str, field: str) -> tuple[str, str]:
    """(id, what is seen of it), of which the value is the one that stands in `field`. Raises Absent."""
    service = walk.declaration.service_with(section, name, walk.stage)
    if service is not None:
        walk.rests_on(service.source.table(section))
        walk.decided(lambda: service.source.at(section, name, field))
        return service.named(section)[name]
    services = walk.declaration.services.values()
    elsewhere = next((other for other in services if name in other.named(section)), None)
    if elsewhere is None or walk.stage not in walk.declaration.stages:
        raise Absent(f"there is no {section.said} {name} for {walk.stage}")
    walk.rests_on(elsewhere.source.table(section))
    raise NotYet(f"{walk.stage} has no {section.said} {name} yet")
