"""`leaver` and `starter`: what the state says of a person, and what people do beside it. Handles only."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from emailops.declaration.model import Declaration
from emailops.declaration.names import require
from emailops.declaration.people import Named, Role, has_left, named_people
from emailops.declaration.vocabulary import KeyKind
from emailops.errors import InvalidInput, UsageError
from emailops.kinds import leaver
from emailops.kinds.contract import NOTIFY_PAGES
from emailops.run import Run
from emailops.tasks.state_draft import StateDraft

_OWNED = (Role.key_owner, Role.waiver_owner)
_LISTED = (Role.guest, Role.member, Role.subscriber)


@dataclass(frozen=True, slots=True)
class Checklist:
    """What was written in the state, line by line, and what people do next, as (what to do, with what)."""

    handle: str
    changed: tuple[str, ...]
    written: tuple[str, ...]
    steps: tuple[tuple[str, str], ...]


def leave(run: Run, handle: str, heir: str) -> Checklist:
    """Take someone out of everything that the state says; what they own gets `heir`. Attestations stay theirs.

    Raises InvalidInput before anything is written.
    """
    draft = StateDraft.of(run)
    require("person or role", handle, draft.declaration.people)
    lost = list(_lost(draft.declaration, handle))
    changed = [*_given_on(draft, handle, heir), *_taken_off(draft, handle)]
    if not has_left(draft.declaration, handle):
        draft.put_in("people", (handle, "left"), True)
        draft.judge()
        changed.append(f"{handle} has left")
    return Checklist(handle, tuple(changed), draft.write(), tuple(_after_leaving(draft.declaration, handle, lost)))


def start(run: Run, handle: str, role: str, accounts: Sequence[str]) -> Checklist:
    """Declare someone, and put them into the teams of these Notify services. Raises InvalidInput."""
    draft = StateDraft.of(run)
    for account in accounts:
        require("Notify service", account, draft.declaration.notify_accounts)
    changed = []
    if handle not in draft.declaration.people:
        draft.put_entry("people", handle, {"role": role})
        draft.judge()
        changed.append(f"{handle} is declared: {role}")
    elif has_left(draft.declaration, handle):
        raise InvalidInput(f"{handle} is declared to have left", "give the new person another handle")
    for account in accounts:
        if account not in draft.declaration.services:
            raise InvalidInput(f"the state says nothing of the team of {account}", f"write notify: {account}: team: []")
        team = [*draft.declaration.services[account].source.items_at("team").texts()]
        if handle not in team:
            draft.put_in("notify", (account, "team"), [*team, handle])
            draft.judge()
            changed.append(f"{handle} is in the team of {account}")
    steps = tuple(_after_starting(draft.declaration, handle, accounts))
    return Checklist(handle, tuple(changed), draft.write(), steps)


def _lost(declaration: Declaration, handle: str) -> Iterator[str]:
    """The live keys that someone could have read: those of services whose members they were, and those they owned."""
    named = [entry for entry in named_people(declaration) if entry.handle == handle]
    services = {entry.subject.partition("/")[2] for entry in named if entry.role is Role.member}
    owned = {entry.subject.partition("/")[2] for entry in named if entry.role is Role.key_owner}
    for key in declaration.keys.values():
        may_be_live = key.kind in (KeyKind.live, KeyKind.unknown) or key.account == "mailchimp"
        if may_be_live and not key.is_revoked and (key.account in services or key.name in owned):
            yield key.name


def _given_on(draft: StateDraft, handle: str, heir: str) -> Iterator[str]:
    owned = _named(draft.declaration, handle, _OWNED)
    if owned and not heir:
        what = ", ".join(dict.fromkeys(entry.subject for entry in owned))
        raise UsageError(f"{handle} owns {what}", f"emailops leaver {handle} --to HANDLE")
    if owned:
        require("person or role", heir, draft.declaration.people)
        if heir == handle or has_left(draft.declaration, heir):
            raise InvalidInput(f"{heir} has left, too", "name someone who is here")
    # One after the other, since an edit moves what stands behind it.
    while left := _named(draft.declaration, handle, _OWNED):
        draft.put_at(left[0].place, heir)
        draft.judge()
    for entry in owned:
        yield f"{entry.subject} belongs to {heir}"


def _taken_off(draft: StateDraft, handle: str) -> Iterator[str]:
    while listed := _named(draft.declaration, handle, _LISTED):
        draft.drop_at(listed[0].whole or listed[0].place)
        yield f"{listed[0].subject} is without {handle}"


def _named(declaration: Declaration, handle: str, roles: Collection[Role]) -> list[Named]:
    return [entry for entry in named_people(declaration) if entry.handle == handle and entry.role in roles]


def _after_leaving(declaration: Declaration, handle: str, lost: Sequence[str]) -> Iterator[tuple[str, str]]:
    for account in declaration.notify_accounts.values():
        yield "remove", f"{handle} from the team, in {NOTIFY_PAGES}/{account.service_id}/users"
        yield "revoke", f"every key of theirs, in {NOTIFY_PAGES}/{account.service_id}/api/keys"
    if declaration.mailchimp is not None:
        yield "remove", f"{handle} from the users, in https://admin.mailchimp.com/account/users/"
    yield "remove", f"{handle} from the file that EMAILOPS_PEOPLE names"
    yield "attest", f"emailops attest {leaver.NAME}/{handle}"
    for key in lost:
        yield "consider", f"emailops rotate {key}: {handle} could read it"


def _after_starting(declaration: Declaration, handle: str, accounts: Sequence[str]) -> Iterator[tuple[str, str]]:
    yield "add", f"their address under {handle}, to the file that EMAILOPS_PEOPLE names"
    for account in accounts:
        yield "invite", f"them, in {NOTIFY_PAGES}/{declaration.service_id(account)}/users"
        yield "attest", f"emailops attest notify-team/{account}, once they have said yes"
    if declaration.mailchimp is not None:
        yield "invite", "them in https://admin.mailchimp.com/account/users/, if they work on audiences or campaigns"
    yield "tell", "them: emailops local-env CONSUMER --own-key"
