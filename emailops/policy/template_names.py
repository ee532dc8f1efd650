"""Rules that tie template names in code to templates that exist."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from emailops.declaration.model import TEMPLATE, Consumer, Declaration, Setting
from emailops.declaration.sources import uses
from emailops.declaration.values import Items, is_true
from emailops.policy.problem import Problem, unknown, warning
from emailops.resource import Place, Resource, Severity


def template_missing(declaration: Declaration) -> Iterator[Problem]:
    """Every template that a consumer reads is declared.

    An app once read a name that no configuration ever held. Its tests passed, since they put the name in themselves.
    """
    for consumer in declaration.consumers.values():
        for name, place in _mentions(consumer):
            if name not in declaration.templates:
                yield unknown(f"consumer/{consumer.name}", place, "template", name, declaration.templates)


def template_unread(declaration: Declaration) -> Iterator[Problem]:
    """Every template has a reader, or a consumer says that it keeps it.

    Two templates had an id in the configuration and no code that used them, and nobody dared to remove either. While
    apps are declared one after the other, it may be read by one that is still to come: until the state says
    `policy: {consumers: complete}`, this is a warning, and before the first consumer nothing.
    """
    if not declaration.consumers:
        return
    mentioned = {name for consumer in declaration.consumers.values() for name, _ in _mentions(consumer)}
    severity, further = Severity.error, ""
    if not declaration.policy.has_all_consumers:
        severity, further = Severity.warning, ", or declare the consumer that does"
    for name, by_account in declaration.templates.items():
        if name not in mentioned and by_account:
            template = next(iter(by_account.values()))
            message, remedy = f"no consumer reads {name}", f"add it to a consumer's keeps{further}, or remove it"
            yield Problem(str(template.resource), template.place, message, remedy, severity)


def template_absent(declaration: Declaration) -> Iterator[Problem]:
    """A template is in the service of each stage at which code sends it, or people know that it is not yet.

    A new template is made in the trial service first. Until somebody makes it in the live one, too, production's map
    lacks it, and the code that is already there finds out when the mail is due.
    """
    sent: dict[str, set[str]] = {}
    for consumer in declaration.consumers.values():
        for name, stages in _sent(declaration, consumer):
            sent.setdefault(name, set()).update(stages)
    for name, stages in sent.items():
        template = next(iter(declaration.templates.get(name, {}).values()), None)
        if template is None:
            continue
        for account, missing in _missing(declaration, name, stages).items():
            resource = Resource(TEMPLATE, declaration.named_at(account, name))
            message = f"{' and '.join(missing)} {'has' if len(missing) == 1 else 'have'} no {name} yet"
            remedy = f"make it in the Notify service {account}, and add its id: {account}: ID under id"
            said = f"{message}; code that sends it fails there"
            yield warning(str(resource), template.source.at("id"), said, remedy)


def template_id_twice(declaration: Declaration) -> Iterator[Problem]:
    """No two templates have the same id.

    A copied id sends the text of one mail for the other, and nothing fails.
    """
    first: dict[str, str] = {}
    for template in declaration.all_templates():
        if template.id in first:
            place = template.source.at("id", template.account)
            message = f"{template.id} is also the id of {first[template.id]}"
            yield Problem(str(template.resource), place, message, "look it up in Notify, correct one of the two")
        first.setdefault(template.id, str(template.resource))


def template_redaction(declaration: Declaration) -> Iterator[Problem]:
    """A template with sensitive placeholders is declared to be redacted; that it is, a person attests.

    A link that resets a password works for whoever reads it, and sent mail can be read in Notify's pages for days.
    """
    for name, by_account in declaration.templates.items():
        for template in by_account.values():
            if template.source.items_at("sensitive") and not is_true(template.source.get("redacted")):
                place = template.source.at("redacted" if "redacted" in template.source else "sensitive")
                message = f"{name} has sensitive placeholders and is not redacted"
                yield Problem(str(template.resource), place, message, "redact it in Notify, and write redacted: true")
                break


def _missing(declaration: Declaration, name: str, stages: set[str]) -> dict[str, list[str]]:
    """Notify service -> its stages, of these, that have no such template."""
    missing: dict[str, list[str]] = {}
    for stage in declaration.stages.values():
        is_asked = stage.name in stages and stage.account in declaration.notify_accounts
        if is_asked and declaration.template_at(name, stage.name) is None:
            missing.setdefault(stage.account, []).append(stage.name)
    return missing


def _sent(declaration: Declaration, consumer: Consumer) -> Iterator[tuple[str, Iterable[str]]]:
    """(template, stages at which the consumer sends it); what it only keeps is sent by nobody."""
    of_files = dict.fromkeys(stage for file in consumer.files for stage in file.stages)
    for name in (*consumer.templates, *consumer.literals):
        yield name, of_files or declaration.stages
    for file in consumer.files:
        yield from ((name, file.stages) for name in file.templates)
    for _, setting in consumer.settings():
        for stage in setting.stages:
            for name, _ in _named(setting, stage):
                if name not in consumer.keeps:
                    yield name, (stage,)


def _mentions(consumer: Consumer) -> Iterator[tuple[str, Place]]:
    for list_ in ("templates", "literals", "keeps"):
        yield from consumer.source.items_at(list_).placed_texts()
    for file in consumer.files:
        yield from consumer.source.table("files").table(file.name).items_at("templates").placed_texts()
    for _, setting in consumer.settings():
        yield from _named(setting)


def _named(setting: Setting, stage: str | None = None) -> Iterator[tuple[str, Place]]:
    """The templates that a setting names itself, at any stage or at one."""
    for use in uses(setting, stage):
        if use.word == "templates" and isinstance(use.argument, Items):
            yield from use.argument.placed_texts()
        elif use.word == "template" and use.argument and isinstance(use.argument, str):
            yield use.argument, use.place
