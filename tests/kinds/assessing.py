"""A declared resource against a world: what the kinds say of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from emailops.kinds import assess
from emailops.kinds.contract import Noted, Verdict, World
from emailops.plan import Attestation, Desired, Observed, Place, Resource

TODAY = date(2026, 11, 24)
PLACE = Place("f.yaml", 3, 1)


def desired(
    resource: str,
    attributes: Mapping[str, Any] | None = None,
    *,
    id: str | None = None,
    attested: Mapping[str, Any] | None = None,
    account: str = "account",
) -> Desired:
    return Desired(Resource.parse(resource), "production", account, attributes or {}, PLACE, id=id, attested=attested)


def verdicts(
    of: Desired,
    *objects: Observed,
    unknown: str = "",
    ids: Mapping[str, str] | None = None,
    attestations: Mapping[str, tuple[str, Attestation]] | None = None,
    today: date = TODAY,
    days: int = 180,
) -> list[Verdict]:
    return list(assess(of, World(objects, unknown=unknown), Noted(ids or {}, attestations or {}, days, today)))
