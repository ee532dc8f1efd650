"""The run of an apply: gates, the lease, the changes, the verifying read, and one audit line, whatever ends it."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace

from emailops.declaration.model import Declaration
from emailops.declaration.moved import moved_ids
from emailops.declaration.reviewed import DeclaredFact, facts
from emailops.engine import audit, baseline, gates, review
from emailops.engine.changes import Changes, Report, Writer, verified
from emailops.engine.create import Recovered, recover
from emailops.engine.declared import valid
from emailops.engine.declared_ledger import declares_git, ledger_of
from emailops.engine.last_applied import applied_after, applied_in
from emailops.engine.observe import mailchimp_key, mask, observe
from emailops.engine.plan import make
from emailops.engine.subscribers import addresses_of
from emailops.errors import EmailopsError
from emailops.kinds import KINDS, resources
from emailops.kinds.world import Observation, World
from emailops.ledger import Ledger
from emailops.ledger.notes import Intent
from emailops.plan import Action, Outcome, OutcomeStatus, Plan
from emailops.private import hide_all
from emailops.resource import Resource
from emailops.run import Run
from emailops.store import git


@dataclass(frozen=True, slots=True)
class Consent:
    """What whoever applies adds to the plan, each with the reason: limits lifted, and an older state put back.

    `approver` is who approved it, `break_glass` why its author may.
    """

    lifted: Mapping[str, str] = field(default_factory=dict)
    rollback: str = ""
    approver: str = ""
    break_glass: str = ""


def apply(planned: Plan, run: Run, stopped: Callable[[], bool], consent: Consent | None = None) -> Report:
    """Make the managed changes of a plan under the lease, then read again. Raises GateError before the first write."""
    consent = consent or Consent()
    ledger = ledger_of(run)
    gates.check_moved(run, consent.rollback)
    with ledger.lease(run.holder) as nonce, ExitStack() as open_:
        commit = gates.check_moved(run, consent.rollback)
        review.check_approver(planned, run, ledger.log(), consent.approver, consent.break_glass)
        declaration = valid(run)
        changes, current = _prepared(planned, declaration, run, ledger, consent, open_)
        changes.nonce, changes.stopped = nonce, stopped
        outcomes = changes.run(planned, current)
        report = Report(
            planned,
            outcomes,
            None,
            wrote=changes.wrote,
            failure=changes.ended if changes.ended and not changes.bug else "",
            waiting=frozenset(Resource.parse(name) for name in changes.recovered.waiting),
            bug=changes.bug,
        )
        if not changes.ended and not stopped():
            report = _verified(report, run, ledger)
        report = replace(report, interrupted=stopped())
        return _ended(report, changes, commit, run, consent)


def not_attempted(planned: Plan, error: Exception) -> Report:
    """The account of a run that an error, or a bug, ended before it could write."""
    outcomes = tuple(
        Outcome(change.resource, OutcomeStatus.not_attempted, "the run ended before its first write")
        for change in planned.managed
    )
    if isinstance(error, EmailopsError):
        return Report(planned, outcomes, None, failure=error.message)
    return Report(planned, outcomes, None, bug=type(error).__name__)


def _prepared(
    planned: Plan,
    declaration: Declaration,
    run: Run,
    ledger: Ledger,
    consent: Consent,
    open_: ExitStack,
) -> tuple[Changes, Plan]:
    """Everything read again and through the gates."""
    gates.check_pipeline(declaration, run)
    limits = gates.limits_left(declaration, consent.lifted)
    gates.check_declared(planned, declaration, moved_ids(declaration))
    seen = observe(declaration, run)
    if _closed(declaration, ledger, seen):
        declaration = valid(run)
    recovered = _recovered(planned, declaration, ledger, seen)
    known = replace(declaration, ids={**declaration.ids, **recovered.ids})
    if recovered.ids:
        # A test subscriber or a merge field can only be read once the id of its audience is known.
        seen = observe(known, run)
    current = _plan_of(known, run, planned, seen)
    gates.check(planned, current, gates.rooms(seen), limits=limits, recovered=recovered.ids)
    writer = _writer(declaration, run, ledger, open_) if _needs_writer(planned, current) else None
    addresses, _ = addresses_of(declaration, run)
    ids = moved_ids(declaration)
    return Changes(declaration, writer, ledger, lambda: False, addresses, ids, recovered=recovered), current


def _recovered(planned: Plan, declaration: Declaration, ledger: Ledger, seen: Observation) -> Recovered:
    meant = {str(change.resource) for change in planned.managed}
    intents = {resource: intent for resource, intent in ledger.intents().items() if resource in meant}
    return _recover(intents, seen, moved_ids(declaration))


def _recover(intents: Mapping[str, Intent], seen: Observation, ids: Mapping[str, str]) -> Recovered:
    """What became of each intent, by what was observed of its kind."""
    recovered = Recovered()
    for name, kind in KINDS.items():
        of_kind = {resource: intent for resource, intent in intents.items() if resource.startswith(f"{name}/")}
        if of_kind and kind.recorded:
            worlds = seen.worlds_of(name) or (World(),)
            objects = [held for world in worlds for held in world.objects]
            clocks = [world.clock for world in worlds if world.clock is not None]
            recovered |= recover(of_kind, objects, min(clocks, default=None), ids)
    return recovered


def _closed(declaration: Declaration, ledger: Ledger, seen: Observation) -> bool:
    """Settle what an earlier run began and nothing declares any more; whether that gave an id.

    What came is recorded, as if its answer had not been lost: a plan then shows it, to be released or to go by its new
    name. What cannot come any more is withdrawn.
    """
    declared = {str(desired.resource) for desired in resources(declaration)}
    begun = {resource: intent for resource, intent in ledger.intents().items() if resource not in declared}
    recovered = _recover(begun, seen, declaration.ids)
    for resource, id_ in recovered.ids.items():
        scope = begun[resource].scope
        ledger.record(scope if scope in declaration.scopes() else declaration.scopes()[-1], resource, id_)
    for resource in recovered.lapsed:
        ledger.withdraw(begun[resource])
    return bool(recovered.ids)


def _verified(report: Report, run: Run, ledger: Ledger) -> Report:
    """What the verifying read finds; where nothing is left, what this apply leaves declared is noted."""
    planned = report.plan
    try:
        after = valid(run)
        left = _plan_of(after, run, planned, observe(after, run))
        report = replace(report, left=left, outcomes=verified(report.outcomes, left))
        if not left.managed and not planned.only:
            _keep_facts(planned, run, after, ledger, left)
    except EmailopsError as error:
        report = replace(report, failure=error.message)
    except Exception:  # the account of what was done comes first
        report = replace(report, bug=hide_all(traceback.format_exc()))
    return report


def _ended(report: Report, changes: Changes, commit: str, run: Run, consent: Consent) -> Report:
    """The audit line, and the lease given back; when that fails, the report says so."""
    results = ((str(outcome.resource), outcome.status) for outcome in report.outcomes)
    whole = {
        **audit.line(run, "apply", changes.nonce, _how(report), commit, results, changes.given),
        "change": report.plan.change,
        "digest": report.plan.digest,
        "lifted": dict(consent.lifted),
        "rollback": consent.rollback,
        "approved_by": consent.approver.partition("@")[0],
        "break_glass": consent.break_glass,
        "requests": _write_ids(changes.writer),
        "exit": int(report.exit_code),
    }
    try:
        changes.ledger.end(whole)
    except EmailopsError as error:
        said = f"{error.message}; {error.remedy}"
        report = replace(report, failure=f"{report.failure}; {said}" if report.failure else said)
    return replace(report, run=whole)


def _write_ids(writer: Writer | None) -> list[str]:
    """The provider's own ids of the requests that wrote."""
    return [id_ for id_ in writer.request_ids if not id_.startswith("GET")] if writer else []


def _how(report: Report) -> str:
    if report.bug:
        return "by a bug"
    if report.interrupted:
        return "interrupted"
    if report.failure:
        return report.failure
    return "converged" if report.converged else "with something left"


def _plan_of(declaration: Declaration, run: Run, planned: Plan, seen: Observation) -> Plan:
    """What the plan would say now, for the same scope and resources."""
    scope = planned.scopes[0] if len(planned.scopes) == 1 else None
    return make(declaration, seen, baseline.NO_BASE, run, scope=scope, only=planned.only)


def _needs_writer(planned: Plan, current: Plan) -> bool:
    return any(change.action is not Action.release for change in gates.to_make(planned, current))


def _writer(declaration: Declaration, run: Run, ledger: Ledger, open_: ExitStack) -> Writer | None:
    """Asks the ledger before each of its writes, so that none starts under a lease that is gone."""
    from emailops.providers.mailchimp import MailchimpWriter  # noqa: PLC0415 (not everyone has mailchimp3)

    declared = declaration.mailchimp
    secret, _ = mailchimp_key(declaration, run)
    if declared is None or secret is None:
        return None
    url = run.mailchimp_url(declared.datacentre)
    writer = MailchimpWriter(secret, url, declared.datacentre, mask(declaration), ledger.confirm, patience=run.patience)
    return open_.enter_context(closing(writer))


def _keep_facts(planned: Plan, run: Run, declaration: Declaration, ledger: Ledger, left: Plan) -> None:
    """Note what this apply leaves declared: its base with the reviewed changes on it, and nothing unreviewed.

    The first apply of all has no base, and begins with what is declared; one of a single stage cannot begin.
    """
    now = facts(declaration)
    applied = applied_after(applied_in(ledger.snapshot()), declaration, left)
    ref = planned.base.ref if planned.base.kind == "commit" else None
    before = baseline.find(run.git, ledger, ref).facts
    found = dict(now if before is None else before)
    if before is None and len(planned.scopes) == 1:
        return
    for change in planned.declared:
        fact = DeclaredFact(change.sort, change.subject, change.stage, change.name)
        found.pop(fact, None)
        if fact in now:
            found[fact] = now[fact]
    # With files as the ledger, what was applied need not be what was committed.
    commit = git.head(run.git) if found == now and declares_git(run) else ""
    ledger.save_snapshot(baseline.snapshot_of(found, f"{run.now:%Y-%m-%d %H:%M} UTC", applied, commit=commit))
