"""What was last as declared: of each field a digest, noted with the settings by every converged apply.

By it a drift tells what somebody changed outside from what nobody has applied yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emailops.canonical import digest
from emailops.declaration.model import Declaration
from emailops.errors import InvalidInput
from emailops.kinds import KINDS, resources
from emailops.plan import Plan
from emailops.resource import Control

Applied = Mapping[str, Mapping[str, str]]
"""Resource -> field -> digest of its value."""


def applied_after(before: Applied, declaration: Declaration, left: Plan) -> dict[str, dict[str, str]]:
    """What is noted once `left`, the verifying read, found what it found; what it did not cover stays noted."""
    open_ = {str(change.resource) for change in left.changes if change.control is not Control.attested}
    open_ |= {str(ignored.resource) for ignored in left.ignored}
    noted: dict[str, dict[str, str]] = {}
    for desired in resources(declaration):
        name = str(desired.resource)
        if KINDS[desired.resource.kind].asked is None or not desired.attributes:
            continue
        if desired.scope in left.scopes and name not in open_:
            noted[name] = {field: digest(value) for field, value in desired.attributes.items()}
        elif name in before:
            noted[name] = dict(before[name])
    return noted


def applied_in(snapshot: Mapping[str, Any] | None) -> Applied:
    """What a snapshot notes; nothing where there is none, or it is older than that. Raises InvalidInput."""
    noted = (snapshot or {}).get("applied", {})
    if not isinstance(noted, dict) or not all(isinstance(fields, dict) for fields in noted.values()):
        raise InvalidInput("the settings snapshot is damaged", "the next converged apply writes a new one")
    return noted
