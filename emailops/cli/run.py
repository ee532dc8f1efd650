"""The commands that keep running."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    app.command(rich_help_panel="Run")(sandbox)


def sandbox(
    accounts: Annotated[Path, typer.Option("--accounts", metavar="FILE", help="What the accounts hold, as JSON.")],
    port: Annotated[int, typer.Option("--port", help="0 takes a free one.", min=0, max=65535)] = 0,
) -> int:
    """Run a Notify and a Mailchimp on this machine.

    Prints one JSON line with where they are, and runs until it is stopped.

    Example: emailops sandbox --accounts accounts.json --port 8025
    """
    import gc
    import signal
    import threading

    from emailops.render import console
    from emailops.sandbox import Sandbox, announcement, load_accounts

    told = threading.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda *_: told.set())
    gc.enable()
    with Sandbox(load_accounts(accounts), port=port) as running:
        console.text(announcement(running))
        told.wait()
    return 0
