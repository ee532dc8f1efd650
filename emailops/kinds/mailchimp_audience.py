"""A Mailchimp audience and its settings: managed (https://mailchimp.com/developer/marketing/api/lists/).

Mailchimp gives the id and does not keep names unique. So an id, once recorded, is the identity; a name is only looked
at where none is recorded, and what it finds is shown to a reviewer before it is adopted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from emailops.canonical import digest
from emailops.declaration.model import AUDIENCE, Audience, Declaration
from emailops.declaration.moved import moved_ids
from emailops.declaration.places import Part, parts
from emailops.errors import ShortRead
from emailops.kinds.contract import (
    Asked,
    Field,
    Kind,
    Known,
    Look,
    Managed,
    Means,
    Noted,
    Ours,
    ProviderName,
    Recorded,
    StandIn,
    Verdict,
)
from emailops.kinds.world import World
from emailops.plan import Act, Action, Change, Difference, Instruction, Reason, Step, Undeclared, When, differences
from emailops.resource import Control, Desired, Observed

NAME = AUDIENCE
CREATED = "2024-03-01T09:00:00+00:00"
"""When an audience of the sandbox was created, where nobody knows."""


class AudienceReader(Protocol):
    """What is asked of a Mailchimp account."""

    @property
    def clock(self) -> datetime | None:
        """What Mailchimp's clock said when it last answered."""

    def audiences(self) -> tuple[tuple[Observed, ...], int | None]:
        """Every audience, and how many more the account may hold (None: no limit)."""

    def audiences_named(self, name: str) -> Sequence[Observed]:
        """Those of this name, out of every one."""


class AudienceWriter(AudienceReader, Protocol):
    """What changes one."""

    def create_audience(self, attributes: Mapping[str, Any]) -> str:
        """The id of a new audience."""

    def update_audience(self, id_: str, attributes: Mapping[str, Any]) -> None:
        """Change the managed fields."""


def declared(declaration: Declaration) -> Iterator[Desired]:
    """Each audience of each framework, and the single ones."""
    account = declaration.mailchimp.account_id if declaration.mailchimp else ""
    for audience in declaration.audiences():
        yield Desired(audience.resource, audience.scope, account, audience.attributes, audience.place)


def entry(declaration: Declaration, desired: Desired) -> Iterator[Part]:
    """As the provider would be asked for it: the names of framework and lot filled in."""
    audience = declaration.audience(desired.resource)
    if audience is None:
        return
    filled = {("audience", *name.split(".")): value for name, value in desired.attributes.items()}
    filled |= {("otherwise",): audience.otherwise}
    for path, value, place in parts(audience.source, audience.source.place):
        yield path, filled.get(path, value), place


def observe(look: Look[AudienceReader]) -> World:
    """Every audience of the account. Raises ShortRead where ids are recorded and Mailchimp gives none."""
    audiences, room = look.reader.audiences()
    recorded = [name for name in look.declaration.ids if name.startswith(f"{NAME}/")]
    if recorded and not audiences:
        message = f"Mailchimp gave no audience at all, and {len(recorded)} ids are recorded"
        raise ShortRead(message, "run it again in a minute; nothing is created because of an empty answer")
    return World(audiences, room=room, clock=look.reader.clock)


def find(desired: Desired, world: World, ids: Mapping[str, str]) -> Observed | None:
    """By its recorded id alone: of a name there may be several."""
    return world.of_id(ids.get(str(desired.resource)))


def assess(desired: Desired, world: World, noted: Noted) -> Verdict:
    """Equal, to update, to create, to adopt, or for a person to settle."""
    if world.unknown:
        return Verdict(_change(desired, Action.unknown, Reason.no_key), Known.unknown)
    recorded = noted.ids.get(str(desired.resource))
    if recorded is not None:
        observed = find(desired, world, noted.ids)
        if not world.tells_of_id(recorded):
            return Verdict(_change(desired, Action.unknown, Reason.unobserved), Known.unknown)
        if observed is None:
            return Verdict(_gone(desired, recorded), Known.verified)
        fields = differences(observed.attributes, desired.attributes)
        if not fields:
            return Verdict(None, Known.verified)
        return Verdict(_change(desired, Action.update, Reason.changed, fields, observed), Known.verified)
    return _assess_name(desired, world, noted)


def make(change: Change, means: Means[AudienceWriter]) -> str:
    """Created or adopted, its id is recorded first; then its fields are changed."""
    id_ = means.create() if change.action is Action.create else str(change.id)
    if change.action in (Action.create, Action.adopt):
        means.record(id_)
    if change.action in (Action.update, Action.adopt) and change.fields:
        means.writer.update_audience(id_, means.attributes)
    return f"id {id_}"


def fingerprint(desired: Desired, observed: Observed | None) -> str:
    """What an approval rests on: the object as it is now, or that no such name exists."""
    if observed is None:
        return digest({"kind": NAME, "absent": desired.attributes.get("name")})
    return digest(
        {
            "kind": NAME,
            "id": observed.id,
            "name": observed.name,
            "created": observed.created,
            "fields": {name: observed.attributes.get(name) for name in desired.attributes},
        }
    )


def describe(observed: Observed) -> str:
    """How an audience is shown to someone who has to decide about it."""
    members = {None: "members unknown", 1: "1 member"}.get(observed.size, f"{observed.size} members")
    return f"{observed.id}, created {observed.created[:10]}, {members}, {observed.link}"


def ours(declaration: Declaration, account: str) -> Ours:  # noqa: ARG001
    """By a recorded id, or by a declared name; in an account that is all ours the others are shown."""
    ids = {id_ for name, id_ in moved_ids(declaration).items() if name.startswith(f"{NAME}/")}
    names = {str(audience.attributes.get("name")) for audience in declaration.audiences()}
    owned = bool(declaration.mailchimp and declaration.mailchimp.owns_everything)
    return Ours(frozenset(ids), frozenset(names), shown=owned, is_ours=owned)


def strangers(declaration: Declaration, others: Undeclared) -> Iterator[tuple[str, str]]:
    """In an account that is all ours, each by its name."""
    if declaration.mailchimp and declaration.mailchimp.owns_everything:
        for name in others.names:
            yield others.kind, name


def stand_in(account: dict[str, Any], at: StandIn) -> None:
    """Audiences without a recorded id are not there; one that was recorded after the observation is as declared."""
    world = at.world(NAME)
    audiences = [] if world is None else [_as_observed(held) for held in world.objects]
    for audience in at.declaration.audiences():
        id_ = at.ids.get(str(audience.resource))
        if id_ is not None and (world is None or not world.tells_of_id(id_)):
            audiences.append(_as_declared(audience, id_))
    account["audiences"] = audiences
    if world is not None:
        account["max_audiences"] = -1 if world.room is None else len(audiences) + world.room


def nested(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The inverse of `plan.flat`."""
    result: dict[str, Any] = {}
    for name, value in attributes.items():
        *path, last = name.split(".")
        owner = result
        for step in path:
            owner = owner.setdefault(step, {})
        owner[last] = value
    return result


def _assess_name(desired: Desired, world: World, noted: Noted) -> Verdict:
    """No id is recorded: created where nothing bears the name, adopted where one does, else a person decides."""
    name = _name(desired.attributes)
    if not world.tells_of_name(name):
        return Verdict(_change(desired, Action.unknown, Reason.unobserved), Known.unknown)
    named = world.named(name)
    if not named:
        fields = tuple(Difference(name, None, value) for name, value in sorted(desired.attributes.items()))
        change = _change(desired, Action.create, Reason.missing, fields).with_notes(_words(desired))
        return Verdict(change, Known.verified)
    if len(named) == 1 and named[0].id not in noted.owners:
        fields = differences(named[0].attributes, desired.attributes)
        return Verdict(_change(desired, Action.adopt, Reason.same_name, fields, named[0]), Known.verified)
    return Verdict(_several(desired, named, noted.owners), Known.verified)


def _change(
    desired: Desired,
    action: Action,
    reason: Reason,
    fields: tuple[Difference, ...] = (),
    observed: Observed | None = None,
) -> Change:
    return Change(
        resource=desired.resource,
        scope=desired.scope,
        action=action,
        control=Control.managed,
        reason=reason,
        fields=fields,
        id=observed.id if observed else None,
        fingerprint=fingerprint(desired, observed),
        notes=(describe(observed),) if observed and action is Action.adopt else (),
    )


def _words(desired: Desired) -> tuple[str, ...]:
    """A new audience as a person would read it aloud; the change's fields hold every value."""
    values = {name: str(value) for name, value in desired.attributes.items()}
    contact = [values[name] for name in values if name.startswith("contact.")]
    opt_in = "double opt-in" if desired.attributes.get("double_optin") else "single opt-in"
    subject = values.get("campaign_defaults.subject")
    return (
        values.get("name", ""),
        f"from {values.get('campaign_defaults.from_name')} <{values.get('campaign_defaults.from_email')}> · {opt_in}",
        f"{f'subject {subject}' if subject else 'no subject'} · language {values.get('campaign_defaults.language')}",
        f"reminder {values.get('permission_reminder')}",
        f"contact {', '.join(contact)}",
    )


def _gone(desired: Desired, recorded: str) -> Change:
    command = f"emailops adopt {desired.resource}"
    step = Step(
        when=When.before_apply,
        why=f"the recorded audience {recorded} is not in the account; its members and their refusals went with it",
        open="https://admin.mailchimp.com/audience/",
        enter=(Instruction(f"{command} ID", "if another audience took its place", Act.run),),
        then=f"{command} --anew, if the next plan is to create it",
    )
    return Change(desired.resource, desired.scope, Action.person, Control.managed, Reason.gone, step=step)


def _several(desired: Desired, named: Sequence[Observed], owners: Mapping[str, str]) -> Change:
    name = desired.attributes.get("name")
    enter = tuple(Instruction(held.id, f"{describe(held)}{_owned(held, owners)}", Act.choose) for held in named)
    step = Step(
        when=When.before_apply,
        why=f"{len(named)} of the account's audiences have the name {name!r}; nothing is created beside them",
        open=named[0].link,
        enter=enter,
        then=f"emailops adopt {desired.resource} ID",
    )
    return Change(desired.resource, desired.scope, Action.person, Control.managed, Reason.several, step=step)


def _owned(observed: Observed, owners: Mapping[str, str]) -> str:
    owner = owners.get(observed.id)
    return f", recorded for {owner}" if owner else ""


def _as_declared(audience: Audience, id_: str) -> dict[str, Any]:
    return {"id": id_, "date_created": CREATED, **nested(audience.attributes), "members": []}


def _as_observed(observed: Observed) -> dict[str, Any]:
    held = {name: value for name, value in observed.attributes.items() if value is not None}
    return {
        "id": observed.id,
        "date_created": observed.created or CREATED,
        **nested(held),
        "name": observed.name,
        "members": [],
    }


def _name(attributes: Mapping[str, Any]) -> str:
    return str(attributes.get("name", ""))


def _named(writer: AudienceReader, name: str) -> Sequence[Observed]:
    return writer.audiences_named(name)


def _create(writer: AudienceWriter, attributes: Mapping[str, Any]) -> str:
    return writer.create_audience(attributes)


KIND = Kind(
    name=NAME,
    provider=ProviderName.mailchimp,
    fields=(
        Field("id", Control.managed, changed_by="the provider, once"),
        Field("name", Control.managed),
        Field("contact", Control.managed),
        Field("campaign_defaults", Control.managed),
        Field("permission_reminder", Control.managed),
        Field("email_type_option", Control.managed),
        Field("double_optin", Control.managed),
    ),
    declared=declared,
    entry=entry,
    stand_in=stand_in,
    asked=Asked(observe, find, assess, ours=ours, strangers=strangers),
    managed=Managed(make, Recorded("audience", r"[0-9a-f]{10}", "ten hex digits", _name, describe, _named, _create)),
)
