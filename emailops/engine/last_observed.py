"""The words of templates as the last noted observation has them, where Git keeps none."""

from __future__ import annotations

from dataclasses import replace

from emailops.declaration.model import Declaration, Template
from emailops.engine.declared_ledger import ledger_of
from emailops.generate import SENDERS
from emailops.generate.mail import sent_by
from emailops.kinds.notify_template import words_of
from emailops.kinds.world import Observation
from emailops.run import Run
from emailops.store import observations
from emailops.store.schema_check import first_mistake


def with_texts(declaration: Declaration, run: Run) -> Declaration:
    """The declaration, each text that a generated module needs and Git lacks as it was last observed, if it was."""
    sent = {
        name
        for consumer in declaration.consumers.values()
        for file in consumer.files
        if file.format in SENDERS
        for name in sent_by(consumer, file)
    }
    wanted = {name for name in sent if any(held.text is None for held in declaration.templates.get(name, {}).values())}
    document = ledger_of(run).observation() if wanted else None
    if document is None or first_mistake("observation", document):
        return declaration
    seen = observations.observation_of(document, declaration)
    templates = {
        name: {account: _with_text(held, seen, declaration) for account, held in by_account.items()}
        if name in wanted
        else by_account
        for name, by_account in declaration.templates.items()
    }
    return replace(declaration, templates=templates)


def _with_text(template: Template, seen: Observation, declaration: Declaration) -> Template:
    return template if template.text else replace(template, text=words_of(seen, declaration, template))
