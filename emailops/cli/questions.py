"""The commands that answer what people ask, from the declared state alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from emailops.cli import completion, options

if TYPE_CHECKING:
    from emailops.declaration.model import Declaration
    from emailops.run import Run


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    for command in (trace, explain, compare, todo):
        app.command(rich_help_panel="Every day")(command)


def trace(
    consumer: Annotated[
        str,
        typer.Argument(metavar="CONSUMER", help="The app or script that sends.", autocompletion=completion.consumers),
    ],
    template: Annotated[
        str,
        typer.Argument(metavar="TEMPLATE", help="A template's name, or an id.", autocompletion=completion.templates),
    ],
    recipient: Annotated[
        str,
        typer.Argument(
            metavar="RECIPIENT",
            help="The address or phone number that it is for. Write person:HANDLE for a person whose you do not have.",
        ),
    ],
    stage: Annotated[str, typer.Option("--stage", metavar="STAGE", help="The stage that sends it.")],
    format_: options.Format = options.OutputFormat.text,
    state: options.State = None,
) -> int:
    """Say what would happen to one email or text message.

    Says whose code sends it, who gets it after the redirect, which key sends it, what Notify answers, and what is
    reported back. Sends nothing, and asks no provider.

    Example: emailops trace CONSUMER TEMPLATE someone@example.com --stage staging
    """
    from emailops.questions import trace as questions
    from emailops.render import console
    from emailops.render import questions as words

    run = options.surroundings(state, None)
    traced = questions.trace(_declaration(run), consumer, template, recipient, stage)
    prefix = run.prefix
    if format_ is options.OutputFormat.json:
        console.as_json(words.trace_as_json(traced, prefix))
    else:
        console.lines(words.trace_text(traced, prefix))
    return 0


def explain(
    what: Annotated[
        str,
        typer.Argument(
            metavar="RESOURCE|SETTING",
            help="A resource as kind/name, or a setting's name.",
            autocompletion=completion.resources,
        ),
    ],
    stage: Annotated[str | None, typer.Option("--stage", metavar="STAGE", help="A setting in this stage only.")] = None,
    consumer: Annotated[
        str | None, typer.Option("--consumer", metavar="CONSUMER", help="A setting of this consumer only.")
    ] = None,
    ask: Annotated[bool, typer.Option("--ask", help="Ask the provider what it holds now.")] = False,
    format_: options.Format = options.OutputFormat.text,
    state: options.State = None,
    today: options.Today = None,
) -> int:
    """Say where each value comes from.

    Names the file and line that set each value. Of a resource, also says what is recorded and attested.

    Example: emailops explain SETTING --stage staging
    """
    from emailops.errors import UsageError
    from emailops.questions import explain as questions
    from emailops.render import console
    from emailops.render import questions as words
    from emailops.tasks import show

    run = options.surroundings(state, today)
    declaration, prefix, is_json = _declaration(run), run.prefix, format_ is options.OutputFormat.json
    if "/" in what:
        if stage or consumer:
            raise UsageError("--stage and --consumer are for a setting", f"emailops explain {what}")
        explained = questions.resource(declaration, what, run.today)
        seen = show.observed(run, explained.desired) if ask else None
        if is_json:
            console.as_json(words.resource_as_json(explained, prefix, seen))
        else:
            console.lines(words.resource_text(explained, prefix, seen))
        return 0
    if ask:
        raise UsageError("--ask is for a resource", "a setting is held by the files that consumers read")
    found = questions.setting(declaration, what, stage=stage, consumer=consumer)
    if is_json:
        console.as_json(words.setting_as_json(found, prefix))
    else:
        console.lines(words.setting_text(found, prefix))
    return 0


def compare(
    first: Annotated[str, typer.Argument(metavar="FIRST", help="A framework, a stage or a consumer.")],
    second: Annotated[str, typer.Argument(metavar="SECOND", help="Another of the same sort.")],
    format_: options.Format = options.OutputFormat.text,
    state: options.State = None,
) -> int:
    """Say what one framework, stage or consumer has and another lacks.

    Example: emailops compare preview staging
    """
    from emailops.questions.contrast import contrasts
    from emailops.render import console, contrast

    run = options.surroundings(state, None)
    found = contrasts(_declaration(run), first, second)
    if format_ is options.OutputFormat.json:
        console.as_json(contrast.as_json(found))
    else:
        console.lines(contrast.text(found))
    return 0


def todo(
    format_: options.LongFormat = options.DocumentFormat.text,
    state: options.State = None,
    today: options.Today = None,
) -> int:
    """List what people have to do, the overdue first.

    Covers the next month: what to attest, keys to rotate, guests and waivers that run out, and what leavers still have.

    Example: emailops todo --format markdown
    """
    from emailops.questions import todo as questions
    from emailops.render import console
    from emailops.render import questions as words

    run = options.surroundings(state, today)
    declaration, prefix = _declaration(run), run.prefix
    todos, by_itself = questions.todo(declaration, run.today), questions.timed(declaration)
    if format_ is options.DocumentFormat.json:
        console.as_json(words.todo_as_json(todos, prefix, by_itself))
    elif format_ is options.DocumentFormat.markdown:
        console.text("\n".join(words.todo_markdown(todos, run.today, prefix, by_itself)))
    else:
        console.lines(words.todo_text(todos, run.today, prefix, by_itself))
    return 0


def _declaration(run: Run) -> Declaration:
    """What is declared, findings or not: a question about a state that is being mended deserves an answer."""
    from emailops.engine import declared
    from emailops.render import console

    found = declared.read(run)
    if any(finding.is_error for finding in found.findings):
        console.note("the declared state has findings, which emailops validate shows; the answer may rest on them")
    return found.declaration
