"""What every ledger does with its files, wherever they stand: a note gives edits, and each writes them in its way."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from emailops.errors import LedgerError
from emailops.ledger import contents
from emailops.ledger.contents import Edits, Files
from emailops.ledger.notes import Intent

Note = Callable[[Files], Edits]


class FileTreeLedger(ABC):
    """A ledger as `emailops.ledger.Ledger` says it. `at` is this run's time, for the notes.

    `_known` are the ids as they were when the lease was taken, or as this run recorded them since: another one in its
    place was recorded by another run.
    """

    def __init__(self, at: str) -> None:
        self._at = at
        self._nonce = ""
        self._who = ""
        self._results: list[Mapping[str, Any]] = []
        self._known: dict[str, str] = {}

    def record(self, scope: str, resource: str, id_: str, *, instead_of: Collection[str] = ()) -> None:
        def note(files: Files) -> Edits:
            there = contents.every_id(files).get(resource)
            if there not in (None, self._known.get(resource), id_):
                message = f"{resource} has two ids now: {there} was recorded by another run, {id_} is ours"
                raise LedgerError(message, f"look at both in Mailchimp, then emailops adopt {resource} ID")
            return contents.with_id(files, scope, resource, id_, instead_of)

        self._write(f"{resource} is {id_}", note, needs_lease=False)
        self._known[resource] = id_

    def forget(self, resource: str) -> None:
        self._write(f"{resource} is forgotten", lambda files: contents.without_id(files, resource))

    def intents(self) -> dict[str, Intent]:
        return contents.intents(self._read())

    def intend(self, intent: Intent) -> None:
        self._write(f"{intent.resource} is about to be created", lambda files: contents.with_intent(files, intent))

    def withdraw(self, intent: Intent) -> None:
        def note(files: Files) -> Edits:
            is_ours = contents.intents(files).get(intent.resource) == intent
            return contents.without_intent(files, intent.resource) if is_ours else {}

        self._write(f"{intent.resource} was not created", note, needs_lease=False)

    def snapshot(self) -> dict[str, Any] | None:
        remedy = "--base REF compares with a commit; once it is removed, the next converged apply writes a new one"
        return contents.document(self._read(), contents.SNAPSHOT, "a settings snapshot", remedy)

    def save_snapshot(self, snapshot: dict[str, Any]) -> None:
        edits = contents.with_document(contents.SNAPSHOT, snapshot)
        self._write("The settings that this apply leaves", lambda _: edits)

    def observation(self) -> dict[str, Any] | None:
        remedy = "remove it; emailops drift writes a new one"
        return contents.document(self._read(), contents.OBSERVATION, "an observation", remedy)

    def save_observation(self, observation: dict[str, Any]) -> None:
        edits = contents.with_document(contents.OBSERVATION, observation)
        self._write("What drift saw", lambda _: edits, needs_lease=False)

    def log(self) -> Sequence[Mapping[str, Any]]:
        return contents.log(self._read())

    @abstractmethod
    def _read(self) -> Files:
        """What the ledger holds now."""

    @abstractmethod
    def _write(self, message: str, note: Note, *, needs_lease: bool = True) -> None:
        """Make the edits that `note` gives for what the ledger holds; `message` says in a line what they are."""

    def _begin(self, nonce: str, who: str) -> None:
        self._nonce, self._who, self._results = nonce, who, []

    def _results_edits(self) -> Edits:
        """What this run has done so far, for who finds it dead."""
        run = {"format": 1, "nonce": self._nonce, "who": self._who, "at": self._at}
        return contents.with_document(contents.RESULTS, {**run, "results": self._results}, for_people=False)
