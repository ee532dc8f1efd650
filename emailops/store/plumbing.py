"""Runs git without hooks or prompts, in one language, and as if nobody had configured how it shows and signs.

What a URL may hold of a secret is not in what it said.
https://git-scm.com/docs/git#_environment_variables and https://git-scm.com/docs/git-config#_variables
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from emailops import written
from emailops.errors import InvalidInput
from emailops.private import hide_all

ADDRESS = "emailops@emailops.invalid"
"""By which commits of ours are known."""
NO_ANSWER = -1
"""The code of an answer that did not come in time."""

_WHO = "emailops"
_QUIETLY = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_LFS_SKIP_SMUDGE": "1",
    "LC_ALL": "C",
    "GIT_AUTHOR_NAME": _WHO,
    "GIT_AUTHOR_EMAIL": ADDRESS,
    "GIT_COMMITTER_NAME": _WHO,
    "GIT_COMMITTER_EMAIL": ADDRESS,
}
_COLOURED = ("branch", "decorate", "diff", "grep", "interactive", "push", "remote", "status", "transport", "ui")
_NEUTRAL = {
    "core.hooksPath": "/dev/null",
    "gc.auto": "0",
    "maintenance.auto": "false",
    **{f"color.{what}": "false" for what in _COLOURED},
    **{f"{what}.gpgSign": "false" for what in ("commit", "push", "tag")},
    "core.quotePath": "true",
    "core.fsmonitor": "false",
    "core.autocrlf": "false",
    "core.safecrlf": "false",
    "log.showSignature": "false",
    "log.mailmap": "true",
    "i18n.commitEncoding": "UTF-8",
    "i18n.logOutputEncoding": "UTF-8",
    "grep.lineNumber": "false",
    "grep.column": "false",
    "grep.fullName": "false",
    "grep.patternType": "default",
    "grep.extendedRegexp": "false",
    "grep.fallbackToNoIndex": "false",
    "diff.noprefix": "false",
    "diff.mnemonicPrefix": "false",
    "diff.relative": "false",
    "diff.renames": "false",
    "diff.ignoreSubmodules": "none",
    "diff.orderFile": "/dev/null",
    "status.relativePaths": "false",
    "status.branch": "false",
    "status.short": "false",
    "status.showStash": "false",
    "status.renames": "false",
    "status.showUntrackedFiles": "normal",
    "submodule.recurse": "false",
    "fetch.recurseSubmodules": "false",
    "fetch.prune": "false",
    "fetch.pruneTags": "false",
    "push.followTags": "false",
    "push.recurseSubmodules": "no",
    "push.pushOption": "",
    "clone.defaultRemoteName": "origin",
    "clone.rejectShallow": "false",
    "init.templateDir": "",
}
"""What people set for their own eyes, or for their own commits. Who is trusted, and how a remote is reached, stays."""
_NO_REPOSITORY = "not a git repository"
_REMEDIES = {
    "dubious ownership": "if you trust who owns it: git config --global --add safe.directory {path}",
    "bad config": "correct that file: git config --list --show-origin shows what Git reads",
    "bad boolean config": "correct that file: git config --list --show-origin shows what Git reads",
    "bad numeric config": "correct that file: git config --list --show-origin shows what Git reads",
    "index file corrupt": "git reset rebuilds the index",
    "object file": "the repository is damaged: clone it again",
    "permission denied": "see who owns the checkout",
}
"""Part of what Git says -> what mends it."""
_NOT_GITS = (
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_TRACE", "GIT_CURL_VERBOSE", "LANGUAGE"),
    *("NOTIFY_KEY", "MAILCHIMP_KEY"),
)
"""Variables, by how they begin, that would send git elsewhere, make it talk, or are none of its business."""
_LOGIN = re.compile(r"\b(git|hg|svn)@([\w.-]+)")
_SETTINGS = tuple(word for name, value in _NEUTRAL.items() for word in ("-c", f"{name}={value}"))
_CREDENTIALS = re.compile(r"(?<=://)[^/\s'\"]+@")


class GitMissing(InvalidInput):
    """There is no git on this machine."""


@dataclass(frozen=True, slots=True)
class Answer:
    code: int
    out: bytes
    said: str

    @property
    def text(self) -> str:
        return self.out.decode(errors="surrogateescape")

    @property
    def is_no_repository(self) -> bool:
        """Whether there is no repository at all; whatever else goes wrong is to be told."""
        return self.code != 0 and _NO_REPOSITORY in self.said


@dataclass(frozen=True, slots=True)
class Git:
    """Git in one directory. `environment` is the job's: git needs its way to credentials, and PATH."""

    directory: Path
    environment: Mapping[str, str]

    def ask(
        self, *arguments: str, stdin: bytes = b"", seconds: float | None = None, more: Mapping[str, str] | None = None
    ) -> Answer:
        """Run it in a session of its own: nobody can be asked for a password, and Ctrl-C is for us to handle.

        `more` are variables for this run alone. Raises InvalidInput where there is no git.
        """
        command = ["git", "-C", str(self.directory), *_SETTINGS, *arguments]
        inherited = {name: text for name, text in self.environment.items() if not name.startswith(_NOT_GITS)}
        try:
            process = subprocess.Popen(  # noqa: S603
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={**inherited, **_QUIETLY, **(more or {})},
                start_new_session=True,
            )
        except FileNotFoundError as error:
            raise GitMissing("git is not installed", "install git") from error
        except OSError as error:
            why = (error.strerror or "failed").lower()
            raise InvalidInput(
                f"git cannot be started: {why}", "see this machine: its memory and open files"
            ) from error
        with process:
            try:
                out, err = process.communicate(stdin, timeout=seconds)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
                return Answer(NO_ANSWER, b"", f"no answer within {seconds:g} seconds")
            except BaseException:
                # Who is told to stop does not wait for a network.
                os.killpg(process.pid, signal.SIGKILL)
                raise
        if not process.returncode and "push" in arguments:
            written.note()
        return Answer(process.returncode, out, _last_words(err))

    def run(
        self, *arguments: str, stdin: bytes = b"", seconds: float | None = None, more: Mapping[str, str] | None = None
    ) -> Answer:
        """The same, where anything but success is an error. Raises InvalidInput with git's own reason."""
        answer = self.ask(*arguments, stdin=stdin, seconds=seconds, more=more)
        if answer.code:
            raise self.failure(answer, arguments[0])
        return answer

    def failure(self, answer: Answer, command: str, remedy: str = "") -> InvalidInput:
        """What Git said, and what mends it where that is known."""
        said = answer.said.lower()
        known = next((words for part, words in _REMEDIES.items() if part in said), remedy)
        return InvalidInput(f"git {command}: {answer.said or 'failed'}", known.format(path=shlex.quote(self._top())))

    def _top(self) -> str:
        """The checkout that the directory is in, which a Git that distrusts it does not tell."""
        here = self.directory.resolve()
        return str(next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), here))


def _last_words(err: bytes) -> str:
    """Git's own reason, without what a URL may hold of a secret."""
    lines = [line.strip() for line in err.decode(errors="replace").splitlines() if line.strip()]
    meant = [line for line in lines if line.startswith(("fatal:", "error:", "remote:", "!"))] or lines
    return hide_all(_CREDENTIALS.sub("", _LOGIN.sub(r"\1 at \2", "; ".join(meant[:2]))))
