"""`scan`: what must not be there, in code, in dumps and in databases."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emailops.cli import options
from emailops.errors import Exit, UsageError

if TYPE_CHECKING:
    from emailops.declaration.model import Consumer, Declaration
    from emailops.private import Secret
    from emailops.run import Run
    from emailops.scan.allowed import Allowed
    from emailops.scan.exemptions import Exemptions
    from emailops.scan.scanned import Scanned

_GROUP = """Find what must not be there.

Looks through code, dumps and databases. Ends with 3 when something is found, and says what was not read.

Example: emailops scan domains tests
"""


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


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    group = typer.Typer(no_args_is_help=True, help=_GROUP)
    for command in (domains, dump, database, secrets, usage):
        group.command()(command)
    app.add_typer(group, name="scan", rich_help_panel="Every day")


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
    exemptions = _exemptions(run, waivers, baseline, anew=update_baseline)
    allowed = _allowed(run, settings)
    with progress("reading files"):
        scanned = scan(texts(paths, run.directory, run.environment), allowed, exemptions, run.today)
    if fix and scanned.sightings:
        from emailops.tasks.redirect_domains import redirect_domains

        found = sorted({seen.subject for seen in scanned.sightings})
        written = redirect_domains(run, found, purpose)
        console.text(f"redirected from now on, in {', '.join(written)}: {', '.join(found)}")
        return Exit.OK
    return _report(run, scanned, format_, baseline if update_baseline else None, "emailops scan domains")


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
    exemptions = _exemptions(run, waivers, baseline, anew=update_baseline)
    columns = declared_columns(declared.valid(run))
    with cluster(engine) as others, progress("reading") as heard:
        scanned = scan(
            *(files, run.directory, run.environment, columns, exemptions, run.today),
            cores=cores,
            cluster=others,
            heard=heard,
        )
    return _report(run, scanned, format_, baseline if update_baseline else None, "emailops scan dump")


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
    """Find real addresses in a PostgreSQL.

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
    exemptions = _exemptions(run, waivers, baseline, anew=update_baseline)
    columns = declared_columns(declared.valid(run))
    secret = _database_url(run, url)
    with cluster(engine) as others, progress("reading the database") as heard:
        scanned = scan(
            *(secret, columns, exemptions, run.today, Manner(timeout, sample)),
            connections=connections,
            cluster=others,
            heard=heard,
        )
    return _report(run, scanned, format_, baseline if update_baseline else None, "emailops scan database")


def _database_url(run: Run, url: str) -> Secret:
    """The URL, which may hold a password, from the command line or from a variable."""
    from emailops.errors import InvalidInput
    from emailops.private import Secret

    secret: Secret | None = Secret(url)
    if url.startswith(("env:", "file:")):
        secret, why = run.secret(url)
        if secret is None:
            raise InvalidInput(f"there is no URL: {why}", "set it, and list its reference in EMAILOPS_SECRETS")
    if secret is None or not secret.reveal().startswith(("postgresql://", "postgres://")):
        raise UsageError("that is not a URL of PostgreSQL", "postgresql://USER@HOST/DATABASE, or env:NAME")
    return secret


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
    exemptions = _exemptions(run, waivers, baseline, anew=update_baseline)
    known = KnownKeys()
    if (run.state / "emailops.yaml").is_file():
        declaration = declared.valid(run)
        known = known_keys(declaration, _readable_keys(run, declaration))
    first = run.directory / paths[0]
    git = Git(first if first.is_dir() else first.parent, run.environment)
    listed = read_detect_secrets(run.directory / ".secrets.baseline")
    with progress("looking for secrets"):
        past = versions(git) if history else ()
        scanned = scan(texts(paths, run.directory, run.environment), past, known, listed, exemptions, run.today)
    return _report(run, scanned, format_, baseline if update_baseline else None, "emailops scan secrets")


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
    exemptions = _exemptions(run, waivers, baseline, anew=update_baseline)
    declaration = declared.valid(run)
    named = _consumer(run, declaration, paths[0], consumer)
    with progress("reading code"):
        scanned, read = scan(
            texts(paths, run.directory, run.environment), declaration, named, exemptions, run.today, run.prefix
        )
    if update:
        written = consumer_usage(run, named, read.templates, read.unredirected)
        console.text(f"{named.name}: {', '.join(written)} written" if written else f"{named.name} says so already")
        return Exit.OK
    return _report(run, scanned, format_, baseline if update_baseline else None, "emailops scan usage")


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


def _readable_keys(run: Run, declaration: Declaration) -> dict[str, str]:
    """The declared keys that this run may read, by name."""
    keys = {}
    for name, key in declaration.keys.items():
        secret, _ = run.secret(key.secret) if key.secret else (None, "")
        if secret is not None:
            keys[name] = secret.reveal()
    return keys


def _allowed(run: Run, settings: Path | None) -> Allowed:
    from emailops.engine import declared
    from emailops.scan.declared import declared_addresses, generated_addresses

    if settings:
        return generated_addresses(run.directory / settings)
    return declared_addresses(declared.valid(run))


def _exemptions(run: Run, waivers: Path | None, baseline: Path | None, *, anew: bool) -> Exemptions:
    from emailops.scan.exemptions import Exemptions, read_baseline, read_waivers

    if anew and baseline is None:
        raise UsageError("--update-baseline needs the file to write", "--baseline FILE")
    usual = run.directory / ".emailops-scan.yaml"
    file = run.directory / waivers if waivers else usual if usual.is_file() else None
    return Exemptions(
        read_waivers(file) if file else (),
        read_baseline(run.directory / baseline) if baseline and not anew else frozenset(),
    )


def _report(run: Run, scanned: Scanned, format_: ScanFormat, baseline: Path | None, name: str) -> int:
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
