"""The commands that change something: apply at the providers, attest in the state."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emailops.cli import options
from emailops.errors import EmailopsError, GateError, InvalidInput, UsageError

if TYPE_CHECKING:
    from emailops.plan import Plan
    from emailops.settings import Settings


def register(app: typer.Typer) -> None:
    for command in (apply, attest):
        app.command(rich_help_panel="Change")(command)


def apply(
    plan: Annotated[Path | None, typer.Argument(metavar="[PLAN]", help="A plan file.")] = None,
    approved: Annotated[
        str | None,
        typer.Option("--approved", metavar="DIGEST", help="The whole change or digest that was approved."),
    ] = None,
    stage: options.Stage = None,
    only: options.Only = None,
    yes: Annotated[bool, typer.Option("--yes", help="With --stage: do not ask.")] = False,
    format_: Annotated[options.Format, typer.Option("--format", help="How to print.")] = options.Format.text,
    state: options.State = None,
    today: options.Today = None,
) -> int:
    """Make the managed changes of a plan.

    Of a plan file, or of one stage after a yes. Every change is accounted for.

    Example: emailops apply plan.json --approved DIGEST
    """
    from emailops.reconcile import runs
    from emailops.render import console, report
    from emailops.store import plans

    if (plan is None) == (stage is None):
        raise UsageError("apply needs a plan file, or --stage and a yes", "emailops plan --out plan.json")
    if plan is not None and only is not None:
        raise UsageError("--only belongs to the plan", "emailops plan --only GLOB --out plan.json")
    if stage is not None and approved is not None:
        raise UsageError("--approved belongs to a plan file", "emailops plan --stage STAGE --out plan.json")
    settings = options.surroundings(state, today)
    planned = None
    try:
        if plan is not None:
            planned = plans.read(settings.directory / plan)
            _approve(planned, approved)
        else:
            planned = runs.plan(settings, scope=stage, only=only)
            _ask(planned, settings, yes=yes)
        with _stop_when_told() as stopped:
            result = runs.apply(planned, settings, stopped)
    except GateError as gate:
        gate.id = gate.id or (planned.digest if planned else "")
        if format_ is options.Format.json:
            console.as_json(report.gate_as_json(gate))
        raise
    if format_ is options.Format.json:
        console.as_json(report.as_json(result))
    else:
        console.lines(report.text(result))
    return result.exit_code


def attest(
    resources: Annotated[list[str], typer.Argument(metavar="RESOURCE...", help="Each as kind/name.")],
    by: Annotated[str | None, typer.Option("--by", metavar="HANDLE", help="Who saw it or did it.")] = None,
    state: options.State = None,
    today: options.Today = None,
) -> int:
    """Record what a person saw or did in a web page.

    Example: emailops attest notify-guest-list/NAME --by HANDLE
    """
    from emailops.reconcile import runs
    from emailops.render import console
    from emailops.render.plan import value

    settings = options.surroundings(state, today)
    if settings.is_pipeline:
        raise EmailopsError("an attestation is a person's word; a pipeline cannot give it", "attest on the branch")
    declaration, declared = runs.attestable(settings, resources)
    if by is None:
        if not settings.is_terminal:
            raise UsageError("who attests it?", "--by HANDLE, or run it on a terminal")
        for desired in declared:
            console.text(f"{desired.resource} as declared:")
            for field, content in (desired.attested or {}).items():
                console.text(f"  {field}: {value(content)}")
        by = typer.prompt("Your handle, if the page shows exactly this")
    for path in runs.attest(settings, declaration, declared, str(by)):
        console.text(f"attested by {by}: commit {path.relative_to(settings.state)}")
    return 0


def _approve(planned: Plan, approved: str | None) -> None:
    """The digests of a plan that was read are worked out from what it says; an approval names one of them, whole."""
    if approved is not None and approved not in (planned.change, planned.digest):
        message = f"the plan is not the approved one: its change is {planned.change}, its digest {planned.digest}"
        raise InvalidInput(message, "give the whole digest that was approved, or have this plan approved")


def _ask(planned: Plan, settings: Settings, *, yes: bool) -> None:
    from emailops.render import console
    from emailops.render.plan import text

    if yes:
        return
    if not settings.is_terminal:
        raise UsageError("without a terminal nobody can say yes", "--yes, or apply a plan file")
    console.lines(text(planned, "say yes"))
    if not typer.confirm("Apply this?"):
        raise typer.Abort


@contextmanager
def _stop_when_told() -> Iterator[Callable[[], bool]]:
    """While open, Ctrl-C and SIGTERM let the request in flight end, and what follows is not attempted."""
    told = threading.Event()
    before = {one: signal.signal(one, lambda *_: told.set()) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield told.is_set
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
