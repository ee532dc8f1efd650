"""The declared resources of every kind, and the digest of the configuration that an apply must find again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from emailops.declaration.build import plain
from emailops.declaration.model import Declaration, Service
from emailops.declaration.values import is_true
from emailops.declaration.vocabulary import Contact, KeyKind, TemplateType
from emailops.kinds import (
    attested,
    notify_callback,
    notify_guest_list,
    notify_key,
    notify_reply_to,
    notify_team,
)
from emailops.plan import SHARED, Attestation, Desired, Place, Resource, digest


def resources(declaration: Declaration) -> list[Desired]:
    """Every declared resource. `account` is the id by which its provider knows the account."""
    return [
        *_audiences(declaration),
        *_subscribers(declaration),
        *_keys(declaration),
        *_templates(declaration),
        *_services(declaration),
    ]


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
    accounts = {"first": declaration.first_account, **plain(declaration.root.table("accounts"))}
    return digest({"accounts": accounts, "stage_order": list(declaration.stage_order), **sections})


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


def recorded_at(declaration: Declaration, resource: Resource) -> Place | None:
    """Where a resource's id is recorded, under its present name or the one that it had."""
    name = str(resource)
    for known in (name, *(old for old, new in declaration.moved.items() if new == name)):
        if known in declaration.ids:
            return declaration.recorded[declaration.scopes_of_ids[known]].at(known)
    return None


def _audiences(declaration: Declaration) -> Iterator[Desired]:
    account = declaration.mailchimp.account_id if declaration.mailchimp else ""
    for audience in declaration.audiences():
        yield Desired(audience.resource, audience.scope, account, audience.attributes, audience.place)


def _subscribers(declaration: Declaration) -> Iterator[Desired]:
    account = declaration.mailchimp.account_id if declaration.mailchimp else ""
    for subscriber in declaration.subscribers():
        audience = subscriber.audience
        fields = {"status": "subscribed"}
        yield Desired(
            subscriber.resource, audience.scope, account, fields, subscriber.place, requires=(audience.resource,)
        )


def _keys(declaration: Declaration) -> Iterator[Desired]:
    """The keys of Notify accounts: one whose secret the tool may read is asked to answer, its kind is for a person.

    While the kind is unknown there is nothing that a person could attest.
    """
    for key in declaration.keys.values():
        account = declaration.notify_accounts.get(key.account)
        if account is None:
            continue
        scope = key.stages[0] if len(key.stages) == 1 else SHARED
        fields = {"kind": key.kind.value if key.kind else "", "created": key.source.text("created", "unknown")}
        resource = Resource(notify_key.NAME, key.name)
        asked = {"answers": True} if key.secret else {}
        known = None if key.kind is KeyKind.unknown else fields
        yield Desired(resource, scope, account.service_id, asked, key.source.place, attested=known)


def _templates(declaration: Declaration) -> Iterator[Desired]:
    for template in declaration.all_templates():
        attributes: dict[str, Any] = {"type": template.type.value if template.type else ""}
        if template.version is not None:
            attributes["version"] = template.version
        if template.text is not None:
            subject, body = template.text
            attributes["body"] = body
            if template.type is TemplateType.email:
                attributes["subject"] = subject
        sensitive = sorted(template.source.items_at("sensitive").texts())
        yield Desired(
            template.resource,
            declaration.service_scope(template.account),
            _service_id(declaration, template.account),
            attributes,
            template.place,
            template.id,
            attested={"redacted": sensitive} if sensitive else None,
        )


def _services(declaration: Declaration) -> Iterator[Desired]:
    """What a person keeps in the pages of a Notify service; an absent key is unmanaged."""
    for service in declaration.services.values():
        for resource, fields, place in (
            *_reply_tos(declaration, service),
            *_guest_list(declaration, service),
            *_team(declaration, service),
            *_callback(service),
        ):
            scope = declaration.service_scope(service.account)
            yield Desired(resource, scope, _service_id(declaration, service.account), {}, place, attested=fields)


_Kept = Iterator[tuple[Resource, dict[str, Any], Place]]


def _reply_tos(declaration: Declaration, service: Service) -> _Kept:
    table = service.source.table("reply_to")
    for name, (id_, address) in service.reply_to.items():
        named = name if service.account == declaration.first_account else f"{service.account}.{name}"
        fields: dict[str, Any] = {"id": id_}
        if address:
            fields["address"] = address.lower()
        if "default" in table[name]:
            fields["default"] = is_true(table[name]["default"])
        yield Resource(notify_reply_to.NAME, named), fields, table.places[name]


def _guest_list(declaration: Declaration, service: Service) -> _Kept:
    if service.guest_list is not None:
        guests: dict[str, list[str]] = {"addresses": [], "numbers": [], attested.PEOPLE: []}
        for guest in service.guest_list:
            shown = with_since(declaration, guest.value) if guest.contact is Contact.person else guest.value
            guests[_LISTS[guest.contact]].append(shown)
        place = service.source.at("guest_list")
        yield Resource(notify_guest_list.NAME, service.account), dict(notify_guest_list.normalised(guests)), place


def _team(declaration: Declaration, service: Service) -> _Kept:
    if "team" in service.source:
        people = sorted(with_since(declaration, handle) for handle in set(service.source.items_at("team").texts()))
        yield Resource(notify_team.NAME, service.account), {attested.PEOPLE: people}, service.source.at("team")


def _callback(service: Service) -> _Kept:
    if "callback" in service.source:
        callback = service.source.table("callback")
        fields = {"url": callback.text("url"), "tokens": sorted(callback.items_at("tokens").texts())}
        yield Resource(notify_callback.NAME, service.account), fields, service.source.at("callback")


_LISTS = {Contact.address: "addresses", Contact.number: "numbers", Contact.person: attested.PEOPLE}


def with_since(declaration: Declaration, handle: str) -> str:
    """A person as an attestation holds them: with another address comes another since."""
    person = declaration.people.get(handle)
    return f"{handle} since {person.text('since') if person else 'unknown'}"


def _service_id(declaration: Declaration, account: str) -> str:
    found = declaration.notify_accounts.get(account)
    return found.service_id if found else ""
