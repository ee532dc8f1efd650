"""Rules about reply-to addresses and senders of text messages, which each Notify service has for itself."""

from __future__ import annotations

from collections.abc import Iterator

from emailops.declaration.model import REPLY_TO, SMS_SENDER, Declaration
from emailops.declaration.sources import uses
from emailops.declaration.vocabulary import ServiceSection
from emailops.policy.problem import Problem, warning

_SECTIONS = {
    "reply_to": ServiceSection.reply_to,
    "reply_to_address": ServiceSection.reply_to,
    "sms_sender": ServiceSection.sms_senders,
}
"""Sources -> where they look."""
_KINDS = {ServiceSection.reply_to: REPLY_TO, ServiceSection.sms_senders: SMS_SENDER}


def sender_absent(declaration: Declaration) -> Iterator[Problem]:
    """A reply-to address or a sender is in the service of each stage that reads it, or people know that it is not yet.

    A new one is made in the trial service first. Until somebody makes it in the live one, too, production's file lacks
    it, and an answer goes to the service's default address or the code that reads it fails.
    """
    if len(declaration.notify_accounts) < 2:
        return
    for (section, name, account), stages in _missing(declaration).items():
        service = next((held for held in declaration.services.values() if name in held.named(section)), None)
        if service is None:
            continue
        kind, named = _KINDS[section], declaration.named_at(account, name)
        has = "has" if len(stages) == 1 else "have"
        said = f"{' and '.join(stages)} {has} no {section.said} {name} yet; code that reads it finds none there"
        remedy = f"make it in the Notify service {account}, and add it to notify: {account}: {section}"
        yield warning(f"{kind}/{named}", service.source.at(section, name), said, remedy)


def _missing(declaration: Declaration) -> dict[tuple[ServiceSection, str, str], list[str]]:
    """(where, name, Notify service) -> its stages at which a setting reads what is not there."""
    missing: dict[tuple[ServiceSection, str, str], dict[str, None]] = {}
    for consumer in declaration.consumers.values():
        for _, setting in consumer.settings():
            for stage in setting.stages:
                account = declaration.stages[stage].account if stage in declaration.stages else ""
                for use in uses(setting, stage) if account in declaration.notify_accounts else ():
                    section, name = _SECTIONS.get(use.word), use.argument
                    if section and isinstance(name, str) and not declaration.service_with(section, name, stage):
                        missing.setdefault((section, name, account), {})[stage] = None
    return {what: [*stages] for what, stages in missing.items()}
