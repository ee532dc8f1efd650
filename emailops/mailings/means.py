"""What a mailing may use at a stage, and nothing of any other: its key, its audiences, its redirects.

Everything here follows from the declaration and the stage. No option of a command leads to another key or audience.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

from emailops.clients.errors import Misconfigured, WrongKey
from emailops.clients.keys import DeclaredKey, Expected
from emailops.clients.notify import NotifyClient
from emailops.declaration.mailings import Mailing, is_late
from emailops.declaration.model import Audience, Declaration, Key, Stage, Template
from emailops.declaration.moved import moved_ids
from emailops.declaration.names import require
from emailops.declaration.vocabulary import ApplyFrom, KeyKind, MailingKind
from emailops.errors import GateError, InvalidInput, UsageError
from emailops.mailings.answers import item
from emailops.private import Mask, Secret
from emailops.providers.notify import NotifyReader, placeholders_in
from emailops.resource import Observed
from emailops.run import Run

_COMMANDS = {
    MailingKind.campaign: "mail",
    MailingKind.notice: "mail",
    MailingKind.subscribers: "subscribe",
    MailingKind.export: "export",
}


@dataclass(frozen=True, slots=True)
class Errand:
    """One mailing at one stage, as somebody wants it done; `words` are its parameters."""

    declaration: Declaration
    mailing: Mailing
    stage: Stage
    words: Mapping[str, str]
    run: Run
    mask: Mask


@dataclass(frozen=True, slots=True)
class Post:
    """How a notice is sent at a stage: the client, the template as Notify has it, and what Notify's clock says."""

    client: NotifyClient
    template: Template
    observed: Observed
    placeholders: tuple[str, ...]
    pace: str
    clock: datetime


def errand(
    declaration: Declaration,
    name: str,
    stage: str,
    given: Iterable[str],
    run: Run,
    mask: Mask,
    kinds: Container[MailingKind | None],
) -> Errand:
    """A mailing that may run at this stage, here. Raises UsageError, NotDeclared, and GateError stage or pipeline."""
    require("mailing", name, declaration.mailings)
    require("stage", stage, declaration.stages)
    mailing = declaration.mailings[name]
    if mailing.kind not in kinds:
        command = _COMMANDS[mailing.kind] if mailing.kind else "mail"
        raise UsageError(f"{name} is a mailing of the kind {mailing.kind}", f"emailops {command} {name}")
    if stage not in mailing.stages:
        allowed = ", ".join(mailing.stages) or "none"
        raise GateError("stage", f"{name} may not run at {stage}", f"its stages are: {allowed}")
    if mailing.stages[stage] is ApplyFrom.pipeline and not run.is_pipeline:
        raise GateError("pipeline", f"{name} runs at {stage} from the pipeline only", "start it there")
    words = {**mailing.words_at(stage), **_words(mailing, given)}
    return Errand(declaration, mailing, declaration.stages[stage], words, run, mask)


def check_time(errand: Errand, due: int | None) -> None:
    """Whether a mailing that a timer started goes out when people expect it. Raises GateError `late`."""
    if due is None:
        return
    timer = errand.mailing.timers.get(errand.stage.name)
    wanted = timer.due(datetime.fromtimestamp(due, errand.run.now.tzinfo)) if timer else None
    if timer is None or wanted is None or is_late(timer, wanted, errand.run.now):
        name = errand.mailing.name
        message = f"{name} was due at {wanted:%H:%M} on {wanted:%d %B}" if wanted else f"{name} is not due"
        command = _COMMANDS[errand.mailing.kind] if errand.mailing.kind else "mail"
        remedy = f"if it should still go out: emailops {command} {name} --stage {errand.stage.name}"
        raise GateError("late", f"{message}, and it is {errand.run.now:%H:%M} UTC now", remedy)


def post(errand: Errand) -> Post:
    """The client with the one key of this stage that fits the template's service. Reads the template, sends nothing.

    Raises GateError `account` for a key of another service, stage or kind, InvalidInput, and ProviderError.
    """
    template = errand.declaration.template_at(errand.mailing.template, errand.stage.name)
    if template is None:
        raise InvalidInput(f"{errand.mailing.template} is not a template at {errand.stage.name}", "emailops validate")
    key = _key(errand, template.account)
    secret = _secret(key, errand.run)
    service = errand.declaration.service_id(template.account)
    client = _client(errand, template, key, secret, service)
    reader = NotifyReader(secret, errand.run.notify_url, service, errand.mask, patience=errand.run.patience)
    with closing(reader) as reading:
        held = {observed.id: observed for observed in reading.templates()}
        clock = reading.clock
    if template.id not in held:
        message = f"Notify does not list the template {template.name}"
        raise InvalidInput(message, "it was archived, or is of another service: emailops plan shows what is there")
    observed = held[template.id]
    texts = f"{observed.attributes.get('subject', '')}\n{observed.attributes['body']}"
    kind = key.kind or KeyKind.unknown
    return Post(client, template, observed, tuple(placeholders_in(texts)), f"{service} {kind}", clock or errand.run.now)


def common(errand: Errand) -> dict[str, object]:
    """The fields that hold for all recipients, as common.NAME."""
    if errand.mailing.common is None:
        return {}
    found = item(errand.mailing.common, errand.stage.name, errand.words, errand.run)
    return {f"common.{name}": value for name, value in found.items()}


def audience_of(errand: Errand) -> tuple[Audience, str]:
    """The single audience of this stage and its id. Raises InvalidInput where there is none yet."""
    audience = errand.declaration.single_route(errand.mailing.audience, errand.stage.name)
    if audience is None:
        raise InvalidInput(f"{errand.mailing.audience} serves no audience at {errand.stage.name}", "emailops validate")
    return audience, id_of(errand.declaration, audience)


def id_of(declaration: Declaration, audience: Audience) -> str:
    """The recorded id of an audience. Raises InvalidInput where it was not created yet."""
    id_ = moved_ids(declaration).get(str(audience.resource))
    if id_ is None:
        raise InvalidInput(f"{audience.resource} has no id yet", "emailops apply creates it")
    return id_


def _words(mailing: Mailing, given: Iterable[str]) -> dict[str, str]:
    """The parameters as --set gives them. Raises UsageError for one that is missing or not known."""
    words: dict[str, str] = {}
    for text in given:
        name, is_, value = text.partition("=")
        if not is_ or name not in mailing.parameters:
            known = ", ".join(f"{known}=..." for known in mailing.parameters)
            remedy = f"its parameters: {known}" if known else f"leave --set out: {mailing.name} has no parameters"
            raise UsageError(f"--set {name} is not a parameter of {mailing.name}", remedy)
        if name in words or not value.strip() or not value.isprintable():
            raise UsageError(f"--set {name} is empty or given twice", f"--set {name}=VALUE")
        words[name] = value.strip()
    for name, what in mailing.parameters.items():
        if name not in words:
            raise UsageError(f"{mailing.name} needs {name}: {what}", f"--set {name}=VALUE")
    return words


def _key(errand: Errand, account: str) -> Key:
    """The key of the stage; of a service that is no stage's, its only one for this stage."""
    if account == errand.stage.account:
        own = errand.declaration.keys.get(errand.stage.key)
        if own is None:
            raise InvalidInput(f"{errand.stage.name} has no Notify key", "declare one, or run it at another stage")
        return own
    keys = [
        key
        for key in errand.declaration.keys.values()
        if key.account == account and errand.stage.name in key.stages and key.secret
    ]
    if len(keys) != 1:
        raise InvalidInput(f"{account} has {len(keys)} keys for {errand.stage.name}", "declare one with a secret")
    return keys[0]


def _secret(key: Key, run: Run) -> Secret:
    secret, why = run.secret(key.secret) if key.secret else (None, "its declaration names no secret")
    if secret is None:
        raise InvalidInput(f"the key {key.name} is not here: {why}", "run it where the key is")
    return secret


def _client(errand: Errand, template: Template, key: Key, secret: Secret, service: str) -> NotifyClient:
    declared = {
        known.name: DeclaredKey(known.kind or "", known.stages)
        for known in errand.declaration.keys.values()
        if known.account == template.account
    }
    expected = Expected(service, errand.stage.name, key.kind or "", declared)
    held = errand.declaration.services.get(template.account)
    try:
        return NotifyClient(
            secret.reveal(),
            templates={template.name: template.id},
            redirects=dict.fromkeys(errand.stage.domains or (), errand.stage.redirect_to or ""),
            reply_tos={name: id_ for name, (id_, _) in held.reply_to.items()} if held else {},
            expected=expected,
            base_url=errand.run.notify_url,
            any_host=True,
            deadline=errand.run.patience.answer,
        )
    except WrongKey as error:
        raise GateError("account", error.message, error.remedy) from None
    except Misconfigured as error:
        raise InvalidInput(error.message, error.remedy) from None
