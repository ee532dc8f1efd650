"""What `import --recorded-only` found, as text: what it would record, and what somebody has to decide."""

from __future__ import annotations

from emailops.kinds.mailchimp_audience import describe
from emailops.render.console import Line
from emailops.render.plan import one_line
from emailops.tasks.recover_ids import Found


def text(found: Found) -> list[Line]:
    """One line an audience; of several that bear one name none is taken."""
    lines: list[Line] = [("adopt", f"  = {one.resource}  {describe(seen)}") for one, seen in found.one]
    for one, several in found.several:
        lines.append(("person", f"  ! {one.resource}  {len(several)} bear its name; emailops adopt {one.resource} ID"))
        lines += [("", f"      {describe(seen)}") for seen in several]
    lines += [("faint", f"    {one.resource}  is not in the account") for one in found.none]
    if not (found.one or found.several or found.none):
        lines.append(("", "the id of every declared audience is recorded"))
    return [(style, one_line(line)) for style, line in lines]
