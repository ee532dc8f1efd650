"""The command that takes over what a provider holds already."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from emailops.cli import options
from emailops.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emailops.plan import Observed
    from emailops.settings import Settings


class Provider(Enum):
    mailchimp = "mailchimp"


def register(app: typer.Typer) -> None:
    app.command("import", rich_help_panel="Set up and repair")(import_)


def import_(
    provider: Annotated[Provider, typer.Argument(metavar="mailchimp", help="Whose objects.")],
    stage: Annotated[
        str | None, typer.Option("--stage", metavar="STAGE,...", help="The stages that use them (default: production).")
    ] = None,
    serves: Annotated[
        list[str] | None, typer.Option("--serves", metavar="ID=STAGE,...", help="Another answer for one of them.")
    ] = None,
    only: Annotated[str, typer.Option("--only", metavar="GLOB", help="Only those whose name matches.")] = "*",
    key: Annotated[
        str | None, typer.Option("--key", metavar="env:NAME", help="Where the key is, if no account is declared yet.")
    ] = None,
    state: options.State = None,
    today: options.Today = None,
) -> int:
    """Declare the audiences that Mailchimp holds.

    Writes them and records their ids, so that the plan after it changes nothing. On a terminal it asks which stage each
    serves.

    Example: emailops import mailchimp --stage production --only 'Permits*'
    """
    from emailops.reconcile import importing
    from emailops.render import console

    settings = options.surroundings(state, today)
    if key is not None:
        key = options.reference("--key", key)
    by_id = dict(_served(one) for one in serves or ())
    account = importing.look(settings, key)
    audiences = importing.newcomers(settings, account, only)
    if not audiences:
        there = f"{len(account.audiences)} audiences, none of them meant and not declared"
        console.text(f"nothing to import from {provider.value}: {there}")
        return 0
    if stage is None:
        by_id = _asked(settings, audiences, by_id)
    choice = importing.Choice(only, by_id, _stages(stage or "production"))
    imported = importing.take(settings, account, choice)
    prefix = f"{settings.prefix}/" if settings.prefix else ""
    for resource in imported.resources:
        console.text(f"  {resource}")
    console.text(f"{len(imported.resources)} imported: commit {', '.join(prefix + path for path in imported.paths)}")
    console.text("next: emailops plan")
    return 0


def _asked(
    settings: Settings, audiences: Sequence[Observed], by_id: dict[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    left = [one for one in audiences if one.id not in by_id]
    if left and not settings.is_terminal:
        raise UsageError("which stages do they serve?", "--stage production, and --serves ID=STAGE for others")
    answers = {
        one.id: typer.prompt(f"The stages that {one.id} {one.name!r} serves", default="production", err=True)
        for one in left
    }
    return {**by_id, **{id_: _stages(str(answer)) for id_, answer in answers.items()}}


def _served(text: str) -> tuple[str, tuple[str, ...]]:
    id_, equals, stages = text.partition("=")
    if not equals or not id_ or not stages:
        raise UsageError("--serves takes an id and its stages", "--serves 0123456789=preview,staging")
    return id_.strip(), _stages(stages)


def _stages(text: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in text.split(",") if one.strip())
