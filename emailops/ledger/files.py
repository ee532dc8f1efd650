"""The ledger in plain files: recorded/SCOPE.yaml in the state, everything else in its ignored .emailops/."""

from __future__ import annotations

import fcntl
import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from emailops.errors import GateError, InvalidInput, UsageError
from emailops.ledger import notes
from emailops.ledger.notes import Intent
from emailops.store.files import probe, write


class FilesLedger:
    """Its lease is a lock on a file, which the machine gives back when the process ends, however it ends."""

    age = 0.0

    def __init__(self, state: Path, at: str = "") -> None:
        self._recorded = state / "recorded"
        self._own = state / ".emailops"
        self._at = at
        self._run: dict[str, Any] = {}
        self._results: list[Mapping[str, Any]] = []

    def place(self, scope: str) -> str:
        return f"commit recorded/{scope}.yaml"

    def recorded(self) -> None:
        return None

    def record(self, scope: str, resource: str, id_: str, *, instead_of: Collection[str] = ()) -> None:
        path = self._recorded / f"{scope}.yaml"
        kept = {name: known for name, known in self._read(path).items() if name not in instead_of}
        self._write(path, {**kept, resource: id_})
        for other in self._files():
            for name in (resource, *instead_of) if other != path else ():
                self._drop(other, name)
        self._settle(resource)

    def forget(self, resource: str) -> None:
        for path in self._files():
            self._drop(path, resource)

    def intents(self) -> dict[str, Intent]:
        where = str(self._own / "intents.json")
        return notes.intents_from(where, self._noted("intents.json", "a list of intents", "restore it from a backup"))

    def intend(self, intent: Intent) -> None:
        self._note("intents.json", notes.intents_as_json([*({**self.intents(), intent.resource: intent}).values()]))

    def withdraw(self, intent: Intent) -> None:
        if self.intents().get(intent.resource) == intent:
            self._settle(intent.resource)

    def note(self, result: Mapping[str, Any]) -> None:
        self._results.append(result)
        self._note("results.json", {"format": 1, **self._run, "results": self._results})

    def snapshot(self) -> dict[str, Any] | None:
        return self._noted("settings.json", "a settings snapshot", "remove it; --base REF compares with a commit")

    def save_snapshot(self, snapshot: dict[str, Any]) -> None:
        self._note("settings.json", snapshot)

    def observation(self) -> dict[str, Any] | None:
        return self._noted("observation.json", "an observation", "remove it; emailops drift writes a new one")

    def save_observation(self, observation: dict[str, Any]) -> None:
        self._note("observation.json", observation)

    @contextmanager
    def lease(self, who: str) -> Iterator[str]:
        self._ignore()
        with _opened(self._own / "lock") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.seek(0)
                holder = lock.read().strip() or "another run"
                message = f"the state is being applied by {holder}"
                raise GateError("locked", message, "wait until it ends; the lock ends with its process") from None
            lock.truncate(0)
            lock.write(f"{who}\n")
            lock.flush()
            for folder in (self._own, self._recorded):
                probe(folder)
            nonce = secrets.token_hex(8)
            self._close_dead_run()
            for resource in self.intents():
                # A run may have died between the two files.
                if any(resource in self._read(path) for path in self._files()):
                    self._settle(resource)
            self._run, self._results = {"nonce": nonce, "who": who, "at": self._at}, []
            yield nonce
            lock.truncate(0)

    def confirm(self) -> None:
        """The lock holds as long as this process does."""

    def end(self, line: Mapping[str, Any]) -> None:
        self._append(line)
        (self._own / "results.json").unlink(missing_ok=True)

    def unlock(self, nonce: str, by: str) -> str:
        remedy = "the lock ends with its process: see which one it is, and end that"
        who = by.partition(" since ")[0]
        raise UsageError(f"ledger: files has no lease {nonce} for {who} to break", remedy)

    def log(self) -> Sequence[Mapping[str, Any]]:
        return notes.lines_from(self._bytes(self._own / "log.jsonl") or b"")[::-1]

    def _settle(self, resource: str) -> None:
        intents = self.intents()
        if intents.pop(resource, None) is not None:
            self._note("intents.json", notes.intents_as_json(intents.values()))

    def _close_dead_run(self) -> None:
        """The audit line of a run that was killed, unless it came to write its own."""
        left = self._noted("results.json", "a list of results", "remove it; it is of a run that died")
        if left is not None and not any(one.get("nonce") == left.get("nonce") for one in self.log()):
            self._append(notes.of_a_dead_run(left))
        (self._own / "results.json").unlink(missing_ok=True)

    def _append(self, line: Mapping[str, Any]) -> None:
        self._ignore()
        known = (self._bytes(self._own / "log.jsonl") or b"").decode(errors="replace")
        write(self._own / "log.jsonl", known + notes.as_line(line))

    def _noted(self, name: str, what: str, remedy: str) -> dict[str, Any] | None:
        path = self._own / name
        return notes.noted(str(path), self._bytes(path), what, remedy)

    def _note(self, name: str, noted: Mapping[str, Any]) -> None:
        self._ignore()
        write(self._own / name, notes.as_text(noted))

    def _files(self) -> list[Path]:
        return sorted(self._recorded.glob("*.yaml")) if self._recorded.is_dir() else []

    def _drop(self, path: Path, resource: str) -> None:
        ids = self._read(path)
        if resource in ids:
            del ids[resource]
            self._write(path, ids)

    def _read(self, path: Path) -> dict[str, str]:
        content = self._bytes(path)
        return {} if content is None else notes.ids_from(str(path), content)

    def _bytes(self, path: Path) -> bytes | None:
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise InvalidInput(f"{path} cannot be read: {error.strerror}", "see that it may be read") from error

    def _write(self, path: Path, ids: dict[str, str]) -> None:
        write(path, notes.ids_as_text(ids))

    def _ignore(self) -> None:
        if not (self._own / ".gitignore").exists():
            write(self._own / ".gitignore", "*\n")


def _opened(path: Path) -> TextIO:
    try:
        return path.open("a+", encoding="utf-8")
    except OSError as error:
        raise InvalidInput(
            f"{path} cannot be opened: {error.strerror}", "see the folder's owner and the disk"
        ) from error
