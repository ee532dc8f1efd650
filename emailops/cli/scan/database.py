"""`scan database`: real addresses in a PostgreSQL database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from emailops.cli import options
from emailops.cli.scan.report import Baseline, Engine, Format, ScanFormat, Update, Waivers, exemptions, report
from emailops.errors import UsageError

if TYPE_CHECKING:
    from emailops.private import Secret
    from emailops.run import Run


def database(
    url: Annotated[str, typer.Argument(metavar="URL", help="postgresql://..., or env:NAME for a variable with it.")],
    connections: Annotated[
        int, typer.Option("--connections", metavar="N", min=1, help="Read so many tables at a time.")
    ] = 2,
    timeout: Annotated[
        int, typer.Option("--timeout", metavar="SECONDS", min=1, help="Give up a table after so long.")
    ] = 3600,
    sample: Annotated[
        int | None, typer.Option("--sample", metavar="ROWS", min=1, help="Read about so many rows of each table.")
    ] = None,
    engine: Engine = "",
    format_: Format = ScanFormat.text,
    baseline: Baseline = None,
    update_baseline: Update = False,
    waivers: Waivers = None,
    state: options.State = None,
    today: options.Today = None,
) -> int:
    """Find real addresses in a PostgreSQL database.

    Reads every column of text, JSON and arrays, and can write nothing. EMAILOPS_SECRETS must list a variable that holds
    the URL.

    Example: emailops scan database env:DATABASE_URL
    """
    from emailops.engine import declared
    from emailops.render.progress import progress
    from emailops.scan.cluster import cluster
    from emailops.scan.database import Manner, scan
    from emailops.scan.declared import declared_columns

    run = options.surroundings(state, today)
    exempt = exemptions(run, waivers, baseline, anew=update_baseline)
    columns = declared_columns(declared.valid(run))
    secret = _database_url(run, url)
    with cluster(engine) as others, progress("reading the database") as heard:
        scanned = scan(
            *(secret, columns, exempt, run.today, Manner(timeout, sample)),
            connections=connections,
            cluster=others,
            heard=heard,
        )
    return report(run, scanned, format_, baseline if update_baseline else None, "emailops scan database")


def _database_url(run: Run, url: str) -> Secret:
    """The URL, which may hold a password, from the command line or from a variable."""
    from emailops.private import Secret

    is_reference = url.startswith(("env:", "file:"))
    secret = run.required(url, "there is no URL") if is_reference else Secret(url)
    if not secret.reveal().startswith(("postgresql://", "postgres://")):
        raise UsageError("that is not a URL of PostgreSQL", "postgresql://USER@HOST/DATABASE, or env:NAME")
    return secret
