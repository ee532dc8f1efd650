"""The ledger in plain files: recorded/SCOPE.yaml in the state, everything else in its ignored .emailops/."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from emailops.declaration.values import Table
from emailops.errors import GateError, InvalidInput
from emailops.store.files import write
from emailops.store.yaml import parse

_HEADER = "# Ids that the providers gave, a line each. Written by emailops only.\n"


class FilesLedger:
    def __init__(self, state: Path) -> None:
        self._recorded = state / "recorded"
        self._own = state / ".emailops"

    def record(self, scope: str, resource: str, id_: str, *, instead_of: Collection[str] = ()) -> None:
        path = self._recorded / f"{scope}.yaml"
        kept = {name: known for name, known in self._read(path).items() if name not in instead_of}
        self._write(path, {**kept, resource: id_})
        for other in self._files():
            for name in (resource, *instead_of) if other != path else ():
                self._drop(other, name)

    def forget(self, resource: str) -> None:
        for path in self._files():
            self._drop(path, resource)

    def snapshot(self) -> dict[str, Any] | None:
        return self._noted("settings.json", "a settings snapshot", "remove it; --base REF compares with a commit")

    def save_snapshot(self, snapshot: dict[str, Any]) -> None:
        self._note("settings.json", snapshot)

    def observation(self) -> dict[str, Any] | None:
        return self._noted("observation.json", "an observation", "remove it; emailops drift writes a new one")

    def save_observation(self, observation: dict[str, Any]) -> None:
        self._note("observation.json", observation)

    @contextmanager
    def lease(self, who: str) -> Iterator[None]:
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
            yield
            lock.truncate(0)

    def _noted(self, name: str, what: str, remedy: str) -> dict[str, Any] | None:
        try:
            noted = json.loads((self._own / name).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, RecursionError):
            noted = None
        if not isinstance(noted, dict) or noted.get("format") != 1:
            raise InvalidInput(f"{self._own / name} is not {what}", remedy)
        return noted

    def _note(self, name: str, noted: dict[str, Any]) -> None:
        self._ignore()
        write(self._own / name, json.dumps(noted, indent=1, sort_keys=True) + "\n")

    def _files(self) -> list[Path]:
        return sorted(self._recorded.glob("*.yaml")) if self._recorded.is_dir() else []

    def _drop(self, path: Path, resource: str) -> None:
        ids = self._read(path)
        if resource in ids:
            del ids[resource]
            self._write(path, ids)

    def _read(self, path: Path) -> dict[str, str]:
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise InvalidInput(f"{path} cannot be read: {error.strerror}", "see that it may be read") from error
        table, findings = parse(path.name, content)
        if findings or not isinstance(table, Table):
            raise InvalidInput(f"{path} is not a list of ids", "emailops validate says where")
        return {resource: id_ for resource, id_ in table.items() if isinstance(id_, str)}

    def _write(self, path: Path, ids: dict[str, str]) -> None:
        lines = [f"{resource}: {json.dumps(ids[resource])}\n" for resource in sorted(ids)]
        write(path, _HEADER + "".join(lines))

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
