"""The run of an apply: gates, the lease, the changes, the verifying read, and one audit line, whatever ends it."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace

from emailops.declaration.model import Declaration
from emailops.declaration.resources import moved_ids
from emailops.engine import audit, baseline, gates, review
from emailops.engine.changes import Changes, Report, Writer, verified
from emailops.engine.create import Settled, settle
from emailops.engine.declared import valid
from emailops.engine.declared_ledger import ledger_of
from emailops.engine.last_applied import applied_after, applied_in
from emailops.engine.observe import mailchimp_key, mask, observe
from emailops.engine.plan import make
from emailops.engine.subscribers import addresses_of
from emailops.errors import EmailopsError
from emailops.kinds.mailchimp_audience import NAME as AUDIENCE
from emailops.kinds.world import Observation
from emailops.ledger import Ledger
from emailops.plan import Action, Outcome, Plan, Resource
from emailops.private import hide_all
from emailops.run import Run


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
        changes, now = _prepared(planned, declaration, run, ledger, consent, open_)
        changes.nonce, changes.stopped = nonce, stopped
        outcomes = changes.run(planned, now)
        report = Report(
            planned,
            outcomes,
            None,
            wrote=changes.wrote,
            failure=changes.over if changes.over and not changes.bug else "",
            waiting=frozenset(Resource.parse(name) for name in changes.settled.waiting),
            bug=changes.bug,
        )
        if not changes.over and not stopped():
            report = _verified(report, run, ledger)
        report = replace(report, interrupted=stopped())
        return _ended(report, changes, commit, run, consent)


def not_attempted(planned: Plan, error: Exception) -> Report:
    """The account of a run that an error, or a bug, ended before it could write."""
    outcomes = tuple(
        Outcome(change.resource, "not-attempted", "the run ended before its first write") for change in planned.managed
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
    gates.check_settings(planned, declaration, moved_ids(declaration))
    seen = observe(declaration, run)
    if _closed(declaration, ledger, seen):
        declaration = valid(run)
    settled = _settled(planned, declaration, ledger, seen)
    known = replace(declaration, ids={**declaration.ids, **settled.ids})
    if settled.ids:
        # What belongs to an audience can be read once its id is known.
        seen = observe(known, run)
    now = _plan_of(known, run, planned, seen)
    world = seen.world(AUDIENCE, _account(declaration))
    gates.check(planned, now, world.room, limits=limits, settled=settled.ids)
    writer = _writer(declaration, run, ledger, open_) if _needs_writer(planned, now) else None
    addresses, _ = addresses_of(declaration, run)
    ids = moved_ids(declaration)
    return Changes(declaration, writer, ledger, lambda: False, addresses, ids, settled=settled), now


def _settled(planned: Plan, declaration: Declaration, ledger: Ledger, seen: Observation) -> Settled:
    meant = {str(change.resource) for change in planned.managed}
    intents = {resource: intent for resource, intent in ledger.intents().items() if resource in meant}
    audiences = seen.world(AUDIENCE, _account(declaration)).objects
    return settle(intents, audiences, seen.clock, moved_ids(declaration))


def _closed(declaration: Declaration, ledger: Ledger, seen: Observation) -> bool:
    """Settle what an earlier run began and nothing declares any more; whether that gave an id.

    What came is recorded, as if its answer had not been lost: a plan then shows it, to be released or to go by its new
    name. What cannot come any more is withdrawn.
    """
    declared = {str(one.resource) for one in declaration.audiences()}
    begun = {resource: intent for resource, intent in ledger.intents().items() if resource not in declared}
    settled = settle(begun, seen.world(AUDIENCE, _account(declaration)).objects, seen.clock, declaration.ids)
    for resource, id_ in settled.ids.items():
        scope = begun[resource].scope
        ledger.record(scope if scope in declaration.scopes() else declaration.scopes()[-1], resource, id_)
    for resource in settled.over:
        ledger.withdraw(begun[resource])
    return bool(settled.ids)


def _verified(report: Report, run: Run, ledger: Ledger) -> Report:
    """What the verifying read finds; where nothing is left, the settings of this apply are noted."""
    planned = report.plan
    try:
        after = valid(run)
        left = _plan_of(after, run, planned, observe(after, run))
        report = replace(report, left=left, outcomes=verified(report.outcomes, left))
        if not left.managed and not planned.only:
            _keep_settings(planned, run, after, ledger, left)
    except EmailopsError as error:
        report = replace(report, failure=error.message)
    except Exception:  # the account of what was done comes first
        report = replace(report, bug=hide_all(traceback.format_exc()))
    return report


def _ended(report: Report, changes: Changes, commit: str, run: Run, consent: Consent) -> Report:
    """The audit line, and the lease given back; when that fails, the report says so."""
    results = ((str(one.resource), one.status) for one in report.outcomes)
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


def _account(declaration: Declaration) -> str:
    return declaration.mailchimp.account_id if declaration.mailchimp else ""


def _plan_of(declaration: Declaration, run: Run, planned: Plan, seen: Observation) -> Plan:
    """What the plan would say now, for the same scope and resources."""
    scope = planned.scopes[0] if len(planned.scopes) == 1 else None
    return make(declaration, seen, baseline.NO_BASE, run, scope=scope, only=planned.only)


def _needs_writer(planned: Plan, now: Plan) -> bool:
    resources_ = {change.resource for change in planned.managed}
    return any(c.resource in resources_ and c.action is not Action.release for c in now.managed)


def _writer(declaration: Declaration, run: Run, ledger: Ledger, open_: ExitStack) -> Writer | None:
    """Asks the ledger before each of its writes, so that none starts under a lease that is gone."""
    from emailops.providers.mailchimp import Writer as MailchimpWriter  # noqa: PLC0415 (not everyone has mailchimp3)

    declared = declaration.mailchimp
    secret, _ = mailchimp_key(declaration, run)
    if declared is None or secret is None:
        return None
    url = run.mailchimp_url(declared.datacentre)
    writer = MailchimpWriter(secret, url, declared.datacentre, mask(declaration), ledger.confirm, patience=run.patience)
    return open_.enter_context(closing(writer))


def _keep_settings(planned: Plan, run: Run, declaration: Declaration, ledger: Ledger, left: Plan) -> None:
    """Note the settings that this apply leaves: its base with the reviewed changes on it, and nothing unreviewed.

    The first apply of all has no base, and begins with what is declared; one of a single stage cannot begin.
    """
    now = baseline.table(declaration)
    applied = applied_after(applied_in(ledger.snapshot()), declaration, left)
    ref = planned.base.ref if planned.base.kind == "commit" else None
    before = baseline.find(run.state, ledger, ref).values
    if before is None:
        if len(planned.scopes) > 1:
            ledger.save_snapshot(baseline.snapshot_of(now, f"{run.now:%Y-%m-%d %H:%M} UTC", applied))
        return
    values = dict(before)
    for one in planned.settings:
        key = (one.consumer, one.stage, one.setting)
        values.pop(key, None)
        if key in now:
            values[key] = now[key]
    ledger.save_snapshot(baseline.snapshot_of(values, f"{run.now:%Y-%m-%d %H:%M} UTC", applied))
