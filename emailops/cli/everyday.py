"""The commands of every day: validate, plan, show, generate. None of them writes anything to a provider."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emailops.cli import completion, options
from emailops.errors import Exit, UsageError

if TYPE_CHECKING:
    from emailops.engine.declared import Declared
    from emailops.plan import Plan
    from emailops.run import Run


_WAIVED_DAYS = 90
"""For how long a waiver holds unless somebody writes another day."""


class FindingsFormat(Enum):
    """How `validate` prints."""

    text = "text"
    json = "json"
    github = "github"


class PlanFormat(Enum):
    """How `plan` and `show` print."""

    text = "text"
    json = "json"
    markdown = "markdown"
    html = "html"


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    for command in (validate, plan, show, generate):
        app.command(rich_help_panel="Every day")(command)


def validate(
    format_: Annotated[FindingsFormat, typer.Option("--format", help="How to print.")] = FindingsFormat.text,
    waive: Annotated[
        bool, typer.Option("--waive", help="Print the waivers that would take the errors back. You add the reasons.")
    ] = False,
    state: options.State = None,
    today: options.Today = None,
) -> int:
    """Check everything that is declared.

    Finds every problem of every file in one run. Ends with 3 when one of them is an error. A waiver names what stands
    in brackets at the end of a finding.

    Example: emailops validate --format github
    """
    from emailops.engine import declared
    from emailops.render import console, findings

    run = options.surroundings(state, today)
    found = declared.read(run, with_ids=False)
    prefix = run.prefix
    ends_with = Exit.FINDINGS if any(finding.is_error for finding in found.findings) else Exit.OK
    if waive:
        _print_waivers(run, found)
        return ends_with
    if format_ is FindingsFormat.json:
        console.as_json(findings.as_json(found.findings, prefix))
    elif found.findings:
        if format_ is FindingsFormat.github:
            console.commands(findings.github(found.findings, prefix))
        else:
            console.text("\n".join(findings.text(found.findings, prefix)))
    if format_ is FindingsFormat.text:
        if not found.is_whole:
            console.note("the rules wait until every file can be read")
        declaration = found.declaration
        subjects = {
            "stage": len(declaration.stages),
            "audience": sum(1 for _ in declaration.audiences()),
            "template": sum(1 for _ in declaration.all_templates()),
            "consumer": len(declaration.consumers),
        }
        console.text(findings.summary(found.findings, len(found.waived), subjects))
        for finding, waiver in found.waived:
            console.text(f"  waived until {waiver.until}: {finding.rule} for {waiver.resource}: {waiver.reason}")
    return ends_with


def plan(
    stage: options.Stage = None,
    only: options.Only = None,
    base: Annotated[
        str | None, typer.Option("--base", metavar="REF", help="Compare settings with the state of this commit.")
    ] = None,
    observed: Annotated[
        Path | None,
        typer.Option(
            "--observed",
            metavar="FILE",
            help="Use what a drift wrote instead of asking the providers. You cannot apply such a plan.",
        ),
    ] = None,
    format_: Annotated[
        PlanFormat, typer.Option("--format", metavar="FORMAT", help="text, json, markdown or html.")
    ] = PlanFormat.text,
    link: options.Link = "",
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Also write the plan to this file.")] = None,
    detailed_exitcode: Annotated[
        bool,
        typer.Option(
            "--detailed-exitcode",
            help="End with 2 when something differs, and with 6 when only steps for people remain.",
        ),
    ] = False,
    state: options.State = None,
    today: options.Today = None,
) -> int:
    """Show what would change, for whom.

    Shows changes at the providers, changes of what consumers read, and steps for people. Reads only.

    Example: emailops plan --stage staging --out plan.json
    """
    import json

    from emailops.render.phrases import next_act
    from emailops.render.progress import progress
    from emailops.store import files, plans
    from emailops.tasks import plan as task

    run = options.surroundings(state, today)
    read = (run.directory / observed,) if observed else ()
    to = files.output(run.directory / out, "--out", run.state, inputs=read) if out else None
    if observed is None:
        with progress("reading the providers"):
            made = task.plan(run, scope=stage, only=only, ref=base)
    else:
        path = run.directory / observed
        made = task.plan_of_observation(run, path, scope=stage, only=only, ref=base)
    if to is not None:
        files.write(to, json.dumps(plans.as_json(made), indent=2, ensure_ascii=False) + "\n")
    _show_plan(made, format_, next_act(made, run.reader, str(out or "")), link)
    if not detailed_exitcode:
        return Exit.OK
    if made.managed or made.declared:
        return Exit.DIFFERENT
    return Exit.PEOPLE if made.steps or made.unknown else Exit.OK


def show(
    what: Annotated[
        str,
        typer.Argument(
            metavar="PLAN|RESOURCE",
            help="A plan file, or a resource as kind/name.",
            autocompletion=completion.resources,
        ),
    ],
    reveal: Annotated[
        bool, typer.Option("--reveal", help="Also show people's addresses. Works on a terminal only.")
    ] = False,
    format_: Annotated[
        PlanFormat, typer.Option("--format", metavar="FORMAT", help="Of a plan: text, json, markdown or html.")
    ] = PlanFormat.text,
    link: options.Link = "",
    state: options.State = None,
) -> int:
    """Show a plan file, or one declared resource.

    Example: emailops show notify-guest-list/NAME --reveal
    """
    from emailops.kinds import KINDS
    from emailops.render.phrases import next_act
    from emailops.store import plans

    if what.partition("/")[0] in KINDS and not Path(what).is_file():
        return _show_resource(options.surroundings(state, None), what, reveal=reveal)
    if reveal:
        raise UsageError("a plan holds no addresses of people", "--reveal is for a resource")
    made = plans.read(Path(what))
    _show_plan(made, format_, next_act(made, options.anywhere(state, None).reader, what), link)
    return Exit.OK


def generate(
    consumer: Annotated[
        str | None,
        typer.Argument(metavar="[CONSUMER]", help="Only this consumer.", autocompletion=completion.consumers),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Write DIR/CONSUMER/PATH.")] = None,
    into: Annotated[
        Path | None, typer.Option("--into", metavar="CHECKOUT", help="Write into a checkout of CONSUMER.")
    ] = None,
    check: Annotated[
        Path | None,
        typer.Option(
            "--check",
            metavar="CHECKOUT",
            help="Find files edited by hand, or left out by an ignore file. Needs no state.",
        ),
    ] = None,
    current: Annotated[
        bool, typer.Option("--current", help="With --check: also find files that are missing or out of date.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that emailops did not write.")] = False,
    state: options.State = None,
) -> int:
    """Write or check the files that consumers read.

    Example: emailops generate --out build
    """
    from emailops.cli import generation

    if sum(way is not None for way in (out, into, check)) != 1:
        raise UsageError("generate needs one of --out, --into and --check", "emailops generate --out build")
    if check is not None:
        run = options.surroundings(state, None) if current else options.anywhere(state, None)
        return generation.check(check, consumer, run, current=current)
    run = options.surroundings(state, None)
    if into is not None:
        return generation.into(run, into, consumer, force=force)
    return generation.out(run, out or Path(), consumer, force=force)


def _print_waivers(run: Run, found: Declared) -> None:
    """YAML to paste on standard output; beside it, where it belongs, and what no waiver takes back."""
    from datetime import timedelta

    from emailops.render import console, findings

    errors = [finding for finding in found.findings if finding.is_error]
    waivable = [finding for finding in errors if finding.subject]
    declaration = found.declaration
    path = "waivers.yaml" if "waivers.yaml" in declaration.documents else "emailops.yaml"
    if waivable:
        owner, *others = (*declaration.people, "")
        until = run.today + timedelta(days=_WAIVED_DAYS)
        begins = path == "emailops.yaml" and "waivers" not in declaration.root
        console.note(f"add these to {run.folder}{path}, each with its reason:")
        console.text("\n".join(findings.waivers(waivable, "" if len(others) > 1 else owner, until, begins=begins)))
    if left := len(errors) - len(waivable):
        console.note(f"no waiver takes back {left} of the errors: correct what they name")
    if not errors:
        console.note("there is no error to waive")


def _show_plan(made: Plan, format_: PlanFormat, next_: str, link: str) -> None:
    from emailops.render import console, html, markdown
    from emailops.render.sections import document
    from emailops.render.text import text
    from emailops.store import plans

    if format_ is PlanFormat.json:
        console.as_json(plans.as_json(made))
    elif format_ is PlanFormat.markdown:
        console.text(markdown.text(document(made, next_), link).rstrip("\n"))
    elif format_ is PlanFormat.html:
        console.text(html.text(document(made, next_)).rstrip("\n"))
    else:
        console.lines(text(document(made, next_)))


def _show_resource(run: Run, name: str, *, reveal: bool) -> int:
    from emailops.render import console
    from emailops.render.questions import text_lines
    from emailops.render.words import brief
    from emailops.tasks.show import declared_resource

    if reveal and not run.is_terminal:
        raise UsageError("--reveal needs a terminal", "addresses of people do not belong in a file or a log")
    desired = declared_resource(run, name)
    people = run.people() if reveal else {}
    console.text(f"{desired.resource}      {desired.scope}      {run.folder}{desired.place}".rstrip())
    if desired.id:
        console.text(f"  id  {desired.id}")
    for field, content in {**desired.attributes, **(desired.attested or {})}.items():
        if isinstance(content, list):
            console.text(f"  {field}")
            for entry in content:
                address = people.get(str(entry).partition(" ")[0]) if field == "people" else None
                shown = f"   {address.reveal()}" if address else ""
                console.text(f"    {entry}{shown}")
        else:
            console.text(f"  {field}  {brief(content)}")
            console.lines(text_lines(content))
    return Exit.OK
