"""The command that sets up apps on a developer's machine."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emailops.cli import completion, options
from emailops.errors import Exit, UsageError

if TYPE_CHECKING:
    from emailops.declaration.model import Consumer, Declaration
    from emailops.private import Secret
    from emailops.run import Run
    from emailops.tasks.env_files import EnvFile
    from emailops.tasks.local_env import Own


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("local-env", rich_help_panel="Run")(local_env)


def local_env(
    consumer: Annotated[
        str | None,
        typer.Argument(
            metavar="[CONSUMER]",
            help="The consumer whose .env to write, into this directory.",
            autocompletion=completion.consumers,
        ),
    ] = None,
    into: Annotated[
        Path | None, typer.Option("--into", metavar="CHECKOUT", help="Write into this checkout instead.")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option("--all", metavar="DIR", help="Every consumer that has a checkout in DIR.")
    ] = None,
    own_key: Annotated[
        bool, typer.Option("--own-key", help="Ask for your own Notify test key, instead of the sandbox's.")
    ] = False,
    pattern: Annotated[
        str | None,
        typer.Option(
            "--pattern", metavar="TEXT", help="How your team names such keys.  [default: <name>-test-localdev]"
        ),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option("--port", metavar="NUMBER", help="Where the sandbox listens.  [default: 8025]", min=1, max=65535),
    ] = None,
    exclude_locally: Annotated[
        bool, typer.Option("--exclude-locally", help="Let Git ignore the .env in this clone: list it in info/exclude.")
    ] = False,
    state: options.State = None,
) -> int:
    """Write the .env with which apps use a sandbox on this machine.

    Refuses to write a file that Git would track. Keeps every line that it did not write. With --all, a checkout that
    cannot be served does not stop the others.

    Example: emailops local-env CONSUMER --into CHECKOUT
    """
    from emailops.engine import declared
    from emailops.render import local_env as words
    from emailops.sandbox import PORT
    from emailops.tasks import env_files, local_env

    if (consumer is None) == (folder is None) or (folder and into):
        raise UsageError("local-env takes a consumer, or --all DIR", "emailops local-env CONSUMER --into CHECKOUT")
    local_env.pattern_of(pattern or local_env.PATTERN)
    run = options.surroundings(state, None)
    declaration = declared.valid(run)
    places = _places(declaration, run, consumer, into, folder)
    own = _own(run, declaration, pattern or local_env.PATTERN) if own_key else None
    find = partial(local_env.variables, declaration, sandbox_url=f"http://127.0.0.1:{port or PORT}", own=own)
    done = list(env_files.write_all(places, find, run.environment, exclude_locally=exclude_locally))
    if folder is None and done[0].error:
        raise done[0].error
    words.written(done, local_env.unread(declaration))
    if folder is not None:
        words.table(done)
    words.next_steps(own, port or PORT)
    return _code(done)


def _places(
    declaration: Declaration, run: Run, consumer: str | None, into: Path | None, folder: Path | None
) -> dict[Path, list[Consumer]]:
    from emailops.declaration.names import require
    from emailops.tasks import local_env

    if folder is not None:
        found = local_env.checkouts(declaration, (run.directory / folder).resolve())
        if not found:
            names = sorted(filter(None, {local_env.checkout_name(each) for each in declaration.consumers.values()}))
            raise UsageError(f"no consumer has a checkout in {folder}", f"its folder is one of {', '.join(names)}")
        return found
    if consumer is None:
        raise UsageError("say for which consumer", f"name one of {', '.join(declaration.consumers)}, or --all DIR")
    require("consumer", consumer, declaration.consumers)
    checkout = (run.directory / (into or "")).resolve()
    if not checkout.is_dir():
        raise UsageError(f"there is no folder {into}", "--into names the checkout of the consumer")
    return {checkout: [declaration.consumers[consumer]]}


def _code(done: Sequence[EnvFile]) -> Exit:
    from emailops.tasks.env_files import EnvStatus

    if not any(file.error for file in done):
        return Exit.OK
    return Exit.PARTIAL if any(file.status is EnvStatus.written for file in done) else Exit.ERROR


def _own(run: Run, declaration: Declaration, pattern: str) -> Own:
    from emailops.tasks import local_env

    if not run.is_terminal:
        raise UsageError("--own-key asks for the key on a terminal, where nothing shows it", "run it on a terminal")
    return local_env.checked(run, declaration, _asked(), pattern)


def _asked() -> Secret:
    import getpass

    from emailops.private import Secret

    return Secret(getpass.getpass("Your own Notify test key (it is not shown): ").strip())
