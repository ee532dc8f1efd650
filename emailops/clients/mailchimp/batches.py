"""Many subscriptions in few calls.

https://mailchimp.com/developer/marketing/api/lists/batch-subscribe-or-unsubscribe/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from ..errors import KeyRefused, MinuteLimitReached, NotFound, Refused, ShortListing, Unavailable
from .listings import listed
from .outcomes import Outcome, of_refusal, of_status
from .transport import Calls

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

SIZE = 500
FEW = 20
_STATUSES = ("unsubscribed", "pending", "cleaned", "transactional")
_EXISTS = "ERROR_CONTACT_EXISTS"
_UNANSWERED = (MinuteLimitReached, ShortListing, Unavailable)

Batch = Mapping[str, str]
"""Addresses by Mailchimp's ids of them."""


class Batches:
    """Subscribes to one audience. Nobody who is known there is changed, so that a batch can be repeated at any time."""

    def __init__(self, audience_id: str, official: Any, calls: Calls) -> None:
        self._id = audience_id
        self._official = official
        self._calls = calls

    def subscribe(self, wanted: Batch, at_once: int) -> dict[str, Outcome]:
        """The outcome of each id. Raises KeyRefused and NotFound."""
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 (most apps subscribe one)

        threads = ThreadPoolExecutor(max_workers=at_once)
        try:
            found = self._archived(wanted)
            new = {id_: address for id_, address in wanted.items() if id_ not in found}
            for outcomes in threads.map(self._outcomes, list(_batches(new))):
                found.update(outcomes)
            present = [id_ for id_, outcome in found.items() if outcome is Outcome.ALREADY]
            return {**found, **self._standing(present, threads)}
        finally:
            threads.shutdown(cancel_futures=True)

    def _archived(self, wanted: Batch) -> dict[str, Outcome]:
        """A batch would bring back who was archived, and Mailchimp no longer says whether they had left before."""
        if not wanted:
            return {}
        try:
            ids, outcome = self._with_status("archived")
        except _UNANSWERED:
            return dict.fromkeys(wanted, Outcome.UNKNOWN)
        return dict.fromkeys(ids.intersection(wanted), outcome)

    def _standing(self, present: Sequence[str], threads: ThreadPoolExecutor) -> dict[str, Outcome]:
        """With which status they are there already; a batch does not say."""
        try:
            if len(present) <= FEW:
                return dict(zip(present, threads.map(self._status_of, present)))
            listed = list(threads.map(self._with_status, _STATUSES))
        except (NotFound, *_UNANSWERED):
            return dict.fromkeys(present, Outcome.UNKNOWN)
        return {id_: outcome for ids, outcome in listed for id_ in ids.intersection(present)}

    def _outcomes(self, batch: Batch) -> dict[str, Outcome]:
        """One of a batch that Mailchimp refuses as a whole must not cost the others: it is halved until they part."""
        members = [{"email_address": address, "status": "subscribed"} for address in batch.values()]
        body = {"members": members, "update_existing": False}
        post = partial(self._official.lists.update_members, self._id, body)
        try:
            errors = self._calls.repeat(lambda: post()["errors"], "subscribe a batch", *batch.values())
            return self._told(batch, errors)
        except (KeyRefused, NotFound):
            raise
        except _UNANSWERED:
            return dict.fromkeys(batch, Outcome.UNKNOWN)
        except Refused:
            if len(batch) == 1:
                return dict.fromkeys(batch, Outcome.REFUSED)
            return {id_: outcome for half in _halves(batch) for id_, outcome in self._outcomes(half).items()}

    def _told(self, batch: Batch, errors: Sequence[Mapping[str, Any]]) -> dict[str, Outcome]:
        ids = {address.lower(): id_ for id_, address in batch.items()}
        outcomes = dict.fromkeys(batch, Outcome.SUBSCRIBED)
        for error in errors:
            id_ = ids.get(str(error.get("email_address", "")).lower())
            if id_ is not None:
                exists = error.get("error_code") == _EXISTS
                outcomes[id_] = Outcome.ALREADY if exists else of_refusal(error)
        return outcomes

    def _status_of(self, id_: str) -> Outcome:
        get = partial(self._official.lists.members.get, self._id, id_, fields="status")
        return of_status(self._calls.repeat(lambda: get()["status"], "look at a member"))

    def _with_status(self, status: str) -> tuple[set[str], Outcome]:
        ask = partial(self._official.lists.members.all, self._id, status=status, fields="members.id,total_items")
        return {str(member["id"]) for member in listed(self._calls, ask, "members")}, of_status(status)


def _batches(wanted: Batch) -> Iterator[Batch]:
    entries = list(wanted.items())
    for start in range(0, len(entries), SIZE):
        yield dict(entries[start : start + SIZE])


def _halves(batch: Batch) -> tuple[Batch, Batch]:
    entries = list(batch.items())
    middle = len(entries) // 2
    return dict(entries[:middle]), dict(entries[middle:])
