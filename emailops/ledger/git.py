"""The ledger on a branch of the repository's remote. Every write is a commit that is pushed fast-forward only.

The push is the compare-and-swap: who loses the race fetches, puts the change on what is there now, and pushes again.
Ids and results of requests already sent are pushed even when the lease is gone; everything else needs its nonce on
the branch.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from emailops.errors import EmailopsError, GateError, InvalidInput, LeaseLost, LedgerError, UsageError
from emailops.ledger import branch, notes
from emailops.ledger.branch import BRANCH, Files
from emailops.ledger.notes import Intent
from emailops.store.remote import Remote

FRESH_SECONDS = 5.0
"""A write to a provider starts at most this long after a write to the ledger under our lease was accepted."""

_ATTEMPTS = 16
_REFUSALS = 3
_TRIES = 3


class GitLedger:
    """`monotonic` is a clock that also counts while the machine sleeps; `at` is this run's time, for the notes."""

    def __init__(self, remote: Remote, monotonic: Callable[[], float], at: str) -> None:
        self._remote = remote
        self._monotonic = monotonic
        self._at = at
        self._nonce = ""
        self._who = ""
        self._tip: str | None = None
        self._files: Files = {}
        self._accepted = 0.0
        self._results: list[Mapping[str, Any]] = []
        self._ended = False
        self._known: dict[str, str] = {}

    def init(self, recorded: Mapping[str, bytes]) -> str:
        """Make the branch, with these files of recorded/. Raises InvalidInput where it is there already."""
        if self._remote.tip(BRANCH) is not None:
            raise InvalidInput(f"{self._remote.name} has a branch {BRANCH} already", "emailops log shows what is on it")
        for name, content in recorded.items():
            notes.ids_from(name, content)
        files = {"README.md": branch.README.encode(), **{f"recorded/{name}": text for name, text in recorded.items()}}
        commit = self._remote.commit(files, None, "The ledger begins")
        why = self._remote.push(commit, BRANCH)
        if why and self._remote.tip(BRANCH) != commit:
            message = f"{BRANCH} could not be pushed to {self._remote.name}: {why}"
            raise LedgerError(message, "may this account push it?")
        return self._remote.name

    def place(self, scope: str) -> str:
        return f"recorded/{scope}.yaml stands on the branch {BRANCH}"

    def recorded(self) -> dict[str, bytes]:
        files = self._fetched()
        return {path.removeprefix("recorded/"): text for path, text in files.items() if path.startswith("recorded/")}

    def record(self, scope: str, resource: str, id_: str, *, instead_of: Collection[str] = ()) -> None:
        def change(files: Files) -> Files:
            there = branch.id_of(files, resource)
            if there not in (None, self._known.get(resource), id_):
                message = f"{resource} has two ids now: {there} was recorded by another run, {id_} is ours"
                raise LedgerError(message, f"look at both in Mailchimp, then emailops adopt {resource} ID")
            scopes = notes.with_id(branch.scopes(files), scope, resource, id_, instead_of)
            return branch.without_intent({**files, **branch.as_files(scopes)}, resource)

        self._write(f"{resource} is {id_}", change, needs_lease=False)
        self._known[resource] = id_

    def forget(self, resource: str) -> None:
        def change(files: Files) -> Files:
            kept = {
                scope: {n: i for n, i in ids.items() if n != resource} for scope, ids in branch.scopes(files).items()
            }
            return {**files, **branch.as_files(kept)}

        self._write(f"{resource} is forgotten", change)

    def intents(self) -> dict[str, Intent]:
        return branch.intents(self._fetched())

    def intend(self, intent: Intent) -> None:
        def change(files: Files) -> Files:
            return branch.with_intents(files, {**branch.intents(files), intent.resource: intent})

        self._write(f"{intent.resource} is about to be created", change)

    def withdraw(self, intent: Intent) -> None:
        def change(files: Files) -> Files:
            ours = branch.intents(files).get(intent.resource) == intent
            return branch.without_intent(files, intent.resource) if ours else files

        self._write(f"{intent.resource} was not created", change, needs_lease=False)

    def note(self, result: Mapping[str, Any]) -> None:
        self._results.append(result)

    def snapshot(self) -> dict[str, Any] | None:
        remedy = "--base REF compares with a commit"
        return notes.noted(branch.SETTINGS, self._fetched().get(branch.SETTINGS), "a settings snapshot", remedy)

    def save_snapshot(self, snapshot: dict[str, Any]) -> None:
        text = notes.as_text(snapshot).encode()
        self._write("The settings that this apply leaves", lambda files: {**files, branch.SETTINGS: text})

    def observation(self) -> dict[str, Any] | None:
        remedy = "emailops drift writes a new one"
        return notes.noted(branch.OBSERVATION, self._fetched().get(branch.OBSERVATION), "an observation", remedy)

    def save_observation(self, observation: dict[str, Any]) -> None:
        text = notes.as_text(observation).encode()
        self._write("What drift saw", lambda files: {**files, branch.OBSERVATION: text}, needs_lease=False)

    @contextmanager
    def lease(self, who: str) -> Iterator[str]:
        self._take(who)
        try:
            yield self._nonce
        except BaseException as error:
            if not self._ended:
                self._give_back_after(error)
            raise
        if not self._ended:
            self._release("The lease is given back", lambda files: files)

    def confirm(self) -> None:
        for _ in range(_TRIES):
            if self.age <= FRESH_SECONDS - 1:
                return
            self._write("The lease is still held", lambda files: files)
        message = f"{self._remote.name} takes longer than {FRESH_SECONDS:.0f} seconds to accept a write of the ledger"
        raise LedgerError(message, "run it again when the network is better")

    @property
    def age(self) -> float:
        return self._monotonic() - self._accepted

    def end(self, line: Mapping[str, Any]) -> None:
        self._ended = True
        try:
            self._release(f"A run ended: {line.get('ended', '')}", lambda files: branch.with_line(files, line))
        except LedgerError as error:
            raise LedgerError(error.message, f"the lease stays: emailops unlock --id {self._nonce}") from error

    def unlock(self, nonce: str, by: str) -> str:
        who = ""

        def change(files: Files) -> Files:
            nonlocal who
            held = branch.lease(files)
            if held.get("nonce") != nonce:
                if not held:
                    raise UsageError(f"there is no lease {nonce}: nobody holds it", "nothing is to be broken: go on")
                now = f"the lease is {held['nonce']}, of {held.get('who')}"
                remedy = "if that run is dead, name that one; emailops log says what ended meanwhile"
                raise UsageError(f"there is no lease {nonce}: {now}", remedy)
            who = str(held.get("who", "somebody unknown"))
            left = notes.noted(branch.RESULTS, files.get(branch.RESULTS), "a list of results", "restore the branch")
            line = notes.of_a_dead_run({"results": [], **(left or {}), **held})
            broken = {**line, "unlocked": self._at, "unlocked_by": by}
            return branch.with_line(branch.without(files, branch.LEASE, branch.RESULTS), broken)

        self._write(f"The lease {nonce} is broken", change, needs_lease=False)
        return f"the lease {nonce} is broken; it was held by {who}"

    def log(self) -> Sequence[Mapping[str, Any]]:
        files = self._fetched()
        lines = [one for path in sorted(files) if path.startswith("log/") for one in notes.lines_from(files[path])]
        return lines[::-1]

    def _take(self, who: str) -> None:
        nonce = secrets.token_hex(8)

        def change(files: Files) -> Files:
            held = branch.lease(files)
            if held and held.get("nonce") != nonce:
                message = f"the state is being applied by {held.get('who', 'another run')}"
                remedy = f"wait until it ends; if it is dead: emailops unlock --id {held.get('nonce')}"
                raise GateError("locked", message, remedy)
            return {**files, branch.LEASE: notes.as_text({"nonce": nonce, "who": who, "at": self._at}).encode()}

        self._nonce, self._who, self._results, self._ended = nonce, who, [], False
        self._write("The lease is taken", change, needs_lease=False)
        self._known = {resource: id_ for ids in branch.scopes(self._files).values() for resource, id_ in ids.items()}

    def _give_back_after(self, error: BaseException) -> None:
        """The run has failed already; what else goes wrong must not hide why."""
        try:
            self._release("The lease is given back", lambda files: files)
        except EmailopsError as other:
            if isinstance(error, EmailopsError):
                stays = f"the lease stays: {other.message}; emailops unlock --id {self._nonce}"
                error.remedy = f"{error.remedy}; {stays}" if error.remedy else stays

    def _release(self, message: str, change: Callable[[Files], Files]) -> None:
        def released(files: Files) -> Files:
            ours = branch.lease(files).get("nonce") == self._nonce
            return branch.without(change(files), branch.LEASE, branch.RESULTS) if ours else change(files)

        self._results = []
        self._write(message, released, needs_lease=False)

    def _fetched(self) -> Files:
        """What the branch holds now. Raises LedgerError: without it nothing runs."""
        tip = self._remote.tip(BRANCH)
        if tip is None:
            message = f"the remote {self._remote.name} has no branch {BRANCH}"
            raise LedgerError(message, "emailops ledger init makes it, once; if it was lost, restore it")
        if tip != self._tip:
            self._files = self._remote.files(tip, BRANCH)
            self._tip = tip
        return self._files

    def _write(self, message: str, change: Callable[[Files], Files], *, needs_lease: bool = True) -> None:
        """Put `change` on what the branch holds, until the remote has taken it."""
        why, refused = "", 0
        for attempt in range(_ATTEMPTS):
            files = self._fetched() if attempt or self._tip is None or not self._holds_lease() else self._files
            if needs_lease and branch.lease(files).get("nonce") != self._nonce:
                raise LeaseLost("the lease of this run was broken by emailops unlock", "emailops log says more")
            after = self._with_results(change(files))
            if after == files and not needs_lease:
                return
            parent = self._tip
            commit = self._remote.commit(after, parent, message)
            began = self._monotonic()
            why = self._remote.push(commit, BRANCH)
            tip = self._remote.tip(BRANCH) if why else commit
            if tip is not None and self._remote.holds(commit, tip, BRANCH):
                # Not the time of the answer: this process may have been stopped while that was on its way.
                self._tip, self._files, self._accepted = commit, after, began
                return
            # Where nobody else has written, the other side said no; or two pushes met, and the next one goes.
            refused += tip == parent
            if refused == _REFUSALS:
                break
        message = f"{BRANCH} could not be pushed to {self._remote.name}: {why}"
        raise LedgerError(message, "may this account push it? nothing runs without the ledger")

    def _holds_lease(self) -> bool:
        """As far as we know; a push on another ground than the branch's is refused, and then we look again."""
        return bool(self._nonce) and branch.lease(self._files).get("nonce") == self._nonce

    def _with_results(self, files: Files) -> Files:
        if not self._results or branch.lease(files).get("nonce") != self._nonce:
            return files
        run = {"format": 1, "nonce": self._nonce, "who": self._who, "at": self._at}
        return {**files, branch.RESULTS: notes.as_text({**run, "results": self._results}).encode()}
