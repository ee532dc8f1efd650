"""What a permanent failure sets off: one thread takes what is due from the database and makes the declared calls.

Where several processes share a PostgreSQL each takes rows of its own, and what a dead one held is due again, so that no
engine beside the database is needed. A call that failed, or whose end nobody knows, is made again later, after the
lookup: whoever is inactive by then is left alone, so that nobody is made inactive twice.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from itertools import chain
from threading import Event, Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import requests

from emailops.clients.private import digest
from emailops.declaration.receivers import Call, FailureAction, ReceiverPlan
from emailops.errors import EmailopsError
from emailops.patience import Patience
from emailops.private import hide_all
from emailops.providers.transport import WritingSession
from emailops.providers.wire import in_words
from emailops.receipts.follow_ups import FollowUp, FollowUpOutcome, FollowUps, FollowUpState
from emailops.receipts.receipt import FAILURE
from emailops.receipts.store import ReceiptStore
from emailops.run import Run, instant

if TYPE_CHECKING:
    # They need Prometheus's library, and a worker of the mailings tells it nothing.
    from emailops.receipts.figures import FollowUpFigures

HOUR, DAY = 3600.0, 86400.0
_LOOK = 15.0
"""Seconds between two looks at the last hour: to count it takes a while where much comes."""
_BREATH = 0.02
"""Seconds for receipts to come in between, while old ones are forgotten."""
_AFTER_AN_ERROR = 5.0
_DRY_RUN = "dry run"
_FIRST, _LONGEST = 15.0, HOUR
_ANSWER = 60.0
"""Seconds in which an answer has to be there, to its last byte."""
_OURS = 300.0
"""Seconds for which a claimed row is ours alone: longer than both calls may take."""
_A_TURN = 10
_LEAST_FOR_AN_ALARM = 20
_TRIES_BEFORE_HOURS = 8
"""Then an hour lies between two tries, and an address is kept no longer than is declared."""
_PLACEHOLDER = re.compile(r"\{([a-z_]+(?:\.[A-Za-z0-9_]+)*)\}")
log = logging.getLogger("emailops.receipts")


class _Failed(Exception):
    """A call did not come to its end; why. It is made again."""


class Aftermath:
    """Follows up receipts until `stop`. With `dry_run` it looks whom a change would be for, and changes nothing."""

    def __init__(
        self,
        store: ReceiptStore,
        plan: ReceiverPlan,
        run: Run,
        figures: FollowUpFigures | None = None,
        *,
        dry_run: bool = False,
        clock: Callable[[], float] = instant,
        first: float = _FIRST,
    ) -> None:
        """Raises InvalidInput where a token that it will need is not here."""
        self._store = store
        self._queue = FollowUps(store)
        self._plan = plan
        self._run = run
        self._figures = figures
        self._dry_run = dry_run
        self._clock = clock
        self._first = first
        self._looked = self._alarmed = self._cleared = self._dropped = 0.0
        self._stopped = Event()
        for call in (plan.action.lookup, plan.action.change) if plan.action else ():
            if call is not None:
                self._headers(call)

    def start(self, every: float = 1.0) -> Thread:
        """Look for what is due every so many seconds, in a thread of its own."""
        thread = Thread(target=self._go_on, args=(every,), name="aftermath", daemon=True)
        thread.start()
        return thread

    def stop(self) -> None:
        self._stopped.set()

    def turn(self) -> int:
        """Do what is due now; how much that was. Raises LedgerError."""
        self._watch(self._clock())
        self._forget(self._clock())
        return sum(map(self._next, range(_A_TURN))) if self._plan.action else 0

    def _next(self, _: int) -> int:
        """Claim one: more would wait behind a call that hangs, until another machine may have them, too."""
        now = self._clock()
        claimed = self._queue.claim(now, now + _OURS, 1)
        for follow_up in claimed:
            self._follow(follow_up, self._plan.action)
        return len(claimed)

    def _go_on(self, every: float) -> None:
        while not self._stopped.is_set():
            try:
                wait = 0.0 if self.turn() else every
            except Exception as error:
                why = hide_all(str(error)) if isinstance(error, EmailopsError) else type(error).__name__
                log.error("receipts are not followed up: %s", why)
                wait = _AFTER_AN_ERROR
            if wait:
                self._stopped.wait(wait)

    def _follow(self, follow_up: FollowUp, action: FailureAction | None) -> None:
        address = follow_up.address.reveal() if follow_up.address else ""
        if not address or action is None or address.lower() in self._plan.aside:
            self._end(follow_up, FollowUpState.done, "nothing to do")
            return
        words = {"to": address, "id": follow_up.id, "status": follow_up.status}
        try:
            said = self._acted(action, words, follow_up)
        except (_Failed, EmailopsError) as error:
            why = hide_all(str(error))
            if self._is_over(follow_up):
                self._end(follow_up, FollowUpState.given_up, why)
                days = f"{self._plan.keep} day{'s' if self._plan.keep > 1 else ''}"
                log.error("Given up after %s, a person decides: %s: %s", days, digest(address), why)
                return
            wait = min(self._first * 2 ** (follow_up.tries - 1), _LONGEST)
            log.warning("Failure to follow up %s, try %d: %s", digest(address), follow_up.tries, why)
            self._count(FollowUpOutcome.retried)
            self._queue.put_back(follow_up, self._clock() + wait, why)
            return
        if self._dry_run and said:
            self._only_say(follow_up, address)
            return
        is_ours = self._end(follow_up, FollowUpState.done, said or "nothing to do")
        if is_ours and not said and follow_up.tries > 1:
            log.info("Nothing is left to do for %s, try %d", digest(address), follow_up.tries)
        if is_ours and said:
            log.info("User account disabled for %s after Notify reported permanent delivery failure.", digest(address))

    def _only_say(self, follow_up: FollowUp, address: str) -> None:
        """Once, and let it wait for a run that is none of these, for as long as its address is kept."""
        if follow_up.said != _DRY_RUN:
            log.info("%s would be made inactive; this is a dry run", digest(address))
        if self._is_over(follow_up):
            self._end(follow_up, FollowUpState.given_up, _DRY_RUN)
        else:
            self._queue.put_back(follow_up, self._clock() + HOUR, _DRY_RUN)

    def _is_over(self, follow_up: FollowUp) -> bool:
        return follow_up.tries >= _TRIES_BEFORE_HOURS + 24 * self._plan.keep

    def _end(self, follow_up: FollowUp, state: FollowUpState, said: str) -> bool:
        self._count(FollowUpOutcome(state.value))
        return self._queue.end(follow_up, state, said, self._clock())

    def _count(self, outcome: FollowUpOutcome) -> None:
        if self._figures is not None:
            self._figures.count(outcome)

    def _acted(self, action: FailureAction, words: dict[str, Any], follow_up: FollowUp) -> str:
        """What was done; empty where there was nobody to do it to. Raises _Failed, InvalidInput."""
        if action.lookup is not None:
            answer = self._call(action.lookup, words, follow_up.id)
            found = _at(answer, action.item) if action.item else answer
            if not isinstance(found, dict) or (action.matches and found.get(action.matches) != words["to"]):
                return ""
            if any(found.get(name) != value for name, value in action.only.items()):
                return ""
            words = {**words, "found": found}
        if not self._dry_run:
            self._call(action.change, words, follow_up.id)
        return "changed"

    def _call(self, call: Call, words: Mapping[str, Any], known_by: str) -> Any:
        """The JSON of an answer; None where what was asked for is not there. Raises _Failed, InvalidInput."""
        url = _PLACEHOLDER.sub(lambda found: quote(_found_in(words, found[1]), safe=""), call.url)
        headers = {"Accept": "application/json", "Idempotency-Key": known_by, **self._headers(call)}
        body = None if call.body is None else _filled(call.body, words)
        seconds = min(self._run.patience.answer or _ANSWER, _ANSWER)
        with closing(WritingSession(url, Patience(answer=seconds))) as session:
            try:
                answer = session.request(call.method, url, headers=headers, json=body)
            except requests.RequestException as error:
                raise _Failed(in_words(error, call.url)) from None
        if answer.status_code == requests.codes.not_found and call.method == "GET":
            return None
        if not answer.ok:
            raise _Failed(f"{call.method} was answered with {answer.status_code}")
        try:
            return answer.json() if call.method == "GET" else None
        except (ValueError, RecursionError):
            raise _Failed("the answer is no JSON") from None

    def _headers(self, call: Call) -> dict[str, str]:
        """Raises InvalidInput."""
        if not call.token:
            return {}
        token = self._run.required(call.token, "what a permanent failure sets off needs a token")
        return {"Authorization": f"Bearer {token.reveal()}"}

    def _watch(self, now: float) -> None:
        """Look at the last hour, and say once an hour that too much fails."""
        if now - self._looked < _LOOK:
            return
        self._looked = now
        counts, queued = self._store.counts(now - HOUR), self._queue.count()
        failed, total = sum(n for status, n in counts.items() if status.endswith(FAILURE)), sum(counts.values())
        if self._figures is not None:
            self._figures.failed_share.set(failed / total if total else 0)
            self._figures.waiting.set(sum(number for state, number in queued.items() if state.is_open))
        is_much = total >= _LEAST_FOR_AN_ALARM and 100 * failed > self._plan.alarm * total
        if is_much and now - self._alarmed >= HOUR:
            self._alarmed = now
            words = "ALARM: %d of %d receipts of the last hour say failure, more than %d %%"
            log.error(words, failed, total, self._plan.alarm)

    def _forget(self, now: float) -> None:
        """Addresses once an hour, and whole receipts once a day, when their time is over."""
        steps: list[Iterator[int]] = []
        if now - self._cleared >= HOUR:
            self._cleared = now
            steps.append(self._store.forget_addresses(now - self._plan.keep * DAY))
        if now - self._dropped >= DAY:
            self._dropped = now
            steps.append(self._store.drop(now - self._plan.forget * DAY))
        for _ in chain.from_iterable(steps):
            if self._stopped.wait(_BREATH):
                return


def _at(value: Any, path: str) -> Any:
    """What stands at a dotted path, numbers count from 0; None where there is nothing."""
    for step in path.split("."):
        if isinstance(value, list) and step.isdecimal():
            value = value[int(step)] if int(step) < len(value) else None
        else:
            value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _found_in(words: Mapping[str, Any], path: str) -> str:
    """A text or number for a URL. Raises _Failed: without it the call would go to something else."""
    found = _at(words, path)
    if isinstance(found, bool) or not isinstance(found, str | int) or found in ("", ".", ".."):
        raise _Failed(f"the lookup gave no {path} that can stand in a URL")
    return str(found)


def _filled(value: Any, words: Mapping[str, Any]) -> Any:
    """A body with its placeholders filled. A text that is one placeholder becomes what was found, as it is."""
    if isinstance(value, dict):
        return {name: _filled(inner, words) for name, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, words) for inner in value]
    if not isinstance(value, str):
        return value
    whole = _PLACEHOLDER.fullmatch(value)
    return _at(words, whole[1]) if whole else _PLACEHOLDER.sub(lambda found: str(_at(words, found[1])), value)
