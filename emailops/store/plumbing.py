"""Runs git without hooks or prompts, in one language, and without what a URL may hold of a secret in what it said.

https://git-scm.com/docs/git#_environment_variables
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from emailops import written
from emailops.errors import InvalidInput
from emailops.private import hide_secrets

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
_NOT_GITS = (
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_TRACE", "GIT_CURL_VERBOSE", "LANGUAGE"),
    *("NOTIFY_KEY", "MAILCHIMP_KEY"),
)
"""Variables, by how they begin, that would send git elsewhere, make it talk, or are none of its business."""
_CREDENTIALS = re.compile(r"(?<=://)[^/\s'\"]+@")


@dataclass(frozen=True, slots=True)
class Answer:
    code: int
    out: bytes
    said: str

    @property
    def text(self) -> str:
        return self.out.decode(errors="surrogateescape")


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
        command = ["git", "-C", str(self.directory), "-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0", *arguments]
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
            raise InvalidInput("git is not installed", "install git") from error
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
            raise InvalidInput(f"git {arguments[0]}: {answer.said or 'failed'}")
        return answer


def _last_words(err: bytes) -> str:
    """Git's own reason, without what a URL may hold of a secret."""
    lines = [line.strip() for line in err.decode(errors="replace").splitlines() if line.strip()]
    meant = [line for line in lines if line.startswith(("fatal:", "error:", "remote:", "!"))] or lines
    return hide_secrets(_CREDENTIALS.sub("", "; ".join(meant[:2])))
