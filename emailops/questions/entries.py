"""The entry behind a resource of each kind, part by part: what it comes to, and where that stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from emailops.declaration.build import plain
from emailops.declaration.model import Declaration
from emailops.declaration.sources import Path
from emailops.plan import Desired, Place
from emailops.questions.places import declared_at, leaves

Part = tuple[Path, Any, Place]
"""Path into the entry, the effective value, and where the layer that set it stands."""


def entry(declaration: Declaration, desired: Desired) -> Iterator[Part]:
    """Every part of what is declared of a resource, bases laid under and words filled in."""
    return ENTRIES[desired.resource.kind](declaration, desired)


def _audience(declaration: Declaration, desired: Desired) -> Iterator[Part]:
    """As the provider would be asked for it: the names of framework and lot filled in."""
    audience = next(audience for audience in declaration.audiences() if audience.resource == desired.resource)
    filled = {("audience", *name.split(".")): value for name, value in desired.attributes.items()}
    filled |= {("otherwise",): audience.otherwise}
    for path, value, place in _parts(audience.source, audience.source.place):
        yield path, filled.get(path, value), place


def _subscriber(declaration: Declaration, desired: Desired) -> Iterator[Part]:
    subscriber = next(subscriber for subscriber in declaration.subscribers() if subscriber.resource == desired.resource)
    yield (subscriber.contact.value,), subscriber.value, subscriber.place


def _key(declaration: Declaration, desired: Desired) -> Iterator[Part]:
    source = declaration.keys[desired.resource.name].source
    return _parts(source, source.place)


def _template(declaration: Declaration, desired: Desired) -> Iterator[Part]:
    """Of what is declared by account, only this one's."""
    template = next(template for template in declaration.all_templates() if template.resource == desired.resource)
    for path, value, place in _parts(template.source, template.source.place):
        by_account = len(path) == 2 and path[0] in ("id", "version")
        if not by_account:
            yield path, value, place
        elif path[1] == template.account:
            yield path[:1], value, place
    for name in ("subject", "body"):
        if name in desired.attributes:
            yield (name,), desired.attributes[name], Place(f"templates/{template.name}.md", 1, 1)


def _reply_to(declaration: Declaration, desired: Desired) -> Iterator[Part]:
    for service in declaration.services.values():
        table = service.source.table("reply_to")
        for name in service.reply_to:
            if desired.place == table.places[name]:
                yield from _parts(table[name], table.places[name])


def _of_service(key: str) -> Callable[[Declaration, Desired], Iterator[Part]]:
    """What stands under one key of a Notify service."""

    def parts(declaration: Declaration, desired: Desired) -> Iterator[Part]:
        source = declaration.services[desired.resource.name].source
        return _parts(source[key], source.places[key])

    return parts


def _parts(value: Any, place: Place) -> Iterator[Part]:
    for path, text in leaves(plain(value)):
        yield path, text, declared_at(value, place, path)


ENTRIES: dict[str, Callable[[Declaration, Desired], Iterator[Part]]] = {
    "mailchimp-audience": _audience,
    "mailchimp-test-subscriber": _subscriber,
    "notify-key": _key,
    "notify-template": _template,
    "notify-reply-to": _reply_to,
    "notify-guest-list": _of_service("guest_list"),
    "notify-team": _of_service("team"),
    "notify-callback": _of_service("callback"),
}
