"""Sends the messages of a run: a few threads talk to Notify, one thread talks to the send ledger.

    claim     a few waiting messages become intents, and earlier results are noted, in one transaction
    send      each at its moment, so that all workers together stay under the minute's limit
    settle    of what is only an intent Notify is asked by reference: it was sent, or it may be sent again

A message that Notify does not hold may still be on its way there. So an intent is open until it is SETTLED seconds old
by Notify's clock: a request begins at most FRESH seconds after its intent, Notify refuses a token that is older than
30 seconds, and works on a request for less than a minute.
"""

from __future__ import annotations

import queue
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from emailops.clients.errors import ClientError, Unavailable
from emailops.errors import ProviderError
from emailops.mailings.carriage import Arrival, Carriage, Stop, translated
from emailops.mailings.send_ledger import SendLedger
from emailops.mailings.sends import LAST, MailRun, Message, Result, SendState

THREADS = 12
AHEAD = 8
"""Messages that are claimed beyond those that the threads can send at once."""
FRESH = 5.0
SETTLED = 120.0
KEPT = 3 * 24 * 3600.0
"""Seconds for which Notify surely holds a message; a service may ask it for three days at least."""
FULL = 2.0
"""Seconds without a message once Notify says that the minute is full."""
TRIES = 3
"""How often a message whose answer is lost is sent, once it is certain that none went out before."""
MOST_LOST = 20
"""Answers lost in a row until this stops."""
_LOOK = 0.2


class Dispatch:
    """One worker at one run; of a chunk, `span` is the first and the last number of the messages that are its own."""

    def __init__(
        self,
        ledger: SendLedger,
        begun: MailRun,
        mail: Carriage,
        *,
        told: Callable[[int], object] = int,
        span: tuple[int, int] = (1, LAST),
    ) -> None:
        self._ledger = ledger
        self._begun = begun
        self._mail = mail
        self._told = told
        self._worker = uuid.uuid4().hex
        self._answers: queue.Queue[Arrival] = queue.Queue()
        self._flying: dict[int, Message] = {}
        self._before, self._last = span[0] - 1, span[1]
        self._cursor = self._before
        self._lost = 0
        self._away_since = 0.0
        self._sent = ledger.counts(begun).get(SendState.sent, 0)
        self.stop = Stop()

    def run(self) -> int:
        """Send what there is to send; how many seconds are left until the last intents can be settled (0: all are).

        Raises LedgerError, and KeyboardInterrupt after what is under way has come back.
        """
        threads = ThreadPoolExecutor(THREADS, thread_name_prefix="mail")
        try:
            self._settle(threads)
            self._drain(threads)
            return self._wait(threads)
        except BaseException:
            self._come_back()
            raise
        finally:
            threads.shutdown(wait=False, cancel_futures=True)

    def _drain(self, threads: ThreadPoolExecutor) -> None:
        """Send until nothing is waiting, also of what others gave back behind our back."""
        while self._turn(threads) or self._is_to_be_scanned_again(threads):
            pass

    def _is_to_be_scanned_again(self, threads: ThreadPoolExecutor) -> bool:
        """Nothing waits beyond the cursor; once more from the start, unless that is where it stands."""
        if self.stop:
            return False
        self._settle(threads)
        found_nothing, self._cursor = self._cursor == self._before, self._before
        return not found_nothing

    def _turn(self, threads: ThreadPoolExecutor) -> bool:
        """One round of claiming and noting; False when nothing is waiting and nothing under way."""
        answers = self._arrived()
        room = 0 if self.stop else THREADS + AHEAD - len(self._flying)
        at = self._mail.now()
        results = [answer.result for answer in answers]
        claimed = self._ledger.turn(
            self._begun, results, claim=room, after=self._cursor, last=self._last, worker=self._worker, at=at
        )
        if claimed:
            self._cursor = max(self._cursor, claimed[-1].number)
        for result in results:
            if result.state is SendState.waiting:
                self._cursor = min(self._cursor, result.message.number - 1)
        if any(answer.is_full for answer in answers):
            self._ledger.pace.hold(self._mail.pace, FULL)
        if claimed:
            self._send(threads, claimed)
        return bool(self._flying or claimed or answers)

    def _send(self, threads: ThreadPoolExecutor, claimed: list[Message]) -> None:
        begun = self._mail.run.clock()
        waits = self._ledger.pace.slots(self._mail.pace, len(claimed), self._mail.per_minute / 60)
        for message, wait in zip(claimed, waits, strict=True):
            self._flying[message.number] = message
            threads.submit(self._fly, message, begun + wait, begun)

    def _fly(self, message: Message, moment: float, noted: float) -> None:
        """In a thread: one message, at its moment; whatever comes of it is an answer."""
        try:
            clock = self._mail.run.clock
            while (left := moment - clock()) > 0:
                self._mail.run.pause(left)
            if clock() - noted > FRESH or self.stop:
                self._answers.put(Arrival(Result(message, SendState.waiting)))
                return
            self._answers.put(self._sent_by(message))
        except Exception as error:  # a bug must not look like a message that is still under way
            self._answers.put(Arrival(Result(message, SendState.intent), Stop(error)))

    def _sent_by(self, message: Message) -> Arrival:
        arrival = self._mail.sent(message, is_first=not self._sent)
        return replace(arrival, stop=self._away(arrival.away)) if arrival.away else arrival

    def _arrived(self) -> list[Arrival]:
        """The answers that are there, after a moment's wait for the first while something is under way."""
        found: list[Arrival] = []
        full = len(self._flying) >= THREADS + AHEAD or bool(self.stop)
        try:
            while self._flying and (not found or not self._answers.empty()):
                found.append(self._answers.get(timeout=_LOOK if full or found else _LOOK / 4))
                del self._flying[found[-1].result.message.number]
        except queue.Empty:
            pass
        for answer in found:
            self._lost = self._lost + 1 if answer.is_lost else 0
            if answer.result.state is SendState.sent:
                self._sent, self._away_since = self._sent + 1, 0.0
            if answer.stop and not self.stop:
                self.stop = answer.stop
        if self._lost >= MOST_LOST and not self.stop:
            self.stop = Stop(ProviderError(f"Notify gave no answer {self._lost} times in a row", "run it again later"))
        self._told(sum(answer.result.state is SendState.sent for answer in found))
        return found

    def _settle(self, threads: ThreadPoolExecutor) -> bool:
        """Ask Notify for what is only an intent and not under way here; whether something waits again."""
        waiting = False
        for some in self._open():
            results = [result for result in threads.map(self._found, some) if result is not None]
            self._ledger.turn(self._begun, results, claim=0, after=0, worker=self._worker, at=0)
            waiting = waiting or any(result.state is SendState.waiting for result in results)
            self._sent += sum(result.state is SendState.sent for result in results)
        if waiting:
            self._cursor = self._before
        return waiting

    def _open(self) -> Iterator[list[Message]]:
        """Intents that are not under way here, some at a time."""
        last = self._before
        while not self.stop and (page := self._intents(last)):
            yield [message for message in page if message.number not in self._flying]
            last = page[-1].number

    def _intents(self, after: int) -> list[Message]:
        return self._ledger.intents(self._begun, after=after, most=THREADS * 8, last=self._last)

    def _away(self, error: Unavailable) -> Stop | None:
        """Nothing could be sent. After as long as a call is repeated, this stops."""
        clock = self._mail.run.clock()
        self._away_since = self._away_since or clock
        is_over = clock - self._away_since >= self._mail.run.patience.seconds
        return Stop(translated(error)) if is_over else None

    def _found(self, message: Message) -> Result | None:
        """What is known of an intent now; None while it may still be on its way."""
        try:
            id_ = self._mail.client.find(message.reference)
        except ClientError as error:
            stop = self._away(error) if isinstance(error, Unavailable) else Stop(translated(error))
            self.stop = stop or self.stop
            return None
        self._away_since = 0.0
        age = self._mail.now() - message.at
        if id_ is not None:
            return Result(message, SendState.sent, id=id_)
        if not message.at:
            return Result(message, SendState.waiting)
        if age < SETTLED:
            return None
        if age > KEPT:
            said = "it was about to be sent so long ago that Notify no longer knows"
            return Result(message, SendState.unknown, said=said)
        if message.lost + 1 >= TRIES:
            return Result(message, SendState.unknown, said=f"Notify gave no answer {TRIES} times")
        return Result(message, SendState.waiting, is_lost=True)

    def _wait(self, threads: ThreadPoolExecutor) -> int:
        """Wait for the last intents to settle, and send what waits again; the seconds that nobody had patience for."""
        while not self.stop:
            open_ = self._intents(self._before)
            left = max((SETTLED - (self._mail.now() - message.at) for message in open_), default=0.0)
            if not open_:
                return 0
            if not self._mail.run.patience.seconds:
                return max(1, round(left))
            self._mail.run.pause(min(max(left, 1.0), FRESH))
            if self._settle(threads):
                self._drain(threads)
        return 0

    def _come_back(self) -> None:
        """What is under way comes back and is noted; nothing new begins."""
        if not self.stop:
            self.stop = Stop(ProviderError("interrupted"))
        while self._flying:
            self._turn_back()

    def _turn_back(self) -> None:
        results = [answer.result for answer in self._arrived()]
        self._ledger.turn(self._begun, results, claim=0, after=0, worker=self._worker, at=0)
