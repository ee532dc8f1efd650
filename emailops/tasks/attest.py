"""`attest`: what a person saw or did in a web page, as a small file that is bound to it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import yaml

from emailops.declaration.model import Declaration
from emailops.engine.declared import resource_named, valid
from emailops.errors import InvalidInput
from emailops.kinds import attested
from emailops.plan import Desired
from emailops.run import Run
from emailops.store import files


def attestable(run: Run, names: Sequence[str]) -> tuple[Declaration, list[Desired]]:
    """Declared resources that a person can attest. Raises InvalidInput for one that nobody needs to."""
    declaration = valid(run)
    found = [resource_named(declaration, name) for name in names]
    for desired in found:
        if desired.attested is None:
            message = f"nothing of {desired.resource} is attested"
            raise InvalidInput(message, "emailops kinds says how each kind is read and changed")
    return declaration, found


def attest(run: Run, declaration: Declaration, found: Sequence[Desired], by: str) -> list[Path]:
    """Write the attestations of what `attestable` found. Raises InvalidInput for a handle that nobody has."""
    if by not in declaration.people:
        raise InvalidInput(f"there is no person or role {by!r}", f"name one of {', '.join(declaration.people)}")
    return [_attest(run, desired, by) for desired in found]


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
