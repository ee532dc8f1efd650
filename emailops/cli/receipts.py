"""The command that receives what Notify tells of each message."""

from __future__ import annotations

from typing import Annotated

import typer

from emailops.cli import options
from emailops.errors import Exit

_GROUP = """Receive from Notify what became of each message.

Example: emailops receipts serve --tokens env:NOTIFY_CALLBACK_TOKENS
"""


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    group = typer.Typer(no_args_is_help=True, help=_GROUP)
    group.callback()(lambda: None)
    group.command()(serve)
    app.add_typer(group, name="receipts", rich_help_panel="Run")


def serve(
    tokens: Annotated[
        str,
        typer.Option(
            "--tokens", metavar="env:NAME", help="Where the bearer tokens are: one, or several with a colon between."
        ),
    ],
    account: Annotated[
        str, typer.Option("--account", metavar="NAME", help="The Notify service, where the state declares several.")
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Record receipts, and only say who would be made inactive.")
    ] = False,
    state: options.State = None,
    host: Annotated[
        str,
        typer.Option(
            "--host",
            metavar="ADDRESS",
            help="The address to listen on. Any other than the default can be reached from other machines.",
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int,
        typer.Option("--port", metavar="NUMBER", help="The port to listen on. 0 takes a free port.", min=0, max=65535),
    ] = 8026,
) -> int:
    """Take Notify's delivery receipts.

    Notify sends them to /callbacks/notify. After a permanent failure it does what the state declares. Receipts go
    into the database that EMAILOPS_DATABASE names. Prints a line of JSON that says where it listens. Runs until you
    stop it. GET /callbacks says whether it is up, /metrics how much it does.

    Example: emailops receipts serve --tokens env:NOTIFY_CALLBACK_TOKENS
    """
    import gc
    import json
    import logging
    import signal

    from emailops.errors import InvalidInput
    from emailops.render import console

    run = options.surroundings(state, None)
    try:
        import waitress

        from emailops.tasks import receipts as task
    except ModuleNotFoundError as error:
        raise InvalidInput(f"receipts need {error.name}", "pip install 'emailops[receipts]'") from error
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    serving = task.serving(run, account, options.reference("--tokens", tokens), dry_run=dry_run)
    try:
        server = waitress.create_server(
            serving.receiver, host=host, port=port, threads=16, connection_limit=1000, channel_timeout=30, ident=None,
            max_request_body_size=task.LARGEST, max_request_header_size=16_384, clear_untrusted_proxy_headers=True,
        )  # fmt: skip
    except OSError as error:
        serving.close()
        message = f"it cannot listen on {host}, port {port}: {(error.strerror or 'no reason given').lower()}"
        raise InvalidInput(message, "name a free port with --port") from None

    def stop(*_: object) -> None:
        """Let the server end what it has begun: its threads write to numbers of files that a close would give away."""
        raise SystemExit

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    gc.enable()  # unlike other commands this one goes on
    gc.freeze()
    serving.aftermath.start()
    # A name may stand for several addresses: waitress then has a server for each.
    listens = getattr(server, "effective_listen", None) or [(server.effective_host, server.effective_port)]
    name, number = listens[0]
    here = f"http://{f'[{name}]' if ':' in name else name}:{number}/callbacks"
    console.document(json.dumps({"receives": f"{here}/notify", "health": here, "acts": serving.acts}))
    try:
        server.run()
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        serving.close()
    return Exit.OK
