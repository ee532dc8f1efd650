"""Receipts and complaints as they came: each recorded once, kept in the order of arrival, and found again.

A receipt is known by its id and status, so the same one told twice is one row. A message that failed and is delivered
after all has two rows: nothing is overwritten. A store may be used by several threads; each call is a transaction of
its own. Whatever fails is a LedgerError that names no row.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Delete,
    Engine,
    Row,
    Table,
    Update,
    delete,
    func,
    select,
    true,
    update,
)

from emailops.private import Address, Secret
from emailops.receipts.receipt import FAILURE, Complaint, MessageType, Receipt, hash_of
from emailops.receipts.tables import COMPLAINTS, FOLLOW_UPS, RECEIPTS, TABLES, TOKEN_USES
from emailops.store import database

_WAITING = "waiting"
_AT_ONCE = 1000
_A_HASH = re.compile(r"[\w-]{43}=", re.ASCII)
_NOT_TOLD = ("number", "account", "meant")
"""Columns of ours, of which Notify tells nothing."""


class ReceiptStore:
    """One database of receipts, by its URL: `run.database`, where the sends are, too.

    `account` is the Notify service whose receipts are recorded, followed up and forgotten: several may share one, and
    each declares what is done with its own. Without an account, that is all of them. A search always is of all.
    """

    def __init__(self, url: Secret, account: str = "") -> None:
        """Makes the tables where they are missing. Raises LedgerError."""
        self.account = account
        self.engine: Engine = database.opened(url, TABLES)

    def close(self) -> None:
        """Give the connections back; what SQLite wrote beside its file goes into it."""
        database.settle(self.engine)
        self.engine.dispose()

    def record(self, told: Sequence[Receipt | Complaint], follow: Collection[str] = ()) -> list[bool]:
        """Record all of these, or none; for each of them whether it is new. On disk when this returns.

        A new receipt of an email whose status is one of `follow` sets off a follow-up, in the same transaction.
        """
        receipts = [each for each in told if isinstance(each, Receipt)]
        complaints = [each for each in told if isinstance(each, Complaint)]
        with database.transaction(self.engine) as connection:
            new = {*self._insert(connection, RECEIPTS, ("id", "status"), map(_receipt_values, receipts))}
            noted = self._insert(connection, COMPLAINTS, ("id",), map(_complaint_values, complaints))
            first = _taken(told, new, {id_ for (id_,) in noted})
            self._insert(connection, FOLLOW_UPS, ("id", "status"), _follow_ups(told, first, follow))
            self._note_tokens(connection, told)
        return first

    def to(self, address: str, most: int = _AT_ONCE) -> tuple[Receipt, ...]:
        """The newest receipts of messages to an address or a phone number, whatever its case; the newest first."""
        return self._found(RECEIPTS.c.recipient == hash_of(address), most)

    def to_hash(self, recipient: str, most: int = _AT_ONCE) -> tuple[Receipt, ...]:
        """The same by the hash that logs hold."""
        return self._found(RECEIPTS.c.recipient == recipient, most)

    def by_reference(self, reference: str, most: int = _AT_ONCE) -> tuple[Receipt, ...]:
        """The newest receipts of messages with this reference, the newest first."""
        return self._found(RECEIPTS.c.reference == reference, most)

    def by_id(self, id: str) -> tuple[Receipt, ...]:
        """Everything that Notify told of one message, by its id, the newest first."""
        return self._found(RECEIPTS.c.id == id, _AT_ONCE)

    def by_ids(self, ids: Collection[str]) -> tuple[Receipt, ...]:
        """The same of several messages."""
        wanted = sorted(set(ids))
        pages = [wanted[first : first + _AT_ONCE] for first in range(0, len(wanted), _AT_ONCE)]
        return tuple(receipt for page in pages for receipt in self._found(RECEIPTS.c.id.in_(page), _AT_ONCE * 10))

    def meant_for(self, recipient: str, most: int = _AT_ONCE) -> tuple[Receipt, ...]:
        """The newest receipts of messages whose reference holds this hash: a redirect hid whom they were for."""
        return self._found(RECEIPTS.c.meant == recipient, most)

    def last_received(self) -> datetime | None:
        """When the newest receipt came; None where there is none."""
        with database.reading(self.engine) as connection:
            found = connection.execute(select(func.max(RECEIPTS.c.received))).scalar_one()
            return None if found is None else datetime.fromtimestamp(found, UTC)

    def failures(self, since: float, most: int = _AT_ONCE) -> tuple[Receipt, ...]:
        """The newest receipts of any failure that came at `since` or later, in seconds since 1970."""
        return self._found((RECEIPTS.c.received >= since) & RECEIPTS.c.status.endswith(FAILURE), most)

    def counts(self, since: float) -> dict[str, int]:
        """How many receipts of each status came at `since` or later."""
        is_late = RECEIPTS.c.received >= since
        wanted = select(RECEIPTS.c.status, func.count()).where(is_late & self.of_account(RECEIPTS))
        with database.reading(self.engine) as connection:
            return {row.status: row[1] for row in connection.execute(wanted.group_by(RECEIPTS.c.status))}

    def complaints(self, since: float = 0, recipient: str = "", most: int = _AT_ONCE) -> tuple[Complaint, ...]:
        """The newest complaints that came at `since` or later, of one recipient's hash or of all."""
        wanted = select(COMPLAINTS).where(COMPLAINTS.c.received >= since)
        if recipient:
            wanted = wanted.where(COMPLAINTS.c.recipient == recipient)
        with database.reading(self.engine) as connection:
            rows = connection.execute(wanted.order_by(COMPLAINTS.c.received.desc()).limit(most))
            return tuple(_complaint(row) for row in rows)

    def complaints_of(self, messages: Collection[str]) -> tuple[Complaint, ...]:
        """The complaints about these messages, by their ids."""
        wanted = sorted(set(messages))
        pages = [wanted[first : first + _AT_ONCE] for first in range(0, len(wanted), _AT_ONCE)]
        with database.reading(self.engine) as connection:
            found = (connection.execute(select(COMPLAINTS).where(COMPLAINTS.c.message.in_(page))) for page in pages)
            return tuple(_complaint(row) for rows in found for row in rows)

    def token_uses(self) -> Mapping[str, datetime]:
        """When the last receipt came with each token, by the token's fingerprint: of all short ones, that is empty."""
        with database.reading(self.engine) as connection:
            rows = connection.execute(select(TOKEN_USES.c.token, TOKEN_USES.c.used))
            return {token: datetime.fromtimestamp(used, UTC) for token, used in rows}

    def forget_addresses(self, before: float) -> Iterator[int]:
        """Keep only the hash of whatever came before, in steps between which others may write; how many were in each.

        A follow-up that is not done keeps the address that it needs.
        """
        for table in (RECEIPTS, COMPLAINTS):
            is_old = (table.c.received < before) & table.c.address.is_not(None)
            yield from self._in_steps(table, is_old, update(table).values(address=None))

    def drop(self, before: float) -> Iterator[int]:
        """Delete whatever came before, hashes and all, in such steps; how many were in each."""
        for table in (RECEIPTS, COMPLAINTS):
            yield from self._in_steps(table, table.c.received < before, delete(table))
        yield from self._in_steps(FOLLOW_UPS, FOLLOW_UPS.c.ended < before, delete(FOLLOW_UPS))

    def of_account(self, table: Table) -> ColumnElement[bool]:
        """Which rows are of the account of this store."""
        return table.c.account == self.account if self.account else true()

    def _in_steps(self, table: Table, wanted: ColumnElement[bool], change: Update | Delete) -> Iterator[int]:
        """Looked for without a lock. What another machine changes at the same time is left to it."""
        (key,) = table.primary_key
        with database.reading(self.engine) as connection:
            keys = list(connection.execute(select(key).where(wanted & self.of_account(table))).scalars())
        for first in range(0, len(keys), _AT_ONCE):
            free = select(key).where(key.in_(keys[first : first + _AT_ONCE])).with_for_update(skip_locked=True)
            with database.transaction(self.engine) as connection:
                changed = connection.execute(change.where(key.in_(free))).rowcount
            yield changed

    def _found(self, wanted: ColumnElement[bool], most: int) -> tuple[Receipt, ...]:
        newest = (RECEIPTS.c.received.desc(), RECEIPTS.c.number.desc())
        with database.reading(self.engine) as connection:
            rows = connection.execute(select(RECEIPTS).where(wanted).order_by(*newest).limit(most))
            return tuple(_receipt(row) for row in rows)

    def _insert(
        self, connection: Connection, table: Table, known_by: tuple[str, ...], rows: Iterator[dict[str, Any]]
    ) -> list[tuple[str, ...]]:
        """What was not there yet. In one order: two that insert the same would wait for each other for ever."""
        by_key = {tuple(row[name] for name in known_by): {**row, "account": self.account} for row in rows}
        if not by_key:
            return []
        insert = database.insert(connection, table).on_conflict_do_nothing(index_elements=known_by)
        inserted = connection.execute(
            insert.returning(*(table.c[name] for name in known_by)), [by_key[key] for key in sorted(by_key)]
        )
        return [tuple(row) for row in inserted]

    def _note_tokens(self, connection: Connection, told: Sequence[Receipt | Complaint]) -> None:
        used: dict[str, float] = {}
        for each in told:
            used[each.token] = max(each.received, used.get(each.token, 0))
        rows = [{"token": token, "used": used[token]} for token in sorted(used)]
        if rows:
            insert = database.insert(connection, TOKEN_USES)
            newer = insert.excluded.used
            connection.execute(
                insert.on_conflict_do_update(
                    index_elements=["token"], set_={"used": newer}, where=TOKEN_USES.c.used < newer
                ),
                rows,
            )


def _taken(told: Sequence[Receipt | Complaint], receipts: set[tuple[str, ...]], complaints: set[str]) -> list[bool]:
    """For each whether it is new; of the same one twice in a batch the first."""
    found = []
    for each in told:
        key, new = ((each.id, each.status), receipts) if isinstance(each, Receipt) else (each.id, complaints)
        found.append(key in new)
        new.discard(key)
    return found


def _follow_ups(
    told: Sequence[Receipt | Complaint], first: Sequence[bool], follow: Collection[str]
) -> Iterator[dict[str, Any]]:
    for each, is_new in zip(told, first, strict=True):
        if is_new and isinstance(each, Receipt) and each.type is MessageType.email and each.status in follow:
            yield {
                "id": each.id,
                "status": each.status,
                "recipient": each.recipient,
                "address": each.address and each.address.reveal(),
                "state": _WAITING,
                "tries": 0,
                "due": each.received,
                "said": "",
            }


def _receipt_values(receipt: Receipt) -> dict[str, Any]:
    return {
        "id": receipt.id,
        "status": receipt.status,
        "type": receipt.type.value,
        "reference": receipt.reference,
        "meant": _meant(receipt.reference),
        "recipient": receipt.recipient,
        "address": receipt.address and receipt.address.reveal(),
        "template": receipt.template,
        "template_version": receipt.template_version,
        "created": _text(receipt.created),
        "sent": _text(receipt.sent),
        "completed": _text(receipt.completed),
        "token": receipt.token,
        "received": receipt.received,
    }


def _meant(reference: str | None) -> str | None:
    found = _A_HASH.search(reference or "")
    return found[0] if found else None


def _complaint_values(complaint: Complaint) -> dict[str, Any]:
    return {
        "id": complaint.id,
        "message": complaint.message,
        "reference": complaint.reference,
        "recipient": complaint.recipient,
        "address": complaint.address and complaint.address.reveal(),
        "complained": _text(complaint.complained),
        "token": complaint.token,
        "received": complaint.received,
    }


def _receipt(row: Row[Any]) -> Receipt:
    fields = {name: value for name, value in row._mapping.items() if name not in _NOT_TOLD}
    times = {name: _time(fields[name]) for name in ("created", "sent", "completed")}
    return Receipt(**{**fields, **times, "type": MessageType(row.type), "address": _address(row.address)})


def _complaint(row: Row[Any]) -> Complaint:
    fields = {name: value for name, value in row._mapping.items() if name != "account"}
    return Complaint(**{**fields, "complained": _time(row.complained), "address": _address(row.address)})


def _address(text: str | None) -> Address | None:
    return None if text is None else Address(text)


def _text(time: datetime | None) -> str | None:
    return None if time is None else time.astimezone(UTC).isoformat(timespec="microseconds")


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
