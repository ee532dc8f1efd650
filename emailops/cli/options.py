"""Options that several commands take."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from emailops.settings import Settings


class Format(Enum):
    text = "text"
    json = "json"


State = Annotated[
    Path | None,
    typer.Option("--state", metavar="DIR", help="The declared state (default: EMAILOPS_STATE, state/, or here)."),
]
Today = Annotated[str | None, typer.Option("--today", metavar="YYYY-MM-DD", help="Another day than today, in UTC.")]
Stage = Annotated[str | None, typer.Option("--stage", metavar="STAGE", help="Only this stage, or shared.")]
Only = Annotated[str | None, typer.Option("--only", metavar="GLOB", help="Only resources that match, as kind/name.")]

Link = Annotated[
    str, typer.Option("--link", metavar="URL", help="With markdown: where the whole plan is, if it has to be cut.")
]


def surroundings(state: Path | None, today: str | None) -> Settings:
    """This run's settings. Raises UsageError for a state that is not there."""
    from dataclasses import replace

    from emailops.errors import UsageError
    from emailops.settings import from_machine

    settings = from_machine(today)
    if state is not None:
        settings = replace(settings, environment={**settings.environment, "EMAILOPS_STATE": str(state)})
    if not settings.state.is_dir():
        raise UsageError(
            f"there is no folder {settings.state}", "--state DIR or EMAILOPS_STATE names the declared state"
        )
    return settings
