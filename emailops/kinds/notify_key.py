"""A Notify key: that it answers is verified, its kind is attested (https://docs.notifications.service.gov.uk/rest-api.html#api-keys).

The key's text names its service, so a key of another is found before any request. Nothing that a plan may send tells a
live key from a test key; a person who looks at Notify's list of keys does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from emailops.declaration.model import Declaration
from emailops.declaration.vocabulary import KeyKind
from emailops.kinds import key_answers
from emailops.kinds.contract import (
    NOTIFY_PAGES,
    Asked,
    Attested,
    Field,
    Kind,
    Look,
    Noted,
    ProviderName,
    StandIn,
    Verdict,
)
from emailops.kinds.key_answers import answering, entry, find, needed, told
from emailops.kinds.world import World
from emailops.plan import Act
from emailops.resource import SHARED, Control, Desired, Resource

NAME = "notify-key"

_BY = {"read_by": "nobody, or a probe", "changed_by": "a person in Notify, once"}


class KeyReader(Protocol):
    """What is asked of a Notify service."""

    def answers(self) -> Mapping[str, str]:
        """Key -> what Notify says against it; an empty text for one that is let in."""

    def unread(self) -> str:
        """The keys whose secrets are not at hand, and why; an empty text where all are, or none is."""


def declared(declaration: Declaration) -> Iterator[Desired]:
    """The keys of Notify accounts: one whose secret the tool may read is asked to answer, its kind is for a person.

    While the kind is unknown there is nothing that a person could attest.
    """
    for key in declaration.keys.values():
        account = declaration.notify_accounts.get(key.account)
        if account is None:
            continue
        scope = key.stages[0] if len(key.stages) == 1 else SHARED
        fields = {"kind": key.kind.value if key.kind else "", "created": key.source.text("created", "unknown")}
        resource = Resource(NAME, key.name)
        asked = {"answers": not key.is_revoked} if key.secret else {}
        known: dict[str, Any] | None = None if key.kind is KeyKind.unknown else fields
        if key.is_revoked:
            known = None if key.secret else {"revoked": True}
        place, owner = key.source.place, key.source.text("owner")
        yield Desired(resource, scope, account.service_id, asked, place, attested=known, owner=owner, told=told(key))


def observe(look: Look[KeyReader]) -> World:
    """Each key whose secret is at hand, and whether Notify lets it in."""
    answers = look.reader.answers()
    keys = tuple(answering(key, said) for key, said in answers.items())
    return World(keys, partly=look.reader.unread() if keys else "")


def assess(desired: Desired, world: World, noted: Noted) -> Verdict:
    page, remedy = f"{NOTIFY_PAGES}/{desired.account}/api/keys", "make one of the same kind"
    return key_answers.assess(desired, world, noted, provider="Notify", page=page, remedy=remedy)


def stand_in(account: dict[str, Any], at: StandIn) -> None:
    """Every declared key of the service, of unknown kind a live one; one that was refused when observed is revoked."""
    world = at.world(NAME)
    refused = {held.name for held in world.objects if not held.attributes.get("answers")} if world else set[str]()
    for number, key in enumerate(at.declaration.keys.values()):
        if at.declaration.service_id(key.account) == at.account:
            kind = KeyKind.live if key.kind is KeyKind.unknown else key.kind
            held = {"name": key.name, "kind": kind and kind.value, "secret": made_up_secret(number)}
            account["keys"].append(held if world is None else {**held, "revoked": key.name in refused})


def made_up_secret(number: int) -> str:
    """The secret of the stand-in of the key that is declared as this one in order."""
    return f"5ec5e700-0000-4000-8000-{number:012d}"


KIND = Kind(
    name=NAME,
    provider=ProviderName.notify,
    fields=(
        Field("answers", Control.verified),
        Field("kind", Control.attested, act=Act.check, **_BY),
        Field("created", Control.attested, act=Act.check, **_BY),
        Field("revoked", Control.attested, act=Act.check, **_BY),
    ),
    declared=declared,
    entry=entry,
    stand_in=stand_in,
    attested=Attested("/api/keys", "a live key where a test key belongs mails real people"),
    asked=Asked(observe, find, assess, needed=needed),
)
