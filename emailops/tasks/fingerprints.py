"""Which keys a machine holds, by fingerprints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from emailops.private import SECRETS, Secret, fingerprint


def fingerprints(environment: Mapping[str, str], names: Sequence[str]) -> dict[str, str]:
    """Variable -> fingerprint, in order of the names: of those that are named, else of each that holds a key's form."""
    asked = names or [name for name, text in environment.items() if any(secret.form.search(text) for secret in SECRETS)]
    found = {name: fingerprint(Secret(environment.get(name, "").strip())) for name in sorted(asked)}
    return {name: told for name, told in found.items() if told}
