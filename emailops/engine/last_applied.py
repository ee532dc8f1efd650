"""What was last as declared: of each field a digest, noted with the settings by every converged apply.

By it a drift tells what somebody changed outside from what nobody has applied yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emailops.declaration.model import Declaration
from emailops.declaration.resources import resources
from emailops.errors import InvalidInput
from emailops.kinds import KINDS
from emailops.plan import Control, Plan, digest

Applied = Mapping[str, Mapping[str, str]]
"""Resource -> field -> digest of its value."""


def applied_after(before: Applied, declaration: Declaration, left: Plan) -> dict[str, dict[str, str]]:
    """What is noted once `left`, the verifying read, found what it found; what it did not cover stays noted."""
    open_ = {str(one.resource) for one in left.changes if one.control is not Control.attested}
    open_ |= {str(one.resource) for one in left.ignored}
    noted: dict[str, dict[str, str]] = {}
    for one in resources(declaration):
        name = str(one.resource)
        if KINDS[one.resource.kind].assess is None or not one.attributes:
            continue
        if one.scope in left.scopes and name not in open_:
            noted[name] = {field: digest(value) for field, value in one.attributes.items()}
        elif name in before:
            noted[name] = dict(before[name])
    return noted


def applied_in(snapshot: Mapping[str, Any] | None) -> Applied:
    """What a snapshot notes; nothing where there is none, or it is older than that. Raises InvalidInput."""
    noted = (snapshot or {}).get("applied", {})
    if not isinstance(noted, dict) or not all(isinstance(one, dict) for one in noted.values()):
        raise InvalidInput("the settings snapshot is damaged", "the next converged apply writes a new one")
    return noted
