"""A test subscriber of a non-production audience: managed (https://mailchimp.com/developer/marketing/api/list-members/).

Whoever unsubscribed, was archived or erased cannot be brought back by the API, and must not be: that becomes a step.
"""

from __future__ import annotations

from emailops.kinds.contract import Capability, Kind, Noted, Verdict
from emailops.kinds.world import World
from emailops.plan import Action, Change, Control, Desired, Difference, Reason, Step, digest

NAME = "mailchimp-test-subscriber"
FORGOTTEN = "forgotten"
"""What is recorded in the place of an id, once Mailchimp has said that the address was erased for good."""


def assess(desired: Desired, world: World, noted: Noted) -> Verdict:
    """Subscribed, to subscribe, or for a person."""
    if world.unknown:
        change = Change(desired.resource, desired.scope, Action.unknown, Control.managed, Reason.no_key)
        return Verdict(change, "unknown")
    observed = next((one for one in world.objects if one.name == desired.resource.name), None)
    if observed is None:
        to_come = any(str(one) not in noted.ids for one in desired.requires)
        if to_come:
            return Verdict(_create(desired), "verified")
        change = Change(desired.resource, desired.scope, Action.unknown, Control.managed, Reason.no_key)
        return Verdict(change, "unknown")
    status = observed.attributes["status"]
    if status == "subscribed":
        return Verdict(None, "verified")
    if status == "absent" and noted.ids.get(str(desired.resource)) == FORGOTTEN:
        return Verdict(_step(desired, FORGOTTEN, observed.link), "verified")
    if status == "absent":
        return Verdict(_create(desired), "verified")
    return Verdict(_step(desired, status, observed.link), "verified")


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
        when="after apply",
        why=f"it is {status}: the API cannot bring it back, and it must not",
        open=link or "https://admin.mailchimp.com/audience/",
        enter=(("the audience's sign-up form", "subscribe there, or declare another address"),),
        then="emailops plan",
    )
    fields = (Difference("status", status, "subscribed"),)
    return Change(desired.resource, desired.scope, Action.person, Control.managed, Reason.changed, fields, step=step)


KIND = Kind(
    name=NAME,
    capabilities=(Capability("subscribed", Control.managed, "API", "the tool, once"),),
    assess=assess,
)
