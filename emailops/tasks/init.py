"""`init`: a first state from what a Notify key can read; whatever nobody could know stays undeclared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from textwrap import indent
from typing import Any

from emailops.declaration.names import name_for
from emailops.engine.declared import judged
from emailops.errors import InvalidInput
from emailops.private import mask_strangers
from emailops.providers.notify import service_of
from emailops.resource import Observed
from emailops.run import Run
from emailops.store import files
from emailops.store.edits import flow
from emailops.store.tree import ROOT, Tree, read_directory
from emailops.tasks import editor_schemas, service_templates
from emailops.tasks.import_mailchimp import account_behind

SIMULATOR = "success@simulator.amazonses.com"
"""An address that accepts mail and keeps none."""
_NO_ACCOUNTS = ("mailchimp", "null")
_ON_A_MACHINE = ("development", "local")


@dataclass(frozen=True, slots=True)
class Answers:
    """What only people know. References name where a secret is read, never the secret; one of the two is there.

    `no_redirect` is why nothing is redirected, where that is so.
    """

    service: str
    notify_key: str | None
    stages: tuple[str, ...]
    redirect_to: str = SIMULATOR
    no_redirect: str | None = None
    mailchimp_key: str | None = None


@dataclass(frozen=True, slots=True)
class Begun:
    """What was written; `unwritten` are templates whose text was not, and why."""

    lines: int
    texts: int
    templates: int
    unwritten: Mapping[str, str]


def is_there(run: Run) -> bool:
    """Whether a state is declared already; texts of templates alone declare nothing."""
    return bool(_files(run))


def refuse_what_is_there(run: Run) -> None:
    """Raises InvalidInput where a state is declared already."""
    if there := _files(run):
        path = ROOT if ROOT in there else there[0]
        message = f"there is already a declared state: {run.state / path}"
        raise InvalidInput(message, "edit it, or begin in another folder: --state DIR")


def begin(run: Run, answers: Answers) -> Begun:
    """Read the service's templates; write emailops.yaml and their texts. Raises InvalidInput before anything is.

    Without a key of Notify it begins a state of Mailchimp alone.
    """
    refuse_what_is_there(run)
    service_id, templates = "", dict[str, Observed]()
    if answers.notify_key:
        key = service_templates.given(run, answers.notify_key)
        service_id = service_of(key)
        templates = service_templates.named(service_templates.held(run, key, service_id))
    mailchimp = answers.mailchimp_key
    account = account_behind(run, service_templates.given(run, mailchimp)) if mailchimp else None
    root = _root(answers, service_id, templates, account, run.today)
    texts, unwritten = service_templates.texts(templates, mask_strangers((), [answers.redirect_to]))
    _check({ROOT: root, **texts}, run)
    for path, content in {**texts, ROOT: root}.items():
        files.write(run.state / path, content)
    editor_schemas.write_beside(run.state)
    return Begun(root.count("\n"), len(texts), len(templates), unwritten)


def _files(run: Run) -> list[str]:
    return [path for path in read_directory(run.state).files if path.endswith(".yaml")]


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
    accounts = keys = ""
    base, stage = "stages:\n", _stage_without_base
    if answers.notify_key:
        account = name_for(answers.service, _NO_ACCOUNTS, "notify").lower()
        accounts = f"  notify:\n    {account}: {{service_id: {service_id}}}\n"
        key = _KEY.format(what="its templates", secret=answers.notify_key)
        keys = f"  notify:\n    account: {account}\n{_KIND}{key}"
        if answers.no_redirect is not None:
            base = f"policy:\n  redirect: {flow({'none': answers.no_redirect})}\nstages:\n"
        else:
            base, stage = _BASE.format(to=flow(answers.redirect_to)), _stage
    if mailchimp is not None:
        accounts += f"  mailchimp: {flow({**mailchimp, 'key': 'mailchimp'})}\n"
        keys += "  mailchimp:\n    account: mailchimp\n" + _KEY.format(what="the account", secret=answers.mailchimp_key)
    stages = "".join(f"  {name}: {stage(name)}\n" for name in answers.stages)
    lines = [
        editor_schemas.LINE,
        "# Begun by emailops init, yours to edit. What does not stand here is not managed.\n",
        f"format: 1\nservice: {flow(answers.service)}\nstage_order: {flow(list(answers.stages))}\n",
        f"accounts:\n{accounts}",
        base,
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


def _stage_without_base(name: str) -> str:
    return flow({"deployed": name not in _ON_A_MACHINE})


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
