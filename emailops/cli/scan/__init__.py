"""`scan`: what must not be there, in code, in dumps and in databases."""

from __future__ import annotations

from importlib import import_module

import typer

_GROUP = """Find what must not be there.

Looks through code, dumps and databases. Ends with 3 when something is found, and says what was not read.

Example: emailops scan domains tests
"""

SCANNERS = (
    "domains",
    "dump",
    "database",
    "secrets",
    "usage",
)
"""The files of this folder that hold a command of their name, in the order of `--help`."""


def register(app: typer.Typer) -> None:
    """Add the commands of this folder."""
    group = typer.Typer(no_args_is_help=True, help=_GROUP)
    for name in SCANNERS:
        group.command()(getattr(import_module(f"{__name__}.{name}"), name))
    app.add_typer(group, name="scan", rich_help_panel="Every day")
