"""What `import --recorded-only` found, as text: what it would record, and what somebody has to decide."""

from __future__ import annotations

from emailops.kinds import KINDS
from emailops.render.console import Line
from emailops.render.escape import one_line
from emailops.resource import Desired, Observed
from emailops.tasks.recover_ids import Found


def text(found: Found) -> list[Line]:
    """One line a resource; of several objects that bear one name none is taken."""
    lines: list[Line] = [
        ("adopt", f"  = {desired.resource}  {_describe(desired, observed)}") for desired, observed in found.sole
    ]
    for desired, several in found.several:
        name = desired.resource
        lines.append(("person", f"  ! {name}  {len(several)} have its name; emailops adopt {name} ID"))
        lines += [("", f"      {_describe(desired, observed)}") for observed in several]
    lines += [("faint", f"    {desired.resource}  is not in the account") for desired in found.none]
    if not (found.sole or found.several or found.none):
        nouns = " and ".join(f"declared {kind.recorded.noun}" for kind in KINDS.values() if kind.recorded)
        lines.append(("", f"the id of every {nouns} is recorded"))
    return [(style, one_line(line)) for style, line in lines]


def _describe(desired: Desired, observed: Observed) -> str:
    recorded = KINDS[desired.resource.kind].recorded
    return recorded.describe(observed) if recorded else observed.id
