"""The key of the Mailchimp account: that it answers is verified (https://mailchimp.com/developer/marketing/guides/quick-start/).

Mailchimp's keys have no kinds and no scopes: whoever holds one reaches every audience. So there is one that the tool
uses, and nothing of it that a person would attest.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from emailops.declaration.model import Declaration
from emailops.kinds import key_answers
from emailops.kinds.contract import Asked, Field, Kind, Look, Noted, ProviderName, StandIn, Verdict
from emailops.kinds.key_answers import answering, entry, find, needed, told
from emailops.kinds.world import World
from emailops.resource import SHARED, Control, Desired, Resource

NAME = "mailchimp-key"
_PAGE = "https://admin.mailchimp.com/account/api/"


def declared(declaration: Declaration) -> Iterator[Desired]:
    """The key that the account names, where the tool may read it."""
    account = declaration.mailchimp
    key = declaration.keys.get(account.key) if account else None
    if account is not None and key is not None and key.secret:
        scope = key.stages[0] if len(key.stages) == 1 else SHARED
        resource, place = Resource(NAME, key.name), key.source.place
        yield Desired(resource, scope, account.account_id, {"answers": True}, place, told=told(key))


def observe(look: Look[Any]) -> World:
    """It was let in, or nothing else could be asked."""
    account = look.declaration.mailchimp
    return World((answering(account.key, ""),)) if account else World()


def refused(key: str, said: str) -> World:
    """What Mailchimp says against it."""
    return World((answering(key, said),))


def assess(desired: Desired, world: World, noted: Noted) -> Verdict:
    return key_answers.assess(desired, world, noted, provider="Mailchimp", page=_PAGE, remedy="make another")


def stand_in(account: dict[str, Any], at: StandIn) -> None:
    """The sandbox lets its own key in, or another where the declared one was refused when it was observed."""
    world = at.world(NAME)
    if world is not None and any(not held.attributes.get("answers") for held in world.objects):
        account["api_keys"] = [f"{'0' * 32}-{account['api_keys'][0].rpartition('-')[2]}"]


KIND = Kind(
    name=NAME,
    provider=ProviderName.mailchimp,
    fields=(Field("answers", Control.verified, changed_by="a person in Mailchimp"),),
    declared=declared,
    entry=entry,
    stand_in=stand_in,
    asked=Asked(observe=observe, find=find, assess=assess, needed=needed, refused=refused),
)
