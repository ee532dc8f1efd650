"""Every error that emailops raises on purpose; each owns the exit code that the design promises.

    EmailopsError 1
    ├── UsageError 64          the command line is wrong
    ├── NotDeclared 64         someone asked about a name that the state does not declare
    ├── InvalidInput 1         a file, a value or the environment is wrong
    ├── FindingsError 3        the declared state has findings, so the command cannot go on
    ├── ProviderError 1        Mailchimp or Notify did not give a usable answer
    │   ├── Refused            it answered, and said no
    │   ├── Unreachable        no answer, and nothing can have been written
    │   ├── LostAnswer         no readable answer to a write that may have been done
    │   └── ShortRead          fewer items than the provider itself counts
    ├── StreamError 1          standard output cannot be written; 5 where something else was written before
    ├── LedgerError 1          the ledger cannot be reached, or not be written
    │   └── LeaseLost          somebody broke this run's lease; it may write no more
    └── GateError 4            refused before the first write; the gate is named

An error says what to do next: `remedy` is printed under the message.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any


class Exit(IntEnum):
    """The exit codes, a promise to scripts and pipelines."""

    OK = 0
    ERROR = 1
    DIFFERENT = 2
    FINDINGS = 3
    GATE = 4
    PARTIAL = 5
    PEOPLE = 6
    USAGE = 64
    BUG = 70
    INTERRUPTED = 130


PRECEDENCE = (
    Exit.BUG,
    Exit.INTERRUPTED,
    Exit.USAGE,
    Exit.PARTIAL,
    Exit.GATE,
    Exit.ERROR,
    Exit.FINDINGS,
    Exit.DIFFERENT,
    Exit.PEOPLE,
    Exit.OK,
)


def worst(*codes: Exit) -> Exit:
    """The one exit code of a run to which several apply."""
    return min(codes, key=PRECEDENCE.index, default=Exit.OK)


class EmailopsError(Exception):
    """Base of all: `message` says what is wrong, `remedy` what to do about it."""

    exit_code = Exit.ERROR

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


class UsageError(EmailopsError):
    """The command line is wrong."""

    exit_code = Exit.USAGE


class NotDeclared(EmailopsError):
    exit_code = Exit.USAGE


class InvalidInput(EmailopsError):
    """A file, a value or the environment is wrong."""


class FindingsError(EmailopsError):
    """Carries the findings and the way to their files, so that they are printed as `validate` would."""

    exit_code = Exit.FINDINGS

    def __init__(self, findings: tuple[Any, ...], prefix: str = "") -> None:
        super().__init__("the declared state has findings: nothing was done", "emailops validate shows them, too")
        self.findings = findings
        self.prefix = prefix


class ProviderError(EmailopsError):
    """A provider gave no usable answer."""


class Refused(ProviderError):
    """`status` is the HTTP status, `title` the provider's error class or problem title, `said` its own words."""

    def __init__(self, message: str, remedy: str = "", *, status: int = 0, title: str = "", said: str = "") -> None:
        super().__init__(message, remedy)
        self.status = status
        self.title = title
        self.said = said


class Unreachable(ProviderError):
    """No answer, and nothing can have been written."""


class LostAnswer(ProviderError):
    """No readable answer to a write that may have been done."""


class ShortRead(ProviderError):
    """Fewer items than the provider itself counts."""


class StreamError(EmailopsError):
    pass


class LedgerError(EmailopsError):
    """The ledger cannot be reached, or not be written."""


class LeaseLost(LedgerError):
    """Somebody broke this run's lease; it may write no more."""


class GateError(EmailopsError):
    """`name` is overtaken, moved, pipeline, approver, limits, locked, review-only, account or review.

    Of a mailing it is stage, pipeline, account, late, open-run, manifest or prune.
    `details` say before, planned and now.
    """

    exit_code = Exit.GATE

    def __init__(
        self, name: str, message: str, remedy: str = "", *, id: str = "", details: tuple[Any, ...] = ()
    ) -> None:
        super().__init__(message, remedy)
        self.name = name
        self.id = id
        self.details = details
