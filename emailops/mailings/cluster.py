"""Beyond one machine: Celery hands out chunks of a run's recipients to workers (https://docs.celeryq.dev/en/stable/).

A chunk is acknowledged when it is done, so a worker that dies has its chunk handed out again, once more or twice. That
does no harm: the send ledger, which all workers share, says of each message whether it was sent. A task names a run and
numbers of messages; no address goes through the queue.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from celery import Celery
from kombu.exceptions import KombuError, OperationalError

from emailops.errors import EmailopsError, InvalidInput, LedgerError, ProviderError
from emailops.mailings.means import Errand, post
from emailops.mailings.notice import AT_LIMIT, Ended, dispatched, ended
from emailops.mailings.run_start import Wanted, begin
from emailops.mailings.send_ledger import SendLedger
from emailops.mailings.sends import MailRun, RunState, SendState
from emailops.private import Secret
from emailops.store import database

CHUNK = 500
TASK = "emailops.chunk"
TIMED = "emailops.timed"
QUEUE = "emailops"
VISIBLE = 900
"""Seconds after which Redis or SQS hands a chunk out again that nobody has acknowledged."""
LOOK = 1.0
QUIET = 600
"""Seconds without any message sent after which the command that waits goes home; the workers go on."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some messages of a run; `words` are the parameters of its mailing."""

    run: str
    mailing: str
    stage: str
    words: tuple[str, ...]
    first: int
    last: int


def application(queue: Secret) -> Celery:
    """Celery as all of this uses it: a chunk at a time, acknowledged late, results kept in the send ledger alone."""
    app = Celery(QUEUE, broker=queue.reveal(), set_as_current=False)
    app.conf.update(
        accept_content=["json"],
        broker_connection_retry_on_startup=True,
        broker_transport_options={"visibility_timeout": VISIBLE},
        task_acks_late=True,
        task_default_queue=QUEUE,
        task_ignore_result=True,
        task_reject_on_worker_lost=True,
        task_serializer="json",
        worker_hijack_root_logger=False,
        worker_prefetch_multiplier=1,
        worker_redirect_stdouts=False,
    )
    return app


def send(errand: Errand, wanted: Wanted, queue: Secret, told: Callable[[int], object]) -> Ended:
    """Begin a run or go on with it, hand its chunks out, and wait until the workers are done or say why they stop.

    Raises InvalidInput for a database or a queue that other machines do not reach, and what a notice raises.
    """
    if not database.is_shared(errand.run.database):
        message = "workers on other machines need one database of sends: EMAILOPS_DATABASE is not PostgreSQL"
        raise InvalidInput(message, "set it to postgresql://USER:PASSWORD@HOST/DATABASE, here and for each worker")
    with closing(SendLedger(errand.run.database)) as ledger:
        run = begin(errand, wanted, post(errand), ledger)
        if run.state is not RunState.open:
            return ended(ledger, run, found_done=True)
        ledger.note_stop(run, "")
        _hand_out(queue, _chunks(errand, run, ledger))
        return _waited(ledger, run.id, errand, told)


def hand_out(errand: Errand, queue: Secret) -> Ended:
    """Begin a notice that nobody waits for; its chunks go out to the workers. Raises what `send` raises."""
    with closing(SendLedger(errand.run.database)) as ledger:
        run = begin(errand, Wanted(), post(errand), ledger)
        is_open = run.state is RunState.open
        if is_open:
            ledger.note_stop(run, "")
            _hand_out(queue, _chunks(errand, run, ledger))
        return ended(ledger, run, found_done=not is_open)


def serve(queue: Secret, handle: Callable[[Chunk], int], handle_timed: Callable[[str, str], None]) -> None:
    """Be a worker until told to stop.

    `handle` sends a chunk, and says in how many seconds to look at it again. `handle_timed` runs a mailing at a stage.
    """
    app = application(queue)

    @app.task(name=TIMED, bind=True, acks_late=True)  # type: ignore[untyped-decorator]
    def timed(self: Any, mailing: str, stage: str) -> None:
        try:
            handle_timed(mailing, stage)
        except (ProviderError, LedgerError) as error:
            raise self.retry(exc=_nameless(error), countdown=60, max_retries=5) from None

    @app.task(name=TASK, bind=True, acks_late=True, max_retries=None)  # type: ignore[untyped-decorator]
    def sent(self: Any, **told: Any) -> None:
        try:
            seconds = handle(Chunk(**{**told, "words": tuple(told["words"])}))
        except (ProviderError, LedgerError) as error:
            raise self.retry(exc=_nameless(error), countdown=30, max_retries=5) from None
        if seconds:
            raise self.retry(countdown=seconds)

    app.Worker(
        pool="solo",
        concurrency=1,
        queues=[QUEUE],
        loglevel="ERROR",
        quiet=True,
        without_gossip=True,
        without_mingle=True,
    ).start()


def chunk_sent(database_: Secret, chunk: Chunk, errand_for: Callable[[], Errand]) -> int:
    """One chunk, by the worker that was handed it; in how many seconds its last messages can be settled.

    What keeps this worker from sending it, such as a key that it does not have, is noted for whoever waits.
    """
    with closing(SendLedger(database_)) as ledger:
        run = ledger.run(chunk.run)
        if run is None or run.state is not RunState.open:
            return 0
        try:
            errand = errand_for()
            done = dispatched(errand, post(errand), ledger, run, int, span=(chunk.first, chunk.last))
        except (ProviderError, LedgerError):
            raise
        except EmailopsError as error:
            ledger.note_stop(run, f"a worker: {error.message}; {error.remedy}")
            return 0
        if done.at_limit or done.error is not None:
            ledger.note_stop(run, AT_LIMIT if done.at_limit else str(done.error))
        return done.settles_in


def _chunks(errand: Errand, run: MailRun, ledger: SendLedger) -> list[Chunk]:
    words = tuple(f"{name}={errand.words[name]}" for name in errand.mailing.parameters)
    return [Chunk(run.id, run.mailing, run.stage, words, *span) for span in ledger.spans(run, CHUNK)]


def _hand_out(queue: Secret, chunks: list[Chunk]) -> None:
    try:
        with application(queue) as app:
            for chunk in chunks:
                app.send_task(TASK, kwargs={name: getattr(chunk, name) for name in Chunk.__slots__}, retry=False)
    except (OperationalError, KombuError, OSError) as error:
        raise InvalidInput(
            f"the queue cannot be reached ({type(error).__name__})", "see --queue, and its server"
        ) from None


def _waited(ledger: SendLedger, id_: str, errand: Errand, told: Callable[[int], object]) -> Ended:
    """Look at the ledger until nothing is left, a worker says why it stopped, or nothing happens any more."""
    clock, before = errand.run.clock, -1
    since = clock()
    while True:
        run = ledger.run(id_)
        if run is None:
            raise LedgerError(f"run {id_} is gone from the send ledger", "was it erased by hand?")
        counts = ledger.counts(run)
        left = counts.get(SendState.waiting, 0) + counts.get(SendState.intent, 0)
        if counts.get(SendState.sent, 0) != before:
            before, since = counts.get(SendState.sent, 0), clock()
            told(before)
        if not left or run.said or clock() - since > QUIET:
            found = ended(ledger, run, found_done=False)
            return found.stopped_by(run.said)
        errand.run.pause(LOOK)


def _nameless(error: EmailopsError) -> Exception:
    """What Celery logs of it: never a row."""
    return RuntimeError(type(error).__name__)
