"""The one audit line of a run: who, when, in which build, of which commit, and what became of all that it touched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from emailops.errors import EmailopsError
from emailops.ledger import Ledger
from emailops.private import hide_secrets
from emailops.run import Run
from emailops.store import git


@dataclass(slots=True)
class Touched:
    """What a run has done so far: subject -> what became of it, and the ids that it recorded, by resource."""

    results: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)

    def recorded(self, resource: str, id_: str) -> None:
        self.results[resource], self.ids[resource] = "recorded", id_


@contextmanager
def under_lease(ledger: Ledger, run: Run, command: str, **reasons: str) -> Iterator[Touched]:
    """Hold the lease for a run, and leave its line, however it ends; one that has done nothing leaves none."""
    touched = Touched()
    with ledger.lease(run.holder) as nonce:

        def end(how: str) -> None:
            if touched.results:
                commit, results = git.head(run.git), touched.results.items()
                ledger.end({**line(run, command, nonce, how, commit, results, touched.ids), **reasons})

        try:
            yield touched
        except BaseException as error:
            try:
                end(_how(error))
            except EmailopsError as other:
                # What went wrong first is told, and of the other what it leaves to do.
                if isinstance(error, EmailopsError):
                    error.remedy = "; ".join(remedy for remedy in (error.remedy, other.remedy) if remedy)
            raise
        end("done")


def line(
    run: Run,
    command: str,
    nonce: str,
    ended: str,
    commit: str,
    results: Iterable[tuple[str, str]],
    ids: Mapping[str, str],
) -> dict[str, Any]:
    """What every audit line holds; `ended` says how in words."""
    rows = [{"resource": subject, "status": status} for subject, status in results]
    return {
        "command": command,
        "at": f"{run.now:%Y-%m-%dT%H:%M:%SZ}",
        "who": run.holder,
        "nonce": nonce,
        "commit": commit,
        "ended": ended,
        "counts": dict(Counter(row["status"] for row in rows)),
        "results": rows,
        "ids": dict(ids),
    }


def _how(error: BaseException) -> str:
    if isinstance(error, EmailopsError):
        return hide_secrets(error.message)
    return "interrupted" if isinstance(error, KeyboardInterrupt) else "by a bug"
