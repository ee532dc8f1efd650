"""The command line: parses, wires, calls one function, renders, and turns every end of a run into its exit code."""

from __future__ import annotations

import atexit
import errno
import gc
import signal
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from functools import cache
from importlib import import_module
from typing import Any

import typer
from typer._click.exceptions import ClickException
from typer.main import get_command, get_command_name
from typer.models import CommandInfo, TyperInfo

from emailops import __version__, written
from emailops.cli.groups import GroupedByUse
from emailops.cli.streams import guarded, heard
from emailops.errors import EmailopsError, Exit, FindingsError, GateError, StreamError, UsageError
from emailops.private import forget_secrets, hide_secrets, note_typed

ROOMS = {
    "everyday": "validate plan show generate",
    "questions": "trace explain compare todo",
    "messages": "messages",
    "watch": "status drift rehearse",
    "scan": "scan",
    "change": "apply attest",
    "review": "review",
    "delivery": "deliver consumers",
    "mailings": "mail subscribe export erase mailings",
    "workers": "worker beat",
    "day_one": "init accept new-iteration",
    "imports": "import",
    "keys": "rotate fingerprint",
    "people": "starter leaver",
    "repair": "adopt",
    "probe": "probe",
    "ledger": "unlock log ledger",
    "about": "rules kinds",
    "schemas": "schemas",
    "sandbox": "sandbox",
    "receipts": "receipts",
    "local_env": "local-env",
}
"""The files of commands, in the order of `--help`, and the commands of each: a run loads the file of its own only."""


# When the process ends, Python would look through everything for circles once more, before the machine takes it back.
atexit.register(gc.freeze)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code; the only place where errors become codes."""
    # A command is short and keeps what it reads: the collector would walk every value again and again for nothing.
    gc.disable()
    forget_secrets()
    given = list(sys.argv[1:] if arguments is None else arguments)
    note_typed(given)
    try:
        with guarded(), _told_to_end() as told, heard(given[0] if given else ""):
            code = _run(given)
            if told.is_set():
                # typer makes a code of it, and says nothing.
                _say("interrupted")
            return code
    finally:
        gc.enable()


def _run(given: list[str]) -> int:
    before = written.times
    try:
        _refuse_empty(given)
        _refuse_keys(given)
        # A shell that completes says in the environment what was typed, and gives no arguments.
        command = _list() if given == ["--help"] else _command(given[0] if given else "")
        code = command(args=given, prog_name="emailops", standalone_mode=False)
        sys.stdout.flush()
        return int(code or 0)
    except ClickException as error:
        _refuse(error, given)
        return Exit.USAGE
    except typer.Abort:
        _say("interrupted")
        return Exit.INTERRUPTED
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except StreamError as error:
        _explain(error)
        return Exit.PARTIAL if written.times > before else error.exit_code
    except EmailopsError as error:
        _explain(error)
        return error.exit_code
    except (OSError, MemoryError) as error:
        if not _is_the_machines(error):
            return _bug()
        place = getattr(error, "filename", None)
        why = (getattr(error, "strerror", None) or "there is not enough memory").lower()
        _say(f"{place}: {why}" if isinstance(place, str) else why, "see this machine: its disk, memory and open files")
        return Exit.PARTIAL if written.times > before else Exit.ERROR
    except Exception:
        return _bug()


def _refuse_empty(given: Sequence[str]) -> None:
    """Raises UsageError for an argument that says nothing, as an unset variable of a shell leaves behind.

    An empty filter would take everything.
    """
    for before, argument in zip(["", *given], given, strict=False):
        name, joined, value = argument.partition("=")
        is_option = bool(joined) and name.startswith("--")
        if not (value if is_option else argument).strip():
            option = name if is_option else before if before.startswith("-") else "an argument"
            raise UsageError(f"{option} is empty", "give it a value, or leave it out; a variable may not be set")


def _refuse_keys(given: Sequence[str]) -> None:
    """Raises UsageError for a key on the command line, where others see it: it would be a path, a name or a value.

    Those of a sandbox are made up.
    """
    after = zip(["", *given], given, strict=False)
    typed = (argument for option, argument in after if "--key" not in (option, argument.partition("=")[0]))
    if any(hide_secrets(argument) != argument for argument in typed):
        raise UsageError(
            "an argument holds what looks like a secret",
            "name where it is, env:NAME or file:PATH, never the key itself",
        )


def _refuse(error: ClickException, given: list[str]) -> None:
    """Say what is wrong with the command line; one that names no command gets the help, as it is."""
    from typer._click.exceptions import NoArgsIsHelpError

    from emailops.cli import usage
    from emailops.render import console

    if isinstance(error, NoArgsIsHelpError):
        console.note(error.message)
    else:
        _say(*usage.told(error, given, _command(given[0] if given else "")))


def _bug() -> int:
    import traceback

    from emailops.private import hide_all
    from emailops.render import console

    _say("this is a bug in emailops; you did nothing wrong", f"report it with this ({__version__}):")
    console.note(hide_all(traceback.format_exc()).rstrip("\n"))
    return Exit.BUG


def _is_the_machines(error: Exception) -> bool:
    """Whether it is of a full disk, a folder that is gone or the like; not of a connection, nor a mistake of ours."""
    return isinstance(error, MemoryError) or getattr(error, "errno", None) in errno.errorcode


@contextmanager
def _told_to_end() -> Iterator[threading.Event]:
    """While open, Ctrl-C and SIGTERM alike end a run, with one line and nothing half-written; whether one did."""
    told = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield told
        return

    def end(*_: object) -> None:
        told.set()
        raise KeyboardInterrupt

    # Whoever started this in the background wants Ctrl-C to pass it by.
    heeded = [told for told in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(told) is not signal.SIG_IGN]
    before = {number: signal.signal(number, end) for number in heeded}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@cache
def whole() -> typer.Typer:
    """Every command."""
    return _app(ROOMS)


def _app(rooms: Iterable[str]) -> typer.Typer:
    app = typer.Typer(
        cls=GroupedByUse,
        rich_markup_mode=None,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        help="Keeps the whole email configuration of a digital service in Git.",
    )
    app.callback(invoke_without_command=True)(_root)
    for room in rooms:
        import_module(f"emailops.cli.{room}").register(app)
    return app


def _root(version: bool = typer.Option(False, "--version", help="Print the version.")) -> None:
    if version:
        from emailops.render import console

        console.text(f"emailops {__version__}")
        raise typer.Exit


@cache
def _command(called: str) -> Any:
    """What parses the called command: that alone. Else all of them, which takes longer than many a command does."""
    room = next((room for room, commands in ROOMS.items() if called in commands.split()), None)
    if room is None:
        return get_command(whole())
    app = _app([room])
    app.registered_commands = [command for command in app.registered_commands if _name(command) == called]
    app.registered_groups = [group for group in app.registered_groups if group.name == called]
    return get_command(app)


@cache
def _list() -> Any:
    """What tells of every command and can run none: no option of theirs is looked at."""
    app = copy(whole())
    app.registered_commands = [_told(command) for command in app.registered_commands]
    app.registered_groups = [_emptied(group) for group in app.registered_groups]
    return get_command(app)


def _told(command: CommandInfo) -> CommandInfo:
    """The command by its name and what it says of itself."""

    def nothing() -> None: ...

    nothing.__doc__ = command.callback.__doc__
    told = copy(command)
    told.name, told.callback = _name(command), nothing
    return told


def _emptied(group: TyperInfo) -> TyperInfo:
    emptied = copy(group)
    emptied.typer_instance = copy(group.typer_instance)
    if emptied.typer_instance is not None:
        emptied.typer_instance.registered_commands = []
    return emptied


def _name(command: CommandInfo) -> str:
    return command.name or get_command_name(command.callback.__name__ if command.callback else "")


def _explain(error: EmailopsError) -> None:
    from emailops.render import console, findings, report

    if isinstance(error, FindingsError):
        console.note("\n".join(findings.text(error.findings, error.prefix)))
    _say(error.message, error.remedy)
    if isinstance(error, GateError):
        console.note("\n".join([*report.gate_text(error), f"refused by the gate {error.name}, before the first write"]))


def _say(message: str, remedy: str = "") -> None:
    from emailops.render import console

    console.problem(message, remedy)
