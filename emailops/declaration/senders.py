"""Whose code sends: the consumer itself, or one that it starts and hands templates and keys to."""

from __future__ import annotations

from emailops.declaration import readers
from emailops.declaration.model import Consumer, Declaration


def way_to_sender(declaration: Declaration, consumer: Consumer, template: str) -> tuple[Consumer, ...]:
    """From the consumer that was asked about to the one that sends; alone where none of those that it starts does.

    Of several that it starts, one that knows the template goes before the others.
    """
    ways: list[tuple[Consumer, ...]] = [(consumer,)]
    seen = {consumer.name}
    found = []
    while ways:
        way = ways.pop(0)
        if way[-1].uses_notify:
            found.append(way)
            continue
        for name in way[-1].starts:
            if name in declaration.consumers and name not in seen:
                seen.add(name)
                ways.append((*way, declaration.consumers[name]))
    knowing = (way for way in found if _knows(way[-1], template))
    return next(knowing, next(iter(found), (consumer,)))


def starters(declaration: Declaration, consumer: Consumer) -> list[Consumer]:
    """The consumers that start this one, at once or through others."""
    found = [consumer]
    for started in found:
        found += [other for other in declaration.started_by.get(started.name, ()) if other not in found]
    return found[1:]


def _knows(consumer: Consumer, template: str) -> bool:
    return template in consumer.unredirected or readers.reading(consumer, template) is not None
