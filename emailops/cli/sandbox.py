"""The commands that keep running."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from emailops.cli import options

if TYPE_CHECKING:
    from emailops.sandbox import Sandbox


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command(rich_help_panel="Run")(sandbox)


def sandbox(
    accounts: Annotated[
        Path | None, typer.Option("--accounts", metavar="FILE", help="Hold what this JSON file says, and nothing else.")
    ] = None,
    from_state: Annotated[
        bool, typer.Option("--from-state", help="Hold what the state declares, and nothing else.")
    ] = False,
    observed: Annotated[
        Path | None, typer.Option("--observed", metavar="FILE", help="Hold what a drift saw, and nothing else.")
    ] = None,
    state: options.State = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse what it does not hold, instead of making it when it is first used.")
    ] = False,
    keys: Annotated[
        list[str] | None,
        typer.Option("--key", metavar="[KIND=]KEY", help="A Notify key and its kind: team=KEY. Or its name says it."),
    ] = None,
    callback: Annotated[
        str | None,
        typer.Option(
            "--callback", metavar="URL", help="Report there what became of each message: a URL of this machine."
        ),
    ] = None,
    token: Annotated[
        str | None,
        typer.Option("--callback-token", metavar="env:NAME", help="Where the bearer token of --callback is."),
    ] = None,
    kept_in: Annotated[
        Path | None, typer.Option("--data", metavar="FILE", help="Keep everything in this SQLite file.")
    ] = None,
    host: Annotated[
        str,
        typer.Option(
            "--host",
            metavar="ADDRESS",
            help="The address to listen on. Any other than the default can be reached from other machines.",
        ),
    ] = ("127.0.0.1"),
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            metavar="NUMBER",
            help="The port to listen on. 0 takes a free port.  [default: 8025, else a free port]",
            min=0,
            max=65535,
        ),
    ] = None,
) -> int:
    """Run a Notify and a Mailchimp on this machine, with an inbox.

    Needs no account: every key works. Prints a line of JSON that says where they listen. Runs until you stop it.

    Example: emailops sandbox
    """
    import gc
    import signal
    import threading

    from emailops.errors import InvalidInput, UsageError
    from emailops.render import console
    from emailops.render import sandbox as words

    try:
        from emailops.sandbox import Sandbox, announcement, load_accounts
    except ModuleNotFoundError as error:
        raise InvalidInput(f"the sandbox needs {error.name}", "pip install 'emailops[sandbox]'") from error

    if sum(map(bool, (accounts, from_state, observed))) > 1:
        message = "--accounts, --from-state and --observed each say what the accounts hold"
        raise UsageError(message, "give one of them")
    if state and not (from_state or observed):
        message = "--state is for --from-state and --observed"
        raise UsageError(message, "emailops sandbox --from-state --state DIR")
    told = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: told.set())
    stand_in = _StandIn(state, observed) if from_state or observed else None
    holding = load_accounts(accounts) if accounts else stand_in.accounts() if stand_in else {}
    _report(holding, callback, token)
    is_open = not (accounts or stand_in or strict)
    works = words.ANY_KEY if is_open else words.MADE_UP_KEYS if stand_in else words.THESE_KEYS
    running = Sandbox(holding, open=is_open, keys=keys or (), kept_in=kept_in, host=host, port=port)
    del holding  # as large as what it describes
    with running:
        _tell_people(running, works, kept_in, port)
        more: dict[str, Any] = {"keys": running.told} if running.told else {}
        if stand_in:
            more["environment"] = stand_in.environment(running)
        console.document(announcement(running, **more))
        # What was there at the start stays: the collector need not walk it again and again.
        gc.freeze()
        gc.enable()
        told.wait()
    return 0


def _report(holding: dict[str, Any], callback: str | None, token: str | None) -> None:
    """Let every Notify service that is held report there. Raises UsageError and InvalidInput."""
    from emailops.errors import UsageError
    from emailops.tasks.callback_tokens import tokens_of

    if callback is None and token is None:
        return
    services = holding.get("notify", {}).get("services", [])
    if callback is None or token is None or not services:
        message = "--callback and --callback-token go together, with services that report"
        raise UsageError(message, "emailops sandbox --from-state --callback URL --callback-token env:NAME")
    bearer, *_ = tokens_of(options.anywhere(None, None), options.reference("--callback-token", token))
    for service in services:
        service["callback"] = {"url": callback, "bearer_token": bearer.reveal()}


class _StandIn:
    """What stands in for the accounts of a valid state: all as it declares, or as a drift saw it."""

    def __init__(self, state: Path | None, observed: Path | None) -> None:
        from emailops.engine import declared
        from emailops.store import observations

        run = options.surroundings(state, None)
        self._declaration = declared.valid(run)
        self._seen = observations.read(run.directory / observed, self._declaration) if observed else None

    def accounts(self) -> dict[str, Any]:
        from emailops.tasks import stand_ins

        return stand_ins.accounts_for(self._declaration, self._seen)

    def environment(self, running: Sandbox) -> dict[str, str]:
        """Where it is, and a made-up key for each variable that the state names."""
        from emailops.tasks import stand_ins

        return stand_ins.environment_for(self._declaration, running.notify_url, running.mailchimp_url, self._seen)


def _tell_people(running: Sandbox, works: str, kept_in: Path | None, port: int | None) -> None:
    """On standard error: what is not as usual, and on a terminal what to do."""
    import sys

    from emailops.render import console
    from emailops.render import sandbox as words
    from emailops.sandbox import PORT

    if running.took_up:
        console.note(f"{kept_in} holds a sandbox already: it goes on with that, whatever the accounts say.")
    if port is None and running.port != PORT:
        console.note(f"port {PORT} is taken: this sandbox has port {running.port}.")
    if not running.is_local:
        console.note("warning: other machines can reach this sandbox, and read and change all that it holds.")
    if sys.stderr.isatty():
        urls = running.notify_url, running.mailchimp_url, running.inbox_url
        console.note(words.text(words.Started(*urls, works, running.told)))
