"""Rules that tie template names in code to templates that exist."""

from __future__ import annotations

from collections.abc import Iterator

from emailops.declaration.model import Consumer, Declaration
from emailops.declaration.sources import uses
from emailops.declaration.values import Items, is_true
from emailops.policy.problem import Problem, unknown
from emailops.resource import Place


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

    Two templates had an id in the configuration and no code that used them, and nobody dared to remove either. The
    rule waits for the first consumer: until then it is not declared who reads anything.
    """
    if not declaration.consumers:
        return
    mentioned = {name for consumer in declaration.consumers.values() for name, _ in _mentions(consumer)}
    for name, by_account in declaration.templates.items():
        if name not in mentioned:
            for template in by_account.values():
                message = f"no consumer reads {name}"
                yield Problem(
                    str(template.resource), template.place, message, "add it to a consumer's keeps, or remove it"
                )


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


def _mentions(consumer: Consumer) -> Iterator[tuple[str, Place]]:
    for list_ in ("templates", "literals", "keeps"):
        yield from consumer.source.items_at(list_).placed_texts()
    for _, setting in consumer.settings():
        for use in uses(setting):
            if use.word == "templates" and isinstance(use.argument, Items):
                yield from use.argument.placed_texts()
            elif use.word == "template" and use.argument and isinstance(use.argument, str):
                yield use.argument, use.place
