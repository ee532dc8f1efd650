"""What every scan takes, and how each ends: it prints what was found, or writes it down as known."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emailops.errors import Exit, UsageError

if TYPE_CHECKING:
    from emailops.run import Run
    from emailops.scan.exemptions import Exemptions
    from emailops.scan.scanned import Scanned


class ScanFormat(Enum):
    """How a scan prints."""

    text = "text"
    json = "json"
    sarif = "sarif"
    github = "github"
    junit = "junit"


Format = Annotated[ScanFormat, typer.Option("--format", metavar="FORMAT", help="text, json, sarif, github or junit.")]
Baseline = Annotated[
    Path | None, typer.Option("--baseline", metavar="FILE", help="Leave out what this file already knows.")
]
Update = Annotated[bool, typer.Option("--update-baseline", help="Write what is found now to the file of --baseline.")]
Waivers = Annotated[
    Path | None,
    typer.Option("--waivers", metavar="FILE", help="A file of waivers (default: .emailops-scan.yaml, if it is here)."),
]
Engine = Annotated[
    str, typer.Option("--engine", metavar="dask://HOST:PORT", help="Let this Dask cluster read.", show_default=False)
]
Paths = Annotated[list[str], typer.Argument(metavar="PATH...", help="Files and folders.", show_default=False)]


def exemptions(run: Run, waivers: Path | None, baseline: Path | None, *, anew: bool) -> Exemptions:
    """What takes findings back: a file of waivers, and a baseline unless it is written anew. Raises UsageError."""
    from emailops.scan.exemptions import Exemptions, read_baseline, read_waivers

    if anew and baseline is None:
        raise UsageError("--update-baseline needs the file to write", "--baseline FILE")
    usual = run.directory / ".emailops-scan.yaml"
    file = run.directory / waivers if waivers else usual if usual.is_file() else None
    return Exemptions(
        read_waivers(file) if file else (),
        read_baseline(run.directory / baseline) if baseline and not anew else frozenset(),
    )


def report(run: Run, scanned: Scanned, format_: ScanFormat, baseline: Path | None, name: str) -> int:
    """Print what was found, or write it down as known. Returns the exit code."""
    from emailops import __version__
    from emailops.render import console, scan

    if baseline is not None:
        from emailops.scan.exemptions import baseline_text
        from emailops.store import files

        target = files.output(run.directory / baseline, "--baseline", run.state)
        files.write(target, baseline_text(scanned.sightings))
        console.text(f"{scan.counted(len(scanned.sightings), 'finding')} written to {baseline}")
        return Exit.OK
    if format_ is ScanFormat.json:
        console.as_json(scan.as_json(scanned))
    elif format_ is ScanFormat.sarif:
        console.as_json(scan.as_sarif(scanned, __version__))
    elif format_ is ScanFormat.junit:
        console.document(scan.as_junit(scanned, name))
    elif format_ is ScanFormat.github:
        console.commands(scan.github(scanned))
        console.note(scan.summary(scanned))
    else:
        console.lines(scan.text(scanned))
    return Exit.FINDINGS if scanned.has_errors else Exit.OK
