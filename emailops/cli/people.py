"""The commands for people who come and go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from emailops.cli import options

if TYPE_CHECKING:
    from emailops.run import Run
    from emailops.tasks.leaver import Checklist


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    for command in (starter, leaver):
        app.command(rich_help_panel="Change")(command)


def starter(
    handle: Annotated[str, typer.Argument(metavar="HANDLE", help="What the state calls them.")],
    role: Annotated[str, typer.Option("--role", metavar="TEXT", help="What they do.")] = "works on the service",
    team: Annotated[
        list[str] | None, typer.Option("--team", metavar="ACCOUNT", help="A Notify service to join. You can repeat it.")
    ] = None,
    format_: options.Format = options.OutputFormat.text,
    state: options.State = None,
) -> int:
    """Declare someone who has joined, and list what else to do.

    Example: emailops starter ada --team permits
    """
    from emailops.tasks import leaver as task

    run = options.surroundings(state, None)
    return _told(task.start(run, handle, role, team or []), run, format_)


def leaver(
    handle: Annotated[str, typer.Argument(metavar="HANDLE", help="What the state calls them.")],
    heir: Annotated[str, typer.Option("--to", metavar="HANDLE", help="Who gets what they own.")] = "",
    format_: options.Format = options.OutputFormat.text,
    state: options.State = None,
) -> int:
    """Take someone who has left out of the state, and list what else to do.

    It changes teams, guest lists, test subscribers and owners. What they attested stays theirs.

    Example: emailops leaver ada --to developers
    """
    from emailops.tasks import leaver as task

    run = options.surroundings(state, None)
    return _told(task.leave(run, handle, heir), run, format_)


def _told(checklist: Checklist, run: Run, format_: options.OutputFormat) -> int:
    from emailops.render import console, rotation

    if format_ is options.OutputFormat.json:
        console.as_json(rotation.checklist_as_json(checklist))
    else:
        console.lines(rotation.checklist(checklist, run.prefix))
    return 0
