"""The commands that mail many: mail, subscribe, export, erase, and the list of what is declared."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emailops.cli import completion, options
from emailops.errors import Exit

if TYPE_CHECKING:
    from emailops.mailings.notice import Wanted
    from emailops.run import Run

GROUP = "Mailings"
Name = Annotated[
    str, typer.Argument(metavar="NAME", help="The mailing.", autocompletion=completion.mailings, show_default=False)
]
AtStage = Annotated[
    str,
    typer.Option("--stage", metavar="STAGE", help="The stage.", autocompletion=completion.stages, show_default=False),
]
Words = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A parameter of the mailing; for each one.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Read, check and show everything; change nothing.")]
Due = Annotated[
    int | None,
    typer.Option("--due-at", metavar="SECONDS", help="When a timer started this; too late is refused."),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    for command in (mail,):
        app.command(rich_help_panel=GROUP)(command)


def mail(
    name: Name,
    stage: AtStage,
    dry_run: DryRun = False,
    words: Words = None,
    from_: Annotated[
        Path | None, typer.Option("--from", metavar="FILE", help="The file of recipients; - is standard input.")
    ] = None,
    resume: Annotated[
        str, typer.Option("--resume", metavar="RUN", help="Go on with this run, also one that an old script began.")
    ] = "",
    again: Annotated[bool, typer.Option("--again", help="Send once more what is done already.")] = False,
    abandon: Annotated[
        str, typer.Option("--abandon", metavar="RUN", help="End this run; what it has not sent is never sent.")
    ] = "",
    due: Due = None,
    format_: options.Format = options.OutputFormat.text,
    state: options.State = None,
    today: options.Today = None,
) -> int:
    """Send a notice or a campaign to everybody it is for.

    You can run it again at any time: whoever has the message does not get it twice. Ends with 5 when somebody cannot
    get it, and with 6 when the rest has to wait, such as for tomorrow's limit.

    Example: emailops mail application-news --stage preview --dry-run
    """
    from emailops.errors import UsageError
    from emailops.render import console
    from emailops.render import mailings as words_
    from emailops.render.progress import progress
    from emailops.tasks import mail as task

    if abandon and (resume or again or dry_run):
        raise UsageError("--abandon ends a run, and sends nothing", "give it alone")
    run = _needing(options.surroundings(state, today))
    found = task.errand_for(run, task.Job(name, stage, tuple(words or ()), due), task.MAILED)
    from emailops.mailings import notice

    if abandon:
        ended = notice.abandon(found, abandon)
    elif dry_run:
        with progress("checking"):
            looked = notice.look(found, _wanted(run, from_, resume, again=again))
        if format_ is options.OutputFormat.json:
            console.as_json(words_.looked_as_json(looked))
        else:
            console.lines(words_.looked_text(looked))
        return Exit.OK
    else:
        with progress("sending"):
            ended = notice.send(found, _wanted(run, from_, resume, again=again), int)
    if format_ is options.OutputFormat.json:
        console.as_json(words_.ended_as_json(ended))
    else:
        console.lines(words_.ended_text(ended))
    return ended.exit_code


def _wanted(run: Run, from_: Path | None, resume: str, *, again: bool) -> Wanted:
    import sys

    from emailops.mailings.notice import Wanted

    if from_ is None:
        return Wanted(None, None, resume, again)
    if str(from_) == "-":
        return Wanted(from_, sys.stdin.buffer.read(), resume, again)
    return Wanted(run.directory / from_, None, resume, again)


def _needing(run: Run) -> Run:
    """The run, if what mailings need is installed. Raises InvalidInput."""
    from emailops.errors import InvalidInput

    try:
        import jinja2  # noqa: F401
        import sqlalchemy  # noqa: F401
    except ModuleNotFoundError as error:
        raise InvalidInput(f"mailings need {error.name}", "pip install 'emailops[mailings]'") from error
    return run
