"""Options that several commands take."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emailops.cli import completing

if TYPE_CHECKING:
    from emailops.settings import Settings

State = Annotated[
    Path | None,
    typer.Option("--state", metavar="DIR", help="The declared state (default: EMAILOPS_STATE, state/, or here)."),
]
Today = Annotated[str | None, typer.Option("--today", metavar="YYYY-MM-DD", help="Another day than today, in UTC.")]
Stage = Annotated[
    str | None,
    typer.Option("--stage", metavar="STAGE", help="Only this stage, or shared.", autocompletion=completing.stages),
]
Only = Annotated[str | None, typer.Option("--only", metavar="GLOB", help="Only resources that match, as kind/name.")]


def surroundings(state: Path | None, today: str | None) -> Settings:
    """This run's settings. Raises UsageError for a state that is not there."""
    from emailops.errors import UsageError

    settings = anywhere(state, today)
    if not settings.state.is_dir():
        raise UsageError(
            f"there is no folder {settings.state}", "--state DIR or EMAILOPS_STATE names the declared state"
        )
    return settings


def anywhere(state: Path | None, today: str | None) -> Settings:
    """This run's settings, whether or not the state is there yet."""
    from dataclasses import replace

    from emailops.settings import from_machine

    settings = from_machine(today)
    if state is None:
        return settings
    return replace(settings, environment={**settings.environment, "EMAILOPS_STATE": str(state)})


def reference(flag: str, text: str) -> str:
    """A reference to a secret. What is none may be the secret itself, so it is not repeated."""
    import re

    from emailops.errors import UsageError

    if not re.fullmatch(r"env:[A-Za-z_][A-Za-z0-9_]*|file:.+", text.strip()):
        raise UsageError(f"{flag} takes env:NAME or file:PATH, never the key itself", f"{flag} env:KEY")
    return text.strip()
