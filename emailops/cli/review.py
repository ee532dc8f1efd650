"""The command by which a pipeline finds out whether a plan still has to be approved."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from emailops.cli import options
from emailops.errors import Exit, UsageError


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command(rich_help_panel="Change")(review)


def review(
    plan: Annotated[Path, typer.Argument(metavar="PLAN", help="A plan file.")],
    reviewed: Annotated[
        str, typer.Option("--reviewed", metavar="DIGEST", help="The whole change digest that was reviewed.")
    ] = "",
    token: options.Token = None,
    state: options.State = None,
) -> int:
    """Say whether a plan is the reviewed one.

    Ends with 0 when it is, or when it changes nothing. Ends with 4 when somebody has to approve it. Without --reviewed,
    asks GitHub for the plan of the merged pull request.

    Example: emailops review plan.json --reviewed DIGEST
    """
    from emailops.engine import review
    from emailops.render import console
    from emailops.store import plans

    run = options.surroundings(state, None)
    made = plans.read(run.directory / plan)
    console.text(f"digest {made.digest}")
    if not reviewed and token is None:
        raise UsageError("what was reviewed?", "--reviewed DIGEST, or --token env:NAME asks GitHub")
    github = options.github(run, token)
    if not reviewed and github is not None:
        reviewed = review.reviewed_change(run, github)
    review.check_reviewed(made, reviewed)
    console.text("it changes nothing" if review.changes_nothing(made) else "it makes the change that was reviewed")
    return Exit.OK
