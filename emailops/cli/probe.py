"""The command that sends test mail, when somebody asks for it."""

from __future__ import annotations

from typing import Annotated

import typer

from emailops.cli import completion, options
from emailops.errors import Exit, UsageError


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command(rich_help_panel="Set up and repair")(probe)


def probe(
    stage: Annotated[
        str, typer.Argument(metavar="STAGE", help="The stage whose key sends.", autocompletion=completion.stages)
    ],
    template: Annotated[
        str | None,
        typer.Option("--template", metavar="NAME", help="The template to send (default: a template without secrets)."),
    ] = None,
    wait: Annotated[
        int,
        typer.Option(
            "--wait", min=0, max=600, metavar="SECONDS", help="How long to wait for the last status of the mail."
        ),
    ] = 60,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before sending.")] = False,
    format_: options.Format = options.OutputFormat.text,
    state: options.State = None,
    today: options.Today = None,
) -> int:
    """Send test mail with a stage's key, to prove what people attested.

    Sends to Notify's smoke-test address, and to where the stage redirects. Says what it will send, and asks you first.
    Ends with 2 when something is not as declared.

    Example: emailops probe staging --yes
    """
    from emailops.questions.proof import Proof
    from emailops.render import console
    from emailops.render import probe as words
    from emailops.tasks import probe as probes

    run = options.surroundings(state, today)
    intended = probes.intend(run, stage, template)
    if format_ is options.OutputFormat.json:
        console.note("\n".join(line for _, line in words.intention(intended)))
    else:
        console.lines(words.intention(intended))
    if intended.mails and not yes:
        if not run.is_terminal:
            raise UsageError("without a terminal nobody can say yes", "--yes sends what is shown")
        if not typer.confirm("Send?"):
            raise typer.Abort
    facts = probes.probe(intended, run, wait)
    if format_ is options.OutputFormat.json:
        console.as_json(words.as_json(intended, facts))
    else:
        console.lines(words.text(facts))
    return Exit.DIFFERENT if any(fact.result is Proof.contradicted for fact in facts) else Exit.OK
