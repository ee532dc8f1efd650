"""`drift`: how the world differs from what is declared, and what it leaves for plans without keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emailops.engine import baseline
from emailops.engine.declared import read, sound
from emailops.engine.declared_ledger import ledger_of
from emailops.engine.drift import Drift, compare
from emailops.engine.last_applied import applied_in
from emailops.engine.observe import observe
from emailops.engine.plan import make
from emailops.errors import InvalidInput
from emailops.run import Run
from emailops.store import observations
from emailops.store.git import head
from emailops.store.schema_check import first_mistake


def drift(run: Run) -> tuple[Drift, dict[str, Any]]:
    """How the world differs from what is declared, and the observation of it. Reads only."""
    declared = read(run)
    declaration = sound(declared, run)
    ledger = ledger_of(run)
    seen = observe(declaration, run)
    plan = make(declaration, seen, baseline.find(run.git, ledger, None), run)
    found = compare(plan, declaration, applied_in(ledger.snapshot()), declared.findings)
    return found, observations.document_of(seen, declaration, commit=head(run.git), now=run.now)


def note(run: Run, document: dict[str, Any]) -> None:
    """Note an observation in the ledger, for plans elsewhere. Raises InvalidInput if it tells less than the last.

    What could never be read from here, since its key is elsewhere, does not count.
    """
    ledger = ledger_of(run)
    last = ledger.observation()
    told = _told(last) if last is not None and not first_mistake("observation", last) else set()
    lacking = [world["unknown"] for world in document["worlds"] if world["unknown"] and _named(world) in told]
    if lacking:
        message = f"not noted, since the last observation tells more: {'; '.join(dict.fromkeys(lacking))}"
        raise InvalidInput(message, "the last one stays; run it where that key is, too")
    ledger.save_observation(document)


def _told(document: Mapping[str, Any]) -> set[tuple[str, str]]:
    return {_named(world) for world in document["worlds"] if not world["unknown"]}


def _named(world: Mapping[str, Any]) -> tuple[str, str]:
    return world["kind"], world["account"]
