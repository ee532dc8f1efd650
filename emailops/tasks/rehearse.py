"""The real apply, against a sandbox that holds what was observed, with made-up keys and on a copy of the state.

No provider is asked for anything but the reading that comes first, and nothing is written outside a temporary folder.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from emailops.declaration.model import Declaration
from emailops.engine import apply
from emailops.engine.baseline import NO_BASE
from emailops.engine.changes import Report
from emailops.engine.declared import valid
from emailops.engine.observe import observe
from emailops.engine.plan import make
from emailops.errors import Exit, ProviderError, worst
from emailops.kinds import KINDS
from emailops.kinds.mailchimp_test_subscriber import made_up_people
from emailops.kinds.world import Observation
from emailops.plan import Action, Change, Plan
from emailops.private import Secret
from emailops.resource import Control
from emailops.run import Run
from emailops.sandbox import Sandbox
from emailops.store import files, observations
from emailops.store.tree import ROOT, read_directory
from emailops.tasks.plan import plan
from emailops.tasks.stand_ins import accounts_for, keys_for


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """How the apply went, what a second plan would still change, and what could not be rehearsed."""

    report: Report
    second: Plan
    left_out: tuple[Change, ...]

    @property
    def exit_code(self) -> Exit:
        """Steps for people are no part of a rehearsal; that nothing is known of a managed resource is."""
        codes: list[Exit] = [Exit.OK if self.report.exit_code is Exit.PEOPLE else self.report.exit_code]
        if self.second.managed:
            codes.append(Exit.DIFFERENT)
        if self.left_out:
            codes.append(Exit.PEOPLE)
        return worst(*codes)


@dataclass(frozen=True, slots=True)
class _MadeUp(Run):
    """The surroundings of a rehearsal: whatever reference is asked for, no key but a made-up one is given."""

    keys: Mapping[str, str] = field(default_factory=dict, repr=False)

    def secret(self, reference: str) -> tuple[Secret | None, str]:
        made_up = self.keys.get(reference)
        return (Secret(made_up), "") if made_up else (None, "nothing was observed of its account")


def rehearse(run: Run, observed: Path | None, *, scope: str | None = None) -> Rehearsed:
    """Begin with what a drift wrote, else with the providers as they are. Raises ProviderError if nothing is known."""
    declaration = valid(run)
    seen = observations.read(observed, declaration) if observed else observe(declaration, run)
    if unknown := _unread(seen):
        raise ProviderError(unknown, "rehearse with --observed FILE, which emailops drift writes where the keys are")
    first = make(declaration, seen, NO_BASE, run, scope=scope)
    with (
        tempfile.TemporaryDirectory(prefix="emailops-rehearsal-") as folder,
        Sandbox(accounts_for(declaration, seen)) as sandbox,
    ):
        _copy(run.state, Path(folder) / "state", declaration)
        files.write(Path(folder) / "people.json", json.dumps(made_up_people(declaration)))
        environment = {
            "EMAILOPS_STATE": "state",
            "EMAILOPS_PEOPLE": "people.json",
            "EMAILOPS_PIPELINE": "rehearsal",
            "EMAILOPS_NOTIFY_URL": sandbox.notify_url,
            "EMAILOPS_MAILCHIMP_URL": sandbox.mailchimp_url,
        }
        keys = keys_for(declaration, seen)
        here = _MadeUp(environment, run.now, run.today, Path(folder), keys=keys)
        report = apply.apply(plan(here, scope=scope), here, lambda: False)
        return Rehearsed(report, plan(here, scope=scope), _left_out(first))


def _unread(seen: Observation) -> str:
    """Why something that an apply would change could not be read."""
    worlds = [world for kind in KINDS.values() if kind.managed for world in seen.worlds_of(kind.name)]
    return next((world.unknown for world in worlds if world.unknown), "")


def _left_out(first: Plan) -> tuple[Change, ...]:
    return tuple(
        change for change in first.changes if change.control is Control.managed and change.action is Action.unknown
    )


def _copy(state: Path, to: Path, declaration: Declaration) -> None:
    """The state's files, with a ledger in files that holds the same ids, wherever the real one is."""
    for path, content in read_directory(state).files.items():
        text = content.decode("utf-8-sig")
        files.write(to / path, re.sub(r"(?m)^ledger:.*$", "ledger: files", text) if path == ROOT else text)
    for scope in set(declaration.scopes_of_ids.values()):
        ids = [name for name, of_scope in declaration.scopes_of_ids.items() if of_scope == scope]
        lines = [f"{name}: {json.dumps(declaration.ids[name])}\n" for name in sorted(ids)]
        files.write(to / "recorded" / f"{scope}.yaml", "".join(lines))
