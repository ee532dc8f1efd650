"""What is noted of resources by name, ids and attestations, once `moved:` has given some of them another name."""

from __future__ import annotations

from emailops.declaration.model import Declaration
from emailops.resource import Attestation


def attestations(declaration: Declaration) -> dict[str, tuple[str, Attestation]]:
    """Resource -> the name it was attested under and the attestation; a renamed resource keeps its own."""
    found = {name: (name, attestation) for name, attestation in declaration.attestations.items()}
    for old, new in declaration.moved.items():
        if old in found and new not in found:
            found[new] = found.pop(old)
    return found


def moved_ids(declaration: Declaration) -> dict[str, str]:
    """Recorded ids with `moved:` applied."""
    ids = dict(declaration.ids)
    for old, new in declaration.moved.items():
        if old in ids and new not in ids:
            ids[new] = ids.pop(old)
    return ids
