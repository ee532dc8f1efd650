"""The commands of the ledger: begin its branch, break a lease that a dead run left, read what was done."""

from __future__ import annotations

from typing import Annotated

import typer

from emailops.cli import options
from emailops.errors import UsageError

_GROUP = """Begin the ledger on a branch of the remote.

Example: emailops ledger init
"""


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    group = typer.Typer(no_args_is_help=True, help=_GROUP)
    group.command()(init)
    app.add_typer(group, name="ledger", rich_help_panel="Set up and repair")
    app.command(rich_help_panel="Set up and repair")(unlock)
    app.command(rich_help_panel="Every day")(log)


def init(
    remote: Annotated[
        str | None, typer.Option("--remote", metavar="NAME", help="Of several remotes, the one that all share.")
    ] = None,
    state: options.State = None,
) -> int:
    """Push the branch emailops/ledger to the remote.

    The branch begins with the ids of recorded/. Prints what to commit afterwards. In a fork, the remote is the one
    from which everybody applies.

    Example: emailops ledger init
    """
    from emailops.render import console
    from emailops.tasks import ledger_administration

    run = options.surroundings(state, None)
    if remote is None and len(names := ledger_administration.remotes(run)) > 1:
        if not run.is_terminal:
            message = f"there are {len(names)} remotes: {', '.join(names)}"
            raise UsageError(message, "--remote NAME names the one that all share")
        remote = str(typer.prompt("Which remote do all share?", default=names[0], err=True))
    console.text(ledger_administration.init(run, remote or ""))
    return 0


def unlock(
    id_: Annotated[str, typer.Option("--id", metavar="NONCE", help="The id of the lease. The refusal named it.")],
    state: options.State = None,
) -> int:
    """Break the lease of a run that is dead.

    Check first that the run is dead. A run that still lives then stops writing, and the ledger keeps what it has done.

    Example: emailops unlock --id 0123456789abcdef
    """
    from emailops.render import console
    from emailops.tasks import ledger_administration

    console.text(ledger_administration.unlock(options.surroundings(state, None), id_))
    return 0


def log(
    format_: options.Format = options.OutputFormat.text,
    count: Annotated[int, typer.Option("--count", metavar="N", help="Show at most so many runs.", min=1)] = 20,
    state: options.State = None,
) -> int:
    """Show what every run did, newest first.

    Example: emailops log --format json
    """
    from emailops.render import console
    from emailops.render import log as words
    from emailops.tasks import ledger_administration

    kept = ledger_administration.log(options.surroundings(state, None), count)
    if format_ is options.OutputFormat.json:
        console.as_json(words.as_json(kept))
    else:
        console.text("\n".join(words.text(kept)))
    return 0
