"""The declared resources of every kind, and the digest of the configuration that an apply must find again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from emailops.declaration.build import plain
from emailops.declaration.model import Declaration, Guest
from emailops.kinds import notify_guest_list
from emailops.plan import Attestation, Desired, Resource, digest


def resources(declaration: Declaration) -> list[Desired]:
    """Every declared resource. `account` is the id by which its provider knows the account."""
    return [*_audiences(declaration), *_templates(declaration), *_guest_lists(declaration)]


def configuration(declaration: Declaration) -> str:
    """Digest of what a plan is worked out from, resolved.

    Covers accounts, stages, notify, keys (without where they are kept or read, and dates), audiences and templates
    (without text); not people, waivers, attestations, consumers or recorded ids.
    """
    aside = {"kept", "secret", "created", "rotate_by"}
    sections = {
        name: plain(declaration.sections[name]) for name in ("stages", "notify", "keys", "audiences", "templates")
    }
    sections["keys"] = {
        name: {field: value for field, value in key.items() if field not in aside}
        for name, key in sections["keys"].items()
        if isinstance(key, dict)
    }
    return digest({"accounts": plain(declaration.root.get("accounts")), **sections})


def attestations(declaration: Declaration) -> dict[str, tuple[str, Attestation]]:
    """Resource -> the name it was attested under and the attestation; a renamed resource keeps its own."""
    found = {name: (name, attestation) for name, attestation in declaration.attestations.items()}
    for old, new in declaration.moved.items():
        if old in found and new not in found:
            found[new] = found.pop(old)
    return found


def moved_ids(declaration: Declaration) -> dict[str, str]:
    """Recorded ids with `moved:` applied."""
    ids = dict(declaration.ids)
    for old, new in declaration.moved.items():
        if old in ids and new not in ids:
            ids[new] = ids.pop(old)
    return ids


def _audiences(declaration: Declaration) -> Iterator[Desired]:
    account = declaration.mailchimp.account_id if declaration.mailchimp else ""
    for audience in declaration.audiences():
        yield Desired(audience.resource, audience.scope, account, audience.attributes, audience.place)


def _templates(declaration: Declaration) -> Iterator[Desired]:
    for template in declaration.all_templates():
        attributes: dict[str, Any] = {"type": template.type}
        if template.version is not None:
            attributes["version"] = template.version
        if template.text is not None:
            subject, body = template.text
            attributes["body"] = body
            if template.type == "email":
                attributes["subject"] = subject
        scope = declaration.service_scope(template.account)
        yield Desired(
            template.resource,
            scope,
            _service_id(declaration, template.account),
            attributes,
            template.place,
            template.id,
        )


def _guest_lists(declaration: Declaration) -> Iterator[Desired]:
    for service in declaration.services.values():
        if service.guest_list is None:
            continue
        guests: dict[str, list[str]] = {"addresses": [], "numbers": [], "people": []}
        for guest in service.guest_list:
            guests[_SORTS[guest.sort]].append(_shown(declaration, guest))
        yield Desired(
            Resource(notify_guest_list.NAME, service.account),
            declaration.service_scope(service.account),
            _service_id(declaration, service.account),
            notify_guest_list.normalised(guests),
            service.source.at("guest_list"),
        )


_SORTS = {"address": "addresses", "number": "numbers", "person": "people"}


def _shown(declaration: Declaration, guest: Guest) -> str:
    if guest.sort != "person":
        return guest.value
    person = declaration.people.get(guest.value)
    return f"{guest.value} since {person.text('since') if person else 'unknown'}"


def _service_id(declaration: Declaration, account: str) -> str:
    found = declaration.notify_accounts.get(account)
    return found.service_id if found else ""
