"""The commands that mail many: mail, subscribe, export, erase, and the list of what is declared."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from emailops.cli import completion, options
from emailops.errors import Exit

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import ModuleType

    from emailops.mailings.run_start import Wanted
    from emailops.render.console import Line
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
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A parameter of the mailing. You can repeat it.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Read, check and show everything; change nothing.")]
Due = Annotated[
    int | None,
    typer.Option(
        "--due-at",
        metavar="SECONDS",
        help="When it was due, in seconds since 1970. The job sets it; too late is refused.",
    ),
]


From = Annotated[
    Path | None, typer.Option("--from", metavar="FILE", help="The file of recipients; - is standard input.")
]
Queue = Annotated[
    str | None,
    typer.Option("--queue", metavar="env:NAME", help="Let the workers at this queue send it: where its URL is."),
]
Since = Annotated[
    datetime | None, typer.Option("--since", formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="From this day on.")
]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    for command in (mail, subscribe, export, erase, mailings):
        app.command(rich_help_panel=GROUP)(command)


def mail(
    name: Name,
    stage: AtStage,
    dry_run: DryRun = False,
    words: Words = None,
    from_: From = None,
    since: Since = None,
    resume: Annotated[
        str, typer.Option("--resume", metavar="RUN", help="Go on with this run, also one that an old script began.")
    ] = "",
    again: Annotated[bool, typer.Option("--again", help="Send once more what is done already.")] = False,
    abandon: Annotated[
        str, typer.Option("--abandon", metavar="RUN", help="End this run; what it has not sent is never sent.")
    ] = "",
    queue: Queue = None,
    due: Due = None,
    format_: options.Format = options.OutputFormat.text,
    state: options.State = None,
    today: options.Today = None,
) -> int:
    """Send a notice or a campaign to everybody it is for.

    You can run it again at any time: whoever has the message does not get it twice. Ends with 5 when somebody cannot
    get it, and with 6 when the rest has to wait, such as for tomorrow's limit.

    Example: emailops mail permit-news --stage preview --dry-run
    """
    from emailops.declaration.vocabulary import MailingKind
    from emailops.errors import UsageError
    from emailops.render.progress import progress

    if abandon and (resume or again or dry_run):
        raise UsageError("--abandon ends a run, and sends nothing", "give it alone")
    run = needing(options.surroundings(state, today))
    from emailops.tasks import mail as task

    found = task.errand_for(run, task.Job(name, stage, tuple(words or ()), due), task.MAILED)
    from emailops.mailings import campaign, notice
    from emailops.render import mailings as shown

    if found.mailing.kind is MailingKind.campaign:
        if resume or again or abandon or from_ or queue:
            raise UsageError(f"{name} is a campaign", "it takes --since, --set and --dry-run")
        with progress("mailing"):
            mailed = campaign.mail(found, since.date() if since else None, dry_run=dry_run)
        return _show(shown.campaign_text(mailed), shown.campaign_as_json(mailed), format_, mailed.exit_code)
    if since:
        raise UsageError(f"{name} is a notice", "--since is for a campaign")
    wanted = _wanted(run, from_, resume, again=again)
    if dry_run:
        with progress("checking"):
            looked = notice.look(found, wanted)
        return _show(shown.looked_text(looked), shown.looked_as_json(looked), format_, Exit.OK)
    with progress("sending"):
        if abandon:
            ended = notice.abandon(found, abandon)
        elif queue:
            cluster = celery()
            ended = cluster.send(found, wanted, task.queue_of(run, options.reference("--queue", queue)), int)
        else:
            ended = notice.send(found, wanted, int)
    return _show(shown.ended_text(ended), shown.ended_as_json(ended), format_, ended.exit_code)


def subscribe(
    name: Name,
    stage: AtStage,
    dry_run: DryRun = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="Also archive whoever is not in the source; never in production.")
    ] = False,
    words: Words = None,
    from_: From = None,
    due: Due = None,
    format_: options.Format = options.OutputFormat.text,
    state: options.State = None,
    today: options.Today = None,
) -> int:
    """Subscribe people to the audiences of a stage.

    Whoever is there already stays as they are, also if they have left. Ends with 5 when an audience is missing, or some
    people have to be asked again.

    Example: emailops subscribe news-subscribers --stage preview
    """
    from emailops.declaration.vocabulary import MailingKind
    from emailops.render.progress import progress

    run = needing(options.surroundings(state, today))
    from emailops.tasks import mail as task

    job = task.Job(name, stage, tuple(words or ()), due)
    found = task.errand_for(run, job, (MailingKind.subscribers,))
    from emailops.mailings import subscription
    from emailops.render import mailings as shown

    wanted = _wanted(run, from_, "", again=False)
    with progress("subscribing"):
        choice = subscription.FillOptions(wanted.file, wanted.content, prune, dry_run)
        subscribed = subscription.subscribe(found, choice)
    return _show(shown.subscribed_text(subscribed), shown.subscribed_as_json(subscribed), format_, subscribed.exit_code)


def export(
    name: Name,
    stage: AtStage,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The CSV to write.", show_default=False)],
    dry_run: DryRun = False,
    since: Since = None,
    lists: Annotated[
        list[Path] | None,
        typer.Option("--list", metavar="FILE", help="One more file of people to join. You can repeat it."),
    ] = None,
    words: Words = None,
    format_: options.Format = options.OutputFormat.text,
    state: options.State = None,
    today: options.Today = None,
) -> int:
    """Write the members of an audience to a CSV, with a manifest beside it.

    A notice whose source is this export checks the manifest. Notify's web page takes the file, too.

    Example: emailops export news-readers --stage production --since 2026-01-31 --out people.csv
    """
    from emailops.declaration.vocabulary import MailingKind
    from emailops.render.progress import progress
    from emailops.store import files

    run = needing(options.surroundings(state, today))
    from emailops.tasks import mail as task

    found = task.errand_for(run, task.Job(name, stage, tuple(words or ())), (MailingKind.export,))
    from emailops.mailings import export as task_of_export
    from emailops.render import mailings as shown

    joined = tuple(run.directory / path for path in lists or ())
    to = files.output(run.directory / out, "--out", run.state, inputs=joined)
    with progress("exporting"):
        exported = task_of_export.export(found, to, since.date() if since else None, joined, dry_run=dry_run)
    return _show(shown.exported_text(exported), shown.exported_as_json(exported), format_, exported.exit_code)


def erase(
    address: Annotated[
        str,
        typer.Argument(metavar="ADDRESS", help="Whom to erase; - reads it from standard input.", show_default=False),
    ],
    stage: AtStage,
    dry_run: DryRun = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before erasing.")] = False,
    format_: options.Format = options.OutputFormat.text,
    state: options.State = None,
) -> int:
    """Erase somebody for good from every audience of a stage.

    They can only come back by themselves. It leaves the audiences of other stages alone, and says how many there are.

    Example: emailops erase - --stage production --dry-run
    """
    import sys

    from emailops.errors import UsageError

    run = needing(options.surroundings(state, None))
    from emailops.tasks import mail as task

    found = task.erasing(run, stage)
    from emailops.mailings import erasure
    from emailops.render import mailings as shown

    person = erasure.person(sys.stdin.readline().strip() if address == "-" else address)
    if not dry_run and not yes:
        if not run.is_terminal:
            raise UsageError("without a terminal nobody can say yes", "--yes erases them")
        if not typer.confirm(f"Erase them from every audience of {stage}, for good?"):
            raise typer.Abort
    erased = erasure.erase(found, person, dry_run=dry_run)
    return _show(
        shown.erased_text(erased, stage, dry_run=dry_run),
        shown.erased_as_json(erased, stage, dry_run=dry_run),
        format_,
        erased.exit_code,
    )


def mailings(
    due: Annotated[
        int | None,
        typer.Option(
            "--due-at",
            metavar="SECONDS",
            help="Only those whose hour it was then, in seconds since 1970. The job sets it.",
        ),
    ] = None,
    runs: Annotated[bool, typer.Option("--runs", help="List the runs of notices that the send ledger knows.")] = False,
    commands: Annotated[
        bool, typer.Option("--commands", help="Print COMMAND NAME STAGE, a line each, for a job to read.")
    ] = False,
    format_: options.Format = options.OutputFormat.text,
    state: options.State = None,
) -> int:
    """List what is declared to be sent, where it may run, and when the job runs it.

    Example: emailops mailings --runs
    """

    run = needing(options.surroundings(state, None))
    from emailops.render import console
    from emailops.render import mailings as shown
    from emailops.tasks import mail as task

    if runs:
        known = task.runs(run)
        return _show(shown.runs_text(known), shown.runs_as_json(known), format_, Exit.OK)
    rows = task.timetable(run, due)
    if commands:
        console.commands(shown.timetable_commands(rows))
        return Exit.OK
    return _show(shown.timetable_text(rows), shown.timetable_as_json(rows), format_, Exit.OK)


def celery() -> ModuleType:
    """What speaks to Celery. Raises InvalidInput where it is not installed."""
    from emailops.errors import InvalidInput

    try:
        from emailops.mailings import cluster
    except ModuleNotFoundError as error:
        raise InvalidInput(f"a queue needs {error.name}", "pip install 'emailops[cluster]'") from error
    return cluster


def _show(lines: Iterable[Line], document: Any, format_: options.OutputFormat, code: Exit) -> int:
    from emailops.render import console

    if format_ is options.OutputFormat.json:
        console.as_json(document)
    else:
        console.lines(lines)
    return code


def _wanted(run: Run, from_: Path | None, resume: str, *, again: bool) -> Wanted:
    import sys

    from emailops.mailings.run_start import Wanted

    if from_ is None:
        return Wanted(None, None, resume, again)
    if str(from_) == "-":
        return Wanted(from_, sys.stdin.buffer.read(), resume, again)
    return Wanted(run.directory / from_, None, resume, again)


def needing(run: Run) -> Run:
    """The run, if what mailings need is installed. Raises InvalidInput."""
    from emailops.errors import InvalidInput

    try:
        import jinja2  # noqa: F401
        import mailchimp3  # noqa: F401
        import sqlalchemy  # noqa: F401
    except ModuleNotFoundError as error:
        raise InvalidInput(f"mailings need {error.name}", "pip install 'emailops[mailings]'") from error
    return run
