"""Options that several commands take."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emailops.cli import completion

if TYPE_CHECKING:
    from emailops.providers.github import GitHub
    from emailops.run import Run


class OutputFormat(Enum):
    """How a command prints what a terminal or a program reads."""

    text = "text"
    json = "json"


class DocumentFormat(Enum):
    """How a command prints what people also read in an issue or a chat."""

    text = "text"
    json = "json"
    markdown = "markdown"


Format = Annotated[OutputFormat, typer.Option("--format", help="How to print.")]
LongFormat = Annotated[DocumentFormat, typer.Option("--format", help="How to print.")]
State = Annotated[
    Path | None,
    typer.Option("--state", metavar="DIR", help="The declared state (default: EMAILOPS_STATE, state/, or here)."),
]
Today = Annotated[str | None, typer.Option("--today", metavar="YYYY-MM-DD", help="Take this day as today, in UTC.")]
Stage = Annotated[
    str | None,
    typer.Option("--stage", metavar="STAGE", help="Only this stage, or shared.", autocompletion=completion.stages),
]
Only = Annotated[str | None, typer.Option("--only", metavar="GLOB", help="Only resources that match, as kind/name.")]
Rollback = Annotated[
    str | None,
    typer.Option(
        "--rollback", metavar="REASON", help="With ledger: git, apply or deliver an older commit of main, and say why."
    ),
]
Token = Annotated[
    str | None,
    typer.Option("--token", metavar="env:NAME", help="A token of GitHub's; EMAILOPS_SECRETS must list it."),
]
Link = Annotated[
    str,
    typer.Option(
        "--link",
        metavar="URL",
        help="With markdown: the address of the whole plan, for a plan that is too long for a comment.",
    ),
]


def surroundings(state: Path | None, today: str | None) -> Run:
    """This run's surroundings. Raises UsageError for a state that is not there."""
    from emailops.errors import UsageError

    run = anywhere(state, today)
    if not run.state.is_dir():
        raise UsageError(f"there is no folder {run.state}", "--state DIR or EMAILOPS_STATE names the declared state")
    return run


def reason(option: str, given: str | None) -> str:
    """A reason that the audit line can keep; empty where none was given. Raises UsageError for one that it must not."""
    from emailops.errors import UsageError
    from emailops.private import addresses_in, hide_secrets

    if given is None:
        return ""
    reason = " ".join(given.split())
    if not reason or reason.startswith("--"):
        raise UsageError(f"{option} needs a reason", f"{option}{'=' if '.' in option else ' '}REASON")
    if hide_secrets(reason) != reason or addresses_in(reason):
        raise UsageError(f"the reason of {option} holds a secret or an address", "say it without; the audit line stays")
    return reason


def github(run: Run, token: str | None) -> GitHub | None:
    """GitHub, with the token that a reference leads to. Raises UsageError and InvalidInput."""
    if token is None:
        return None
    from emailops.providers.github import GitHub

    where = reference("--token", token)
    return GitHub(run.github_url, run.required(where, "there is no token"), run.patience)


def anywhere(state: Path | None, today: str | None) -> Run:
    """This run's surroundings, whether or not the state is there yet."""
    from dataclasses import replace

    from emailops.run import from_machine

    run = from_machine(today)
    if state is None:
        return run
    return replace(run, environment={**run.environment, "EMAILOPS_STATE": str(state)})


_KEPT = {
    "--queue": ("URL", "QUEUE"),
    "--token": ("token", "GITHUB_TOKEN"),
    "--tokens": ("tokens", "NOTIFY_CALLBACK_TOKENS"),
    "--callback-token": ("token", "NOTIFY_CALLBACK_TOKEN"),
    "--mailchimp": ("key", "MAILCHIMP_KEY"),
}
"""What an option's reference leads to, and what its variable may be called; of any other option it is a key."""


def reference(flag: str, text: str, name: str = "") -> str:
    """A reference to a secret. What is not a reference may be the secret itself, so it is not repeated.

    `name` is what its variable may be called.
    """
    import re

    from emailops.errors import UsageError

    if not re.fullmatch(r"env:[A-Za-z_][A-Za-z0-9_]*|file:.+", text.strip()):
        what, usual = _KEPT.get(flag, ("key", "NOTIFY_KEY"))
        message = f"{flag} takes env:NAME or file:PATH, never the {what} itself"
        raise UsageError(message, f"put the {what} into a variable: {flag} env:{name or usual}")
    return text.strip()
