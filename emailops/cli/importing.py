"""The command that takes over what providers hold already."""

from __future__ import annotations

from typing import Annotated

import typer

from emailops.cli import options
from emailops.errors import Exit, UsageError


def register(app: typer.Typer) -> None:
    app.command("import", rich_help_panel="Set up and repair")(import_)


def import_(
    recorded_only: Annotated[
        bool, typer.Option("--recorded-only", help="Find the ids of declared audiences by their names.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    state: options.State = None,
) -> int:
    """Record again what a lost ledger knew.

    The id of each declared audience whose name stands exactly once in the account. Shows all before it records any.

    Example: emailops import --recorded-only
    """
    from emailops.reconcile import recording
    from emailops.render import console
    from emailops.render import recording as words

    if not recorded_only:
        raise UsageError("import needs to be told what", "emailops import --recorded-only")
    settings = options.surroundings(state, None)
    found = recording.find(settings)
    console.lines(words.text(found))
    if not found.one:
        return Exit.OK
    if not yes:
        if not settings.is_terminal:
            raise UsageError("without a terminal nobody can say yes", "--yes")
        if not typer.confirm("Record these?"):
            raise typer.Abort
    recording.record(settings, found)
    console.text(f"{len(found.one)} recorded; emailops plan shows what differs")
    return Exit.OK
