"""The command line: parses, wires, calls one function, renders, and turns every end of a run into its exit code."""

from __future__ import annotations

import gc
import io
import sys
from collections.abc import Sequence
from functools import cache
from typing import Any

import typer
from typer._click.exceptions import ClickException
from typer.main import get_command

from emailops import __version__
from emailops.cli import (
    about,
    change,
    dayone,
    delivering,
    everyday,
    importing,
    ledger,
    local,
    probing,
    questions,
    repair,
    reviewing,
    run,
    watching,
)
from emailops.cli.grouped import GroupedByUse
from emailops.errors import EmailopsError, Exit, FindingsError, GateError

app = typer.Typer(
    cls=GroupedByUse,
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Keeps the whole email configuration of a digital service in Git.",
)
for commands in (
    everyday,
    watching,
    questions,
    change,
    dayone,
    reviewing,
    delivering,
    repair,
    importing,
    local,
    probing,
    ledger,
    about,
    run,
):
    commands.register(app)


@app.callback(invoke_without_command=True)
def _root(version: bool = typer.Option(False, "--version", help="Print the version.")) -> None:
    if version:
        from emailops.render import console

        console.text(f"emailops {__version__}")
        raise typer.Exit


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code; the only place where errors become codes."""
    # A command is short and keeps what it reads: the collector would walk every value again and again for nothing.
    gc.disable()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        given = list(arguments) if arguments is not None else None
        code = _command()(args=given, prog_name="emailops", standalone_mode=False)
        return int(code or 0)
    except ClickException as error:
        _say(error.format_message(), "emailops COMMAND --help says how it is used")
        return Exit.USAGE
    except (typer.Abort, KeyboardInterrupt):
        _say("interrupted")
        return Exit.INTERRUPTED
    except EmailopsError as error:
        _explain(error)
        return error.exit_code
    except Exception:
        import traceback

        from emailops.private import hide_all

        _say("this is a bug in emailops, and nothing you did wrong", f"report it with this ({__version__}):")
        sys.stderr.write(hide_all(traceback.format_exc()))
        return Exit.BUG
    finally:
        gc.enable()


@cache
def _command() -> Any:
    """Every command, ready to parse: making them takes as long as many a command does."""
    return get_command(app)


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
