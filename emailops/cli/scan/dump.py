"""`scan dump`: real addresses in dumps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from emailops.cli import options
from emailops.cli.scan.report import Baseline, Engine, Format, ScanFormat, Update, Waivers, exemptions, report

if TYPE_CHECKING:
    pass


def dump(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="Dumps, as files or URLs; - is standard input.")
    ],
    cores: Annotated[
        int, typer.Option("--cores", metavar="N", min=1, help="Read a large file with so many processes.")
    ] = 2,
    engine: Engine = "",
    format_: Format = ScanFormat.text,
    baseline: Baseline = None,
    update_baseline: Update = False,
    waivers: Waivers = None,
    state: options.State = None,
    today: options.Today = None,
) -> int:
    """Find real addresses in dumps.

    Judges each column against dumps of the state. Reads SQL, what pg_dump makes, CSV, JSON lines and Parquet, packed
    with gz or zst, or not.

    Example: emailops scan dump cleaned.sql.gz
    """
    from emailops.engine import declared
    from emailops.render.progress import progress
    from emailops.scan.cluster import cluster
    from emailops.scan.declared import declared_columns
    from emailops.scan.dump import scan

    run = options.surroundings(state, today)
    exempt = exemptions(run, waivers, baseline, anew=update_baseline)
    columns = declared_columns(declared.valid(run))
    with cluster(engine) as others, progress("reading") as heard:
        scanned = scan(
            *(files, run.directory, run.environment, columns, exempt, run.today),
            cores=cores,
            cluster=others,
            heard=heard,
        )
    return report(run, scanned, format_, baseline if update_baseline else None, "emailops scan dump")
