"""`import mailchimp`: audiences that exist become declared ones with recorded ids, so that no plan differs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from emailops.declaration.build import declare
from emailops.declaration.model import Declaration
from emailops.declaration.names import name_for
from emailops.engine.audit import under_lease
from emailops.engine.declared import judged, valid
from emailops.engine.declared_ledger import ledger_of
from emailops.engine.observe import mailchimp_key, mask
from emailops.errors import GateError, InvalidInput
from emailops.kinds.mailchimp_audience import NAME as AUDIENCE
from emailops.plan import differences
from emailops.private import Secret, addresses_in, hide_secrets
from emailops.resource import Observed
from emailops.run import Run
from emailops.store import files
from emailops.store.edits import put, put_entry
from emailops.store.state import load
from emailops.store.tree import ROOT, Tree, read_directory

_DATACENTRE = re.compile(r"[0-9a-f]{32}-(us[0-9]{1,3})")
_NEEDED = (
    *("name", "contact.company", "contact.address1", "contact.city", "contact.zip", "contact.country"),
    *("permission_reminder", "campaign_defaults.from_name", "campaign_defaults.from_email"),
    *("campaign_defaults.subject", "campaign_defaults.language", "email_type_option"),
)
_OPTIONAL = ("contact.address2", "contact.state", "double_optin")


@dataclass(frozen=True, slots=True)
class Choice:
    """Which audiences to take (a glob over their names at Mailchimp), and which stages each serves, by id."""

    only: str = "*"
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
    """Resource -> the audience's name at Mailchimp, and the files that were written."""

    resources: Mapping[str, str]
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


def newcomers(run: Run, account: Account, only: str) -> list[Observed]:
    """The audiences that are meant and not yet declared, neither by their id nor by their name, the oldest first.

    Raises InvalidInput where one cannot be declared, before anybody is asked about them.
    """
    declaration = valid(run)
    known = {*declaration.ids.values(), *(str(audience.attributes.get("name")) for audience in declaration.audiences())}
    meant = [held for held in account.audiences if fnmatchcase(held.name, only) and not {held.id, held.name} & known]
    _refuse_what_has_no_form(meant, declaration)
    return sorted(meant, key=lambda held: (held.created, held.id))


def take(run: Run, account: Account, choice: Choice) -> Imported:
    """Declare the audiences that are meant and record their ids. Raises before anything is written, if it must."""
    declaration = valid(run)
    audiences = newcomers(run, account, choice.only)
    unknown = [id_ for id_ in choice.stages if id_ not in {held.id for held in audiences}]
    if unknown:
        raise InvalidInput(f"there is no audience {unknown[0]} to import", "--serves takes the id of one that is new")
    tree = read_directory(run.state)
    before = dict(tree.files)
    if account.declared is not None:
        _declare_account(tree, account, declaration)
    taken = list(declaration.sections["audiences"])
    names: dict[str, Observed] = {}
    for held in audiences:
        names[name_for(held.name, [*taken, *names], "audience")] = held
    names = dict(sorted(names.items()))
    for name, value in _entries(names, choice, has_section=bool(taken)):
        _put(tree, "audiences", name, value)
    after = _verified(tree, names, run)
    written = {path: text for path, text in tree.files.items() if before.get(path) != text}
    ledger = ledger_of(run)
    with under_lease(ledger, run, "import") as noted:
        for path, content in written.items():
            files.write(run.state / path, content.decode())
        scopes = {str(audience.resource): audience.scope for audience in after.audiences()}
        for name, held in names.items():
            ledger.record(scopes[f"{AUDIENCE}/{name}"], f"{AUDIENCE}/{name}", held.id)
            noted.recorded(f"{AUDIENCE}/{name}", held.id)
    resources = {f"{AUDIENCE}/{name}": held.name for name, held in names.items()}
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


def _refuse_what_has_no_form(audiences: Sequence[Observed], declaration: Declaration) -> None:
    """Empty settings that an audience must have, names that several bear, and addresses that may be people's."""
    hidden = mask(declaration)
    empty = [
        f"{held.id} {hidden(held.name)!r}: {name} is empty in Mailchimp"
        for held in audiences
        for name in _NEEDED
        if held.attributes.get(name) in ("", None)
    ]
    secret = [
        f"{held.id} {hidden(held.name)!r}: {name} holds what looks like a secret"
        for held in audiences
        for name, value in held.attributes.items()
        if isinstance(value, str) and hide_secrets(value) != value
    ]
    bearers = Counter(held.name for held in audiences)
    shared = [f"{count} audiences are named {hidden(name)!r}" for name, count in sorted(bearers.items()) if count > 1]
    strange = Counter(domain for held in audiences for domain in _strange_domains(held, declaration))
    persons = [
        f"an address at {domain} may be a person's ({count} audience{'s' * (count > 1)})"
        for domain, count in sorted(strange.items())
    ]
    remedies = []
    if empty or shared:
        correct = [*(["fill it in"] if empty else []), *(["give each a name of its own"] if shared else [])]
        remedies.append(f"{' and '.join(correct)} in Mailchimp, or --only GLOB leaves it out")
    if strange:
        remedies.append(f"if it is the service's, write words: {{own_domains: [{min(strange)}]}} in {ROOT}")
    if secret:
        remedies.append("take it out in Mailchimp, and revoke it")
    if wrong := empty + shared + secret + persons:
        message = "nothing was written, for these cannot be declared:\n  " + "\n  ".join(wrong)
        raise InvalidInput(message, "; ".join(remedies))


def _strange_domains(audience: Observed, declaration: Declaration) -> set[str]:
    """The domains of addresses that are not known to be nobody's."""
    said = " ".join(str(audience.attributes.get(name, "")) for name in (*_NEEDED, *_OPTIONAL))
    known = {address.lower() for address in declaration.known_addresses()}
    strange = {found for found in addresses_in(said) if found.lower() not in known}
    return {found.rpartition("@")[2].lower() for found in strange} - declaration.known_domains()


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
        settings = {field: held.attributes.get(field) for field in (*_NEEDED, *_OPTIONAL)}
        entries[name] = {("stages",): list(stages)} | {
            tuple(field.split(".")): value for field, value in settings.items() if value not in ("", None)
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


def _verified(tree: Tree, names: Mapping[str, Observed], run: Run) -> Declaration:
    """The declaration to come: valid, and each audience declared just as Mailchimp holds it."""
    errors = [f"{finding.message}; {finding.remedy}" for finding in judged(tree, run).findings if finding.is_error]
    if errors:
        message = "nothing was written, for the state would have findings:\n  " + "\n  ".join(errors)
        raise InvalidInput(message, "--only GLOB leaves audiences out")
    declaration = declare(load(tree))
    declared = {audience.resource.name: audience.attributes for audience in declaration.audiences()}
    for name, held in names.items():
        if differences(held.attributes, declared[name]):
            raise InvalidInput(f"{held.id} cannot be declared as it is", "give it a plainer name and settings")
    return declaration
