"""`scan usage`: what code reads, against what is declared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from emailops.cli import options
from emailops.cli.scan.report import Baseline, Format, Paths, ScanFormat, Update, Waivers, exemptions, report
from emailops.errors import Exit, UsageError

if TYPE_CHECKING:
    from emailops.declaration.model import Consumer, Declaration
    from emailops.run import Run


def usage(
    paths: Paths,
    consumer: Annotated[
        str,
        typer.Option("--consumer", metavar="NAME", help="Whose code it is (default: by the name of the first folder)."),
    ] = "",
    update: Annotated[
        bool, typer.Option("--update", help="Write what is read to the consumer: templates, keeps, unredirected.")
    ] = False,
    format_: Format = ScanFormat.text,
    baseline: Baseline = None,
    update_baseline: Update = False,
    waivers: Waivers = None,
    state: options.State = None,
    today: options.Today = None,
) -> int:
    """Compare code with what is declared.

    Reads Python, Ruby, JavaScript, TypeScript, Java and Jinja by their syntax.

    Example: emailops scan usage ../permits --consumer web
    """
    from emailops.engine import declared
    from emailops.render import console
    from emailops.render.progress import progress
    from emailops.scan.tree import texts
    from emailops.scan.usage import scan
    from emailops.tasks.consumer_usage import consumer_usage

    run = options.surroundings(state, today)
    exempt = exemptions(run, waivers, baseline, anew=update_baseline)
    declaration = declared.valid(run)
    named = _consumer(run, declaration, paths[0], consumer)
    with progress("reading code") as heard:
        scanned, read = scan(
            texts(paths, run.directory, run.environment, heard), declaration, named, exempt, run.today, run.prefix
        )
    if update:
        written = consumer_usage(run, named, read.templates, read.unredirected)
        console.text(f"{named.name}: {', '.join(written)} written" if written else f"{named.name} says so already")
        return Exit.OK
    return report(run, scanned, format_, baseline if update_baseline else None, "emailops scan usage")


def _consumer(run: Run, declaration: Declaration, path: str, name: str) -> Consumer:
    """The consumer of this name, or the one whose repository is called as the folder is."""
    from emailops.declaration.names import require

    if name:
        require("consumer", name, declaration.consumers)
        return declaration.consumers[name]
    folder = (run.directory / path).resolve().name
    for consumer in declaration.consumers.values():
        repository = consumer.source.text("repository").rstrip("/").removesuffix(".git").rpartition("/")[2]
        if folder in (repository, consumer.name):
            return consumer
    raise UsageError(f"no consumer's repository is called {folder}", "--consumer NAME says whose code it is")
