"""The commands that say what became of messages."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from emailops.cli import completion, options
from emailops.errors import Exit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import ModuleType

    from emailops.questions.log_hash import LogHashes
    from emailops.render.console import Line
    from emailops.tasks.found_messages import FoundMessages

_GROUP = """Say what became of messages, from receipts, from Notify, and from logs.

Example: emailops messages find --to someone@example.com --ask
"""


class TableFormat(Enum):
    """How a command prints what may be opened as a table."""

    text = "text"
    json = "json"
    csv = "csv"


Format = Annotated[TableFormat, typer.Option("--format", help="How to print.")]
_MOMENTS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M"]
_SENT_SINCE = "What was sent from then on, in UTC; 2026-11-01T09:30 is a moment."
AtStage = Annotated[
    str | None,
    typer.Option(
        "--stage",
        metavar="STAGE",
        help="Ask Notify with this stage's keys only. Receipts name no stage, so those of all are listed.",
        autocompletion=completion.stages,
    ),
]
Since = Annotated[
    datetime | None,
    typer.Option("--since", formats=_MOMENTS, metavar="YYYY-MM-DD", help=_SENT_SINCE),
]
Ask = Annotated[bool, typer.Option("--ask", help="Ask Notify, too, and not receipts alone.")]
Reveal = Annotated[bool, typer.Option("--reveal", help="Show whom they went to; on a terminal only.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    group = typer.Typer(no_args_is_help=True, help=_GROUP)
    for command in (find, failures, show, campaigns):
        group.command()(command)
    group.command(name="hash")(hash_)
    app.add_typer(group, name="messages", rich_help_panel="Every day")


def find(
    to: Annotated[
        str | None, typer.Option("--to", metavar="RECIPIENT", help="The address or phone number it was for.")
    ] = None,
    reference: Annotated[
        str | None, typer.Option("--reference", metavar="REFERENCE", help="The reference that the app gave it.")
    ] = None,
    id_: Annotated[str | None, typer.Option("--id", metavar="ID", help="Notify's id of it.")] = None,
    logs: Annotated[
        Path | None,
        typer.Option(
            "--logs",
            metavar="FILE",
            help="Look through this log alone, for --to; - is standard input. It may be compressed with gzip.",
        ),
    ] = None,
    stage: AtStage = None,
    since: Since = None,
    ask: Ask = False,
    reveal: Reveal = False,
    format_: Format = TableFormat.text,
    state: options.State = None,
) -> int:
    """Find messages by recipient, reference or id.

    Says what became of each. Receipts are asked where there are any, and Notify with --ask: all pages, with each
    kind of key that is here. Ends with 6 when somebody could not be asked.

    Example: emailops messages find --to someone@example.com --stage production --ask
    """
    from emailops.errors import UsageError
    from emailops.private import Address

    if sum(text is not None for text in (to, reference, id_)) != 1:
        raise UsageError("say which messages", "give one of --to, --reference and --id")
    if reference is not None and reference.startswith("--"):
        raise UsageError(f"--reference has no value but {reference}", "a variable may not be set")
    if logs is not None:
        asked = {"--stage": stage is not None, "--since": since is not None, "--ask": ask, "--reveal": reveal}
        return _in_logs(logs, to, format_, [name for name, given in asked.items() if given])
    task = _task()
    if to is not None:
        _hashes(to)
    wanted = task.Sought(
        Address(to) if to is not None else None,
        reference or "",
        _id(id_) if id_ is not None else "",
        stage,
        _utc(since) if since else None,
    )
    return _found(task.find(options.surroundings(state, None), wanted, ask=ask), format_, reveal=_may(reveal=reveal))


def failures(
    since: Annotated[datetime, typer.Option("--since", formats=_MOMENTS, metavar="YYYY-MM-DD", help=_SENT_SINCE)],
    stage: AtStage = None,
    ask: Ask = False,
    reveal: Reveal = False,
    format_: Format = TableFormat.text,
    state: options.State = None,
) -> int:
    """List the messages that did not arrive.

    Also lists those that somebody marked as spam. One that failed and arrived later is left out, and counted.

    Example: emailops messages failures --since 2026-11-01
    """
    task = _task()
    found = task.failures(options.surroundings(state, None), task.Sought(stage=stage, since=_utc(since)), ask=ask)
    return _found(found, format_, reveal=_may(reveal=reveal))


def show(
    id_: Annotated[str, typer.Argument(metavar="ID", help="Notify's id of the message.")],
    stage: Annotated[
        str,
        typer.Option("--stage", metavar="STAGE", help="The stage that sent it.", autocompletion=completion.stages),
    ],
    reveal: Reveal = False,
    format_: options.Format = options.OutputFormat.text,
    state: options.State = None,
) -> int:
    """Show one message as it was sent.

    On preview you can read a link in it. Production shows no message of a template with sensitive placeholders.

    Example: emailops messages show 740e5834-3a29-46b4-9a6f-16142fde533a --stage preview
    """
    from emailops.render import console

    task = _task()
    from emailops.render import messages as words

    message, subject, body = task.show(options.surroundings(state, None), _id(id_), stage)
    seen = _may(reveal=reveal)
    if format_ is options.OutputFormat.json:
        console.as_json(words.shown_as_json(message, subject, body, reveal=seen))
    else:
        console.lines(words.shown_text(message, subject, body, reveal=seen))
    return Exit.OK


def hash_(
    recipient: Annotated[str, typer.Argument(metavar="RECIPIENT", help="An address or a phone number.")],
    format_: options.Format = options.OutputFormat.text,
) -> int:
    """Give the hash by which logs know somebody.

    Adds a query for your log aggregator. Needs no state.

    Example: emailops messages hash someone@example.com
    """
    from emailops.render import console
    from emailops.render import messages as words

    hashes = _hashes(recipient)
    if format_ is options.OutputFormat.json:
        console.as_json(words.hashes_as_json(hashes))
    else:
        console.lines(words.hashes_text(hashes))
    return Exit.OK


def campaigns(
    since: Annotated[
        datetime,
        typer.Option(
            "--since", formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="What was sent from this day on, in UTC."
        ),
    ],
    format_: Format = TableFormat.text,
    state: options.State = None,
) -> int:
    """List the campaigns that Mailchimp sent.

    Says how many people opened each, and how many clicked.

    Example: emailops messages campaigns --since 2026-11-01
    """
    from emailops.render import messages as words
    from emailops.tasks import message_campaigns as task

    sent = task.campaigns(options.surroundings(state, None), _utc(since))
    _show(format_, words.campaigns_text(sent), words.campaigns_as_json(sent), words.campaigns_csv(sent))
    return Exit.OK


def _task() -> ModuleType:
    """Raises InvalidInput where what receipts need is not installed."""
    from emailops.errors import InvalidInput

    try:
        from emailops.tasks import messages
    except ModuleNotFoundError as error:
        raise InvalidInput(f"messages need {error.name}", "pip install 'emailops[receipts]'") from error
    return messages


def _id(text: str) -> str:
    """As Notify writes it, in whatever spelling it was given. Raises UsageError."""
    from uuid import UUID

    from emailops.errors import UsageError

    try:
        return str(UUID(text))
    except ValueError:
        example = "740e5834-3a29-46b4-9a6f-16142fde533a"
        raise UsageError("that is not the id of a message", f"Notify's ids look like {example}") from None


def _in_logs(logs: Path, to: str | None, format_: TableFormat, besides: Sequence[str]) -> int:
    from emailops.errors import UsageError
    from emailops.questions import log_lines
    from emailops.render import messages as words
    from emailops.store import log_file

    if to is None:
        raise UsageError("--logs is for --to", "give the recipient with --to")
    if besides:
        why = "a log is searched for the recipient alone, and shows nobody"
        raise UsageError(f"--logs and {besides[0]} do not go together: {why}", f"leave out {', '.join(besides)}")
    hashes = _hashes(to)
    found = tuple(log_lines.search(log_file.lines(logs), hashes.all, to.strip()))
    _show(format_, words.log_text(found), words.log_as_json(found), words.log_csv(found))
    return Exit.OK


def _hashes(recipient: str) -> LogHashes:
    from emailops.errors import UsageError
    from emailops.private import Address
    from emailops.questions.log_hash import log_hashes

    hashes = log_hashes(Address(recipient))
    if hashes is None:
        raise UsageError("that is neither an email address nor a phone number", "write it as the app sends to it")
    return hashes


def _may(*, reveal: bool) -> bool:
    """Addresses are for eyes: what a pipe takes may be a log. Raises UsageError."""
    import sys

    from emailops.errors import UsageError

    if reveal and not sys.stdout.isatty():
        raise UsageError("--reveal is for a terminal", "leave it out where the output goes into a file or a log")
    return reveal


def _utc(moment: datetime) -> datetime:
    from datetime import UTC

    return moment.replace(tzinfo=UTC)


def _found(found: FoundMessages, format_: TableFormat, *, reveal: bool) -> int:
    from emailops.render import messages as words

    text, document = words.found_text(found, reveal=reveal), words.found_as_json(found, reveal=reveal)
    _show(format_, text, document, words.found_csv(found, reveal=reveal))
    return found.exit_code


def _show(format_: TableFormat, lines: Iterable[Line], document: Any, table: str) -> None:
    from emailops.render import console

    if format_ is TableFormat.json:
        console.as_json(document)
    elif format_ is TableFormat.csv:
        console.text(table)
    else:
        console.lines(lines)
