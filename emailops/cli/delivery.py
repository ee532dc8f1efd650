"""The commands that bring generated files to the repositories that read them."""

from __future__ import annotations

from typing import Annotated

import typer

from emailops.cli import completion, options
from emailops.errors import Exit

Consumers = Annotated[
    list[str] | None,
    typer.Argument(metavar="[CONSUMER...]", help="Only these consumers.", autocompletion=completion.consumers),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command(rich_help_panel="Change")(deliver)
    app.command(rich_help_panel="Every day")(consumers)


def deliver(
    names: Consumers = None,
    token: options.Token = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that emailops did not write.")] = False,
    rollback: options.Rollback = None,
    format_: options.Format = options.OutputFormat.text,
    state: options.State = None,
) -> int:
    """Push the new files to each consumer's repository.

    Pushes to the branch emailops/settings of each repository. Pushes nothing where nothing changes.

    Example: emailops deliver --token env:GITHUB_TOKEN
    """
    from emailops.render import console
    from emailops.render import deliver as words
    from emailops.tasks import deliver as task

    run = options.surroundings(state, None)
    say = console.lines if format_ is options.OutputFormat.text else lambda _: None
    done = task.deliver(
        run,
        names or [],
        options.github(run, token),
        force=force,
        rollback=options.reason("--rollback", rollback),
        done=lambda delivery: say(words.delivered(delivery)),
    )
    if format_ is options.OutputFormat.json:
        console.as_json(words.deliveries_as_json(done))
    else:
        console.lines(words.summary(done))
    if not any(delivery.failure for delivery in done):
        return Exit.OK
    return Exit.PARTIAL if any(delivery.status is task.DeliveryStatus.pushed for delivery in done) else Exit.ERROR


def consumers(
    names: Consumers = None,
    format_: options.Format = options.OutputFormat.text,
    state: options.State = None,
) -> int:
    """Say who holds which version of the generated files.

    Reads two branches of each consumer's repository: the default one, and the one that deliver pushes. Names each file
    that the repository's own packaging leaves out, and each mailing that the job begins by itself.

    Example: emailops consumers
    """
    from emailops.render import console
    from emailops.render import holdings as words
    from emailops.render.progress import progress
    from emailops.render.questions import timed_as_json, timed_text
    from emailops.tasks import holdings as task

    run = options.surroundings(state, None)
    with progress("asking the repositories"):
        held = task.holdings(run, names or [])
        by_itself = () if names else task.by_itself(run)
    if format_ is options.OutputFormat.json:
        console.as_json({**words.as_json(held), "timed": timed_as_json(by_itself)})
    else:
        console.lines([*words.lines(held), ("", ""), *timed_text(by_itself)] if by_itself else words.lines(held))
    return Exit.ERROR if any(holding.status.is_failure for holding in held) else Exit.OK
