"""Receipts asked for messages: the store beside the sends, where this run can reach one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager

from emailops.clients.private import digest
from emailops.declaration.addresses import cleaned
from emailops.errors import InvalidInput
from emailops.receipts.receipt import Receipt
from emailops.receipts.store import ReceiptStore
from emailops.run import Run
from emailops.store import database

MOST = 100_000
"""Receipts that one question takes."""


class NoReceipts(InvalidInput):
    """Nobody keeps receipts here."""


@contextmanager
def receipts_of(run: Run) -> Iterator[ReceiptStore]:
    """The store, while open. Raises NoReceipts where there is none, or none ever came, and LedgerError."""
    if not database.is_there(run.database):
        raise NoReceipts("there is no database of receipts here", "EMAILOPS_DATABASE says where it is")
    with closing(ReceiptStore(run.database)) as store:
        if store.last_received() is None:
            raise NoReceipts("no receipt has come yet", "emailops receipts serve takes them from Notify")
        yield store


def to(store: ReceiptStore, spellings: Iterable[str]) -> list[Receipt]:
    """The receipts of messages to a recipient, in each spelling."""
    return [receipt for spelling in spellings for receipt in store.to(spelling, MOST)]


def meant_for(store: ReceiptStore, address: str) -> list[Receipt]:
    """The receipts of messages whose reference tells that they were meant for this address."""
    hashes = dict.fromkeys((digest(cleaned(address)), digest(cleaned(address).lower())))
    return [receipt for hash_ in hashes for receipt in store.meant_for(hash_, MOST)]


def failed(store: ReceiptStore, since: float) -> list[Receipt]:
    """Every receipt of each message of which a failure or a complaint was told since then."""
    failed = {receipt.id for receipt in store.failures(since, MOST)}
    return list(store.by_ids(failed | {complaint.message for complaint in store.complaints(since, most=MOST)}))
