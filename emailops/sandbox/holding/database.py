"""What a sandbox holds, kept in an SQLite file: a row an object, there before the answer that made it is sent.

https://www.sqlite.org/wal.html: with a write-ahead log a commit outlives a process that is killed at any moment. It is
not forced to the disk, so the last ones may be lost when the power goes; the file is whole even then.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from contextlib import closing, contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from emailops.errors import InvalidInput
from emailops.sandbox.holding.state import account_state, audience_state, member_state, message_state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from emailops.sandbox.holding.collection import Collection
    from emailops.sandbox.holding.holdings import Holdings

APPLICATION = 0x656D6F70  # "emop": how SQLite files of ours are told from those of others
FORMAT = 1
REMEDY = "name another file for --data, or a new one"


class NotKept(InvalidInput):
    """The file could not be written, so what the sandbox holds is ahead of it until the next write that succeeds."""


class Database:
    """One file, for one sandbox at a time: the lock on it ends with the process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seconds_ahead: float | None = None
        self._is_behind = False
        try:
            if not path.exists():
                path.touch(mode=0o600)  # it holds what was written to people
            self._file = sqlite3.connect(path, timeout=0, check_same_thread=False)
        except (OSError, ValueError, sqlite3.Error) as error:
            raise InvalidInput(f"{path} cannot be opened: {error}", REMEDY) from error
        try:
            self._open()
        except sqlite3.Error as error:
            self.close()
            if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY:
                raise InvalidInput(f"{path}: another sandbox is using it", "stop that one, or name another") from error
            raise InvalidInput(f"{path} is not a sandbox's file: {error}", REMEDY) from error
        except InvalidInput:
            self.close()
            raise

    def accounts(self) -> dict[str, Any] | None:
        """Everything that the file holds, in the shape of an accounts file; None for a new one."""
        rows: dict[str, list[tuple[str, Any]]] = defaultdict(list)
        try:
            for kind, owner, content in self._file.execute("SELECT kind, owner, content FROM kept ORDER BY rowid"):
                rows[kind].append((owner, json.loads(content)))
            return _as_accounts(rows) if rows else None
        except (sqlite3.Error, ValueError, KeyError, TypeError) as error:
            raise InvalidInput(f"{self._path} is damaged: {error}", REMEDY) from error

    def seconds_ahead(self) -> float:
        """How far the clock was set forward."""
        found = self._file.execute("SELECT content FROM kept WHERE kind = 'clock'").fetchone()
        try:
            return float(found[0]) if found else 0.0
        except ValueError as error:
            raise InvalidInput(f"{self._path} is damaged: it has no clock", REMEDY) from error

    def save(self, holdings: Holdings, seconds_ahead: float, *, after_write: bool) -> None:
        """What was written since the last time, in one transaction.

        After a failure all of it is written anew by the next request that writes, and one that only reads is answered
        meanwhile; `after_write` says which it was.
        """
        if self._is_behind and not after_write:
            return
        if self._is_behind:
            self.save_all(holdings, seconds_ahead)
            return
        with self._transaction():
            self._put_clock(seconds_ahead)
            for change in _written(holdings):
                self._note(*change)

    def save_all(self, holdings: Holdings, seconds_ahead: float) -> None:
        """Everything that is held, in the place of whatever the file held."""
        with self._transaction():
            self._file.execute("DELETE FROM kept")
            self._seconds_ahead = None
            self._put_clock(seconds_ahead)
            for change in _everything(holdings):
                self._note(*change)
        for _ in _written(holdings):
            pass  # it is all in the file now

    def close(self) -> None:
        self._file.close()

    def _open(self) -> None:
        # The lock is taken by the first write and kept, which also spares the log its shared memory.
        self._file.execute("PRAGMA locking_mode = EXCLUSIVE")
        with closing(self._file.execute("PRAGMA application_id")) as found:
            (application,) = found.fetchone()
        (tables,) = self._file.execute("SELECT count(*) FROM sqlite_master").fetchone()
        (form,) = self._file.execute("PRAGMA user_version").fetchone()
        if tables and (application != APPLICATION or form != FORMAT):
            raise InvalidInput(f"{self._path} is an SQLite file, but not one of this sandbox", REMEDY)
        self._file.execute("PRAGMA journal_mode = WAL")
        self._file.execute("PRAGMA synchronous = NORMAL")
        with self._file:
            self._file.execute("BEGIN IMMEDIATE")
            self._file.execute(f"PRAGMA application_id = {APPLICATION}")
            self._file.execute(f"PRAGMA user_version = {FORMAT}")
            self._file.execute(
                "CREATE TABLE IF NOT EXISTS kept (kind TEXT, owner TEXT, id TEXT, content TEXT NOT NULL, "
                "PRIMARY KEY (kind, owner, id))"
            )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            with self._file:
                yield
            self._is_behind = False
        except sqlite3.Error as error:
            self._is_behind = True
            raise NotKept(f"{self._path} cannot be written: {error}") from error

    def _put_clock(self, seconds_ahead: float) -> None:
        if seconds_ahead != self._seconds_ahead:
            self._put("clock", "", "", seconds_ahead)
            self._seconds_ahead = seconds_ahead

    def _note(self, table: str, owner: str, id_: str, content: Any) -> None:
        if content is not None:
            self._put(table, owner, id_, content)
            return
        self._file.execute("DELETE FROM kept WHERE kind = ? AND owner = ? AND id = ?", (table, owner, id_))
        if table == "audience":
            self._file.execute("DELETE FROM kept WHERE kind = 'member' AND owner = ?", (id_,))

    def _put(self, table: str, owner: str, id_: str, content: Any) -> None:
        self._file.execute(
            "INSERT INTO kept VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET content = excluded.content",
            (table, owner, id_, json.dumps(content)),
        )


_Change = tuple[str, str, str, Any]
"""Which table and whose, the id, and what is there now: None where it is gone."""


def _collections(holdings: Holdings) -> Iterator[tuple[str, str, Collection[Any]]]:
    """Each with its table and its owner, members behind their audience."""
    yield "service", "", holdings.services
    yield "account", "", holdings.accounts
    for account in holdings.accounts.values():
        yield "campaign", account.account_id, account.campaigns
        yield "audience", account.account_id, account.audiences
        for audience in account.audiences.values():
            yield "member", audience.id, audience.members
    yield "message", "", holdings.messages


def _written(holdings: Holdings) -> Iterator[_Change]:
    for table, owner, collection in _collections(holdings):
        for id_, item in collection.take_written():
            yield table, owner, id_, None if item is None else _CONTENTS[table](item)


def _everything(holdings: Holdings) -> Iterator[_Change]:
    for table, owner, collection in _collections(holdings):
        for id_, item in collection.items():
            yield table, owner, id_, _CONTENTS[table](item)


_CONTENTS: dict[str, Callable[[Any], Any]] = {
    "service": asdict,
    "account": account_state,
    "campaign": asdict,
    "audience": audience_state,
    "member": member_state,
    "message": message_state,
}


def _as_accounts(rows: dict[str, list[tuple[str, Any]]]) -> dict[str, Any]:
    accounts = [{**content, "audiences": [], "campaigns": []} for _, content in rows["account"]]
    by_id = {account["account_id"]: account for account in accounts}
    audiences = {}
    for owner, content in rows["audience"]:
        audiences[content["id"]] = {**content, "members": []}
        by_id[owner]["audiences"].append(audiences[content["id"]])
    for owner, content in rows["member"]:
        audiences[owner]["members"].append(content)
    for owner, content in rows["campaign"]:
        by_id[owner]["campaigns"].append(content)
    return {
        "notify": {"services": [content for _, content in rows["service"]]},
        "mailchimp": {"accounts": accounts},
        "messages": [content for _, content in rows["message"]],
    }
