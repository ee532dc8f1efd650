"""What the kinds that a person keeps in the pages of a Notify service have in common: one section a service."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from emailops.declaration.model import Declaration, Service
from emailops.declaration.places import Part, parts
from emailops.resource import Desired, Place, Resource

Kept = tuple[Resource, dict[str, Any], Place]
"""A resource, its attested fields, and where they stand."""


def declared_by(kept: Callable[[Declaration, Service], Iterator[Kept]]) -> Callable[[Declaration], Iterator[Desired]]:
    """What `kept` gives of each service; a field that is absent there is unmanaged."""

    def declared(declaration: Declaration) -> Iterator[Desired]:
        for service in declaration.services.values():
            account, scope = declaration.service_id(service.account), declaration.service_scope(service.account)
            for resource, fields, place in kept(declaration, service):
                yield Desired(resource, scope, account, {}, place, attested=fields)

    return declared


def entry_under(field: str) -> Callable[[Declaration, Desired], Iterator[Part]]:
    """What stands in one field of a Notify service."""

    def entry(declaration: Declaration, desired: Desired) -> Iterator[Part]:
        source = declaration.services[desired.resource.name].source
        return parts(source[field], source.places[field])

    return entry


def service_of(declaration: Declaration, account: str) -> Service | None:
    """What is declared of the service with this id."""
    names = [name for name, known in declaration.notify_accounts.items() if known.service_id == account]
    return next((declaration.services[name] for name in names if name in declaration.services), None)
