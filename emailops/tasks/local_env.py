"""What an app needs on a developer's machine: keys of a sandbox and where it is, or a person's own Notify test key."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from emailops.declaration.model import Consumer, Declaration, Stage
from emailops.declaration.names import as_handed_out
from emailops.declaration.values import Table
from emailops.errors import InvalidInput, UsageError
from emailops.kinds.notify_callback import MADE_UP_TOKEN
from emailops.private import Private, Secret, mask_strangers
from emailops.providers import own_key
from emailops.run import Run
from emailops.tasks.stand_ins import made_up_keys, mailchimp_key

PATTERN = "<name>-test-localdev"
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_KEY = re.compile(rf"(.*)-({_UUID})-({_UUID})")


class Purpose(Enum):
    """What a variable is for; the value says it to a person."""

    notify = "a key that the sandbox takes for Notify"
    mailchimp = "a key that the sandbox takes for Mailchimp"
    callback = "the token that the sandbox sends with its callbacks"
    own = "your own key: mail goes to Notify itself"
    address = "where the sandbox is"


@dataclass(frozen=True, slots=True)
class Variable:
    name: str
    value: Private
    purpose: Purpose

    @property
    def meaning(self) -> str:
        """What a person is told of it; an address is no secret, and says more than what it is."""
        return self.value.reveal() if self.purpose is Purpose.address else self.purpose.value


@dataclass(frozen=True, slots=True)
class Own:
    """A person's own key that passed what can be checked, and what one send told of its kind."""

    key: Secret
    told: own_key.Told


def stage_of(declaration: Declaration) -> Stage:
    """The stage of a developer's machine: the first that is not deployed."""
    for name in declaration.stage_order:
        if name in declaration.stages and not declaration.stages[name].deployed:
            return declaration.stages[name]
    raise InvalidInput("every declared stage is deployed", "declare a stage with deployed: no")


def variables(declaration: Declaration, consumer: Consumer, sandbox_url: str, own: Own | None) -> list[Variable]:
    """What a consumer reads from its environment to speak to the sandbox; to Notify itself with a key of one's own."""
    stage = stage_of(declaration)
    found = [
        variable
        for name, source in consumer.source.table("secrets").items()
        if (variable := _secret(declaration, stage, name, _at(source, stage), own))
    ]
    purposes = {variable.purpose for variable in found}
    if Purpose.notify in purposes:
        found.append(Variable("EMAILOPS_NOTIFY_URL", Private(sandbox_url), Purpose.address))
    if Purpose.mailchimp in purposes:
        found.append(Variable("EMAILOPS_MAILCHIMP_URL", Private(f"{sandbox_url}/3.0/"), Purpose.address))
    return found


def checkouts(declaration: Declaration, folder: Path) -> dict[Path, list[Consumer]]:
    """The checkouts in a folder, each with the consumers whose repository it is."""
    found: dict[Path, list[Consumer]] = {}
    for consumer in declaration.consumers.values():
        name = checkout_name(consumer)
        if name and (folder / name).is_dir():
            found.setdefault(folder / name, []).append(consumer)
    return found


def checkout_name(consumer: Consumer) -> str:
    """As Git names the folder when it clones."""
    return consumer.source.text("repository").rstrip("/").rpartition("/")[2].removesuffix(".git")


def unread(declaration: Declaration) -> dict[str, str]:
    """Names of variables that people set although nothing reads them, and the ones that are read."""
    return dict(declaration.words.unread_variables)


def checked(run: Run, declaration: Declaration, key: Secret, pattern: str) -> Own:
    """A person's own key. Raises where its name, its service or Notify's answer says that it is not one."""
    stage = stage_of(declaration)
    named = pattern_of(pattern)
    found = _KEY.fullmatch(key.reveal())
    if not found:
        raise InvalidInput("this does not have the form of a Notify key", "copy it whole: NAME-SERVICE_ID-SECRET")
    if not named.fullmatch(as_handed_out(found[1])):
        raise InvalidInput(f"the key's name is not of the form {pattern}", "make one in Notify, or give --pattern")
    _refuse_declared(run, declaration, key, found)
    service = declaration.notify_accounts[stage.account].service_id
    ids = {template.id for template in declaration.all_templates() if template.account == stage.account}
    mask = mask_strangers(declaration.known_domains(), declaration.known_addresses())
    told = own_key.ask(key, run.notify_url, service, ids, mask, run.patience)
    if told in (own_key.Told.TEAM, own_key.Told.LIVE):
        raise InvalidInput(f"{told.value}: with it, people would get mail", "make one of the type test in Notify")
    return Own(key, told)


def pattern_of(pattern: str) -> re.Pattern[str]:
    """What `<name>-test-localdev` comes to in a key, from whose name Notify drops every hyphen."""
    if not re.fullmatch(r"[A-Za-z0-9_.-]*<name>[A-Za-z0-9_.-]*", pattern):
        raise UsageError(f"--pattern {pattern!r} must hold <name> once, and letters, digits, _ . -", f"as {PATTERN!r}")
    return re.compile("[a-z0-9_]+".join(as_handed_out(part) for part in pattern.split("<name>")))


def _at(source: object, stage: Stage) -> str:
    value = source.get(stage.name) if isinstance(source, Table) else source
    return value if isinstance(value, str) else ""


def _secret(declaration: Declaration, stage: Stage, name: str, source: str, own: Own | None) -> Variable | None:
    word, _, named = source.partition(" ")
    key = declaration.keys.get({"notify": stage.key, "key": named.strip()}.get(word, ""))
    if word == "mailchimp" and declaration.mailchimp:
        return Variable(name, Secret(mailchimp_key(declaration.mailchimp)), Purpose.mailchimp)
    if word == "callback" and own is None:
        calls_back = any(service.source.table("callback").text("url") for service in declaration.services.values())
        return Variable(name, Secret(MADE_UP_TOKEN), Purpose.callback) if calls_back else None
    if key is None:
        return None
    if own is not None and key.account == stage.account:
        return Variable(name, own.key, Purpose.own)
    if key.account not in declaration.notify_accounts:
        return None
    made_up = {declared.name: whole for declared, whole in made_up_keys(declaration)}
    return Variable(name, Secret(made_up[key.name]), Purpose.notify)


def _refuse_declared(run: Run, declaration: Declaration, key: Secret, found: re.Match[str]) -> None:
    """By its fingerprint, which is service and secret, where the declared key can be read here; else by its name."""
    for declared in declaration.keys.values():
        account = declaration.notify_accounts.get(declared.account)
        if account is None:
            continue
        held, _ = run.secret(declared.secret) if declared.secret else (None, "")
        is_same = held is not None and held.reveal()[-73:] == key.reveal()[-73:]
        has_its_name = as_handed_out(declared.name) == as_handed_out(found[1])
        if is_same or (has_its_name and account.service_id == found[2]):
            message = f"this is the declared key {declared.name}, which is not one person's"
            raise InvalidInput(message, "make one of your own in Notify, of the type test")
