"""The commands that set up and repair."""

from __future__ import annotations

from typing import Annotated

import typer

from emailops.cli import completion, options
from emailops.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command(rich_help_panel="Set up and repair")(adopt)


def adopt(
    resource: Annotated[
        str, typer.Argument(metavar="RESOURCE", help="As kind/name.", autocompletion=completion.resources)
    ],
    id_: Annotated[str | None, typer.Argument(metavar="[ID]", help="The id that the provider gave.")] = None,
    anew: Annotated[bool, typer.Option("--anew", help="Forget an id that is gone, so that a plan creates it.")] = False,
    state: options.State = None,
) -> int:
    """Record the id of an audience that exists.

    With --anew, gives up the id of an audience that is gone.

    Example: emailops adopt mailchimp-audience/NAME 0123456789
    """
    from emailops.render import console
    from emailops.tasks import adopt as task

    if (id_ is None) != anew:
        raise UsageError("adopt takes an id, or --anew", f"emailops adopt {resource} ID")
    console.text(task.adopt(options.surroundings(state, None), resource, id_))
    return 0
