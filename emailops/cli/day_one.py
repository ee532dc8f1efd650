"""The commands of day one, and of what comes again: init, accept, new-iteration. They write the state, nothing else."""

from __future__ import annotations

from contextlib import suppress
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from emailops.cli import completion, options
from emailops.declaration.vocabulary import FrameworkStatus
from emailops.errors import EmailopsError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from emailops.run import Run
    from emailops.tasks.init import Begun

_NONE = "none"


class CI(Enum):
    """The systems for which a CI can be written."""

    github = "github"
    jenkins = "jenkins"


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command(rich_help_panel="Set up and repair")(init)
    app.command(rich_help_panel="Change")(accept)
    app.command("new-iteration", rich_help_panel="Change")(new_iteration)


def init(
    service: Annotated[str | None, typer.Option("--service", metavar="NAME", help="The service's name.")] = None,
    notify_key: Annotated[
        str | None,
        typer.Option(
            "--notify-key",
            metavar="env:NAME",
            help="Where to read a key. A test key is enough. For a service without Notify: none, with --mailchimp.",
        ),
    ] = None,
    stages: Annotated[
        str | None, typer.Option("--stages", metavar="STAGE,...", help="The stages, from development to production.")
    ] = None,
    redirect_to: Annotated[
        str | None,
        typer.Option(
            "--redirect-to",
            metavar="ADDRESS",
            help="Where mail to redirected domains goes. Use an address that keeps nothing.",
        ),
    ] = None,
    redirect_none: Annotated[
        str | None,
        typer.Option("--redirect-none", metavar="WHY", help="Instead of --redirect-to: why no mail is redirected."),
    ] = None,
    mailchimp: Annotated[
        str | None,
        typer.Option("--mailchimp", metavar="env:NAME", help="Also declare the Mailchimp account of this key."),
    ] = None,
    ci: Annotated[
        CI | None,
        typer.Option("--ci", help="Write a CI for a repository that holds a state alone, old or new."),
    ] = None,
    wheel: Annotated[
        str | None,
        typer.Option(
            "--wheel",
            metavar="FILE|sha256:DIGEST",
            help="With --ci: the wheel of emailops in this repository, or the digest of the one in your index.",
        ),
    ] = None,
    state: options.State = None,
    today: options.Today = None,
) -> int:
    """Begin with one file, from what Notify holds.

    Reads the service's templates; writes emailops.yaml, and the texts into templates/. The plan after it is empty. To
    undo it, delete emailops.yaml. On a terminal it asks for what is not given. With --ci it also writes a workflow or a
    Jenkinsfile, and what that installs, with hashes.

    Example: emailops init --service Permits --notify-key env:NOTIFY_KEY
    """
    from emailops.tasks import init

    run = options.anywhere(state, today)
    if (ci is None) != (wheel is None):
        raise UsageError("--ci and --wheel go together", "--ci github --wheel vendor/emailops-VERSION-py3-none-any.whl")
    if ci and not any((service, notify_key, stages, redirect_to, mailchimp)) and init.is_there(run):
        _write_ci(run, ci, wheel or "")
        return 0
    init.refuse_what_is_there(run)
    has_notify = notify_key != _NONE
    if not has_notify and not mailchimp:
        raise UsageError("a state has a Notify service or a Mailchimp account", "--notify-key env:NAME")
    asked = {
        "--service": (service, "The service's name", run.directory.name.replace("-", " ").capitalize()),
        "--notify-key": (notify_key, "Where its Notify key is (any kind of key)", _key_at_hand(run)),
        "--stages": (stages, "Its stages, the developer's machine first", "development,production"),
    }
    if has_notify and redirect_none is None:
        where = "Where test mail goes instead (an address that keeps none; or none: nothing is redirected)"
        asked["--redirect-to"] = (redirect_to, where, init.SIMULATOR)
    elif redirect_to not in (None, _NONE):
        raise UsageError("--redirect-to and --redirect-none exclude each other", "give one of them")
    answers = _answers(run, asked)
    if answers.get("--redirect-to") == _NONE:
        answers |= _answers(run, {"--redirect-none": (None, "Why nothing is redirected", "no test makes addresses up")})
    reference = options.reference("--notify-key", answers["--notify-key"]) if has_notify else None
    begun = init.begin(
        run,
        init.Answers(
            answers["--service"].strip(),
            reference,
            _stages(answers["--stages"]),
            answers.get("--redirect-to", init.SIMULATOR).strip(),
            answers.get("--redirect-none", redirect_none),
            options.reference("--mailchimp", mailchimp) if mailchimp else None,
        ),
    )
    offered = [f"import notify --account NAME --key {other}" for other in _other_keys(run, reference)]
    following = [*(["import mailchimp"] if mailchimp else []), *offered] or ["todo"]
    _tell(run, begun, ("validate", "plan", *following))
    if ci:
        _write_ci(run, ci, wheel or "")
    return 0


def accept(
    resources: Annotated[
        list[str],
        typer.Argument(
            metavar="RESOURCE...", help="Each as notify-template/NAME.", autocompletion=completion.resources
        ),
    ],
    source: Annotated[
        str,
        typer.Option("--from", metavar="ACCOUNT", help="Whose words, where services that share them differ."),
    ] = "",
    state: options.State = None,
    today: options.Today = None,
) -> int:
    """Take over a template as its designer wrote it.

    Puts its text from Notify into templates/NAME.md and its version into the state. What was changed stands in the
    difference that you commit.

    Example: emailops accept notify-template/NAME
    """
    from emailops.render import console
    from emailops.render.escape import one_line
    from emailops.render.word_difference import changed
    from emailops.render.words import value
    from emailops.tasks import accept

    run = options.surroundings(state, today)
    prefix = run.folder
    for accepted in accept.accept(run, resources, source):
        if not accepted.paths:
            console.text(f"{accepted.resource} is as Notify holds it: nothing to accept")
            continue
        console.text(f"{accepted.resource}: commit {', '.join(prefix + path for path in accepted.paths)}")
        for field in accepted.fields:
            if isinstance(field.before, str):
                console.text(f"  {field.name}")
                console.text("\n".join(f"    {one_line(line)}" for line in changed(field.before, str(field.after))))
            elif field.name == "version":
                console.text(f"  version  {value(field.before)} -> {value(field.after)}")
    return 0


def new_iteration(
    framework: Annotated[str, typer.Argument(metavar="FRAMEWORK", help="The name of the new iteration in the state.")],
    previous: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="PREVIOUS",
            help="The name of the previous iteration.",
            autocompletion=completion.frameworks,
        ),
    ],
    name: Annotated[str | None, typer.Option("--name", metavar="NAME", help="Its name in full.")] = None,
    status: Annotated[
        FrameworkStatus, typer.Option("--status", help="open, closing or closed.")
    ] = FrameworkStatus.open,
    state: options.State = None,
    today: options.Today = None,
) -> int:
    """Declare the next iteration of a framework.

    Writes its few lines. Then lists what else the previous iteration has, with file and line, for you to consider.

    Example: emailops new-iteration g-cloud-13 --from g-cloud-12
    """
    from emailops.render import console
    from emailops.render.escape import one_line
    from emailops.tasks import new_iteration

    run = options.surroundings(state, today)
    name = name or new_iteration.name_after(run, framework, previous)
    if name is None:
        if not run.is_terminal:
            raise UsageError(f"the name of {previous} does not say what comes next", "--name NAME")
        name = str(typer.prompt("Its name in full", err=True))
    begun = new_iteration.begin(run, framework, previous, name, status.value)
    prefix = run.folder
    console.text(f"{prefix}{begun.path}")
    console.text("\n".join(f"  {line}" for line in begun.text.splitlines()))
    if begun.follows:
        console.text("in these settings by itself")
        for consumer, setting, place in begun.follows:
            console.text(f"  {consumer} {setting}      {prefix}{place.path}:{place.line}")
    if begun.consider:
        console.text(f"what {previous} has besides")
        for mention in begun.consider:
            console.text(f"  [ ] {prefix}{mention.place.path}:{mention.place.line}  {one_line(mention.text)}")
            console.text(f"      {mention.ask}")
    console.text("next: emailops plan")
    return 0


def _tell(run: Run, begun: Begun, following: Iterable[str]) -> None:
    """What was written, what was not and why, and the commands that follow."""
    import shlex

    from emailops.render import console
    from emailops.render.words import counted

    prefix = run.folder
    templates = counted(begun.templates, "template")
    console.text(f"{prefix}emailops.yaml: {begun.lines} lines, {templates}; delete it to undo this")
    if begun.texts:
        console.text(f"{prefix}templates/: {counted(begun.texts, 'text')}")
    for name, why in begun.unwritten.items():
        console.text(f"  not written: the text of {name}, for {why}")
    there = "" if run.prefix in ("", "state") else f" --state {shlex.quote(run.prefix)}"
    console.text("next\n" + "\n".join(f"  emailops {command}{there}" for command in following))


def _answers(run: Run, asked: dict[str, tuple[str | None, str, str]]) -> dict[str, str]:
    """Flag -> answer, from the command line or from a person; without one, the flags that are missing are named."""
    import shlex

    missing = [flag for flag, (given, _, _) in asked.items() if given is None]
    if missing and not run.is_terminal:
        defaults = shlex.join(word for flag in missing for word in (flag, asked[flag][2]))
        raise UsageError(f"without a terminal nobody can answer: {', '.join(missing)}", f"for example: {defaults}")
    return {
        flag: given if given is not None else str(typer.prompt(question, default=default, err=True))
        for flag, (given, question, default) in asked.items()
    }


def _stages(text: str) -> tuple[str, ...]:
    import re

    stages = tuple(stage.strip() for stage in text.split(","))
    if not all(re.fullmatch(r"(?!shared$)[a-z][a-z0-9-]*", stage) for stage in stages):
        remedy = "small letters, digits and dashes, with commas between them: development,production"
        raise UsageError(f"--stages {text!r} does not name stages", remedy)
    return stages


def _write_ci(run: Run, ci: CI, wheel: str) -> None:
    from emailops.render import console
    from emailops.tasks import init_ci

    paths = init_ci.begin(run, init_ci.System[ci.value], wheel)
    console.text("\n".join([*paths, "commit these; the first of your CI's runs installs them"]))


def _other_keys(run: Run, reference: str | None) -> list[str]:
    """The keys of other Notify services that this environment holds."""
    from emailops.providers.notify import service_of

    services = {}
    for name, value in run.environment.items():
        secret, _ = run.secret(f"env:{name}") if name.startswith("NOTIFY_KEY") and value else (None, "")
        with suppress(EmailopsError):
            if secret is not None:
                services[f"env:{name}"] = service_of(secret)
    ours = services.get(reference or "")
    return [name for name, service in services.items() if ours and service != ours]


def _key_at_hand(run: Run) -> str:
    """The one key that this environment holds, else the name that it would have."""
    found = [name for name, value in run.environment.items() if name.startswith("NOTIFY_KEY") and value]
    return f"env:{found[0]}" if len(found) == 1 else "env:NOTIFY_KEY"
