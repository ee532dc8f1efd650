"""Rules that keep secrets and people out of the repository, and real addresses out of test stages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from emailops.declaration.model import Declaration
from emailops.declaration.values import Items, Table
from emailops.declaration.vocabulary import Contact, DumpAddresses, KeyKind, SendsWith, word
from emailops.policy.problem import Problem
from emailops.private import SECRETS, addresses_in
from emailops.resource import PRODUCTION, Place
from emailops.simulated import SIMULATOR, SMOKE_TESTS

_SHORTEST_SECRET = 27
_REMOTE = re.compile(r"[a-z+]+://[^\s@]+@\S+|[\w.-]+@[\w.-]+:[\w./~-]+")
"""A Git remote names a user and a host, and nobody's mailbox."""


def secret_in_state(declaration: Declaration) -> Iterator[Problem]:
    """No secret stands in the state.

    What was once committed stays readable in every clone; such a key has to be revoked, and removing it does not help.
    """
    texts = (named for named in declaration.texts.values() if _may_be_secret(named[0]))
    for text, place in (*said(declaration, _may_be_secret), *texts):
        for secret in SECRETS:
            if secret.form.search(text):
                remedy = "remove it, revoke it, and name where the tool reads it: secret: env:NAME"
                yield Problem(place.path, place, f"this looks like {secret.words}", remedy)


def address_in_state(declaration: Declaration) -> Iterator[Problem]:
    """No address of a person stands in the state: only redirect targets, simulators, and addresses that are nobody's.

    This repository is read by many and kept for ever. A person stands in it as a handle, and the address outside.
    """
    domains = declaration.known_domains()
    known = {address.lower() for address in declaration.known_addresses()} | SMOKE_TESTS
    for text, place in said(declaration, _may_be_address):
        for address in sorted(addresses_in(text)):
            domain = address.rpartition("@")[2].lower()
            if domain not in domains and domain != SIMULATOR and address.lower() not in known:
                remedy = "use a handle, or declare it in words: nobodys_addresses if it is nobody's"
                yield Problem(place.path, place, f"an address at {domain} may be a person's", remedy)


def retired_provider(declaration: Declaration) -> Iterator[Problem]:
    """Nothing names a provider that has been retired.

    A retired provider's keys stayed wired for six years, and a local set-up broke when one of them was removed.
    """
    for provider in declaration.words.retired_providers:
        named = partial(_names, provider.patterns)
        for _, place in said(declaration, named):
            message = f"{provider.name} was retired in {provider.since}"
            yield Problem(place.path, place, message, f"remove it: {provider.why}")


def subscriber_domain(declaration: Declaration) -> Iterator[Problem]:
    """A test subscriber's address is at a redirected or own domain, or is a person's by handle.

    A test campaign reaches everyone who is subscribed; an invented address at a real domain is somebody's.
    """
    domains = declaration.known_domains()
    for subscriber in declaration.subscribers():
        domain = subscriber.value.rpartition("@")[2].lower()
        if subscriber.contact is Contact.address and domain not in domains:
            resource = subscriber.resource
            message = f"the subscriber {resource.name} is at {domain}, which is neither redirected nor your own"
            yield Problem(str(resource), subscriber.place, message, "use a redirected or own domain, or person: HANDLE")


def subscriber_audience(declaration: Declaration) -> Iterator[Problem]:
    """Test subscribers are declared for audiences that do not serve production, and for single ones only.

    Whoever is added to production's audience by a test gets real mail, and counts as someone who asked for it.
    """
    for subscriber in declaration.subscribers():
        if PRODUCTION in subscriber.audience.stages:
            message = f"{subscriber.resource.name} would be subscribed to an audience of production"
            yield Problem(str(subscriber.resource), subscriber.place, message, "declare it for a test audience")
    for framework in declaration.frameworks.values():
        if "subscribers" in framework.source:
            place = framework.source.at("subscribers")
            message = f"{framework.name} has lots: its subscribers would be in none of its audiences"
            yield Problem(f"framework/{framework.name}", place, message, "declare them for a single audience")


def dump_addresses(declaration: Declaration) -> Iterator[Problem]:
    """A dump column that may hold real addresses is loaded only where every stage has a test or team key.

    Supplier contacts once kept production's addresses in cleaned dumps: with a live key, a test would mail them.
    """
    for dump in declaration.dumps.values():
        if dump.addresses is not DumpAddresses.real:
            continue
        for number, name in enumerate(dump.loaded_by):
            stage = declaration.stages.get(name)
            key = declaration.keys.get(stage.key) if stage else None
            if key is None or key.kind not in (KeyKind.test, KeyKind.team):
                message = f"{dump.column} may hold real addresses, and {name} has no test or team key"
                place = dump.source.at("loaded_by", number)
                yield Problem(f"dump/{dump.column}", place, message, "clean the column, or do not load it there")


def sends_otherwise(declaration: Declaration) -> Iterator[Problem]:
    """Transactional mail goes through Notify, unless a reason is given.

    Only Notify redirects, redacts and reports as the rest of the configuration expects.
    """
    for consumer in declaration.consumers.values():
        for text, place in consumer.source.items_at("sends").placed_texts():
            provider = word(SendsWith, text)
            is_campaign = provider is SendsWith.mailchimp and consumer.mailings
            if (
                provider in (SendsWith.mailchimp, SendsWith.other)
                and not is_campaign
                and not consumer.source.text("why")
            ):
                message = f"{consumer.name} sends through {provider}, with no mailing and no reason"
                yield Problem(f"consumer/{consumer.name}", place, message, "declare mailings, or say why")


def said(declaration: Declaration, is_meant: Callable[[str], bool]) -> Iterator[tuple[str, Place]]:
    """Each name of a field and each text of any file that is meant, and where it stands; but for what is retired.

    The name of a file is a field of its section. Several rules look at all of it, so the texts are gathered once, and
    each is looked at once; where they stand is worked out only for those that are meant.
    """
    if declaration not in _TEXTS:
        _TEXTS[declaration] = {text for text, _, _ in _gathered(declaration)}
    meant = set(filter(is_meant, _TEXTS[declaration]))
    if meant:
        yield from ((text, places[at]) for text, places, at in _gathered(declaration) if text in meant)


_TEXTS: WeakKeyDictionary[Declaration, set[str]] = WeakKeyDictionary()


def _gathered(declaration: Declaration) -> Iterator[tuple[str, Any, str | int]]:
    """Each text, the places among which its own is, and at what."""
    retired = declaration.words.source.get("retired_providers")
    for section in declaration.sections.values():
        names = section.field_places
        yield from ((name, names, name) for name in section)
    left: list[Any] = list(declaration.documents.values())
    while left:
        value = left.pop()
        if isinstance(value, Table) and value is not retired:
            names, places = value.field_places, value.places
            yield from ((name, names, name) for name in value)
            yield from ((inner, places, name) for name, inner in value.items() if isinstance(inner, str))
            left += [inner for inner in value.values() if isinstance(inner, dict | list)]
        elif isinstance(value, Items):
            yield from ((inner, value.places, at) for at, inner in enumerate(value) if isinstance(inner, str))
            left += [inner for inner in value if isinstance(inner, dict | list)]


def _may_be_secret(text: str) -> bool:
    return len(text) >= _SHORTEST_SECRET and any(secret.form.search(text) for secret in SECRETS)


def _may_be_address(text: str) -> bool:
    return "@" in text and not _REMOTE.fullmatch(text)


def _names(patterns: Iterable[str], text: str) -> bool:
    lower = text.lower()
    return any(pattern in lower for pattern in patterns)
