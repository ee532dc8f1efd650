"""The command that sets up apps on a developer's machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emailops.cli import completion, options
from emailops.errors import InvalidInput, UsageError

if TYPE_CHECKING:
    from emailops.declaration.model import Consumer, Declaration
    from emailops.private import Secret
    from emailops.run import Run
    from emailops.tasks.local_env import Own, Variable


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
        str | None, typer.Option("--pattern", help="How your team names such keys.  [default: <name>-test-localdev]")
    ] = None,
    port: Annotated[
        int | None, typer.Option("--port", help="Where the sandbox listens.  [default: 8025]", min=1, max=65535)
    ] = None,
    state: options.State = None,
) -> int:
    """Write the .env with which apps use a sandbox on this machine.

    Refuses to write a file that Git would track. Keeps every line that it did not write.

    Example: emailops local-env CONSUMER --into CHECKOUT
    """
    from emailops.engine import declared
    from emailops.render import local_env as words
    from emailops.sandbox import PORT
    from emailops.store import env_file
    from emailops.tasks import local_env

    if (consumer is None) == (folder is None) or (folder and into):
        raise UsageError("local-env takes a consumer, or --all DIR", "emailops local-env CONSUMER --into CHECKOUT")
    local_env.pattern_of(pattern or local_env.PATTERN)
    run = options.surroundings(state, None)
    declaration = declared.valid(run)
    places = _places(declaration, run, consumer, into, folder)
    own = _own(run, declaration, pattern or local_env.PATTERN) if own_key else None
    url = f"http://127.0.0.1:{port or PORT}"
    contents = []
    for checkout, consumers in places.items():
        path = checkout / env_file.NAME
        variables = _united(checkout, [local_env.variables(declaration, each, url, own) for each in consumers])
        if variables:
            env_file.refuse_tracked(path, run.environment)
        contents.append(
            (path, variables, env_file.merged(path, {variable.name: variable.value.reveal() for variable in variables}))
        )
    wrong = local_env.unread(declaration)
    for path, variables, content in contents:
        words.written(path, variables, is_new=env_file.put(path, content))
        words.unread(path, env_file.names_in(path, wrong), wrong)
        words.hidden(path)
    words.next_steps(own, port or PORT)
    return 0


def _places(
    declaration: Declaration, run: Run, consumer: str | None, into: Path | None, folder: Path | None
) -> dict[Path, list[Consumer]]:
    from emailops.tasks import local_env

    if folder is not None:
        found = local_env.checkouts(declaration, (run.directory / folder).resolve())
        if not found:
            names = sorted(filter(None, {local_env.checkout_name(each) for each in declaration.consumers.values()}))
            raise UsageError(f"no consumer has a checkout in {folder}", f"its folder is one of {', '.join(names)}")
        return found
    if consumer is None or consumer not in declaration.consumers:
        raise UsageError(f"there is no consumer {consumer!r}", f"name one of {', '.join(declaration.consumers)}")
    checkout = (run.directory / (into or "")).resolve()
    if not checkout.is_dir():
        raise UsageError(f"there is no folder {into}", "--into names the checkout of the consumer")
    return {checkout: [declaration.consumers[consumer]]}


def _united(checkout: Path, several: list[list[Variable]]) -> list[Variable]:
    found: dict[str, Variable] = {}
    for variable in (variable for group in several for variable in group):
        other = found.setdefault(variable.name, variable)
        if other.value.reveal() != variable.value.reveal():
            message = f"{checkout} serves consumers that want different values of {variable.name}"
            raise InvalidInput(message, "write the .env of one of them: emailops local-env CONSUMER")
    return list(found.values())


def _own(run: Run, declaration: Declaration, pattern: str) -> Own:
    from emailops.tasks import local_env

    if not run.is_terminal:
        raise UsageError("--own-key asks for the key on a terminal, where nothing shows it", "run it on a terminal")
    return local_env.checked(run, declaration, _asked(), pattern)


def _asked() -> Secret:
    import getpass

    from emailops.private import Secret

    return Secret(getpass.getpass("Your own Notify test key (it is not shown): ").strip())
