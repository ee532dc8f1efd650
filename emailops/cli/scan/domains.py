"""`scan domains`: addresses at undeclared domains."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emailops.cli import options
from emailops.cli.scan.report import Baseline, Format, Paths, ScanFormat, Update, Waivers, exemptions, report
from emailops.errors import Exit, UsageError

if TYPE_CHECKING:
    from emailops.run import Run
    from emailops.scan.allowed import Allowed


def domains(
    paths: Paths,
    settings: Annotated[
        Path | None,
        typer.Option(
            "--settings", metavar="FILE", help="Take the redirects of this generated file instead of the state."
        ),
    ] = None,
    fix: Annotated[bool, typer.Option("--fix", help="Redirect what is found: add its domains to the state.")] = False,
    purpose: Annotated[
        str, typer.Option("--purpose", metavar="TEXT", help="With --fix: what the domains are for.")
    ] = "",
    format_: Format = ScanFormat.text,
    baseline: Baseline = None,
    update_baseline: Update = False,
    waivers: Waivers = None,
    state: options.State = None,
    today: options.Today = None,
) -> int:
    """Find addresses at undeclared domains.

    Reads every file that Git does not ignore. Allowed are addresses at redirected and own domains, and addresses that
    are nobody's.

    Example: emailops scan domains features spec
    """
    from emailops.render import console
    from emailops.render.progress import progress
    from emailops.scan.domains import scan
    from emailops.scan.tree import texts

    if fix and settings:
        raise UsageError("--fix changes the state, and --settings does without it", "leave one of them out")
    run = options.anywhere(state, today) if settings else options.surroundings(state, today)
    exempt = exemptions(run, waivers, baseline, anew=update_baseline)
    allowed = _allowed(run, settings)
    with progress("reading files") as heard:
        scanned = scan(texts(paths, run.directory, run.environment, heard), allowed, exempt, run.today)
    if fix and scanned.sightings:
        from emailops.tasks.redirect_domains import redirect_domains

        found = sorted({seen.subject for seen in scanned.sightings})
        written = redirect_domains(run, found, purpose)
        console.text(f"redirected from now on, in {', '.join(written)}: {', '.join(found)}")
        return Exit.OK
    return report(run, scanned, format_, baseline if update_baseline else None, "emailops scan domains")


def _allowed(run: Run, settings: Path | None) -> Allowed:
    from emailops.engine import declared
    from emailops.scan.declared import declared_addresses, generated_addresses

    if settings:
        return generated_addresses(run.directory / settings)
    return declared_addresses(declared.valid(run))
