"""`plan`: what would change, from the providers themselves or from what a drift noted of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from emailops.engine import baseline
from emailops.engine.declared import valid
from emailops.engine.declared_ledger import ledger_of
from emailops.engine.observe import observe
from emailops.engine.plan import make
from emailops.ledger.notes import Intent
from emailops.plan import Plan
from emailops.run import Run
from emailops.store import observations


def plan(run: Run, *, scope: str | None = None, only: str | None = None, ref: str | None = None) -> Plan:
    """What would change. Reads the state, the base and the providers."""
    declaration = valid(run)
    ledger = ledger_of(run)
    base = baseline.find(run.git, ledger, ref)
    planned = make(declaration, observe(declaration, run), base, run, scope=scope, only=only)
    return _with_begun(planned, ledger.intents())


def plan_of_observation(
    run: Run, path: Path, *, scope: str | None = None, only: str | None = None, ref: str | None = None
) -> Plan:
    """What would change, as far as an observation tells; for review only. Asks no provider."""
    declaration = valid(run)
    base = baseline.find(run.git, ledger_of(run), ref)
    return make(declaration, observations.read(path, declaration), base, run, scope=scope, only=only)


def _with_begun(planned: Plan, intents: Mapping[str, Intent]) -> Plan:
    """What an earlier run began and nobody knows the end of, said where a reviewer sees it."""
    changes = [
        change.with_notes((f"begun at {intent.clock:%Y-%m-%d %H:%M} UTC, and its answer was lost: apply settles it",))
        if (intent := intents.get(str(change.resource))) and change.is_managed
        else change
        for change in planned.changes
    ]
    return replace(planned, changes=tuple(changes))
