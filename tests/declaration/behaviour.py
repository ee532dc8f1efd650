"""What whoever reads a state makes of it, asked of the readers themselves, and edits that may make it another."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from emailops.canonical import digest
from emailops.declaration.build import declare
from emailops.declaration.held_keys import held_keys
from emailops.declaration.mailings import Mailing
from emailops.declaration.model import Declaration
from emailops.declaration.vocabulary import MailingKind
from emailops.generate import generate
from emailops.kinds import KINDS, resources
from emailops.policy import check
from emailops.run import Run
from emailops.scan.declared import declared_columns
from emailops.store.state import load
from emailops.store.tree import Tree, read_directory
from tests.examples.laying import STATES, TODAY
from tests.policy.mutating import every_spot, everything

RUN = Run({}, datetime(2026, 11, 24, 6, tzinfo=UTC), TODAY, Path("nowhere"))
Documents = dict[str, Any]


def reviewed() -> Documents:
    """The small state that holds one of each thing that changes behaviour."""
    return _documents(read_directory(STATES / "reviewed"))


def marketplace() -> Documents:
    """The marketplace's, with something of all that it does not hold itself."""
    documents = _documents(everything())
    documents["emailops.yaml"] |= {
        "ignore": [{"resource": "mailchimp-audience/*", "field": "name", "why": "x", "until": "2027-01-01"}]
    }
    documents["emailops.yaml"]["policy"] |= {"limits": {"mailchimp-audience": {"create": "30", "update": "30"}}}
    return documents


def declared(documents: Documents) -> Declaration | None:
    """What they declare; None where something is wrong with it."""
    tree = Tree(
        {path: (text if isinstance(text, str) else json.dumps(text)).encode() for path, text in documents.items()}
    )
    loaded = load(tree)
    if not loaded.is_whole or any(finding.is_error for finding in loaded.findings):
        return None
    declaration = declare(loaded)
    return None if any(finding.is_error for finding in check(declaration, TODAY).findings) else declaration


def behaviour(declaration: Declaration) -> dict[str, Any]:
    """By who reads it. Raises EmailopsError for what generate refuses."""
    ids = {str(each.resource): digest(str(each.resource))[:10] for each in resources(declaration)}
    files = generate(declaration, ids)
    consumers, keys = declaration.consumers.values(), declaration.keys.items()
    return {
        "generate": {f"{each.consumer} {each.stage} {each.path}": (each.content, each.insertions) for each in files},
        "apply": managed(declaration),
        "deliver": {
            each.name: (each.source.text("repository"), each.source.get("allow"), each.unignores) for each in consumers
        },
        "key look-up": {name: (key.secret, key.account, key.kind, key.stages, key.is_revoked) for name, key in keys},
        "rotate": {name: (key.successor, key.is_leaked, key.is_revoked) for name, key in keys},
        "keys that apps hold": {
            f"{consumer.name} {stage.name}": sorted(
                (held.variable, held.key) for held in held_keys(declaration, consumer, stage)
            )
            for consumer in consumers
            for stage in declaration.stages.values()
        },
        "gates": _gates(declaration),
        "mail": {name: _mailed(declaration, mailing) for name, mailing in declaration.mailings.items()},
        "local-env and rules": {
            name: (stage.deployed, bool(stage.no_redirect)) for name, stage in declaration.stages.items()
        },
        "scan": [
            declared_columns(declaration).allowed,
            {name: (dump.addresses, dump.source.text("pattern")) for name, dump in declaration.dumps.items()},
        ],
        "trace": [
            {each.name: (set(each.unredirected), set(each.starts), each.sends) for each in consumers},
            {name: account.source.get("trial") for name, account in declaration.notify_accounts.items()},
        ],
    }


def managed(declaration: Declaration) -> dict[str, Any]:
    """What an apply makes."""
    return {
        str(each.resource): (each.scope, each.attributes)
        for each in resources(declaration)
        if KINDS[each.resource.kind].managed
    }


def edits(documents: Documents) -> Iterator[tuple[str, Documents]]:
    """Each value of each document gone, edited, or another one that stands under the same field elsewhere."""
    for path in sorted(documents):
        if isinstance(documents[path], str):
            yield f"{path}, edited", {**documents, path: f"{documents[path]} and more\n"}
            continue
        for number, (holder, key) in enumerate(every_spot(documents[path])):
            for new in _others(documents[path], holder, key):
                edited = json.loads(json.dumps(documents))
                at, spot = list(every_spot(edited[path]))[number]
                if new is None:
                    del at[spot]
                else:
                    at[spot] = new
                yield f"{path}, {key} of {json.dumps(holder)[:60]}: {json.dumps(new)[:60]}", edited


def _others(document: Any, holder: Any, key: Any) -> Iterator[Any]:
    value = holder[key]
    yield None
    if isinstance(value, str):
        yield _OPPOSITES.get(value, f"{value}2")
    elif key == "stage_order":
        yield list(reversed(value))
    elsewhere = (held[found] for held, found in every_spot(document) if found == key and isinstance(key, str))
    yield from list({json.dumps(other): other for other in elsewhere if other != value}.values())[:3]


_OPPOSITES = {
    word: other
    for pair in (("true", "false"), ("everything", "declared"), ("git", "files"), ("anywhere", "pipeline"))
    for word, other in (pair, reversed(pair))
}


def _documents(tree: Tree) -> Documents:
    """By path; texts as they are. Recorded ids and attestations are no part of what is declared."""
    files = {path: content.decode() for path, content in tree.files.items()}
    kept = {path: text for path, text in files.items() if not path.startswith(("recorded/", "attestations/"))}
    return {path: yaml.load(text, yaml.BaseLoader) if path.endswith(".yaml") else text for path, text in kept.items()}


def _gates(declaration: Declaration) -> list[Any]:
    policy, mailchimp = declaration.policy, declaration.mailchimp
    return [
        dict(policy.limits),
        (policy.live_keys, policy.apply_from, policy.attestation_days, policy.has_all_consumers),
        declaration.root.text("ledger"),
        declaration.stage_order,
        {name: account.service_id for name, account in declaration.notify_accounts.items()},
        mailchimp and (mailchimp.account_id, mailchimp.datacentre, mailchimp.owns_everything, mailchimp.key),
        [(each.resource, each.field, each.until) for each in declaration.ignores],
        [(each.rule, each.resource, each.until) for each in declaration.waivers],
        dict(declaration.moved),
    ]


def _mailed(declaration: Declaration, mailing: Mailing) -> dict[str, Any]:
    """What each stage that it may run at makes of it."""
    of_itself = ({**mailing.source, "purpose": ""}, mailing.texts)
    return {
        stage: [
            of_itself,
            where,
            mailing.timers.get(stage),
            mailing.words_at(stage),
            *_found(declaration, mailing, stage),
        ]
        for stage, where in mailing.stages.items()
    }


def _found(declaration: Declaration, mailing: Mailing, stage: str) -> list[Any]:
    asked = [(endpoint.url(stage), endpoint.token(stage), endpoint.path) for endpoint in mailing.endpoints()]
    at, template = declaration.stages[stage], declaration.template_at(mailing.template, stage)
    if mailing.kind is MailingKind.notice and template is not None:
        service = declaration.services.get(template.account)
        answers = service.reply_to.get(mailing.source.text("reply_to"), ("",))[0] if service else ""
        domains = dict.fromkeys(at.domains or (), at.redirect_to)
        return [asked, at.key, template.id, declaration.service_id(template.account), answers, domains]
    single = declaration.single_route(mailing.audience, stage)
    words = {name: (framework.title, dict(framework.lots)) for name, framework in declaration.frameworks.items()}
    routes = {
        (framework.name, lot): (route := declaration.route(framework, lot, stage)) and str(route.resource)
        for framework in declaration.frameworks.values()
        for lot in framework.lots
    }
    is_routed = mailing.kind is MailingKind.campaign and not mailing.audience
    return [asked, single and str(single.resource), *([words, routes] if is_routed else [])]
