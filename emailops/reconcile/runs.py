"""The runs that commands start: plan, apply, adopt and attest, each from reading the state to its result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from difflib import get_close_matches
from pathlib import Path

import yaml

from emailops.declaration.model import Declaration
from emailops.declaration.resources import moved_ids, resources
from emailops.errors import EmailopsError, InvalidInput, ProviderError
from emailops.kinds import KINDS, attested
from emailops.kinds.contract import World
from emailops.kinds.mailchimp_audience import NAME as AUDIENCE
from emailops.kinds.mailchimp_audience import describe
from emailops.ledger import Ledger
from emailops.ledger.files import FilesLedger
from emailops.plan import Action, Desired, Observed, Plan
from emailops.reconcile import apply as applying
from emailops.reconcile import base as bases
from emailops.reconcile.applied import applied_after, applied_in
from emailops.reconcile.apply import Applying, Report, Writer
from emailops.reconcile.base import NO_BASE
from emailops.reconcile.declared import read, valid
from emailops.reconcile.observe import mailchimp_key, mask, observe
from emailops.reconcile.plan import make
from emailops.reconcile.subscribers import addresses_of
from emailops.settings import Settings
from emailops.store import files


def ledger_of(settings: Settings) -> Ledger:
    """The ledger that the state declares; `files` is the only kind so far."""
    return FilesLedger(settings.state)


def plan(settings: Settings, *, scope: str | None = None, only: str | None = None, ref: str | None = None) -> Plan:
    """What would change. Reads the state, the base and the providers."""
    declaration = valid(settings)
    base = bases.find(settings.state, ledger_of(settings), ref)
    return make(declaration, observe(declaration, settings), base, settings, scope=scope, only=only)


def apply(planned: Plan, settings: Settings, stopped: Callable[[], bool]) -> Report:
    """Make the managed changes of a plan under the lease, then read again. Raises GateError before the first write."""
    ledger = ledger_of(settings)
    scope = planned.scopes[0] if len(planned.scopes) == 1 else None
    with ledger.lease(f"process since {settings.now:%Y-%m-%d %H:%M:%S} UTC"), ExitStack() as open_:
        declaration = valid(settings)
        applying.check_settings(planned, declaration, moved_ids(declaration))
        seen = observe(declaration, settings)
        now = make(declaration, seen, NO_BASE, settings, scope=scope, only=planned.only)
        account = declaration.mailchimp.account_id if declaration.mailchimp else ""
        applying.check(planned, now, seen.world(AUDIENCE, account).room)
        writer = _writer(declaration, settings, open_) if _needs_writer(planned, now) else None
        addresses, _ = addresses_of(declaration, settings)
        run = Applying(declaration, writer, ledger, stopped, addresses, moved_ids(declaration))
        outcomes = run.run(planned, now)
        left, failure = None, ""
        try:
            after = valid(settings)
            left = make(after, observe(after, settings), NO_BASE, settings, scope=scope, only=planned.only)
            outcomes = applying.verified(outcomes, left)
            if not left.managed and not planned.only:
                _keep_settings(planned, settings, after, ledger, left)
        except EmailopsError as error:
            failure = error.message
        return Report(planned, outcomes, left, run.wrote, interrupted=stopped(), failure=failure)


def adopt(settings: Settings, name: str, id_: str | None) -> str:
    """Record an existing audience's id for a declared resource; without one, forget one that is gone.

    Returns the sentence to print.
    """
    declaration = valid(settings)
    desired = _declared(declaration, name)
    if desired.resource.kind != AUDIENCE:
        raise InvalidInput(f"a {desired.resource.kind} is not to be adopted", f"only a {AUDIENCE} has an id to record")
    world = observe(declaration, settings).world(AUDIENCE, desired.account)
    if world.unknown:
        raise ProviderError(world.unknown, "set the key, then run it again")
    ledger = ledger_of(settings)
    with ledger.lease(f"adopt since {settings.now:%Y-%m-%d %H:%M:%S} UTC"):
        if id_ is None:
            return _forget(declaration, world, ledger, name)
        found = next((one for one in world.objects if one.id == id_), None)
        if found is None:
            raise InvalidInput(f"there is no audience {id_} in the account", "emailops plan shows what is there")
        owner = next((other for other, known in declaration.ids.items() if known == id_ and other != name), None)
        if owner:
            raise InvalidInput(f"{id_} is recorded for {owner}", "one audience is one resource")
        ledger.record(desired.scope, name, id_)
        return f"{name} is {describe(found)}. Commit recorded/{desired.scope}.yaml; emailops plan shows what differs."


def attestable(settings: Settings, names: Sequence[str]) -> tuple[Declaration, list[Desired]]:
    """Declared resources that a person can attest. Raises InvalidInput for one that nobody needs to."""
    declaration = valid(settings)
    found = [_declared(declaration, name) for name in names]
    for desired in found:
        if desired.attested is None:
            message = f"nothing of {desired.resource} is attested"
            raise InvalidInput(message, "emailops kinds says how each kind is read and changed")
    return declaration, found


def attest(settings: Settings, declaration: Declaration, found: Sequence[Desired], by: str) -> list[Path]:
    """Write the attestations of what `attestable` found. Raises InvalidInput for a handle that nobody has."""
    if by not in declaration.people:
        raise InvalidInput(f"there is no person or role {by!r}", f"name one of {', '.join(declaration.people)}")
    return [_attest(settings, desired, by) for desired in found]


def _attest(settings: Settings, desired: Desired, by: str) -> Path:
    path = settings.state / "attestations" / desired.resource.kind / f"{desired.resource.name}.yaml"
    attestation = {
        "attested": dict(desired.attested or {}),
        "by": by,
        "on": settings.today.isoformat(),
        "digest": attested.digest_of(desired),
    }
    files.write(path, yaml.safe_dump(attestation, sort_keys=False, allow_unicode=True, width=120))
    return path


def declared_resource(settings: Settings, name: str) -> Desired:
    """One declared resource, for showing."""
    return _declared(read(settings).declaration, name)


def observed(settings: Settings, desired: Desired) -> tuple[Observed | None, str]:
    """What its provider holds of a declared resource now; without it, why there is nothing to show."""
    if KINDS[desired.resource.kind].assess is None:
        return None, "no key can read it"
    declaration = read(settings).declaration
    world = observe(declaration, settings).world(desired.resource.kind, desired.account)
    id_ = desired.id or moved_ids(declaration).get(str(desired.resource))
    for one in world.objects:
        if one.id == id_ or (not one.id and one.name == desired.resource.name):
            return one, ""
    return None, world.unknown or world.partly or "it is not there"


def _declared(declaration: Declaration, name: str) -> Desired:
    found = next((one for one in resources(declaration) if str(one.resource) == name), None)
    if found is None:
        known = [str(one.resource) for one in resources(declaration)]
        close = get_close_matches(name, known, n=1)
        remedy = f"did you mean {close[0]}?" if close else "see what is declared"
        raise InvalidInput(f"there is no resource {name!r}", remedy)
    return found


def _forget(declaration: Declaration, world: World, ledger: Ledger, name: str) -> str:
    recorded = moved_ids(declaration).get(name)
    if recorded is None:
        raise InvalidInput(f"no id is recorded for {name}", "the next plan creates it already")
    if any(one.id == recorded for one in world.objects):
        raise InvalidInput(f"{recorded} is still in the account", "only an id that is gone can be given up")
    for one, id_ in declaration.ids.items():
        if id_ == recorded:
            ledger.forget(one)
    return f"{recorded} is forgotten. Commit recorded/; the next plan creates {name}."


def _needs_writer(planned: Plan, now: Plan) -> bool:
    resources_ = {change.resource for change in planned.managed}
    return any(c.resource in resources_ and c.action is not Action.release for c in now.managed)


def _writer(declaration: Declaration, settings: Settings, open_: ExitStack) -> Writer | None:
    from emailops.providers.mailchimp import Writer as MailchimpWriter  # noqa: PLC0415 (not everyone has mailchimp3)

    declared = declaration.mailchimp
    secret, _ = mailchimp_key(declaration, settings)
    if declared is None or secret is None:
        return None
    url = settings.mailchimp_url(declared.datacentre)
    writer = MailchimpWriter(secret, url, declared.datacentre, mask(declaration))
    return open_.enter_context(closing(writer))


def _keep_settings(planned: Plan, settings: Settings, declaration: Declaration, ledger: Ledger, left: Plan) -> None:
    """Note the settings that this apply leaves: its base with the reviewed changes on it, and nothing unreviewed.

    The first apply of all has no base, and begins with what is declared; one of a single stage cannot begin.
    """
    now = bases.table(declaration)
    applied = applied_after(applied_in(ledger.snapshot()), declaration, left)
    ref = planned.base.ref if planned.base.kind == "commit" else None
    before = bases.find(settings.state, ledger, ref).values
    if before is None:
        if len(planned.scopes) > 1:
            ledger.save_snapshot(bases.snapshot_of(now, f"{settings.now:%Y-%m-%d %H:%M} UTC", applied))
        return
    values = dict(before)
    for one in planned.settings:
        key = (one.consumer, one.stage, one.setting)
        values.pop(key, None)
        if key in now:
            values[key] = now[key]
    ledger.save_snapshot(bases.snapshot_of(values, f"{settings.now:%Y-%m-%d %H:%M} UTC", applied))
