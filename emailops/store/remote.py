"""Git plumbing on the remote of a repository: branches read and written without checkout, index, hooks or prompts.

https://git-scm.com/docs/git-push and https://git-scm.com/docs/git-commit-tree
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from emailops.errors import InvalidInput, LedgerError
from emailops.store.plumbing import Answer, Git
from emailops.store.tree import PLACES, is_state

NETWORK_SECONDS = 60.0
"""For one answer of the remote; then it counts as one that cannot be reached."""
_FETCHED = "refs/emailops/fetched"
_NO_MATCH = 2


class Remote:
    """One repository's remote. `environment` is the job's: git needs its way to credentials, and PATH."""

    def __init__(
        self,
        directory: Path,
        environment: Mapping[str, str],
        seconds: float = NETWORK_SECONDS,
        *,
        holding: str = "",
        name: str = "",
    ) -> None:
        """Of several remotes, the one that is called `name`, else the one `holding` a branch, else origin."""
        self._git = Git(directory, environment)
        self._seconds = seconds
        self._written: dict[bytes, str] = {}
        self.name = self._find_name(holding, name)

    @property
    def url(self) -> str:
        """Its address as it is configured."""
        return self._run("config", "--get", f"remote.{self.name}.url").decode().strip()

    def tip(self, branch: str) -> str | None:
        """The commit at the head of a branch, asked of the remote; None where there is no such branch."""
        ref = f"refs/heads/{branch}"
        answer = self._git.ask("ls-remote", "--exit-code", self.name, ref, seconds=self._seconds)
        if answer.code == _NO_MATCH:
            return None
        self._refuse_failure(answer)
        return next(
            (line.split("\t")[0] for line in answer.out.decode().splitlines() if line.endswith(f"\t{ref}")), None
        )

    def main(self) -> tuple[str, str]:
        """The main branch of the remote and the commit at its head."""
        answer = self._git.ask("ls-remote", "--symref", self.name, "HEAD", seconds=self._seconds)
        self._refuse_failure(answer)
        rows = [line.split("\t") for line in answer.out.decode().splitlines()]
        names = [row[0].removeprefix("ref: refs/heads/") for row in rows if row[0].startswith("ref: refs/heads/")]
        heads = [row[0] for row in rows if row[1:] == ["HEAD"] and not row[0].startswith("ref:")]
        if names and heads:
            return names[0], heads[0]
        for branch in ("main", "master"):
            head = self.tip(branch)
            if head is not None:
                return branch, head
        message = (
            f"the HEAD of the remote {self.name} names no branch that is there, and it has neither main nor master"
        )
        raise LedgerError(message, "push it, or name its default branch in its settings")

    def files(self, commit: str, branch: str) -> dict[str, bytes]:
        """Every file of a commit that is, or was, at the head of `branch`; fetched where it is not here yet."""
        if self._git.ask("cat-file", "-e", f"{commit}^{{tree}}").code:
            wanted = f"+refs/heads/{branch}:{_FETCHED}"
            fetch = (
                "fetch",
                "--quiet",
                "--no-tags",
                "--no-write-fetch-head",
                "--no-recurse-submodules",
                "--no-auto-gc",
            )
            answer = self._git.ask(*fetch, self.name, wanted, seconds=self._seconds)
            if self._git.ask("cat-file", "-e", f"{commit}^{{tree}}").code:
                self._refuse_failure(answer)
                raise LedgerError(f"{branch} could not be fetched from {self.name}", "run it again")
        listing = self._run("ls-tree", "-r", "-z", "--full-tree", commit)
        entries = [line.partition("\t")[::2] for line in listing.decode(errors="surrogateescape").split("\0") if line]
        blobs = {path: meta.split()[2] for meta, path in entries if meta.split()[1] == "blob"}
        contents = self._run("cat-file", "--batch", stdin="".join(f"{blob}\n" for blob in blobs.values()).encode())
        files, start = {}, 0
        for path in blobs:
            header, _, _ = contents[start : start + 200].partition(b"\n")
            begin = start + len(header) + 1
            start = begin + int(header.split()[2]) + 1
            files[path] = contents[begin : start - 1]
        return files

    def commit(self, files: Mapping[str, bytes], parent: str | None, message: str) -> str:
        """A commit of exactly these files, on nothing but its parent; it is nowhere but in the object store."""
        blobs = {path: self._hash(content) for path, content in files.items()}
        folders: dict[str, list[str]] = {}
        rows: list[str] = []
        for path, blob in blobs.items():
            folder, _, name = path.rpartition("/")
            row = f"100644 blob {blob}\t{name}"
            (folders.setdefault(folder, []) if folder else rows).append(row)
        rows += [f"040000 tree {self._tree(inner)}\t{folder}" for folder, inner in folders.items()]
        ancestry = ("-p", parent) if parent else ()
        answer = self._run("commit-tree", "--no-gpg-sign", self._tree(rows), *ancestry, "-m", message)
        return answer.decode().strip()

    def push(self, commit: str, branch: str) -> str:
        """Fast-forward the branch to a commit. An empty text, or why it did not go or may not have gone."""
        answer = self._git.ask(
            "push",
            "--quiet",
            "--no-verify",
            "--no-signed",
            "--no-follow-tags",
            "--recurse-submodules=no",
            self.name,
            f"{commit}:refs/heads/{branch}",
            seconds=self._seconds,
        )
        return "" if answer.code == 0 else answer.said or "git push failed"

    def holds(self, commit: str, tip: str, branch: str) -> bool:
        """Whether `tip`, which the remote has, is `commit` or came after it."""
        if commit == tip:
            return True
        self.files(tip, branch)
        return self._git.ask("merge-base", "--is-ancestor", commit, tip).code == 0

    def head(self) -> str:
        """The commit of the checkout."""
        return self._run("rev-parse", "--verify", "HEAD^{commit}").decode().strip()

    def uncommitted(self) -> list[str]:
        """What the state reads and is not as committed: a file that was changed, or one that Git does not know.

        What else lies in the folder, such as a plan, is read by nothing.
        """
        changed = self._run("diff", "--no-ext-diff", "--name-only", "-z", "--relative", "HEAD", "--", *PLACES)
        new = self._run("ls-files", "--others", "-z", "--", *PLACES)
        paths = [path for rows in (changed, new) for path in rows.decode(errors="replace").split("\0")]
        return [path for path in paths if is_state(path)]

    def _find_name(self, holding: str, name: str) -> str:
        names = self._run("remote").decode().split()
        if name and name not in names:
            raise InvalidInput(f"there is no remote {name!r}", f"one of {', '.join(names) or 'none: git remote add'}")
        if name or len(names) == 1:
            return name or names[0]
        holders = [name for name in names if self._holds_branch(name, holding)] if holding else []
        if len(holders) > 1:
            message = f"the remotes {' and '.join(holders)} each have a branch {holding}"
            raise InvalidInput(message, f"delete the one that is not used: git push REMOTE --delete {holding}")
        if holders or "origin" in names:
            return holders[0] if holders else "origin"
        message = f"the repository has {len(names)} remotes, and none is called origin"
        raise InvalidInput(message, "git remote add origin URL")

    def _holds_branch(self, name: str, branch: str) -> bool:
        """One that cannot be reached may hold it: that is told, rather than another one taken."""
        answer = self._git.ask("ls-remote", "--exit-code", name, f"refs/heads/{branch}", seconds=self._seconds)
        if answer.code not in (0, _NO_MATCH):
            message = f"the remote {name} cannot be reached: {answer.said or 'git said nothing'}"
            raise LedgerError(message, f"it may hold {branch}: see the network and git's credentials, or remove it")
        return answer.code == 0

    def _hash(self, content: bytes) -> str:
        return self._object(content, "hash-object", "-w", "--stdin")

    def _tree(self, rows: Iterable[str]) -> str:
        return self._object("".join(f"{row}\n" for row in rows).encode(), "mktree")

    def _object(self, content: bytes, *command: str) -> str:
        """The id of an object that is in the store; most of a branch is the same as at the write before."""
        key = command[0].encode() + content
        if key not in self._written:
            self._written[key] = self._run(*command, stdin=content).decode().strip()
        return self._written[key]

    def _run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        answer = self._git.ask(*arguments, stdin=stdin)
        if answer.code:
            remedy = "ledger: git needs a Git checkout" if answer.is_no_repository else ""
            raise self._git.failure(answer, arguments[0], remedy)
        return answer.out

    def _refuse_failure(self, answer: Answer) -> None:
        if answer.code:
            message = f"the remote {self.name} cannot be reached: {answer.said or 'git said nothing'}"
            raise LedgerError(message, "see the network and git's credentials; nothing runs without the ledger")
