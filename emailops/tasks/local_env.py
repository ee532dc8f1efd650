"""What an app needs on a developer's machine: keys of a sandbox and where it is, or a person's own Notify test key."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emailops.declaration.model import Consumer, Declaration, Stage
from emailops.declaration.values import Table
from emailops.errors import InvalidInput, UsageError
from emailops.private import Secret, mask_strangers
from emailops.providers import own_key
from emailops.run import Run
from emailops.tasks.stand_ins import accounts_for, made_up_keys, mailchimp_key

PATTERN = "<name>-test-localdev"
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_KEY = re.compile(rf"(.*)-({_UUID})-({_UUID})")
_NOTIFY = "a key that the sandbox takes for Notify"
_MAILCHIMP = "a key that the sandbox takes for Mailchimp"
_CALLBACK = "the token that the sandbox sends with its callbacks"
_OWN = "your own key: mail goes to Notify itself"
_NAME = r"[A-Za-z0-9_.]+(?:-[A-Za-z0-9_.]+)*"


@dataclass(frozen=True, slots=True)
class Variable:
    name: str
    value: Secret
    meaning: str


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
    meanings = {one.meaning for one in found}
    if _NOTIFY in meanings:
        found.append(Variable("EMAILOPS_NOTIFY_URL", Secret(sandbox_url), sandbox_url))
    if _MAILCHIMP in meanings:
        found.append(Variable("EMAILOPS_MAILCHIMP_URL", Secret(f"{sandbox_url}/3.0/"), f"{sandbox_url}/3.0/"))
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
        raise InvalidInput("this has not the form of a Notify key", "copy it whole: NAME-SERVICE_ID-SECRET")
    if not named.fullmatch(found[1]):
        raise InvalidInput(f"the key's name is not of the form {pattern}", "make one in Notify, or give --pattern")
    _refuse_declared(run, declaration, key, found)
    service = declaration.notify_accounts[stage.account].service_id
    ids = {template.id for template in declaration.all_templates() if template.account == stage.account}
    mask = mask_strangers(declaration.known_domains(), declaration.known_addresses())
    told = own_key.ask(key, run.notify_url, service, ids, mask)
    if told in (own_key.Told.TEAM, own_key.Told.LIVE):
        raise InvalidInput(f"{told.value}: with it, people would get mail", "make one of the type test in Notify")
    return Own(key, told)


def pattern_of(pattern: str) -> re.Pattern[str]:
    """What `<name>-test-localdev` means."""
    if not re.fullmatch(r"[A-Za-z0-9_.-]*<name>[A-Za-z0-9_.-]*", pattern):
        raise UsageError(f"--pattern {pattern!r} must hold <name> once, and letters, digits, _ . -", f"as {PATTERN!r}")
    return re.compile(_NAME.join(re.escape(part) for part in pattern.split("<name>")))


def _at(source: object, stage: Stage) -> str:
    value = source.get(stage.name) if isinstance(source, Table) else source
    return value if isinstance(value, str) else ""


def _secret(declaration: Declaration, stage: Stage, name: str, source: str, own: Own | None) -> Variable | None:
    word, _, named = source.partition(" ")
    key = declaration.keys.get({"notify": stage.key, "key": named.strip()}.get(word, ""))
    if word == "mailchimp" and declaration.mailchimp:
        return Variable(name, Secret(mailchimp_key(declaration.mailchimp)), _MAILCHIMP)
    if word == "callback" and own is None:
        tokens = [one["callback"]["bearer_token"] for one in _services(declaration) if one.get("callback")]
        return Variable(name, Secret(tokens[0]), _CALLBACK) if tokens else None
    if key is None or key.account not in declaration.notify_accounts:
        return None
    if own is not None and key.account == stage.account:
        return Variable(name, own.key, _OWN)
    made_up = next((whole for known, whole in made_up_keys(declaration) if known.name == key.name), "")
    return Variable(name, Secret(made_up), _NOTIFY) if made_up else None


def _services(declaration: Declaration) -> Iterator[dict[str, Any]]:
    yield from accounts_for(declaration)["notify"]["services"]


def _refuse_declared(run: Run, declaration: Declaration, key: Secret, found: re.Match[str]) -> None:
    """By its fingerprint, which is service and secret, where the declared key can be read here; else by its name."""
    for declared in declaration.keys.values():
        account = declaration.notify_accounts.get(declared.account)
        if account is None:
            continue
        held, _ = run.secret(declared.secret) if declared.secret else (None, "")
        is_same = held is not None and held.reveal()[-73:] == key.reveal()[-73:]
        if is_same or (account.service_id, declared.name) == (found[2], found[1]):
            message = f"this is the declared key {declared.name}, which is not one person's"
            raise InvalidInput(message, "make one of your own in Notify, of the type test")
