"""A Notify template: verified (https://docs.notifications.service.gov.uk/rest-api.html#get-a-template).

Any key of the service reads it; only a person can change it, in Notify's web pages. An archived template is absent from
the list, and so is one of another service.
"""

from __future__ import annotations

from emailops.kinds.contract import NOTIFY_PAGES, Attested, Capability, Kind, Noted, Verdict
from emailops.kinds.world import World
from emailops.plan import Action, Change, Control, Desired, Observed, Reason, Step, differences

NAME = "notify-template"


def assess(desired: Desired, world: World, noted: Noted) -> Verdict:  # noqa: ARG001
    """Equal, or a step for a person; unknown without a key of the service."""
    if world.unknown:
        change = Change(desired.resource, desired.scope, Action.unknown, Control.verified, Reason.no_key, id=desired.id)
        return Verdict(change, "unknown")
    if not world.tells_of_id(desired.id):
        reason = Reason.unobserved
        return Verdict(
            Change(desired.resource, desired.scope, Action.unknown, Control.verified, reason, id=desired.id), "unknown"
        )
    observed = next((one for one in world.objects if one.id == desired.id), None)
    if observed is None:
        return Verdict(_missing(desired), "verified")
    if not differences(observed.attributes, desired.attributes):
        return Verdict(None, "verified")
    return Verdict(_differs(desired, observed), "verified")


def _missing(desired: Desired) -> Change:
    step = Step(
        when="before merge",
        why="it is not in the service's list: archived, or the id is another's; sending with it fails",
        open=f"{NOTIFY_PAGES}/{desired.account}/templates",
        enter=((f"id: {desired.id}", f"of {desired.resource}, in {desired.place.path}:{desired.place.line}"),),
        then="write the id of the template that takes its place, then emailops plan",
    )
    return Change(
        desired.resource, desired.scope, Action.person, Control.verified, Reason.missing, id=desired.id, step=step
    )


def _differs(desired: Desired, observed: Observed) -> Change:
    fields = differences(observed.attributes, desired.attributes)
    names = [f.name for f in fields]
    texts = tuple((str(f.after), f.name) for f in fields if f.name in ("subject", "body"))
    version = observed.attributes["version"]
    if "version" in names:
        why = f"version {version} is in use; version {desired.attributes['version']} was reviewed"
    else:
        why = f"version {version} in Notify differs in {', '.join(names)}"
    step = Step(
        when="before merge",
        why=why,
        open=f"{NOTIFY_PAGES}/{desired.account}/templates/{desired.id}",
        enter=texts,
        then=_then(desired, names, version, is_kept=bool(texts)),
    )
    return Change(
        desired.resource,
        desired.scope,
        Action.person,
        Control.verified,
        Reason.changed,
        fields=fields,
        id=desired.id,
        step=step,
    )


def _then(desired: Desired, names: list[str], version: object, *, is_kept: bool) -> str:
    if "type" in names:
        return f"correct its id or its type in {desired.place.path}, then emailops plan"
    back = "; after the reviewed text is back there, too" if is_kept else ", if it is right"
    return f"emailops accept {desired.resource} takes over its text and version: {version}{back}"


KIND = Kind(
    name=NAME,
    capabilities=(
        Capability("exists, type, version", Control.verified, "API", "a person in Notify"),
        Capability("subject, body (where the text is kept in Git)", Control.verified, "API", "a person in Notify"),
        Capability("sensitive values are redacted", Control.attested, "nobody", "a person in Notify"),
    ),
    assess=assess,
    attested=Attested("/templates", "whoever may see sent mail could follow its links"),
)
