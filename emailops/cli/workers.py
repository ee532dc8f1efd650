"""The commands that go on until they are stopped: what sends beyond one machine, and what begins it at its hour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from emailops.cli import options
from emailops.cli.mailings import GROUP, celery, needing
from emailops.errors import Exit

if TYPE_CHECKING:
    from emailops.mailings.cluster import Chunk
    from emailops.private import Secret
    from emailops.run import Run


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    for command in (worker, beat):
        app.command(rich_help_panel=GROUP)(command)


def worker(
    queue: Annotated[
        str, typer.Option("--queue", metavar="env:NAME", help="Where the URL of the queue is.", show_default=False)
    ],
    receipts: Annotated[
        bool, typer.Option("--receipts", help="Also do what receipts set off, as receipts serve does.")
    ] = False,
    state: options.State = None,
) -> int:
    """Send what `mail --queue` and `beat` hand out, until you stop it.

    The queue is Redis or SQS. Every worker needs the same state, keys and EMAILOPS_DATABASE.

    Example: emailops worker --queue env:QUEUE
    """
    import gc

    run = needing(options.surroundings(state, None))
    from emailops.tasks import mail as task

    url = task.queue_of(run, options.reference("--queue", queue))
    cluster = celery()

    def handle(chunk: Chunk) -> int:
        now = options.surroundings(state, None)
        job = task.Job(chunk.mailing, chunk.stage, chunk.words)
        return int(cluster.chunk_sent(now.database, chunk, lambda: task.errand_for(now, job, task.MAILED)))

    def handle_timed(name: str, stage: str) -> None:
        _run_timed(name, stage, options.surroundings(state, None), url)

    if receipts:
        _follow_up(run)
    gc.enable()  # unlike other commands this one goes on
    cluster.serve(url, handle, handle_timed)
    return Exit.OK


def beat(
    queue: Annotated[
        str, typer.Option("--queue", metavar="env:NAME", help="Where the URL of the queue is.", show_default=False)
    ],
    state: options.State = None,
) -> int:
    """Hand out what is timed to the workers, at its hour, until you stop it.

    Start one for all workers. What it missed while it was away is refused as late, and the worker says how to send it.

    Example: emailops beat --queue env:QUEUE
    """
    import gc

    run = needing(options.surroundings(state, None))
    from emailops.tasks import mail as task

    url = task.queue_of(run, options.reference("--queue", queue))
    celery()
    from emailops.mailings import beat as clock

    gc.enable()
    clock.beat(url, task.timed(run), run.state.resolve() / ".emailops" / "beat")
    return Exit.OK


def _follow_up(run: Run) -> None:
    """Follow up the receipts of each service in a thread of its own, while this process goes on."""
    import logging

    from emailops.tasks.receipt_followers import followers

    found = followers(run)
    if found:
        logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
        logging.getLogger("emailops.receipts").setLevel(logging.INFO)
    for aftermath in found:
        aftermath.start()


def _run_timed(name: str, stage: str, run: Run, queue: Secret) -> None:
    """What a timer wants now, by a worker; it says how it went. Raises ProviderError and LedgerError: tried again."""
    from emailops.declaration.vocabulary import MailingKind
    from emailops.errors import EmailopsError, LedgerError, ProviderError
    from emailops.mailings import campaign, subscription
    from emailops.render import console
    from emailops.render import mailings as shown
    from emailops.tasks import mail as task

    try:
        job = task.Job(name, stage, due=int(run.now.timestamp()))
        found = task.errand_for(run, job, (*task.MAILED, MailingKind.subscribers))
        if found.mailing.kind is MailingKind.campaign:
            console.lines(shown.campaign_text(campaign.mail(found, None, dry_run=False)))
        elif found.mailing.kind is MailingKind.subscribers:
            console.lines(shown.subscribed_text(subscription.subscribe(found, subscription.FillOptions())))
        else:
            console.lines(shown.ended_text(celery().hand_out(found, queue)))
    except (ProviderError, LedgerError):
        raise
    except EmailopsError as error:
        console.problem(error.message, error.remedy)
