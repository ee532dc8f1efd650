"""The commands that only watch: status, drift, and rehearse, which applies to a sandbox."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from emailops.cli import options


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    for command in (status, drift, rehearse):
        app.command(rich_help_panel="Every day")(command)


class StatusFormat(Enum):
    """How the page for a Monday is printed."""

    text = "text"
    json = "json"
    html = "html"


def status(
    format_: Annotated[StatusFormat, typer.Option("--format", help="How to print.")] = StatusFormat.text,
    state: options.State = None,
    today: options.Today = None,
) -> int:
    """Put the week onto one page.

    Shows drift, what people have to do, keys, runs, consumers, mailings and messages. Says what it cannot read from
    here. Ends with 6 when there is something to look at, or something is not known.

    Example: emailops status --format html > status.html
    """
    from emailops.render import console
    from emailops.render import status as words
    from emailops.render.progress import progress
    from emailops.tasks import status as task

    run = options.surroundings(state, today)
    with progress("reading the providers and the repositories"):
        found = task.status(run)
    if format_ is StatusFormat.json:
        console.as_json(words.as_json(found))
    elif format_ is StatusFormat.html:
        console.text(words.html(found).rstrip("\n"))
    else:
        console.lines(words.text(found))
    return found.exit_code


def drift(
    format_: options.LongFormat = options.DocumentFormat.text,
    observed: Annotated[
        Path | None, typer.Option("--observed", metavar="FILE", help="Also write what the providers hold to this file.")
    ] = None,
    save: Annotated[
        bool, typer.Option("--save", help="Also keep it in the ledger, for plans that are made without keys.")
    ] = False,
    state: options.State = None,
    today: options.Today = None,
) -> int:
    """Say how the world differs from what is declared, and why.

    Ends with 2 when the world differs. Ends with 6 when only work for people is left, when something could not be read,
    or when a date in the state has passed.

    Example: emailops drift --observed observations.json --save
    """
    from emailops.render import console
    from emailops.render import drift as words
    from emailops.render.progress import progress
    from emailops.store import files, observations
    from emailops.tasks import drift as task

    run = options.surroundings(state, today)
    to = files.output(run.directory / observed, "--observed", run.state) if observed else None
    with progress("reading the providers"):
        found, document = task.drift(run)
    if to is not None:
        observations.write(to, document)
    try:
        if format_ is options.DocumentFormat.json:
            console.as_json(words.as_json(found, run.prefix))
        elif format_ is options.DocumentFormat.markdown:
            console.text("\n".join(words.markdown(found, run.prefix)))
        else:
            console.lines(words.text(found, run.prefix))
    finally:
        if save:
            task.note(run, document)
    return found.exit_code


def rehearse(
    stage: options.Stage = None,
    observed: Annotated[
        Path | None,
        typer.Option("--observed", metavar="FILE", help="Use what a drift wrote instead of asking the providers."),
    ] = None,
    format_: options.Format = options.OutputFormat.text,
    state: options.State = None,
    today: options.Today = None,
) -> int:
    """Apply the plan to a sandbox that holds what the providers hold.

    Runs the real apply with made-up keys, on a copy of the state. Nothing outside the copy changes. Ends with 2 when
    the next plan would still change something.

    Example: emailops rehearse --observed observations.json
    """
    from emailops.errors import InvalidInput
    from emailops.render import console

    try:
        from emailops.tasks import rehearse
    except ModuleNotFoundError as error:
        message = f"a rehearsal needs the sandbox and {error.name}"
        raise InvalidInput(message, "pip install 'emailops[mailchimp,sandbox]'") from error
    from emailops.render import rehearse as words
    from emailops.render.progress import progress

    run = options.surroundings(state, today)
    with progress("rehearsing"):
        rehearsed = rehearse.rehearse(run, run.directory / observed if observed else None, scope=stage)
    if format_ is options.OutputFormat.json:
        console.as_json(words.as_json(rehearsed))
    else:
        console.lines(words.text(rehearsed))
    return rehearsed.exit_code
