"""`scan secrets`: keys and tokens in files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from emailops.cli import options
from emailops.cli.scan.report import Baseline, Format, Paths, ScanFormat, Update, Waivers, exemptions, report

if TYPE_CHECKING:
    from emailops.declaration.model import Declaration
    from emailops.run import Run


def secrets(
    paths: Paths,
    history: Annotated[
        bool, typer.Option("--history", help="Also look through everything that Git keeps of the first path.")
    ] = False,
    format_: Format = ScanFormat.text,
    baseline: Baseline = None,
    update_baseline: Update = False,
    waivers: Waivers = None,
    state: options.State = None,
    today: options.Today = None,
) -> int:
    """Find keys and tokens in files.

    Needs no state. With one, it also knows which keys are declared. It never shows a key.

    Example: emailops scan secrets . --history
    """
    from emailops.engine import declared
    from emailops.render.progress import progress
    from emailops.scan.history import versions
    from emailops.scan.secrets import KnownKeys, known_keys, read_detect_secrets, scan
    from emailops.scan.tree import texts
    from emailops.store.plumbing import Git

    run = options.anywhere(state, today)
    exempt = exemptions(run, waivers, baseline, anew=update_baseline)
    known = KnownKeys()
    if (run.state / "emailops.yaml").is_file():
        declaration = declared.valid(run)
        known = known_keys(declaration, _readable_keys(run, declaration))
    first = run.directory / paths[0]
    git = Git(first if first.is_dir() else first.parent, run.environment)
    listed = read_detect_secrets(run.directory, paths)
    with progress("looking for secrets") as heard:
        past = versions(git, run.directory.resolve()) if history else ()
        scanned = scan(texts(paths, run.directory, run.environment, heard), past, known, listed, exempt, run.today)
    return report(run, scanned, format_, baseline if update_baseline else None, "emailops scan secrets")


def _readable_keys(run: Run, declaration: Declaration) -> dict[str, str]:
    """The declared keys that this run may read, by name."""
    keys = {}
    for name, key in declaration.keys.items():
        secret, _ = run.secret(key.secret) if key.secret else (None, "")
        if secret is not None:
            keys[name] = secret.reveal()
    return keys
