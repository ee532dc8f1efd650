"""The commands that say what the tool knows: its rules and its kinds, both printed from the code."""

from __future__ import annotations

import inspect
from typing import Annotated

import typer

from emailops.cli import completion


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    for command in (rules, kinds):
        app.command(rich_help_panel="Set up and repair")(command)


def rules(
    rule: Annotated[
        str | None,
        typer.Argument(metavar="[RULE]", help="Only this rule, and why it exists.", autocompletion=completion.rules),
    ] = None,
) -> int:
    """List the rules, or say why one exists.

    Example: emailops rules mailing-split
    """
    from emailops.declaration.names import require
    from emailops.policy import RULES, TIME_RULES, rule_id
    from emailops.render import console

    known: dict[str, str] = {}
    for table in (RULES, TIME_RULES):
        known |= {rule_id(rule_): inspect.getdoc(rule_) or "" for rule_ in table}
    if rule is None:
        width = max(map(len, known))
        console.text(
            "\n".join(
                f"{name:<{width}}  {' '.join(text.split(chr(10) * 2)[0].split())}" for name, text in known.items()
            )
        )
    else:
        require("rule", rule, known)
        console.text(known[rule])
    return 0


def kinds() -> int:
    """List the kinds, and how each field is read and changed.

    Example: emailops kinds
    """
    from emailops.kinds import KINDS
    from emailops.render import console

    rows = [("kind", "fields", "control", "read by", "changed by")]
    rows += [
        (kind.name, capability.fields, capability.control.name, capability.read_by, capability.changed_by)
        for kind in KINDS.values()
        for capability in kind.capabilities
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    padded = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    console.text("\n".join(padded))
    return 0
