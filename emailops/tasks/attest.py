"""`attest`: what a person saw or did in a web page, as a small file that is bound to it."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import yaml

from emailops.declaration.model import Declaration
from emailops.declaration.moved import attestations, moved_ids
from emailops.declaration.names import near
from emailops.engine.declared import resource_named, valid
from emailops.errors import InvalidInput
from emailops.kinds import KINDS, attested, resources
from emailops.kinds.contract import Noted
from emailops.plan import Change
from emailops.resource import Desired
from emailops.run import Run
from emailops.store import files


def attestable(run: Run, names: Sequence[str]) -> tuple[Declaration, list[Desired]]:
    """Declared resources that a person can attest, each by its name or by a glob over whole names.

    Raises InvalidInput for one that nobody needs to, and for a glob that fits none.
    """
    declaration = valid(run)
    found = {desired.resource: desired for name in names for desired in _named(declaration, name)}
    return declaration, [*found.values()]


def open_steps(run: Run) -> tuple[Declaration, list[tuple[Desired, Change]]]:
    """Every attested resource whose attestation is missing, outdated or expired, with the step that settles it.

    Asks no provider.
    """
    declaration = valid(run)
    noted = Noted(moved_ids(declaration), attestations(declaration), declaration.policy.attestation_days, run.today)
    found = []
    for desired in resources(declaration):
        kind = KINDS[desired.resource.kind]
        if kind.attested is None or desired.attested is None:
            continue
        change = attested.assess(desired, kind, noted).change
        if change is not None:
            found.append((desired, change))
    return declaration, found


def _named(declaration: Declaration, name: str) -> list[Desired]:
    if not any(sign in name for sign in "*?["):
        found = [resource_named(declaration, name)]
    else:
        found = [
            desired
            for desired in resources(declaration)
            if desired.attested is not None and fnmatchcase(str(desired.resource), name)
        ]
        if not found:
            raise InvalidInput(f"nothing that is attested fits {name!r}", "emailops todo lists what you can attest")
    for desired in found:
        if desired.attested is None:
            message = f"nothing of {desired.resource} is attested"
            raise InvalidInput(message, "emailops kinds says how each kind is read and changed")
    return found


def attest(run: Run, declaration: Declaration, found: Sequence[Desired], by: str) -> list[Path]:
    """Write the attestations of what `attestable` found. Raises InvalidInput for a handle that nobody has."""
    refuse_strangers(declaration, by)
    return [_attest(run, desired, by) for desired in found]


def refuse_strangers(declaration: Declaration, by: str) -> None:
    """Raises InvalidInput for a handle that nobody has."""
    if by not in declaration.people:
        close = near(by, declaration.people)
        remedy = f"did you mean {close}?" if close else f"name one of {', '.join(declaration.people)}"
        raise InvalidInput(f"there is no person or role {by!r}", remedy)


def _attest(run: Run, desired: Desired, by: str) -> Path:
    path = run.state / "attestations" / desired.resource.kind / f"{desired.resource.name}.yaml"
    attestation = {
        "attested": dict(desired.attested or {}),
        "by": by,
        "on": run.today.isoformat(),
        "digest": attested.digest_of(desired),
    }
    files.write(path, yaml.safe_dump(attestation, sort_keys=False, allow_unicode=True, width=120))
    return path
