"""What the tool alone knows: recorded ids, intents, results, the settings of the last converged apply, under one lease.

`files` keeps ids in the state's recorded/ and the rest in .emailops/ beside them; good for one machine. `git` keeps all
of it on the branch emailops/ledger of the repository's remote, where every machine that applies sees it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from emailops.ledger.notes import Intent


class Ledger(Protocol):
    """Everything that is noted goes through these."""

    def place(self, scope: str) -> str:
        """Where the ids of a scope stand, for people: what to commit, or the branch that has them."""

    def recorded(self) -> Mapping[str, bytes] | None:
        """The files of recorded/ by name, when they are elsewhere than in the state; else None."""

    def record(self, scope: str, resource: str, id_: str, *, instead_of: Collection[str] = ()) -> None:
        """Note an id; it stands in `scope` only, wherever it stood before, and no longer under the old names.

        Settles the resource's intent. Works without the lease too: what a provider gave must not be lost.
        """

    def forget(self, resource: str) -> None:
        """Remove the record of an id, and nothing else."""

    def intents(self) -> Mapping[str, Intent]:
        """Creates that were begun and not settled, by resource."""

    def intend(self, intent: Intent) -> None:
        """Note that a create is about to be sent; it takes the place of an older one of the same resource."""

    def withdraw(self, intent: Intent) -> None:
        """Remove an intent whose create was never carried out, unless another took its place."""

    def note(self, result: Mapping[str, Any]) -> None:
        """Note what became of a change of this run. Lasts with the next write at the latest."""

    def snapshot(self) -> dict[str, Any] | None:
        """The settings that the last converged apply left, or None."""

    def save_snapshot(self, snapshot: dict[str, Any]) -> None:
        """Note the settings that an apply leaves."""

    def observation(self) -> dict[str, Any] | None:
        """What the last drift saw of the providers, without secrets and addresses of people; or None."""

    def save_observation(self, observation: dict[str, Any]) -> None:
        """Note what a drift saw."""

    def lease(self, who: str) -> AbstractContextManager[str]:
        """Hold the one lease, under the nonce that this gives. Raises GateError `locked` while another run holds it."""

    def confirm(self) -> None:
        """Make sure that a write to a provider may start now. Raises LeaseLost."""

    @property
    def age(self) -> float:
        """Seconds since the ledger last took a write under our lease."""

    def end(self, line: Mapping[str, Any]) -> None:
        """Note the one audit line of this run, and give the lease back."""

    def unlock(self, nonce: str, by: str) -> str:
        """Break the lease of this nonce, and note by whom; gives the sentence that says whose it was."""

    def log(self) -> Sequence[Mapping[str, Any]]:
        """The audit lines, newest first."""
