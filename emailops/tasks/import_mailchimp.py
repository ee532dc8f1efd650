"""`import mailchimp`: audiences that exist become declared ones with recorded ids, so that no plan differs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import partial
from typing import Any

from emailops.declaration.build import declare
from emailops.declaration.model import Declaration
from emailops.declaration.names import name_for
from emailops.declaration.placeholders import escaped
from emailops.engine.audit import under_lease
from emailops.engine.declared import judged, refuse_unsound, valid
from emailops.engine.declared_ledger import ledger_of
from emailops.engine.observe import mailchimp_key
from emailops.errors import GateError, InvalidInput
from emailops.kinds.mailchimp_audience import NAME as AUDIENCE
from emailops.plan import differences
from emailops.private import Secret
from emailops.resource import Observed
from emailops.run import Run
from emailops.store import files
from emailops.store.edits import put, put_entry
from emailops.store.state import load
from emailops.store.tree import ROOT, Tree, read_directory
from emailops.tasks.import_faults import Newcomers, sorted_out

_DATACENTRE = re.compile(r"[0-9a-f]{32}-(us[0-9]{1,3})")
_TOLD = (
    *("name", "contact.company", "contact.address1", "contact.city", "contact.zip", "contact.country"),
    *("permission_reminder", "campaign_defaults.from_name", "campaign_defaults.from_email"),
    *("campaign_defaults.subject", "campaign_defaults.language", "email_type_option"),
)
"""What most audiences have: where it is empty, a person is told that it is left out."""
_FIELDS = (*_TOLD, "contact.address2", "contact.state", "double_optin")


@dataclass(frozen=True, slots=True)
class Choice:
    """Which stages each audience serves, by id."""

    stages: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    otherwise: tuple[str, ...] = ("production",)


@dataclass(frozen=True, slots=True)
class Account:
    """What a key shows of its account; `declared` is what accounts.mailchimp has to say, where it says nothing yet."""

    audiences: tuple[Observed, ...]
    reference: str
    declared: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Imported:
    """Resource -> the settings that are empty at Mailchimp and so left out; the files that were written."""

    resources: Mapping[str, tuple[str, ...]]
    paths: tuple[str, ...]


def account_behind(run: Run, key: Secret) -> dict[str, Any]:
    """{"account_id", "datacentre", "owns"} of the account that a key opens, as accounts.mailchimp holds them."""
    datacentre = _datacentre(key)
    with closing(_reader(run, key, datacentre)) as reader:
        return {"account_id": reader.account_id(), "datacentre": datacentre, "owns": "declared"}


def look(run: Run, reference: str | None) -> Account:
    """The account's audiences, by the declared key or else the one that `reference` names."""
    declaration = valid(run)
    declared = None
    if declaration.mailchimp is not None:
        secret, reason = mailchimp_key(declaration, run)
        key = _given(secret, reason)
        account_id, datacentre = declaration.mailchimp.account_id, declaration.mailchimp.datacentre
    elif reference is not None:
        key = _given(*run.secret(reference))
        declared = account_behind(run, key)
        account_id, datacentre = declared["account_id"], declared["datacentre"]
    else:
        raise InvalidInput("no Mailchimp account is declared", "--key env:MAILCHIMP_KEY names where its key is")
    with closing(_reader(run, key, datacentre)) as reader:
        if (behind := reader.account_id()) != account_id:
            message = f"the Mailchimp key is of the account {behind}, the declared one is {account_id}"
            raise GateError("account", message, "use the key of the declared account")
        audiences, _ = reader.audiences()
    return Account(audiences, reference or "", declared)


def newcomers(run: Run, account: Account, only: str) -> Newcomers:
    """The audiences that are meant and not yet declared, neither by their id nor by their name."""
    declaration = valid(run)
    known = {*declaration.ids.values(), *(str(audience.attributes.get("name")) for audience in declaration.audiences())}
    meant = [held for held in account.audiences if fnmatchcase(held.name, only) and not {held.id, held.name} & known]
    return sorted_out(meant, declaration, partial(_wrong_with, run, account, declaration), _FIELDS)


def take(run: Run, account: Account, audiences: Sequence[Observed], choice: Choice) -> Imported:
    """Declare these audiences and record their ids. Raises before anything is written, if it must."""
    declaration = valid(run)
    unknown = [id_ for id_ in choice.stages if id_ not in {held.id for held in audiences}]
    if unknown:
        raise InvalidInput(f"there is no audience {unknown[0]} to import", "--serves takes the id of one that is new")
    tree = read_directory(run.state)
    before = dict(tree.files)
    names = _put_audiences(tree, account, declaration, audiences, choice)
    after, wrong = _judged(tree, names, run)
    refuse_unsound(wrong, "--only GLOB leaves audiences out")
    written = {path: text for path, text in tree.files.items() if before.get(path) != text}
    ledger = ledger_of(run)
    with under_lease(ledger, run, "import") as noted:
        for path, content in written.items():
            files.write(run.state / path, content.decode())
        scopes = {str(audience.resource): audience.scope for audience in after.audiences()}
        for name, held in names.items():
            ledger.record(scopes[f"{AUDIENCE}/{name}"], f"{AUDIENCE}/{name}", held.id)
            noted.recorded(f"{AUDIENCE}/{name}", held.id)
    resources = {f"{AUDIENCE}/{name}": _empty(held) for name, held in names.items()}
    recorded = {f"recorded/{scopes[resource]}.yaml" for resource in resources}
    return Imported(resources, (*written, *sorted(recorded)))


def _given(secret: Secret | None, reason: str) -> Secret:
    if secret is None:
        raise InvalidInput(f"no key for mailchimp here: {reason}", "set the key, then run it again")
    return secret


def _datacentre(key: Secret) -> str:
    found = _DATACENTRE.fullmatch(key.reveal())
    if not found:
        raise InvalidInput("the Mailchimp key has the wrong form", "32 hex digits, a dash, and us with a number")
    return found[1]


def _reader(run: Run, key: Secret, datacentre: str) -> Any:
    try:
        from emailops.providers.mailchimp import MailchimpReader  # noqa: PLC0415 (not everyone has mailchimp3)
    except ModuleNotFoundError as error:
        raise InvalidInput("mailchimp3 is not installed", "pip install 'emailops[mailchimp]'") from error
    return MailchimpReader(key, run.mailchimp_url(datacentre), datacentre, None, patience=run.patience)


def _wrong_with(run: Run, account: Account, declaration: Declaration, audiences: Sequence[Observed]) -> list[str]:
    """What would be found in the state if it declared these audiences, whichever stages they serve."""
    tree = read_directory(run.state)
    _, wrong = _judged(tree, _put_audiences(tree, account, declaration, audiences, Choice()), run)
    return wrong


def _put_audiences(
    tree: Tree, account: Account, declaration: Declaration, audiences: Sequence[Observed], choice: Choice
) -> dict[str, Observed]:
    """Each by the name that it gets; their entries, and where need be the account's, are in the tree."""
    if account.declared is not None:
        _declare_account(tree, account, declaration)
    taken = list(declaration.sections["audiences"])
    names: dict[str, Observed] = {}
    for held in audiences:
        names[name_for(held.name, [*taken, *names], "audience")] = held
    names = dict(sorted(names.items()))
    for name, value in _entries(names, choice, has_section=bool(taken)):
        _put(tree, "audiences", name, value)
    return names


def _empty(held: Observed) -> tuple[str, ...]:
    return tuple(field for field in _TOLD if held.attributes.get(field) in ("", None))


def _declare_account(tree: Tree, account: Account, declaration: Declaration) -> None:
    owner = next(iter(declaration.people), None)
    if owner is None:
        raise InvalidInput("the key needs an owner, and nobody is declared", "add people: to the state first")
    name = name_for("mailchimp", declaration.keys, "mailchimp")
    root = put(
        tree.files[ROOT].decode("utf-8-sig"), ("accounts", "mailchimp"), {**(account.declared or {}), "key": name}
    )
    tree.files[ROOT] = root.encode()
    key = {
        "account": "mailchimp",
        "stages": [],
        "owner": owner,
        "purpose": "emailops reads and changes audiences with it",
        "created": "unknown",
        "kept": "unknown",
        "secret": account.reference,
    }
    _put(tree, "keys", name, key)


def _entries(
    names: Mapping[str, Observed], choice: Choice, *, has_section: bool
) -> Iterable[tuple[str, dict[str, Any]]]:
    """One entry an audience; in a new section, what all of them share stands in a base."""
    entries = {}
    for name, held in names.items():
        stages = choice.stages.get(held.id, choice.otherwise)
        settings = {field: held.attributes.get(field) for field in _FIELDS}
        entries[name] = {("stages",): list(stages)} | {
            tuple(field.split(".")): escaped(value) if isinstance(value, str) else value
            for field, value in settings.items()
            if value not in ("", None)
        }
    shared = _shared(list(entries.values())) if len(entries) > 1 and not has_section else {}
    if shared:
        yield "_audience", {"audience": _nested(shared)}
    for name, entry in entries.items():
        own = {path: value for path, value in entry.items() if path not in shared}
        yield name, {**({"extends": "_audience"} if shared else {}), "audience": _nested(own)}


def _shared(entries: Sequence[Mapping[tuple[str, ...], Any]]) -> dict[tuple[str, ...], Any]:
    first, *others = entries
    return {path: value for path, value in first.items() if all(other.get(path) == value for other in others)}


def _nested(values: Mapping[tuple[str, ...], Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for path, value in values.items():
        owner = result
        for step in path[:-1]:
            owner = owner.setdefault(step, {})
        owner[path[-1]] = value
    return result


def _put(tree: Tree, section: str, name: str, value: Mapping[str, Any]) -> None:
    path, text = put_entry(tree.files, section, name, value)
    tree.files[path] = text.encode()


def _judged(tree: Tree, names: Mapping[str, Observed], run: Run) -> tuple[Declaration, list[str]]:
    """The declaration to come, and what is wrong with it: findings, or an audience that is not as Mailchimp holds it.

    What would be missing in a new audience is not, for the ids of these are recorded with them.
    """
    declaration = declare(load(tree))
    found = judged(tree, run).findings
    wrong = [
        f"{finding.message}; {finding.remedy}" if finding.remedy else finding.message
        for finding in found
        if finding.is_error and finding.rule != "audience-incomplete"
    ]
    declared = {audience.resource.name: audience.attributes for audience in declaration.audiences()}
    for name, held in () if wrong else names.items():
        if differences(held.attributes, declared[name]):
            wrong.append(f"the settings of {held.id} have no form in YAML")
    return declaration, wrong
