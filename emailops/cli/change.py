"""The commands that change something: apply at the providers, attest in the state."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from emailops.cli import completion, options
from emailops.dataclass import dataclass
from emailops.errors import (
    EmailopsError,
    Exit,
    FindingsError,
    GateError,
    InvalidInput,
    StreamError,
    UsageError,
    worst,
)

if TYPE_CHECKING:
    from emailops.engine.apply import Consent
    from emailops.engine.changes import Report
    from emailops.plan import Plan
    from emailops.render.console import Line
    from emailops.run import Run


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
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
    yes: Annotated[bool, typer.Option("--yes", help="With --stage: do not ask first.")] = False,
    lift: Annotated[
        list[str] | None,
        typer.Option(
            "--lift",
            metavar="KIND.ACTION=REASON",
            help="Lift a limit of policy.limits, and say why. You can repeat it.",
        ),
    ] = None,
    rollback: options.Rollback = None,
    approver: Annotated[
        str | None,
        typer.Option("--approved-by", metavar="NAME", help="Who approved it. Refused when they wrote the change."),
    ] = None,
    break_glass: Annotated[
        str | None, typer.Option("--break-glass", metavar="REASON", help="Let the author approve it, and say why.")
    ] = None,
    report_: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="Also write the report to this file, as JSON.")
    ] = None,
    format_: options.Format = options.OutputFormat.text,
    state: options.State = None,
    today: options.Today = None,
) -> int:
    """Make the managed changes of a plan.

    Applies a plan file, or plans one stage and asks you first. Reports what became of every change.

    Example: emailops apply plan.json --approved DIGEST
    """
    from emailops.engine import apply
    from emailops.render import console, report
    from emailops.store import plans
    from emailops.store.files import output
    from emailops.tasks.plan import plan as planned_now

    _refuse_misuse(plan, stage, only, approved)
    consent = apply.Consent(
        _reasons(lift or []),
        options.reason("--rollback", rollback),
        approver or "",
        options.reason("--break-glass", break_glass),
    )
    run = options.surroundings(state, today)
    read = (run.directory / plan,) if plan else ()
    to = _Reporting(format_, output(run.directory / report_, "--report", run.state, inputs=read) if report_ else None)
    planned = None
    try:
        if plan is not None:
            planned = plans.read(run.directory / plan)
            _approve(planned, approved)
        else:
            planned = planned_now(run, scope=stage, only=only)
            _ask(planned, run, yes=yes)
        result = _applied(planned, run, consent, to)
    except GateError as gate:
        gate.id = gate.id or (planned.digest if planned else "")
        with suppress(StreamError):
            to.write(report.gate_as_json(gate), [])
        raise
    code = result.exit_code
    try:
        to.write(report.as_json(result), report.text(result))
    except StreamError as error:
        console.problem(error.message, error.remedy)
        code = worst(code, Exit.PARTIAL if result.wrote else Exit.ERROR)
    if result.bug:
        console.problem("this is a bug in emailops; you did nothing wrong", "report it with this:")
        console.note(result.bug)
    return code


def _applied(planned: Plan, run: Run, consent: Consent, to: _Reporting) -> Report:
    """The run; where an error ends it before its first write, every change is accounted for as not attempted."""
    from emailops.engine import apply
    from emailops.render import report
    from emailops.render.progress import progress

    try:
        with progress("applying"), _stop_when_told() as stopped:
            return apply.apply(planned, run, stopped, consent)
    except (GateError, UsageError, FindingsError):
        raise
    except Exception as error:
        ended = apply.not_attempted(planned, error)
        with suppress(StreamError):
            to.write(report.as_json(ended), report.text(ended))
        raise


def attest(
    resources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[RESOURCE...]", help="Each as kind/name, or a glob.", autocompletion=completion.resources
        ),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Walk through all open steps, on a terminal.")] = False,
    by: Annotated[str | None, typer.Option("--by", metavar="HANDLE", help="Who saw it or did it.")] = None,
    state: options.State = None,
    today: options.Today = None,
) -> int:
    """Record what a person saw or did in a web page.

    Example: emailops attest notify-guest-list/NAME --by HANDLE
    """
    from emailops.render import console
    from emailops.render.words import value
    from emailops.tasks import attest as task

    run = options.surroundings(state, today)
    if run.is_pipeline:
        raise EmailopsError("an attestation is a person's word; a pipeline cannot give it", "attest on the branch")
    if every == bool(resources):
        raise UsageError("attest takes resources, or --all", "emailops attest KIND/NAME, or emailops attest --all")
    if not run.is_terminal and (by is None or every):
        remedy = "run it on a terminal" if every else "--by HANDLE, or run it on a terminal"
        raise UsageError("nobody can look at pages without a terminal" if every else "who attests it?", remedy)
    if every:
        return _attest_all(run, by)
    declaration, declared = task.attestable(run, resources or [])
    if by is None:
        for desired in declared:
            console.text(f"{desired.resource} as declared:")
            for field, content in (desired.attested or {}).items():
                console.text(f"  {field}: {value(content)}")
        by = typer.prompt("Your handle, if the page shows exactly this")
    for path in task.attest(run, declaration, declared, str(by)):
        console.text(f"attested by {by}: commit {run.folder}{path.relative_to(run.state)}")
    return 0


def _attest_all(run: Run, by: str | None) -> int:
    """One open step after the other: its page, what to do there, and a yes or a no."""
    from emailops.render import console, steps
    from emailops.render.rows import Section
    from emailops.render.text import section_lines
    from emailops.tasks import attest as task

    declaration, found = task.open_steps(run)
    if not found:
        console.text("there is nothing to attest")
        return 0
    by = by or str(typer.prompt(f"{len(found)} to look at. Your handle"))
    task.refuse_strangers(declaration, by)
    paths = []
    for number, (desired, change) in enumerate(found, 1):
        console.lines(section_lines([Section(f"{number} of {len(found)}", steps.rows([change]))]))
        if typer.confirm("Does the page show exactly this?"):
            paths += task.attest(run, declaration, [desired], by)
    console.text(f"{len(paths)} of {len(found)} attested by {by}")
    if paths:
        folder = f"{run.folder}attestations"
        console.text(f"next: git add {folder} && git commit --message 'Attest what {by} saw'")
    return 0


def _refuse_misuse(plan: Path | None, stage: str | None, only: str | None, approved: str | None) -> None:
    if (plan is None) == (stage is None):
        raise UsageError("apply needs a plan file, or --stage and a yes", "emailops plan --out plan.json")
    if plan is not None and only is not None:
        raise UsageError("--only belongs to the plan", "emailops plan --only GLOB --out plan.json")
    if stage is not None and approved is not None:
        raise UsageError("--approved belongs to a plan file", "emailops plan --stage STAGE --out plan.json")


@dataclass(frozen=True, slots=True)
class _Reporting:
    """Where the account of a run goes: standard output in the format that was asked for, and a file."""

    format: options.OutputFormat
    path: Path | None

    def write(self, document: dict[str, Any], lines: list[Line]) -> None:
        """The file last: when it cannot be written after all, the account has been given."""
        import json

        from emailops.render import console
        from emailops.store import files

        # The file first: standard output may be closed, or full.
        if self.path is not None:
            files.write(self.path, json.dumps(document, indent=2, ensure_ascii=False) + "\n")
        if self.format is options.OutputFormat.json:
            console.as_json(document)
        elif lines:
            console.lines(lines)


def _reasons(lift: list[str]) -> dict[str, str]:
    """KIND.ACTION -> why it is lifted. Raises UsageError for one without a reason."""
    reasons = {}
    for limit in lift:
        name, _, reason = limit.partition("=")
        reasons[name.strip()] = options.reason(f"--lift {name.strip()}", reason)
    return reasons


def _approve(planned: Plan, approved: str | None) -> None:
    """The digests of a plan that was read are worked out from what it says; an approval names one of them, whole."""
    if approved is not None and approved not in (planned.change, planned.digest):
        message = f"the plan is not the approved one: its change is {planned.change}, its digest {planned.digest}"
        raise InvalidInput(message, "give the whole digest that was approved, or have this plan approved")


def _ask(planned: Plan, run: Run, *, yes: bool) -> None:
    from emailops.render import console
    from emailops.render.sections import document
    from emailops.render.text import text

    if yes:
        return
    if not run.is_terminal:
        raise UsageError("without a terminal nobody can say yes", "--yes, or apply a plan file")
    console.lines(text(document(planned, "say yes")))
    if not typer.confirm("Apply this?"):
        raise typer.Abort


@contextmanager
def _stop_when_told() -> Iterator[Callable[[], bool]]:
    """While open, Ctrl-C and SIGTERM let the request in flight end, and what follows is not attempted."""
    told = threading.Event()
    before = {number: signal.signal(number, lambda *_: told.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield told.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
