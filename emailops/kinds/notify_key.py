"""A Notify key: that it answers is verified, its kind is attested (https://docs.notifications.service.gov.uk/rest-api.html#api-keys).

The key's text names its service, so a key of another is found before any request. Nothing that a plan may send tells a
live key from a test key; a person who looks at Notify's list of keys does.
"""

from __future__ import annotations

from emailops.kinds.contract import NOTIFY_PAGES, Attested, Capability, Kind, Noted, Verdict
from emailops.kinds.world import World
from emailops.plan import Action, Change, Control, Desired, Difference, Reason, Step

NAME = "notify-key"


def assess(desired: Desired, world: World, noted: Noted) -> Verdict:  # noqa: ARG001
    """It answers, it is refused, or its secret is not at hand."""
    observed = next((one for one in world.objects if one.name == desired.resource.name), None)
    if observed is None:
        change = Change(desired.resource, desired.scope, Action.unknown, Control.verified, Reason.no_key)
        return Verdict(change, "unknown")
    if observed.attributes["answers"]:
        return Verdict(None, "verified")
    step = Step(
        when="before apply",
        why=f"Notify refuses the key: {observed.attributes['said']}",
        open=f"{NOTIFY_PAGES}/{desired.account}/api/keys",
        enter=((desired.resource.name, "make a key of the same kind, put it where this one is kept"),),
        then="emailops plan",
    )
    fields = (Difference("answers", False, True),)
    change = Change(desired.resource, desired.scope, Action.person, Control.verified, Reason.refused, fields, step=step)
    return Verdict(change, "verified")


KIND = Kind(
    name=NAME,
    capabilities=(
        Capability("answers, belongs to the service", Control.verified, "API", "a person in Notify"),
        Capability("kind, created", Control.attested, "nobody, or a probe", "a person in Notify, once"),
    ),
    assess=assess,
    attested=Attested("/api/keys", "a live key where a test key belongs mails real people"),
)
