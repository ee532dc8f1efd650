"""Why a reviewer should look twice at a declared fact that changes: a safeguard goes, or something new is reached."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from emailops.declaration.reviewed import MAY_RUN, NO_REDIRECT, DeclaredFact, host_of, is_repository
from emailops.declaration.vocabulary import ApplyFrom, KeyKind
from emailops.plan import Sort
from emailops.resource import PRODUCTION

_LOOSENED_BY_MORE = frozenset({"live_keys", "attestation_days"})


def unsafe(fact: DeclaredFact, before: Any, after: Any, known_hosts: Iterable[str], keys: Mapping[str, Any]) -> str:
    """Why a reviewer should look twice: a safeguard goes, or something new can be reached. Empty for most changes."""
    if is_repository(fact) and after is not None and host_of(after) not in known_hosts:
        return f"{host_of(after)} is a new host: files would be cloned from it and pushed to it"
    if fact.sort is Sort.secret:
        return _unsafe_key(fact, after, keys)
    judge = _UNSAFE.get(fact.sort)
    return judge(fact, before, after) if judge else ""


def _unsafe_key(fact: DeclaredFact, after: Any, keys: Mapping[str, Any]) -> str:
    key = keys.get(str(after))
    if key is None or fact.stage == PRODUCTION:
        return ""
    if key.kind is KeyKind.live:
        return f"{fact.stage} would hold a live key, which mails anybody"
    if key.stages and fact.stage not in key.stages:
        return f"the key {key.name} is not for {fact.stage}"
    return ""


def _unsafe_consumer(fact: DeclaredFact, before: Any, after: Any) -> str:
    if fact.name == "allow" and after:
        return "a file would be written to a path that a CI, Git or SSH obeys"
    if fact.name == "unredirected" and set(after or ()) - set(before or ()):
        return "mail would go to its very recipient, whatever the stage redirects"
    return ""


def _unsafe_template(fact: DeclaredFact, before: Any, after: Any) -> str:
    is_another = fact.name == "id" and before is not None and after is not None
    again = "mail gets other references with the new id: a mailing that is resumed would mail everybody again"
    return again if is_another else ""


def _unsafe_use(fact: DeclaredFact, before: Any, after: Any) -> str:
    gone = sorted(set(before or ()) - set(after or ())) if fact.name == "redirects" else []
    return f"what is mailed to {', '.join(gone)} would go out" if gone else ""


def _unsafe_stage(fact: DeclaredFact, before: Any, _: Any) -> str:
    is_new = fact.name == NO_REDIRECT and before is None
    return "mail to addresses that tests make up would go out" if is_new else ""


def _unsafe_exception(fact: DeclaredFact, _: Any, after: Any) -> str:
    if after is None:
        return ""
    return "a rule may be broken" if fact.sort is Sort.waiver else "a difference is hidden"


def _unsafe_policy(fact: DeclaredFact, before: Any, after: Any) -> str:
    name = fact.name
    if before is None:
        return ""
    if after is None:
        return "a safeguard goes"
    if name == "apply_from":
        return "an apply would no longer need the pipeline" if after != ApplyFrom.pipeline else ""
    is_number = str(before).isdecimal() and str(after).isdecimal()
    loosened = is_number and (name in _LOOSENED_BY_MORE or name.startswith("limits.")) and int(after) > int(before)
    return "a limit is raised" if loosened else ""


def _unsafe_mailing(fact: DeclaredFact, before: Any, after: Any) -> str:
    """A new host of a source is handed a token; whoever may run a mailing of production mails everybody."""
    new = sorted(_hosts_in(after) - _hosts_in(before))
    if new:
        return f"{', '.join(new)} would be asked for recipients, with the source's token"
    if fact.name == MAY_RUN and fact.stage == PRODUCTION and after == ApplyFrom.anywhere:
        return "whoever has the key may send it to everybody, from anywhere"
    return ""


def _hosts_in(value: Any) -> set[str]:
    """The hosts of all sources in the value of a field."""
    if isinstance(value, dict):
        urls = value.get("url")
        named = urls.values() if isinstance(urls, dict) else [urls] if isinstance(urls, str) else []
        return {host_of(url) for url in named}.union(*map(_hosts_in, value.values()))
    return set().union(*map(_hosts_in, value)) if isinstance(value, list) else set()


_UNSAFE: dict[Sort, Callable[[DeclaredFact, Any, Any], str]] = {
    Sort.consumer: _unsafe_consumer,
    Sort.template: _unsafe_template,
    Sort.use: _unsafe_use,
    Sort.stage: _unsafe_stage,
    Sort.waiver: _unsafe_exception,
    Sort.ignore: _unsafe_exception,
    Sort.policy: _unsafe_policy,
    Sort.mailing: _unsafe_mailing,
}
