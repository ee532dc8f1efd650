"""The commands that deal with keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from emailops.cli import completion, options
from emailops.errors import UsageError

if TYPE_CHECKING:
    from emailops.private import Secret
    from emailops.run import Run
    from emailops.tasks.rotate import RotationOptions, Turn


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command(rich_help_panel="Change")(rotate)
    app.command(rich_help_panel="Set up and repair")(fingerprint)


def rotate(
    key: Annotated[
        str | None,
        typer.Argument(
            metavar="[KEY]", help="The key to replace, or notify-callback/ACCOUNT.", autocompletion=completion.keys
        ),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="With --stage: every key of a stage.")] = False,
    stage: options.Stage = None,
    leaked: Annotated[
        bool, typer.Option("--leaked", help="Strangers may have it: revoke it first, then hand the new one over.")
    ] = False,
    named: Annotated[str, typer.Option("--as", metavar="NAME", help="The name of the new key in the state.")] = "",
    fingerprint: Annotated[
        str,
        typer.Option("--fingerprint", metavar="HEX", help="Of the new key, as emailops fingerprint printed it."),
    ] = "",
    revoked: Annotated[
        bool, typer.Option("--revoked", help="The old key is revoked, and nobody here can ask with it.")
    ] = False,
    tokens: Annotated[
        str | None,
        typer.Option(
            "--tokens",
            metavar="env:NAME",
            help="Of callbacks: the variable with the receiver's tokens, the new one first.",
        ),
    ] = None,
    format_: options.Format = options.OutputFormat.text,
    state: options.State = None,
    today: options.Today = None,
) -> int:
    """Replace a key, one phase a run.

    It declares the new key, tells who does what next, and verifies that the old one is revoked. Run it again after each
    step: it reads from the state how far it has come. An old token of callbacks stays while receipts come with it.

    Example: emailops rotate production
    """
    from emailops.tasks.rotate import RotationOptions

    if every != (key is None) or (every and stage is None):
        raise UsageError("rotate takes a key, or --all and --stage", "emailops rotate KEY")
    if not every and stage is not None:
        raise UsageError("--stage belongs to --all", "emailops rotate --all --stage STAGE")
    if every and (named or fingerprint or revoked):
        raise UsageError("--as, --fingerprint and --revoked are for one key", "emailops rotate KEY")
    run = options.surroundings(state, today)
    taken: tuple[Secret, ...] = ()
    if tokens is not None:
        from emailops.tasks.callback_tokens import tokens_of

        taken = tuple(tokens_of(run, options.reference("--tokens", tokens)))
    return _rotated(run, key, stage or "", RotationOptions(named, fingerprint, leaked, revoked, taken), format_)


def fingerprint(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[VARIABLE...]", help="Only these variables of this machine.")
    ] = None,
    format_: options.Format = options.OutputFormat.text,
) -> int:
    """Say which keys this machine holds, by fingerprints.

    Prints twelve hex digits for each variable that holds a key, and never the key. Needs no state.

    Example: emailops fingerprint
    """
    from emailops.errors import InvalidInput
    from emailops.render import console, rotation
    from emailops.run import from_machine
    from emailops.tasks.fingerprints import fingerprints

    found = fingerprints(from_machine().environment, names or [])
    missing = [name for name in names or [] if name not in found]
    if missing:
        raise InvalidInput(f"{missing[0]} holds nothing that has a fingerprint", "name a variable that holds a key")
    if format_ is options.OutputFormat.json:
        console.as_json({"fingerprints": found})
    else:
        console.lines(rotation.fingerprints(found))
    return 0


def _rotated(run: Run, key: str | None, stage: str, wanted: RotationOptions, format_: options.OutputFormat) -> int:
    from emailops.render import console, rotation
    from emailops.tasks import rotate as task
    from emailops.tasks import rotate_token

    names = [key] if key is not None else task.keys_of(run, stage)
    turns: list[Turn] = []
    for name in names:
        is_token = name.startswith("notify-callback/")
        turns.append(rotate_token.turn(run, name, wanted.taken) if is_token else task.turn(run, name, wanted))
        if format_ is options.OutputFormat.text:
            console.lines(rotation.text(turns[-1], run.prefix))
    if format_ is options.OutputFormat.json:
        console.as_json(rotation.as_json(turns))
    if not names:
        console.text(f"{stage} has no key to rotate")
    return 0
