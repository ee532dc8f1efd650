"""The runs that only watch: a plan from an observation, a drift, and what a drift leaves behind."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emailops.errors import InvalidInput
from emailops.plan import Plan
from emailops.reconcile import base as bases
from emailops.reconcile import observation as observations
from emailops.reconcile.applied import applied_in
from emailops.reconcile.declared import read, sound, valid
from emailops.reconcile.drift import Drift, compare
from emailops.reconcile.ledgers import ledger_of
from emailops.reconcile.observe import observe
from emailops.reconcile.plan import make
from emailops.settings import Settings
from emailops.store import schema


def plan_of_observation(
    settings: Settings, path: Path, *, scope: str | None = None, only: str | None = None, ref: str | None = None
) -> Plan:
    """What would change, as far as an observation tells; for review only. Asks no provider."""
    declaration = valid(settings)
    base = bases.find(settings.state, ledger_of(settings), ref)
    return make(declaration, observations.read(path, declaration), base, settings, scope=scope, only=only)


def drift(settings: Settings) -> tuple[Drift, dict[str, Any]]:
    """How the world differs from what is declared, and the observation of it. Reads only."""
    declared = read(settings)
    declaration = sound(declared, settings)
    ledger = ledger_of(settings)
    seen = observe(declaration, settings)
    plan = make(declaration, seen, bases.find(settings.state, ledger, None), settings)
    found = compare(plan, declaration, applied_in(ledger.snapshot()), declared.findings)
    return found, observations.document_of(seen, declaration, settings)


def note(settings: Settings, document: dict[str, Any]) -> None:
    """Note an observation in the ledger, for plans elsewhere. Raises InvalidInput if it tells less than the last.

    What could never be read from here, since its key is elsewhere, does not count.
    """
    ledger = ledger_of(settings)
    last = ledger.observation()
    told = _told(last) if last is not None and not schema.check_plain("observation", last) else set()
    lacking = [one["unknown"] for one in document["worlds"] if one["unknown"] and _named(one) in told]
    if lacking:
        message = f"not noted, since the last observation tells more: {'; '.join(dict.fromkeys(lacking))}"
        raise InvalidInput(message, "the last one stays; run it where that key is, too")
    ledger.save_observation(document)


def _told(document: Mapping[str, Any]) -> set[tuple[str, str]]:
    return {_named(one) for one in document["worlds"] if not one["unknown"]}


def _named(world: Mapping[str, Any]) -> tuple[str, str]:
    return world["kind"], world["account"]
