"""A declared resource against a world: what the kinds say of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from emailops.kinds import assess
from emailops.kinds.attested import digest_of
from emailops.kinds.contract import Noted, Verdict
from emailops.kinds.world import World
from emailops.plan import Reason, When
from emailops.resource import Attestation, Control, Desired, Observed, Place, Resource

TODAY = date(2026, 11, 24)
PLACE = Place("f.yaml", 3, 1)


def desired(
    resource: str,
    attributes: Mapping[str, Any] | None = None,
    *,
    id: str | None = None,
    attested: Mapping[str, Any] | None = None,
    account: str = "account",
    requires: tuple[str, ...] = (),
) -> Desired:
    return Desired(
        Resource.parse(resource),
        "production",
        account,
        attributes or {},
        PLACE,
        id=id,
        attested=attested,
        requires=tuple(Resource.parse(name) for name in requires),
    )


def verdicts(
    of: Desired,
    *objects: Observed,
    unknown: str = "",
    partly: str = "",
    ids: Mapping[str, str] | None = None,
    attestations: Mapping[str, tuple[str, Attestation]] | None = None,
    today: date = TODAY,
    days: int = 180,
) -> list[Verdict]:
    """What its kind says; whatever the change is, it is of this resource, in its scope, and says how and why."""
    world = World(objects, unknown=unknown, partly=partly)
    found = list(assess(of, world, Noted(ids or {}, attestations or {}, days, today)))
    for change in (verdict.change for verdict in found if verdict.change):
        assert (change.resource, change.scope) == (of.resource, of.scope)
        assert isinstance(change.control, Control)
        assert isinstance(change.reason, Reason)
        assert all(field.before != field.after for field in change.fields)
        if change.step is not None:
            assert isinstance(change.step.when, When)
            assert change.step.why
            assert change.step.open.startswith("https://") or change.step.open == of.told
    return found


def attestation_of(of: Desired, days_ago: int = 0) -> dict[str, tuple[str, Attestation]]:
    """Someone attested just this, so many days ago."""
    on = (TODAY - timedelta(days=days_ago)).isoformat()
    return {str(of.resource): (str(of.resource), Attestation(of.attested, "developers", on, digest_of(of)))}
