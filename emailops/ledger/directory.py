"""The ledger in plain files: recorded/SCOPE.yaml in the state, everything else in its ignored .emailops/."""

from __future__ import annotations

import fcntl
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from emailops.errors import GateError, InvalidInput, UsageError
from emailops.ledger import contents
from emailops.ledger.contents import Edits, Files
from emailops.ledger.file_tree import FileTreeLedger, Note
from emailops.store.files import probe, write


class DirectoryFiles(Files):
    """The files of a state's ledger, each read when it is asked for."""

    def __init__(self, state: Path) -> None:
        self.recorded = state / "recorded"
        self.own = state / ".emailops"

    def __getitem__(self, path: str) -> bytes:
        try:
            return self.path(path).read_bytes()
        except FileNotFoundError:
            raise KeyError(path) from None
        except OSError as error:
            message = f"{self.path(path)} cannot be read: {error.strerror}"
            raise InvalidInput(message, "see that it may be read") from error

    def __iter__(self) -> Iterator[str]:
        yield from (f"recorded/{path.name}" for path in sorted(self.recorded.glob("*.yaml")))
        yield from (path.relative_to(self.own).as_posix() for path in sorted(self.own.glob("*.json*")))
        yield from (path.relative_to(self.own).as_posix() for path in sorted(self.own.glob("log/*.jsonl")))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def where(self, path: str) -> str:
        return str(self.path(path))

    def path(self, path: str) -> Path:
        """Where the file stands, or would stand."""
        folder, _, name = path.rpartition("/")
        return self.recorded / name if folder == "recorded" else self.own / path


class FilesLedger(FileTreeLedger):
    """Its lease is a lock on a file, which the machine gives back when the process ends, however it ends."""

    age = 0.0

    def __init__(self, state: Path, at: str = "") -> None:
        super().__init__(at)
        self._files = DirectoryFiles(state)

    def place(self, scope: str) -> str:
        return f"commit recorded/{scope}.yaml"

    def recorded(self) -> None:
        return None

    def note(self, result: Mapping[str, Any]) -> None:
        self._results.append(result)
        self._write("", lambda _: self._results_edits())

    @contextmanager
    def lease(self, who: str) -> Iterator[str]:
        self._ignore()
        with _opened(self._files.own / "lock") as lock:
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
            for folder in (self._files.own, self._files.recorded):
                probe(folder)
            self._write("", contents.after_dead_run)
            self._begin(secrets.token_hex(8), who)
            self._known = contents.every_id(self._files)
            yield self._nonce
            lock.truncate(0)

    def confirm(self) -> None:
        """The lock holds as long as this process does."""

    def end(self, line: Mapping[str, Any]) -> None:
        self._write("", lambda files: {**contents.with_line(files, line), contents.RESULTS: None})

    def unlock(self, nonce: str, by: str) -> str:  # noqa: ARG002 (there is none to break, whoever asks)
        raise UsageError("with ledger: files there is no lease", "the lock ends when its process ends")

    def _read(self) -> Files:
        return self._files

    def _write(self, message: str, note: Note, *, needs_lease: bool = True) -> None:  # noqa: ARG002 (a lock is enough)
        """One file after another, in the order of the edits; a file that stays as it is is not touched."""
        edits: Edits = note(self._files)
        for path, content in edits.items():
            if content == self._files.get(path):
                continue
            if not path.startswith("recorded/"):
                self._ignore()
            if content is None:
                self._files.path(path).unlink(missing_ok=True)
            else:
                write(self._files.path(path), content.decode(errors="replace"))

    def _ignore(self) -> None:
        if not (self._files.own / ".gitignore").exists():
            write(self._files.own / ".gitignore", "*\n")


def _opened(path: Path) -> TextIO:
    try:
        return path.open("a+", encoding="utf-8")
    except OSError as error:
        message = f"{path} cannot be opened: {error.strerror}"
        raise InvalidInput(message, "see the folder's owner and the disk") from error
