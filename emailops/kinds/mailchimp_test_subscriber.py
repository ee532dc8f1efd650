"""A test subscriber of a non-production audience: managed (https://mailchimp.com/developer/marketing/api/list-members/).

Whoever unsubscribed, was archived or erased cannot be brought back by the API, and must not be: that becomes a step.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Protocol

from emailops.canonical import digest
from emailops.declaration.model import SUBSCRIBER, Declaration, Subscriber
from emailops.declaration.places import Part
from emailops.errors import InvalidInput, Refused
from emailops.kinds.contract import (
    Asked,
    Field,
    Kind,
    Known,
    Look,
    Managed,
    Means,
    Noted,
    ProviderName,
    StandIn,
    Verdict,
)
from emailops.kinds.mailchimp_audience import NAME as AUDIENCE
from emailops.kinds.world import World
from emailops.plan import Act, Action, Change, Difference, Instruction, Reason, Step, Undeclared, When
from emailops.private import Address
from emailops.resource import Control, Desired, Observed, Resource

NAME = SUBSCRIBER
FORGOTTEN = "forgotten"
"""What is recorded in the place of an id, once Mailchimp has said that the address was erased for good."""


class MemberReader(Protocol):
    """What is asked of a Mailchimp account."""

    def subscribers(self, audience_id: str, known: Mapping[str, Address]) -> tuple[dict[str, str], int]:
        """The status of each known address by name (absent when there is none), and how many others get mail here."""


class MemberWriter(Protocol):
    """What changes one."""

    def subscribe(self, audience_id: str, address: Address) -> None:
        """Subscribe an address that was never there; who is there already, in whatever status, stays as they are."""


def declared(declaration: Declaration) -> Iterator[Desired]:
    """Each test subscriber, who comes after their audience."""
    account = declaration.mailchimp.account_id if declaration.mailchimp else ""
    for subscriber in declaration.subscribers():
        yield Desired(
            subscriber.resource,
            subscriber.audience.scope,
            account,
            {"status": "subscribed"},
            subscriber.place,
            requires=(subscriber.audience.resource,),
        )


def entry(declaration: Declaration, desired: Desired) -> Iterator[Part]:
    subscriber = next(held for held in declaration.subscribers() if held.resource == desired.resource)
    yield (subscriber.contact.value,), subscriber.value, subscriber.place


def observe(look: Look[MemberReader]) -> World:
    """The declared ones by their status, and strangers counted, in each audience that is there and declares some."""
    addresses, partly = look.addresses()
    asked: list[tuple[Resource, Observed, list[Subscriber], dict[str, Address]]] = []
    declared: dict[Resource, list[Subscriber]] = {}
    for subscriber in look.declaration.subscribers():
        declared.setdefault(subscriber.audience.resource, []).append(subscriber)
    for resource, ours in declared.items():
        observed = look.worlds[AUDIENCE].of_id(look.ids.get(str(resource)))
        if observed is not None:
            known = {held.resource.name: addresses[held.resource] for held in ours if held.resource in addresses}
            asked.append((resource, observed, ours, known))
    answers = look.together(partial(look.reader.subscribers, observed.id, known) for _, observed, _, known in asked)
    found: list[Observed] = []
    others: list[Undeclared] = []
    for (resource, observed, ours, known), (statuses, count) in zip(asked, answers, strict=True):
        found += [Observed("", name, {"status": status}, link=observed.link) for name, status in statuses.items()]
        if count and len(known) == len(ours):
            others.append(Undeclared(NAME, str(resource), count, (observed.link,)))
    return World(tuple(found), partly=partly, strangers=tuple(others))


def find(desired: Desired, world: World, ids: Mapping[str, str]) -> Observed | None:  # noqa: ARG001
    return next(iter(world.named(desired.resource.name)), None)


def assess(desired: Desired, world: World, noted: Noted) -> Verdict:
    """Subscribed, to subscribe, or for a person."""
    if world.unknown:
        change = Change(desired.resource, desired.scope, Action.unknown, Control.managed, Reason.no_key)
        return Verdict(change, Known.unknown)
    observed = find(desired, world, noted.ids)
    if observed is None:
        to_come = any(str(required) not in noted.ids for required in desired.requires)
        if to_come:
            return Verdict(_create(desired), Known.verified)
        change = Change(desired.resource, desired.scope, Action.unknown, Control.managed, Reason.no_key)
        return Verdict(change, Known.unknown)
    status = observed.attributes["status"]
    if status == "subscribed":
        return Verdict(None, Known.verified)
    if status == "absent" and noted.ids.get(str(desired.resource)) == FORGOTTEN:
        return Verdict(_step(desired, FORGOTTEN, observed.link), Known.verified)
    if status == "absent":
        return Verdict(_create(desired), Known.verified)
    return Verdict(_step(desired, status, observed.link), Known.verified)


def make(change: Change, means: Means[MemberWriter]) -> str:
    """Subscribed. What Mailchimp says of an erased address is noted, since no listing tells it."""
    address = means.addresses.get(change.resource)
    if address is None:
        raise InvalidInput("its address is not here", "see EMAILOPS_PEOPLE")
    try:
        means.writer.subscribe(means.ids[str(change.requires[0])], address)
    except Refused as error:
        if not error.title.startswith("Forgotten"):
            raise
        means.note(FORGOTTEN)
        raise Refused("erased for good once: only the person can come back, by the form") from None
    return "subscribed"


def needed(held: Mapping[str, Any]) -> tuple[str, ...]:  # noqa: ARG001
    return ("status",)


def strangers(declaration: Declaration, others: Undeclared) -> Iterator[tuple[str, str]]:  # noqa: ARG001
    """An audience's, in a number."""
    subscribers = f"{others.count} subscriber{'s' * (others.count != 1)} nobody declared"
    yield others.account, " · ".join((subscribers, *others.names))


def stand_in(account: dict[str, Any], at: StandIn) -> None:
    """As observed, a person at an address that is nobody's. What is declared alone says nothing of who is there."""
    world = at.world(NAME)
    if world is None:
        return
    statuses = {held.name: str(held.attributes.get("status")) for held in world.objects}
    people = made_up_people(at.declaration)
    members = {audience["id"]: audience["members"] for audience in account["audiences"]}
    for subscriber in at.declaration.subscribers():
        status = statuses.get(subscriber.resource.name, "absent")
        id_ = at.ids.get(str(subscriber.audience.resource), "")
        if status != "absent" and id_ in members:
            address = people.get(subscriber.value, subscriber.value)
            members[id_].append({"email_address": address, "status": status})


def made_up_people(declaration: Declaration) -> dict[str, str]:
    """Handle -> an address that is nobody's."""
    return {handle: f"{handle}@simulator.amazonses.com" for handle in declaration.people}


def _create(desired: Desired) -> Change:
    return Change(
        desired.resource,
        desired.scope,
        Action.create,
        Control.managed,
        Reason.missing,
        (Difference("status", None, "subscribed"),),
        requires=desired.requires,
        fingerprint=digest({"kind": NAME, "absent": desired.resource.name}),
        notes=("subscribed at once, without a mail that asks for a yes",),
    )


def _step(desired: Desired, status: str, link: str) -> Change:
    step = Step(
        when=When.after_apply,
        why=f"it is {status}: the API cannot bring it back, and it must not",
        open=link or "https://admin.mailchimp.com/audience/",
        enter=(Instruction("the audience's sign-up form", "subscribe there, or declare another address", Act.choose),),
        then="emailops plan",
    )
    fields = (Difference("status", status, "subscribed"),)
    return Change(desired.resource, desired.scope, Action.person, Control.managed, Reason.changed, fields, step=step)


KIND = Kind(
    name=NAME,
    provider=ProviderName.mailchimp,
    fields=(Field("status", Control.managed, changed_by="the tool, once"),),
    declared=declared,
    entry=entry,
    stand_in=stand_in,
    asked=Asked(observe, find, assess, needed=needed, strangers=strangers),
    managed=Managed(make),
)
