"""`init`: a first state from what a Notify key can read; whatever nobody could know stays undeclared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from textwrap import indent
from typing import Any

from emailops.declaration.build import content_of
from emailops.declaration.names import name_for
from emailops.declaration.vocabulary import TemplateType, word
from emailops.engine.declared import judged
from emailops.errors import InvalidInput
from emailops.private import Mask, Secret, hide_secrets, mask_strangers
from emailops.providers.notify import NotifyReader, service_of
from emailops.resource import Observed
from emailops.run import Run
from emailops.store import files
from emailops.store.edits import flow
from emailops.store.tree import ROOT, Tree, read_directory
from emailops.tasks.import_mailchimp import account_behind

SIMULATOR = "success@simulator.amazonses.com"
"""An address that accepts mail and keeps none."""
_NO_ACCOUNTS = ("mailchimp", "null")
_ON_A_MACHINE = ("development", "local")


@dataclass(frozen=True, slots=True)
class Answers:
    """What only people know. References name where a secret is read, never the secret."""

    service: str
    notify_key: str
    stages: tuple[str, ...]
    redirect_to: str
    mailchimp_key: str | None = None


@dataclass(frozen=True, slots=True)
class Begun:
    """What was written; `unwritten` are templates whose text was not, and why."""

    lines: int
    texts: int
    templates: int
    unwritten: Mapping[str, str]


def refuse_what_is_there(run: Run) -> None:
    """Raises InvalidInput where a state is declared already; texts of templates alone declare nothing."""
    there = [path for path in read_directory(run.state).files if path.endswith(".yaml")]
    if there:
        path = ROOT if ROOT in there else there[0]
        message = f"there is already a declared state: {run.state / path}"
        raise InvalidInput(message, "edit it, or begin in another folder: --state DIR")


def begin(run: Run, answers: Answers) -> Begun:
    """Read the service's templates; write emailops.yaml and their texts. Raises InvalidInput before anything is."""
    refuse_what_is_there(run)
    service_id, observed = _templates(run, answers.notify_key)
    mailchimp = answers.mailchimp_key
    account = account_behind(run, _secret(run, mailchimp)) if mailchimp else None
    templates = _named(observed)
    root = _root(answers, service_id, templates, account, run.today)
    texts, unwritten = _texts(templates, mask_strangers((), [answers.redirect_to]))
    _check({ROOT: root, **texts}, run)
    for path, content in {**texts, ROOT: root}.items():
        files.write(run.state / path, content)
    return Begun(root.count("\n"), len(texts), len(templates), unwritten)


def _templates(run: Run, reference: str) -> tuple[str, tuple[Observed, ...]]:
    key = _secret(run, reference)
    service_id = service_of(key)
    with closing(NotifyReader(key, run.notify_url, service_id, None, patience=run.patience)) as reader:
        return service_id, reader.templates()


def _secret(run: Run, reference: str) -> Secret:
    secret, reason = run.secret(reference)
    if secret is None:
        remedy = "export it as NOTIFY_KEY or MAILCHIMP_KEY; any other name has to stand in EMAILOPS_SECRETS"
        raise InvalidInput(f"no key: {reason}", remedy)
    return secret


def _named(observed: Iterable[Observed]) -> dict[str, Observed]:
    """By the name that each gets here; the oldest has the first choice."""
    named: dict[str, Observed] = {}
    for template in sorted(observed, key=lambda template: (template.created, template.id)):
        named[name_for(hide_secrets(template.name), named, "template")] = template
    return dict(sorted(named.items()))


def _texts(templates: Mapping[str, Observed], mask: Mask) -> tuple[dict[str, str], dict[str, str]]:
    """(texts by path, why not by template)."""
    texts, unwritten = {}, {}
    for name, template in templates.items():
        subject, body = str(template.attributes.get("subject", "")), str(template.attributes["body"])
        content = content_of(word(TemplateType, template.attributes["type"]), subject, body)
        if content is None:
            unwritten[name] = "it has no plain form"
        elif hide_secrets(content) != content:
            unwritten[name] = "it holds what looks like a secret"
        elif mask(content) != content:
            unwritten[name] = "it holds an address that may be a person's"
        else:
            texts[f"templates/{name}.md"] = content
    return texts, unwritten


def _check(written: Mapping[str, str], run: Run) -> None:
    """That all of it is a valid state, and that no file of somebody's is in the way."""
    for path, content in written.items():
        there = run.state / path
        if there.exists() and there.read_bytes() != content.encode():
            raise InvalidInput(f"{there} is there already, and says something else", "remove it, or --state DIR")
    tree = read_directory(run.state) if run.state.is_dir() else Tree()
    tree.files.update({path: content.encode() for path, content in written.items()})
    found = judged(tree, run).findings
    wrong = [f"{finding.path}:{finding.line}: {finding.message}; {finding.remedy}" for finding in found]
    if wrong:
        raise InvalidInput(f"this makes no valid state: {wrong[0]}", "nothing was written; answer differently")


def _root(
    answers: Answers,
    service_id: str,
    templates: Mapping[str, Observed],
    mailchimp: Mapping[str, Any] | None,
    today: date,
) -> str:
    account = name_for(answers.service, _NO_ACCOUNTS, "notify").lower()
    accounts = f"  notify:\n    {account}: {{service_id: {service_id}}}\n"
    key = _KEY.format(what="its templates", secret=answers.notify_key)
    keys = f"  notify:\n    account: {account}\n{_KIND}{key}"
    if mailchimp is not None:
        accounts += f"  mailchimp: {flow({**mailchimp, 'key': 'mailchimp'})}\n"
        keys += "  mailchimp:\n    account: mailchimp\n" + _KEY.format(what="the account", secret=answers.mailchimp_key)
    stages = "".join(f"  {stage}: {_stage(stage)}\n" for stage in answers.stages)
    lines = [
        "# Begun by emailops init, yours to edit. What does not stand here is not managed.\n",
        f"format: 1\nservice: {flow(answers.service)}\nstage_order: {flow(list(answers.stages))}\n",
        f"accounts:\n{accounts}",
        _BASE.format(to=flow(answers.redirect_to)),
        stages,
        f"people:\n  developers: {flow({'role': f'develops and runs {answers.service}', 'since': today})}\n",
        f"keys: # where each is read, never the key; a stage gets its own with notify: {{key: NAME}}\n{keys}",
    ]
    if templates:
        lines.append("templates: # the text of each stands in templates/NAME.md\n")
        lines += [indent(f"{flow(name)}: {flow(_template(template))}\n", "  ") for name, template in templates.items()]
    return "".join(lines)


def _stage(name: str) -> str:
    return "{deployed: false}" if name in _ON_A_MACHINE else "{extends: _deployed}"


def _template(template: Observed) -> dict[str, Any]:
    return {"id": template.id, "type": template.attributes["type"], "version": template.attributes["version"]}


_KIND = "    kind: unknown # live, team or test: Notify shows it to people only\n"
_KEY = """\
    stages: []
    owner: developers
    purpose: emailops reads {what} with it
    created: unknown
    kept: unknown
    secret: {secret}
"""
_BASE = """\
stages:
  _deployed:
    deployed: true
    redirect: # mail to these domains goes to one address that keeps none
      to: {to}
      domains: {{example.com: addresses that tests make up}}
"""
