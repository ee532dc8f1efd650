"""What the job and the machine say: the only reader of the environment and the clock.

EMAILOPS_STATE           the declared state (default: state/, else this directory)
EMAILOPS_SECRETS         the whole references that may be read, separated by spaces or commas
EMAILOPS_NOTIFY_URL      another host for Notify; plain http on loopback only
EMAILOPS_MAILCHIMP_URL   another host for Mailchimp; plain http on loopback only
EMAILOPS_GITHUB_URL      another GitHub's API; plain http on loopback only
EMAILOPS_REPOSITORY_HOSTS  the hosts to which files may be delivered, separated by spaces or commas (default: any)
EMAILOPS_DATABASE        where sends and receipts are kept: a URL of SQLite or PostgreSQL (default: beside the state)
EMAILOPS_PEOPLE          a file outside Git with people's addresses by handle
EMAILOPS_PATIENCE        seconds for which a call that may be repeated is repeated (default: 60)
EMAILOPS_DEADLINE        seconds within which one answer has to be there (default: 60, and 150 after a write)
EMAILOPS_PIPELINE        set in the pipeline that applies; so is JENKINS_URL
GITHUB_EVENT_NAME, CHANGE_ID   a pull request's job, whose output reviewers read
BUILD_URL, BUILD_TAG     which build this is, for the lease and the audit line
LOGNAME, USER            who runs it, for the same
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from emailops.dataclass import dataclass
from emailops.errors import InvalidInput, UsageError
from emailops.private import Address, Secret, hide_secrets

if TYPE_CHECKING:
    from emailops.patience import Patience
    from emailops.store.plumbing import Git

NOTIFY_HOST = "https://api.notifications.service.gov.uk"
GITHUB_HOST = "https://api.github.com"
_LOOPBACK = {"127.0.0.1", "[::1]", "localhost"}
_URL = r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:]+\]|[A-Za-z0-9.-]+)(?::(?P<port>[0-9]{1,5}))?(?:/[A-Za-z0-9./_-]*)?"
"""Compiled where a host is named: most runs name none."""
_CREDENTIALS = re.compile(r"(?<=://)[^/\s]*@")
_NUMBER = re.compile(r"[0-9]{1,4}", re.ASCII)
_FREE_NAMES = ("NOTIFY_KEY", "MAILCHIMP_KEY")
_SECONDS = 60
"""How long a call that may be repeated is repeated, unless the job says otherwise."""
_COUNTS_SLEEP = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def _seconds() -> float:
    return time.clock_gettime(_COUNTS_SLEEP)


def instant() -> float:
    """Seconds since 1970, for what runs so long that `now` of its beginning says nothing."""
    return time.time()


class Reader(StrEnum):
    """Who reads what a run prints: reviewers of a pull request, the job that applies, or whoever typed the command."""

    reviewer = "reviewer"
    pipeline = "pipeline"
    person = "person"


@dataclass(frozen=True, slots=True)
class Run:
    """One run's surroundings. The environment is not shown in a repr, since it holds secrets.

    `now` and `today` are read once. `pause` waits; `clock` counts seconds, also while the machine sleeps.
    """

    environment: Mapping[str, str] = field(repr=False)
    now: datetime
    today: date
    directory: Path
    is_terminal: bool = False
    pause: Callable[[float], object] = time.sleep
    clock: Callable[[], float] = _seconds

    @property
    def state(self) -> Path:
        """The directory of the declared state."""
        named = self.environment.get("EMAILOPS_STATE")
        if named:
            return self.directory / named
        beside = self.directory / "state"
        return beside if (beside / "emailops.yaml").is_file() else self.directory

    @property
    def git(self) -> Git:
        """Git in the state's checkout."""
        from emailops.store.plumbing import Git  # noqa: PLC0415 (not every command asks Git)

        return Git(self.state, self.environment)

    @property
    def prefix(self) -> str:
        """From here to the state, for paths that can be clicked; empty where it is here."""
        path = os.path.relpath(self.state, self.directory)
        return "" if path == "." else path

    @property
    def folder(self) -> str:
        """The same with a slash, for what a file of the state stands behind."""
        return f"{self.prefix}/" if self.prefix else ""

    @property
    def repository_hosts(self) -> frozenset[str]:
        """The only hosts to which files may be delivered; empty where the job names none."""
        named = re.split(r"[\s,]+", self.environment.get("EMAILOPS_REPOSITORY_HOSTS", "").strip().lower())
        return frozenset(filter(None, named))

    @property
    def is_pipeline(self) -> bool:
        """Whether this is the pipeline that applies, where nobody can attest."""
        return bool(self.environment.get("EMAILOPS_PIPELINE") or self.environment.get("JENKINS_URL"))

    @property
    def reader(self) -> Reader:
        """Whom the output is for. GitHub and Jenkins each tell a pull request's job by a variable."""
        is_github = self.environment.get("GITHUB_EVENT_NAME", "").startswith("pull_request")
        if is_github or self.environment.get("CHANGE_ID"):
            return Reader.reviewer
        return Reader.pipeline if self.is_pipeline else Reader.person

    @property
    def holder(self) -> str:
        """Who runs this, since when, and in which build: for the lease and the audit line."""
        user = self.environment.get("LOGNAME") or self.environment.get("USER") or "somebody"
        build = self.environment.get("BUILD_URL") or self.environment.get("BUILD_TAG") or ""
        where = f", build {hide_secrets(_CREDENTIALS.sub('', build))}" if build else ""
        return f"{user.partition('@')[0]} on {os.uname().nodename} since {self.now:%Y-%m-%d %H:%M:%S} UTC{where}"

    @property
    def notify_url(self) -> str:
        """Without a path: Notify's client would drop it, and speak to another place than was named."""
        name = "EMAILOPS_NOTIFY_URL"
        url = self._host(name, NOTIFY_HOST).rstrip("/")
        if "/" in url.partition("://")[2]:
            raise InvalidInput(f"{name} has a path", "write http://127.0.0.1:PORT or https://HOST")
        return url

    @property
    def github_url(self) -> str:
        """Where GitHub's API is, without a slash at its end. Raises InvalidInput."""
        return self._host("EMAILOPS_GITHUB_URL", GITHUB_HOST).rstrip("/")

    def mailchimp_url(self, datacentre: str) -> str:
        """With the trailing slash that mailchimp3 needs."""
        url = self._host("EMAILOPS_MAILCHIMP_URL", f"https://{datacentre}.api.mailchimp.com").rstrip("/")
        return f"{url.removesuffix('/3.0')}/3.0/"

    @property
    def database(self) -> Secret:
        """The URL of the database of sends and receipts; a password may stand in it."""
        beside = self.state.resolve() / ".emailops" / "sends.sqlite"
        return Secret(self.environment.get("EMAILOPS_DATABASE", "").strip() or f"sqlite:///{beside}")

    @property
    def patience(self) -> Patience:
        """How often and how long a call that may be repeated is repeated. Raises InvalidInput."""
        from emailops.patience import Patience  # noqa: PLC0415 (not every command calls somebody)

        seconds = self._seconds("EMAILOPS_PATIENCE", "0", "it is 60")
        answer = self._seconds("EMAILOPS_DEADLINE", "1", "it is 60, and 150 after a write")
        return Patience(_SECONDS if seconds is None else seconds, self.pause, self.clock, answer=answer)

    def secret(self, reference: str) -> tuple[Secret | None, str]:
        """The secret behind `env:NAME` or `file:PATH`, or why there is none here."""
        if not self._may_read(reference):
            return None, f"{reference} is not in EMAILOPS_SECRETS"
        scheme, _, name = reference.partition(":")
        if scheme == "env":
            text = self.environment.get(name, "").strip()
            return (Secret(text), "") if text else (None, f"{name} is not set")
        try:
            text = (self.directory / name).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return None, f"{reference} cannot be read"
        return (Secret(text), "") if text else (None, f"{reference} is empty")

    def required(self, reference: str, without: str) -> Secret:
        """The secret behind a reference. Raises InvalidInput, which begins with what is missing `without` it."""
        secret, why = self.secret(reference)
        if secret is None:
            raise InvalidInput(f"{without}: {why}", self._remedy(reference))
        return secret

    def _remedy(self, reference: str) -> str:
        """What lets it be read. Whoever follows it may still read what could be read before."""
        if not self._may_read(reference):
            listed = self.environment.get("EMAILOPS_SECRETS")
            before = ["$EMAILOPS_SECRETS"] if listed and listed.strip() else []
            if listed is None:
                before = sorted(f"env:{name}" for name in self.environment if name.startswith(_FREE_NAMES))
            return f'export EMAILOPS_SECRETS="{" ".join([*before, reference])}"'
        scheme, _, name = reference.partition(":")
        return f"export {name}, then run it again" if scheme == "env" else f"write it into {name}, then run it again"

    def people(self) -> dict[str, Address]:
        """Handle -> address, from the JSON file that EMAILOPS_PEOPLE names. Raises InvalidInput."""
        named = self.environment.get("EMAILOPS_PEOPLE")
        if not named:
            raise InvalidInput(
                "EMAILOPS_PEOPLE is not set", 'let it name a JSON file outside Git: {"handle": "address"}'
            )
        try:
            people = json.loads((self.directory / named).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise InvalidInput(
                f"EMAILOPS_PEOPLE cannot be read: {type(error).__name__}", "see its path and form"
            ) from None
        if not isinstance(people, dict):
            raise InvalidInput("EMAILOPS_PEOPLE is not a JSON object", 'write {"handle": "address"}')
        return {handle: Address(address) for handle, address in people.items() if isinstance(address, str)}

    def _seconds(self, name: str, least: str, unset: str) -> int | None:
        named = self.environment.get(name)
        if not named:
            return None
        if not _NUMBER.fullmatch(named) or int(named) < int(least):
            raise InvalidInput(f"{name} is not a number of seconds", f"write {least} to 9999; unset, {unset}")
        return int(named)

    def _may_read(self, reference: str) -> bool:
        allowed = self.environment.get("EMAILOPS_SECRETS")
        if allowed is not None:
            return reference in re.split(r"[\s,]+", allowed)
        return reference.startswith(tuple(f"env:{name}" for name in _FREE_NAMES))

    def _host(self, name: str, default: str) -> str:
        url = self.environment.get(name)
        if not url:
            return default
        found = re.fullmatch(_URL, url, re.IGNORECASE)
        if not found or int(found["port"] or 0) > 65535:
            raise InvalidInput(f"{name} is not the address of a host", "write http://127.0.0.1:PORT or https://HOST")
        if found["scheme"].lower() == "http" and found["host"].lower() not in _LOOPBACK:
            raise InvalidInput(f"{name} is http and not on this machine", "use https, or a loopback address")
        return url


def from_machine(today: str | None = None) -> Run:
    """This process's surroundings; `today` (YYYY-MM-DD) overrides the day, in UTC."""
    now = datetime.now(UTC)
    try:
        day = date.fromisoformat(today) if today else now.date()
    except ValueError:
        raise UsageError(f"--today {today!r} is not a day", "write YYYY-MM-DD") from None
    try:
        here = Path.cwd()
    except OSError as error:
        raise InvalidInput("the folder that this runs in is gone", "change to one that is there") from error
    return Run(dict(os.environ), now, day, here, sys.stdin.isatty() and sys.stdout.isatty())
