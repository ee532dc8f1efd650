"""The ledger on a branch of the repository's remote. Every write is a commit that is pushed fast-forward only.

The push is the compare-and-swap: who loses the race fetches, puts the change on what is there now, and pushes again.
Ids and results of requests already sent are pushed even when the lease is gone; everything else needs its nonce on
the branch.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from emailops.errors import EmailopsError, GateError, InvalidInput, LeaseLost, LedgerError, UsageError
from emailops.ledger import contents, notes
from emailops.ledger.contents import Edits, Files
from emailops.ledger.file_tree import FileTreeLedger, Note
from emailops.store.remote import Remote

BRANCH = "emailops/ledger"
README = (
    "# emailops/ledger\n\nWhat emailops alone knows: recorded ids, intents, the lease, one line a run in log/.\n"
    "Only emailops writes here, and only fast-forward. Nobody merges this branch into another.\n"
)

FRESH_SECONDS = 5.0
"""A write to a provider starts at most this long after a write to the ledger under our lease was accepted."""

_ATTEMPTS = 16
_REFUSALS = 3
_TRIES = 3


class BranchFiles(dict[str, bytes], Files):
    """The files of one commit of the branch."""

    def where(self, path: str) -> str:
        return f"{path} on {BRANCH}"


class GitLedger(FileTreeLedger):
    """`monotonic` is a clock that also counts while the machine sleeps; `at` is this run's time, for the notes."""

    def __init__(self, remote: Remote, monotonic: Callable[[], float], at: str) -> None:
        super().__init__(at)
        self._remote = remote
        self._monotonic = monotonic
        self._tip: str | None = None
        self._files = BranchFiles()
        self._accepted = 0.0
        self._ended = False

    def init(self, recorded: Mapping[str, bytes]) -> str:
        """Make the branch, with these files of recorded/. Raises InvalidInput where it is there already."""
        if self._remote.tip(BRANCH) is not None:
            raise InvalidInput(f"{self._remote.name} has a branch {BRANCH} already", "emailops log shows what is on it")
        for name, content in recorded.items():
            notes.ids_from(name, content)
        files = {"README.md": README.encode(), **{f"recorded/{name}": text for name, text in recorded.items()}}
        commit = self._remote.commit(files, None, "The ledger begins")
        why = self._remote.push(commit, BRANCH)
        if why and self._remote.tip(BRANCH) != commit:
            message = f"{BRANCH} could not be pushed to {self._remote.name}: {why}"
            raise LedgerError(message, "may this account push it?")
        return self._remote.name

    def place(self, scope: str) -> str:
        return f"recorded/{scope}.yaml stands on the branch {BRANCH}"

    def recorded(self) -> dict[str, bytes]:
        files = self._read()
        return {path.removeprefix("recorded/"): text for path, text in files.items() if path.startswith("recorded/")}

    def note(self, result: Mapping[str, Any]) -> None:
        self._results.append(result)

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
            self._release("The lease is given back", lambda _: {})

    def confirm(self) -> None:
        for _ in range(_TRIES):
            if self.age <= FRESH_SECONDS - 1:
                return
            self._write("The lease is still held", lambda _: {})
        message = f"{self._remote.name} takes longer than {FRESH_SECONDS:.0f} seconds to accept a write of the ledger"
        raise LedgerError(message, "run it again when the network is better")

    @property
    def age(self) -> float:
        return self._monotonic() - self._accepted

    def end(self, line: Mapping[str, Any]) -> None:
        self._ended = True
        try:
            self._release(f"A run ended: {line.get('ended', '')}", lambda files: contents.with_line(files, line))
        except LedgerError as error:
            raise LedgerError(error.message, f"the lease stays: emailops unlock --id {self._nonce}") from error

    def unlock(self, nonce: str, by: str) -> str:
        who = ""

        def broken(files: Files) -> Edits:
            nonlocal who
            held = contents.lease(files)
            if held.get("nonce") != nonce:
                if not held:
                    raise UsageError(f"there is no lease {nonce}: nobody holds it", "there is nothing to break: go on")
                now = f"the lease is {held['nonce']}, of {held['who']}"
                remedy = "if that run is dead, name that one; emailops log says what ended meanwhile"
                raise UsageError(f"there is no lease {nonce}: {now}", remedy)
            who = str(held["who"])
            left = contents.document(files, contents.RESULTS, "a list of results", "restore the branch")
            line = notes.of_a_dead_run({"results": [], **(left or {}), **held})
            told = contents.with_line(files, {**line, "unlocked": self._at, "unlocked_by": by})
            return {**told, contents.LEASE: None, contents.RESULTS: None}

        self._write(f"The lease {nonce} is broken", broken, needs_lease=False)
        return f"the lease {nonce} is broken; it was held by {who}"

    def _take(self, who: str) -> None:
        nonce = secrets.token_hex(8)

        def taken(files: Files) -> Edits:
            held = contents.lease(files)
            if held and held.get("nonce") != nonce:
                message = f"the state is being applied by {held['who']}"
                remedy = f"wait until it ends; if it is dead: emailops unlock --id {held['nonce']}"
                raise GateError("locked", message, remedy)
            return contents.with_document(contents.LEASE, {"nonce": nonce, "who": who, "at": self._at})

        self._begin(nonce, who)
        self._ended = False
        self._write("The lease is taken", taken, needs_lease=False)
        self._known = contents.every_id(self._files)

    def _give_back_after(self, error: BaseException) -> None:
        """The run has failed already; what else goes wrong must not hide why."""
        try:
            self._release("The lease is given back", lambda _: {})
        except EmailopsError as other:
            if isinstance(error, EmailopsError):
                stays = f"the lease stays: {other.message}; emailops unlock --id {self._nonce}"
                error.remedy = f"{error.remedy}; {stays}" if error.remedy else stays

    def _release(self, message: str, note: Note) -> None:
        def released(files: Files) -> Edits:
            is_ours = contents.lease(files).get("nonce") == self._nonce
            return {**note(files), **({contents.LEASE: None, contents.RESULTS: None} if is_ours else {})}

        self._results = []
        self._write(message, released, needs_lease=False)

    def _read(self) -> BranchFiles:
        """What the branch holds now. Raises LedgerError: without it nothing runs."""
        tip = self._remote.tip(BRANCH)
        if tip is None:
            message = f"the remote {self._remote.name} has no branch {BRANCH}"
            raise LedgerError(message, "emailops ledger init makes it, once; if it was lost, restore it")
        if tip != self._tip:
            self._files = BranchFiles(self._remote.files(tip, BRANCH))
            self._tip = tip
        return self._files

    def _write(self, message: str, note: Note, *, needs_lease: bool = True) -> None:
        """Put the edits on what the branch holds, as one commit, until the remote has taken it.

        The push is fast-forward only: it succeeds if and only if the branch still ends where we read it. When it fails,
        either somebody else wrote meanwhile, and the note is worked out anew on what is there now, since its edits may
        be others there; or the answer was lost, and our commit is on the branch already.
        """
        why, refused = "", 0
        for attempt in range(_ATTEMPTS):
            files = self._read() if attempt or self._tip is None or not self._holds_lease() else self._files
            if needs_lease and contents.lease(files).get("nonce") != self._nonce:
                raise LeaseLost("the lease of this run was broken by emailops unlock", "emailops log says more")
            after = self._after(files, note(files))
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
        return bool(self._nonce) and contents.lease(self._files).get("nonce") == self._nonce

    def _after(self, files: BranchFiles, edits: Edits) -> BranchFiles:
        """The files with the edits made, and with the results of this run as long as it holds the lease."""
        after = _edited(files, edits)
        holds = contents.lease(after).get("nonce") == self._nonce
        return _edited(after, self._results_edits()) if self._results and holds else after


def _edited(files: BranchFiles, edits: Edits) -> BranchFiles:
    kept = {**files, **edits}
    return BranchFiles({path: content for path, content in kept.items() if content is not None})
