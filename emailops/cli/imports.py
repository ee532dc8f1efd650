"""The command that takes over what a provider holds already."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from emailops.cli import options
from emailops.errors import Exit, InvalidInput, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from emailops.resource import Observed
    from emailops.run import Run
    from emailops.tasks.import_faults import Fault


class Importable(Enum):
    """The providers whose objects can be declared."""

    mailchimp = "mailchimp"
    notify = "notify"


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("import", rich_help_panel="Set up and repair")(import_)


def import_(
    provider: Annotated[
        Importable | None, typer.Argument(metavar="[mailchimp|notify]", help="The provider to import from.")
    ] = None,
    stage: Annotated[
        str | None, typer.Option("--stage", metavar="STAGE,...", help="The stages that use them (default: production).")
    ] = None,
    serves: Annotated[
        list[str] | None,
        typer.Option("--serves", metavar="ID=STAGE,...", help="The stages of one audience, where they are others."),
    ] = None,
    only: Annotated[
        str, typer.Option("--only", metavar="GLOB", help="Only audiences or templates whose name there matches.")
    ] = "*",
    key: Annotated[
        str | None,
        typer.Option("--key", metavar="env:NAME", help="Where to read the key, while no account is declared yet."),
    ] = None,
    account: Annotated[
        str | None, typer.Option("--account", metavar="NAME", help="With notify: what the service is called here.")
    ] = None,
    recorded_only: Annotated[
        bool, typer.Option("--recorded-only", help="Only find the ids of declared audiences again, by their names.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --recorded-only: do not ask.")] = False,
    state: options.State = None,
    today: options.Today = None,
) -> int:
    """Declare the audiences that Mailchimp holds, or another Notify service.

    Of mailchimp, writes audiences and records their ids, so that the plan after it changes nothing; on a terminal it
    asks which stage each serves. Of notify, adds the service's ids to the templates of the same names, and declares the
    others. With --recorded-only, records again what a lost ledger knew, and shows it first.

    Example: emailops import mailchimp --stage production --only 'Permits*'
    """
    if recorded_only == (provider is not None):
        raise UsageError(
            "import takes mailchimp or notify, or --recorded-only",
            "emailops import mailchimp, or emailops import --recorded-only",
        )
    run = options.surroundings(state, today)
    if recorded_only:
        return _found_again(run, yes=yes)
    variable = f"{provider.name.upper()}_KEY" if provider else ""
    reference = options.reference("--key", key, variable) if key else None
    if provider is Importable.mailchimp:
        if account:
            raise UsageError("--account is for notify", "there is one Mailchimp account")
        return _imported(run, reference, stage, serves or [], only)
    if stage or serves:
        raise UsageError("--stage and --serves are for mailchimp", "a stage names its Notify service itself")
    if not (account and reference):
        remedy = "emailops import notify --account NAME --key env:NOTIFY_KEY_NAME"
        raise UsageError("import notify needs a name for the service, and where its key is", remedy)
    return _taken(run, account, reference, only)


def _imported(run: Run, key: str | None, stage: str | None, serves: list[str], only: str) -> int:
    from emailops.render import console
    from emailops.tasks import import_mailchimp

    by_id = dict(_served(answer) for answer in serves)
    account = import_mailchimp.look(run, key)
    found = import_mailchimp.newcomers(run, account, only)
    if not found.audiences and not found.faults:
        there = f"{len(account.audiences)} audiences, none of them meant and not declared"
        console.text(f"nothing to import from mailchimp: {there}")
        return Exit.OK
    if not found.audiences:
        message = "nothing was written, since no audience can be declared as it is:\n"
        raise InvalidInput(message + "\n".join(_told(found.faults)), "--only GLOB leaves audiences out")
    if stage is None:
        by_id = _asked(run, found.audiences, by_id)
    choice = import_mailchimp.Choice(by_id, _stages(stage or "production"))
    imported = import_mailchimp.take(run, account, found.audiences, choice)
    prefix = run.folder
    for resource, empty in imported.resources.items():
        console.text(f"  {resource}")
        if empty:
            console.text(f"      left out, since it is empty: {', '.join(empty)}")
    console.text(f"{len(imported.resources)} imported: commit {', '.join(prefix + path for path in imported.paths)}")
    if found.faults:
        console.text("not imported\n" + "\n".join(_told(found.faults)))
    console.text("next: emailops plan")
    return Exit.PARTIAL if found.faults else Exit.OK


def _taken(run: Run, account: str, reference: str, only: str) -> int:
    from emailops.render import console
    from emailops.render.words import counted
    from emailops.tasks import import_notify

    taken = import_notify.take(run, account, reference, only)
    if not taken.paths:
        console.text(f"nothing to import from {account}: it is declared, and so are its templates")
    prefix = run.folder
    for heading, names in (("with an id in this service, too", taken.matched), ("new", taken.added)):
        if names:
            console.text(f"{heading}\n" + "\n".join(f"  notify-template/{name}" for name in names))
    for name in taken.reworded:
        console.text(f"  {name} has other words in {account}; emailops plan shows them")
    for name, why in taken.unwritten.items():
        console.text(f"  not written: the text of {name}, for {why}")
    for id_, why in taken.left_out.items():
        console.text(f"  not imported: {id_}: {why}")
    if taken.paths:
        found = counted(len(taken.matched) + len(taken.added), "template")
        console.text(f"{found} imported: commit {', '.join(prefix + path for path in taken.paths)}")
        console.text(f"next: name it in a stage, notify: {{account: {account}, key: NAME}}, then emailops plan")
    return Exit.PARTIAL if taken.left_out and taken.paths else Exit.OK


def _told(faults: Iterable[Fault]) -> Iterator[str]:
    for fault in faults:
        yield f"  {fault.why}"
        yield from (f"      {audience}" for audience in fault.audiences)
        yield f"      {fault.remedy}"


def _found_again(run: Run, *, yes: bool) -> int:
    from emailops.render import console
    from emailops.render import recover_ids as words
    from emailops.tasks import recover_ids

    found = recover_ids.find(run)
    console.lines(words.text(found))
    if not found.sole:
        return Exit.OK
    if not yes:
        if not run.is_terminal:
            raise UsageError("without a terminal nobody can say yes", "--yes")
        if not typer.confirm("Record these?"):
            raise typer.Abort
    recover_ids.record(run, found)
    console.text(f"{len(found.sole)} recorded; emailops plan shows what differs")
    return Exit.OK


def _asked(run: Run, audiences: Sequence[Observed], by_id: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    left = [audience for audience in audiences if audience.id not in by_id]
    if left and not run.is_terminal:
        raise UsageError("which stages do they serve?", "--stage production, and --serves ID=STAGE for others")
    answers = {
        audience.id: typer.prompt(
            f"The stages that {audience.id} {audience.name!r} serves", default="production", err=True
        )
        for audience in left
    }
    return {**by_id, **{id_: _stages(str(answer)) for id_, answer in answers.items()}}


def _served(text: str) -> tuple[str, tuple[str, ...]]:
    id_, equals, stages = text.partition("=")
    if not equals or not id_ or not stages:
        raise UsageError("--serves takes an id and its stages", "--serves 0123456789=preview,staging")
    return id_.strip(), _stages(stages)


def _stages(text: str) -> tuple[str, ...]:
    return tuple(stage.strip() for stage in text.split(",") if stage.strip())
