"""The command for editors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from emailops.cli import options


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command(rich_help_panel="Set up and repair")(schemas)


def schemas(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="Where to write them (default: .emailops/schemas, beside the state)."),
    ] = None,
    state: options.State = None,
) -> int:
    """Write the schemas of the state for your editor.

    They complete fields, sources and formats, show what each means, and underline what is wrong. Prints which file each
    is for, as the YAML language server reads it from your editor's settings.

    Example: emailops schemas .schemas
    """
    import json
    import os

    from emailops.render import console
    from emailops.tasks import editor_schemas

    run = options.anywhere(state, None)
    if folder is None:
        folder = run.state / editor_schemas.FOLDER
        editor_schemas.write_beside(run.state)
    else:
        editor_schemas.write(run.directory / folder)
    at = os.path.relpath(run.directory / folder, run.directory)
    console.text(json.dumps(editor_schemas.settings(f"./{at}", run.prefix), indent=2))
    return 0
