"""What a sandbox holds, kept in an SQLite file: a row an object, there before the answer that made it is sent.

https://www.sqlite.org/wal.html: with a write-ahead log a commit outlives a process that is killed at any moment. It is
not forced to the disk, so the last ones may be lost when the power goes; the file is whole even then.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from emailops.errors import InvalidInput
from emailops.sandbox.holding.state import account_state, audience_state, member_state, message_state
from emailops.sandbox.holding.watched import Watched

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from emailops.sandbox.holding.world import World

APPLICATION = 0x656D6F70  # "emop": how SQLite files of ours are told from those of others
FORMAT = 1
REMEDY = "name another file for --data, or a new one"


class NotKept(InvalidInput):
    """The file could not be written, so what the sandbox holds is ahead of it until the next write that succeeds."""


class Kept:
    """One file, for one sandbox at a time: the lock on it ends with the process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last: dict[tuple[str, str, str], str] = {}
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

    def watch(self, world: World) -> None:
        """From now on `keep` writes what changes in a world that the file holds already."""
        world.services, world.messages = Watched(world.services), Watched(world.messages)
        for account in world.accounts:
            account.audiences, account.campaigns = Watched(account.audiences), Watched(account.campaigns)
            for audience in account.audiences.values():
                audience.members = Watched(audience.members)

    def keep(self, world: World, seconds_ahead: float, *, lent: bool) -> None:
        """What changed since the last time, in one transaction; without `lent`, only what is new or gone.

        After a failure all of it is written anew by the next that writes; one that only reads is answered meanwhile.
        """
        if self._is_behind and not lent:
            return
        try:
            with self._file:
                if self._is_behind:
                    self._start_over()
                self._put("clock", "", "", json.dumps(seconds_ahead))
                self._write(world, lent=lent)
            self._is_behind = False
        except sqlite3.Error as error:
            self._is_behind = True
            raise NotKept(f"{self._path} cannot be written: {error}") from error

    def replace(self, world: World, seconds_ahead: float) -> None:
        """Another world in the place of the last one."""
        self._is_behind = True
        self.keep(world, seconds_ahead, lent=True)

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

    def _write(self, world: World, *, lent: bool) -> None:
        # A service is lent by reading, too: a template may be made on first sight.
        self._collection("service", world, "services", "", asdict, lent=True)
        for account in world.accounts:
            self._put("account", "", account.account_id, json.dumps(account_state(account)))
            self._collection("campaign", account, "campaigns", account.account_id, asdict, lent=lent)
            self._collection("audience", account, "audiences", account.account_id, audience_state, lent=lent)
            for audience in account.audiences.values():
                self._collection("member", audience, "members", audience.id, member_state, lent=lent)
        self._collection("message", world, "messages", "", message_state, lent=lent)

    def _start_over(self) -> None:
        self._last.clear()
        self._file.execute("DELETE FROM kept")

    def _collection(
        self, kind: str, holder: Any, name: str, owner: str, content: Callable[[Any], Any], *, lent: bool
    ) -> None:
        """One mapping of the world; one that is not watched yet is new, and all of it is written."""
        items = getattr(holder, name)
        if self._is_behind or not isinstance(items, Watched):
            self._file.execute("DELETE FROM kept WHERE kind = ? AND owner = ?", (kind, owner))
            watched: Watched[Any] = Watched({})
            watched.update(items)
            setattr(holder, name, watched)
            items = watched
        for id_, item in items.changed(lent=lent):
            if item is not None:
                self._put(kind, owner, id_, json.dumps(content(item)))
            else:
                self._remove(kind, owner, id_)

    def _put(self, kind: str, owner: str, id_: str, content: str) -> None:
        if kind not in _MANY:
            if self._last.get((kind, owner, id_)) == content:
                return
            self._last[kind, owner, id_] = content
        self._file.execute(
            "INSERT INTO kept VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET content = excluded.content",
            (kind, owner, id_, content),
        )

    def _remove(self, kind: str, owner: str, id_: str) -> None:
        self._last.pop((kind, owner, id_), None)
        self._file.execute("DELETE FROM kept WHERE kind = ? AND owner = ? AND id = ?", (kind, owner, id_))
        if kind == "audience":
            self._file.execute("DELETE FROM kept WHERE kind = 'member' AND owner = ?", (id_,))


_MANY = frozenset({"message", "member"})  # too many to remember how each was last written


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
