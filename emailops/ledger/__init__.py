"""What the tool alone knows: recorded ids and the settings of the last converged apply, under one lease.

`files` keeps ids in the state's recorded/ and the rest in .emailops/ beside them; good for one machine.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractContextManager
from typing import Any, Protocol


class Ledger(Protocol):
    """Everything that is noted goes through these."""

    def record(self, scope: str, resource: str, id_: str, *, instead_of: Collection[str] = ()) -> None:
        """Note an id; it stands in `scope` only, wherever it stood before, and no longer under the old names."""

    def forget(self, resource: str) -> None:
        """Remove the record of an id, and nothing else."""

    def snapshot(self) -> dict[str, Any] | None:
        """The settings that the last converged apply left, or None."""

    def save_snapshot(self, snapshot: dict[str, Any]) -> None:
        """Note the settings that an apply leaves."""

    def observation(self) -> dict[str, Any] | None:
        """What the last drift saw of the providers, without secrets and addresses of people; or None."""

    def save_observation(self, observation: dict[str, Any]) -> None:
        """Note what a drift saw."""

    def lease(self, who: str) -> AbstractContextManager[None]:
        """Hold the one lease. Raises GateError `locked` while another run holds it."""
