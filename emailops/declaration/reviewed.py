"""What is declared and changes behaviour, as one flat table by which two states can be compared.

Whatever generate, apply, deliver, review, a gate or a look-up of a key reads stands here, or is a change of a resource.
So a state that behaves otherwise never looks the same to a reviewer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from emailops.declaration.build import plain
from emailops.declaration.held_keys import held_keys
from emailops.declaration.ids import bare
from emailops.declaration.mailing_uses import used_at
from emailops.declaration.model import Consumer, Declaration, GeneratedFile
from emailops.declaration.sources import every_setting, uses
from emailops.declaration.values import Table
from emailops.declaration.vocabulary import KeyKind
from emailops.plan import Sort
from emailops.resource import PRODUCTION

_FOR_PEOPLE = frozenset({"extends", "purpose", "why"})
_READ_AS_SETTINGS = frozenset({"templates", "literals", "keeps"})
_IN_ROWS_OF_THEIR_OWN = frozenset({"files", "secrets", "starts"})
_NO_BEHAVIOUR_OF_A_KEY = frozenset({"extends", "owner", "purpose", "kept", "created", "rotate_by", "fingerprint"})
_FOR_PEOPLE_OF_A_DUMP = frozenset({"extends", "why", "holds"})
NO_REDIRECT = "redirects nothing"


class DeclaredFact(NamedTuple):
    """One thing that is declared: `subject` is a consumer, a stage, a key or a resource; `stage` is empty for all."""

    sort: Sort
    subject: str
    stage: str
    name: str


Facts = Mapping[DeclaredFact, Any]
"""Each with its value: plain JSON but for the ids that only a provider gives, which are an `IdOf`."""


def facts(declaration: Declaration) -> dict[DeclaredFact, Any]:
    """Everything of a state that two plans have to agree on, before ids are put in."""
    found: dict[DeclaredFact, Any] = {}
    for part in _PARTS:
        found.update(part(declaration))
    return found


def hosts(found: Facts) -> frozenset[str]:
    """The hosts of the repositories to which files are delivered."""
    return frozenset(host_of(value) for fact, value in found.items() if is_repository(fact))


def host_of(repository: Any) -> str:
    """`git.example` of `https://git.example/x.git`, `ssh://git@git.example/x` and `git@git.example:x`."""
    _, scheme, rest = str(repository).rpartition("://")
    place = (rest if scheme else str(repository)).rpartition("@")[2]
    return place.partition("/")[0].partition(":")[0].lower()


def production_keys(declaration: Declaration) -> frozenset[str]:
    """The keys that production sends with, and every live one: whoever changes one of these reaches production."""
    return frozenset(
        key.name for key in declaration.keys.values() if PRODUCTION in key.stages or key.kind is KeyKind.live
    )


def reaches_production(fact: DeclaredFact, delicate_keys: Iterable[str]) -> bool:
    """Whether a change of this fact can change what happens in production.

    What belongs to no stage holds for all of them. A key counts by the stages that it is for.
    """
    if fact.sort is Sort.key:
        return fact.subject in delicate_keys
    return fact.stage in (PRODUCTION, "")


def is_repository(fact: DeclaredFact) -> bool:
    """Whether it says where the files of a consumer go."""
    return fact.sort is Sort.consumer and fact.name == "repository"


_Rows = Iterator[tuple[DeclaredFact, Any]]
MAY_RUN = "may run"
_BY_STAGE = {"stages": MAY_RUN, "timed": "timed"}


def _settings(declaration: Declaration) -> _Rows:
    """Each value that a consumer reads at a stage. A name that two of its files bear says which."""
    seen: set[DeclaredFact] = set()
    for consumer, stage, file, setting, value in every_setting(declaration):
        fact = DeclaredFact(Sort.setting, consumer.name, stage, setting.name)
        if fact in seen:
            fact = fact._replace(name=f"{setting.name} in {setting.class_name or file.placed(file.path)}")
        seen.add(fact)
        yield fact, bare(value)


def _secrets(declaration: Declaration) -> _Rows:
    """Which key a consumer holds under which variable at each stage."""
    for consumer in declaration.consumers.values():
        for stage in declaration.stages.values():
            for held in held_keys(declaration, consumer, stage):
                yield DeclaredFact(Sort.secret, consumer.name, stage.name, held.variable), held.key


def _consumers(declaration: Declaration) -> _Rows:
    """Where a consumer's files go and in what form, and whatever else of it is no setting and no secret."""
    aside = _FOR_PEOPLE | _READ_AS_SETTINGS | _IN_ROWS_OF_THEIR_OWN
    for consumer in declaration.consumers.values():
        for field, value in consumer.source.items():
            if field not in aside:
                yield DeclaredFact(Sort.consumer, consumer.name, "", field), _unordered(value)
        if consumer.starts:
            yield DeclaredFact(Sort.consumer, consumer.name, "", "starts"), sorted(consumer.starts)
        places: dict[str, list[GeneratedFile]] = {}
        for file in consumer.files:
            places.setdefault(file.name, []).append(file)
        for name, files in places.items():
            yield DeclaredFact(Sort.consumer, consumer.name, "", f"file {name}"), _file(files, consumer)


def _file(places: Sequence[GeneratedFile], consumer: Consumer) -> dict[str, Any]:
    """The form of a file, at each of its places; what its settings are worth stands in rows of their own."""
    file = replace(
        places[0],
        stages=tuple(dict.fromkeys(stage for each in places for stage in each.stages)),
        settings=tuple(setting for each in places for setting in each.settings),
    )
    classes = dict.fromkeys(setting.class_name for setting in file.settings)
    names = {of: [*dict.fromkeys(each.name for each in file.settings if each.class_name == of)] for of in classes}
    written = plain(consumer.source.table("files").table(file.name))
    rest = {field: value for field, value in written.items() if field not in ("settings", "classes", "stages")}
    as_json_text = dict.fromkeys(
        ".".join((setting.name, *use.path)) for setting in file.settings for use in uses(setting) if use.as_json_text
    )
    form = {**rest, "stages": list(file.stages), "settings": names.get("", names)}
    if not file.settings:
        # A module that sends has a function for each.
        form["templates"] = list(file.templates or (*consumer.templates, *consumer.literals))
    return {**form, "as JSON text": list(as_json_text)} if as_json_text else form


def _templates(declaration: Declaration) -> _Rows:
    """What was reviewed of each template; its words as far as they are kept here."""
    for template in declaration.all_templates():
        subject, body = template.text or ("", "")
        sensitive = sorted(template.source.items_at("sensitive").texts())
        fields = {
            "id": template.id,
            "type": template.type and template.type.value,
            "version": template.version,
            "sensitive": sensitive,
        }
        for field, value in {**fields, "subject": subject, "body": body}.items():
            if value:
                yield DeclaredFact(Sort.template, template.resource.name, "", field), value


def _mailings(declaration: Declaration) -> _Rows:
    """Everything of a mailing but why it is sent; what is said of one stage stands with that stage."""
    for mailing in declaration.mailings.values():
        for field, value in mailing.source.items():
            if field in _BY_STAGE and isinstance(value, Table):
                for stage, text in value.items():
                    yield DeclaredFact(Sort.mailing, mailing.name, stage, _BY_STAGE[field]), text
            elif field not in _FOR_PEOPLE:
                yield DeclaredFact(Sort.mailing, mailing.name, "", field), plain(value)
        for ending, text in mailing.texts.items():
            yield DeclaredFact(Sort.mailing, mailing.name, "", ending), text


def _uses(declaration: Declaration) -> _Rows:
    """What a mailing finds at each stage that it may run at, beside what its own entry says."""
    for mailing in declaration.mailings.values():
        for name in mailing.stages:
            for what, value in used_at(declaration, mailing, name).items():
                if value:
                    yield DeclaredFact(Sort.use, mailing.name, name, what), value


def _stages(declaration: Declaration) -> _Rows:
    for stage in declaration.stages.values():
        yield DeclaredFact(Sort.stage, stage.name, stage.name, "deployed"), stage.deployed
        for name, value in (("Notify service", stage.account), ("key", stage.key), (NO_REDIRECT, stage.no_redirect)):
            if value:
                yield DeclaredFact(Sort.stage, stage.name, stage.name, name), value


def _keys(declaration: Declaration) -> _Rows:
    """A key without what only people read of it, and without days, which change nothing by themselves."""
    for key in declaration.keys.values():
        for field, value in key.source.items():
            if field not in _NO_BEHAVIOUR_OF_A_KEY:
                yield DeclaredFact(Sort.key, key.name, "", field), _unordered(value)


def _accounts(declaration: Declaration) -> _Rows:
    yield DeclaredFact(Sort.account, "", "", "order of stages"), list(declaration.stage_order)
    yield DeclaredFact(Sort.account, "", "", "ledger"), declaration.root.text("ledger", "files")
    if declaration.first_account:
        yield DeclaredFact(Sort.account, "", "", "first Notify service"), declaration.first_account
    accounts = declaration.root.table("accounts")
    named = {f"Notify service {name}": account for name, account in accounts.table("notify").items()}
    for subject, account in {**named, "Mailchimp": accounts.table("mailchimp")}.items():
        for field, value in account.items() if isinstance(account, Table) else ():
            yield DeclaredFact(Sort.account, subject, "", field), plain(value)


def _receivers(declaration: Declaration) -> _Rows:
    """What a receiver of callbacks does; where they come and with which tokens is a resource of its own."""
    for service in declaration.services.values():
        for field, value in service.source.table("callback").items():
            if field not in ("url", "tokens"):
                yield (
                    DeclaredFact(Sort.account, f"Notify service {service.account}", "", f"callback {field}"),
                    plain(value),
                )


def _policy(declaration: Declaration) -> _Rows:
    """Each limit by itself, and the words by which rules and masks judge."""
    for name, value in _leaves(declaration.root.table("policy"), ""):
        yield DeclaredFact(Sort.policy, "", "", name), value
    for name, value in declaration.root.table("words").items():
        yield DeclaredFact(Sort.words, "", "", name), _unordered(value)


def _dumps(declaration: Declaration) -> _Rows:
    """By what a scan judges each column; what the column holds is said for people."""
    for column, dump in declaration.dumps.items():
        for field, value in dump.source.items():
            if field not in _FOR_PEOPLE_OF_A_DUMP:
                yield DeclaredFact(Sort.dump, column, "", field), _unordered(value)


def _unordered(value: Any) -> Any:
    """A value as plain JSON; texts in a list, whose order says nothing here, sorted."""
    read = plain(value)
    return sorted(read) if isinstance(read, list) and all(isinstance(each, str) for each in read) else read


def _leaves(table: Table, prefix: str) -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        if isinstance(value, Table):
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", plain(value)


def _exceptions(declaration: Declaration) -> _Rows:
    """What is let pass, hidden or renamed."""
    for waiver in declaration.waivers:
        value = {"until": waiver.until, "owner": waiver.owner, "reason": waiver.reason}
        yield DeclaredFact(Sort.waiver, waiver.resource, "", waiver.rule), value
    for ignore in declaration.ignores:
        yield DeclaredFact(Sort.ignore, ignore.resource, "", ignore.field), {"until": ignore.until, "why": ignore.why}
    for old, new in declaration.moved.items():
        yield DeclaredFact(Sort.moved, old, "", "now"), new


_PARTS = (
    *(_settings, _secrets, _consumers, _templates, _mailings, _uses),
    *(_stages, _keys, _accounts, _receivers, _policy, _exceptions, _dumps),
)
