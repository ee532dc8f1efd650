"""A Mailchimp audience and its settings: managed (https://mailchimp.com/developer/marketing/api/lists/).

Mailchimp gives the id and does not keep names unique. So an id, once recorded, is the identity; a name is only looked
at where none is recorded, and what it finds is shown to a reviewer before it is adopted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emailops.kinds.contract import Capability, Kind, Noted, Verdict
from emailops.kinds.world import World
from emailops.plan import Action, Change, Control, Desired, Difference, Observed, Reason, Step, differences, digest

NAME = "mailchimp-audience"


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


def assess(desired: Desired, world: World, noted: Noted) -> Verdict:
    """Equal, to update, to create, to adopt, or for a person to settle."""
    if world.unknown:
        return Verdict(_change(desired, Action.unknown, Reason.no_key), "unknown")
    recorded = noted.ids.get(str(desired.resource))
    if recorded is not None:
        observed = next((one for one in world.objects if one.id == recorded), None)
        if not world.tells_of_id(recorded):
            return Verdict(_change(desired, Action.unknown, Reason.unobserved), "unknown")
        if observed is None:
            return Verdict(_gone(desired, recorded), "verified")
        fields = differences(observed.attributes, desired.attributes)
        if not fields:
            return Verdict(None, "verified")
        return Verdict(_change(desired, Action.update, Reason.changed, fields, observed), "verified")
    if not world.tells_of_name(str(desired.attributes.get("name"))):
        return Verdict(_change(desired, Action.unknown, Reason.unobserved), "unknown")
    named = [one for one in world.objects if one.name == desired.attributes.get("name")]
    if not named:
        fields = tuple(Difference(name, None, value) for name, value in sorted(desired.attributes.items()))
        return Verdict(_change(desired, Action.create, Reason.missing, fields).with_notes(_words(desired)), "verified")
    owners = {id_: resource for resource, id_ in noted.ids.items()}
    if len(named) == 1 and named[0].id not in owners:
        fields = differences(named[0].attributes, desired.attributes)
        return Verdict(_change(desired, Action.adopt, Reason.same_name, fields, named[0]), "verified")
    return Verdict(_several(desired, named, owners), "verified")


def describe(observed: Observed) -> str:
    """How an audience is shown to someone who has to decide about it."""
    members = {None: "members unknown", 1: "1 member"}.get(observed.size, f"{observed.size} members")
    return f"{observed.id}, created {observed.created[:10]}, {members}, {observed.link}"


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
    return (
        values.get("name", ""),
        f"from {values.get('campaign_defaults.from_name')} <{values.get('campaign_defaults.from_email')}> · {opt_in}",
        f"subject {values.get('campaign_defaults.subject')} · language {values.get('campaign_defaults.language')}",
        f"reminder {values.get('permission_reminder')}",
        f"contact {', '.join(contact)}",
    )


def _gone(desired: Desired, recorded: str) -> Change:
    command = f"emailops adopt {desired.resource}"
    step = Step(
        when="before apply",
        why=f"the recorded audience {recorded} is not in the account; its members and their refusals went with it",
        open="https://admin.mailchimp.com/audience/",
        enter=((f"{command} ID", "if another audience took its place"),),
        then=f"{command} --anew, if the next plan is to create it",
    )
    return Change(desired.resource, desired.scope, Action.person, Control.managed, Reason.gone, step=step)


def _several(desired: Desired, named: list[Observed], owners: dict[str, str]) -> Change:
    name = desired.attributes.get("name")
    enter = tuple((one.id, f"{describe(one)}{_owned(one, owners)}") for one in named)
    step = Step(
        when="before apply",
        why=f"{len(named)} of the account's audiences bear the name {name!r}; nothing is created beside them",
        open=named[0].link,
        enter=enter,
        then=f"emailops adopt {desired.resource} ID",
    )
    return Change(desired.resource, desired.scope, Action.person, Control.managed, Reason.several, step=step)


def _owned(observed: Observed, owners: dict[str, str]) -> str:
    owner = owners.get(observed.id)
    return f", recorded for {owner}" if owner else ""


KIND = Kind(
    name=NAME,
    capabilities=(
        Capability("id", Control.managed, "API", "the provider, once"),
        Capability("name, contact, campaign defaults, reminder, opt-in", Control.managed, "API", "the tool"),
    ),
    assess=assess,
)
