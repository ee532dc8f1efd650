"""What people have to do, from the declaration and the day alone: one list, the overdue first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from emailops.declaration.model import Declaration
from emailops.declaration.moved import attestations
from emailops.declaration.people import Role, has_left, named_people
from emailops.declaration.vocabulary import Contact
from emailops.kinds import KINDS, notify_guest_list, notify_key, resources
from emailops.kinds.attested import AttestationState, Standing, standing
from emailops.questions import rotation
from emailops.resource import Place

SOON = timedelta(days=30)
"""How long before its day a thing comes onto the list."""
NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing for a person to do. `due` is None for what has no day; `owner` is a handle, or nobody."""

    due: date | None
    owner: str
    what: str
    why: str
    resource: str
    place: Place
    command: str = ""


def todo(declaration: Declaration, today: date) -> tuple[Todo, ...]:
    """Everything that is due within a month; what has no day comes last."""
    found = [entry for source in _SOURCES for entry in source(declaration, today)]
    due = [entry for entry in found if entry.due is None or entry.due - today <= SOON]
    return tuple(sorted(due, key=lambda entry: (entry.due or date.max, entry.resource, entry.what)))


class TimedMailing(NamedTuple):
    """A mailing that the job begins by itself at a stage: `when` is its cron line, in UTC."""

    mailing: str
    stage: str
    when: str


def timed(declaration: Declaration) -> tuple[TimedMailing, ...]:
    """What runs when, with nothing for anybody to do."""
    return tuple(
        TimedMailing(name, stage, mailing.timers[stage].text)
        for name, mailing in declaration.mailings.items()
        for stage in declaration.stage_order
        if stage in mailing.timers
    )


def _attestations(declaration: Declaration, today: date) -> Iterator[Todo]:
    """What was never attested, or changed since, is due today; the rest on the last day on which it counts.

    A key is its owner's; anything else is for whoever attested it last.
    """
    made = attestations(declaration)
    for desired in resources(declaration):
        words = KINDS[desired.resource.kind].attested
        if words is None or desired.attested is None:
            continue
        name = str(desired.resource)
        held = standing(desired, made.get(name), declaration.policy.attestation_days, today)
        last = held.attestation.by if held.attestation else ""
        yield Todo(
            held.expires if held.state in _DATED and held.expires else today,
            _owner(declaration, desired.owner or last, today),
            _to_attest(held),
            words.why,
            name,
            desired.place,
            f"emailops attest {name}",
        )


_DATED = (AttestationState.attested, AttestationState.expired)


_DATED = (AttestationState.attested, AttestationState.expired)


def _to_attest(held: Standing) -> str:
    return {
        AttestationState.attested: f"look again and attest it: what was attested counts until {held.expires}",
        AttestationState.expired: "look again and attest it: the last look is too long ago",
        AttestationState.outdated: "look and attest it: it has changed since it was attested",
        AttestationState.missing: "look and attest it: nobody has yet",
    }[held.state]


def _rotations(declaration: Declaration, today: date) -> Iterator[Todo]:
    """A key that is due, and one whose rotation has begun: that goes on today, whenever it is due."""
    begun = {each.rotation.old.name: each for each in rotation.all_progress(declaration, today)}
    for key in declaration.keys.values():
        due = _day(key.source.text("rotate_by"))
        if key.name in begun:
            what, due, field = str(begun[key.name]), today if due is None else min(due, today), "successor"
        elif due is not None and not key.successor:
            what, field = "make a successor and revoke it", "rotate_by"
        else:
            continue
        owner, place = _owner(declaration, key.source.text("owner"), today), key.source.at(field)
        why = "strangers may have it" if key.is_leaked else "the older a key, the more places hold a copy"
        name = f"{notify_key.NAME}/{key.name}"
        yield Todo(due, owner, what, why, name, place, f"emailops rotate {key.name}")


def _unknown_of_keys(declaration: Declaration, today: date) -> Iterator[Todo]:
    """All such keys in one line: nobody looks them up one by one."""
    for field, what, why in _UNKNOWN:
        keys = [key for key in declaration.keys.values() if key.source.text(field) == "unknown"]
        if keys:
            owners = dict.fromkeys(_owner(declaration, key.source.text("owner"), today) for key in keys)
            names = ", ".join(key.name for key in keys)
            to_do = f"find out {what}, and write it in place of unknown: {names}"
            first = f"{notify_key.NAME}/{keys[0].name}"
            yield Todo(None, ", ".join(owners), to_do, why, first, keys[0].source.at(field))


_UNKNOWN = (
    ("created", "when they were made", "a key without a date cannot be told from one that was replaced"),
    ("kind", "whether they are live, team or test", "a live key can mail anybody, and a key looks like any other"),
)


def _guests(declaration: Declaration, today: date) -> Iterator[Todo]:
    for service in declaration.services.values():
        resource = f"{notify_guest_list.NAME}/{service.account}"
        for guest in service.guest_list or ():
            due = _day(guest.until)
            if due is not None:
                owner = _owner(declaration, guest.value if guest.contact is Contact.person else "", today)
                what = f"take {guest.value} off the list, or write a later day"
                yield Todo(due, owner, what, f"listed for: {guest.why}", resource, guest.source.at("until"))


def _waivers(declaration: Declaration, today: date) -> Iterator[Todo]:
    for waiver in declaration.waivers:
        due = _day(waiver.until)
        if due is not None:
            owner = _owner(declaration, waiver.owner, today)
            what = f"keep {waiver.rule} from now on, or decide again and write a later day"
            yield Todo(due, owner, what, f"waived for: {waiver.reason}", waiver.resource, waiver.source.at("until"))


def _ignores(declaration: Declaration, today: date) -> Iterator[Todo]:  # noqa: ARG001
    for entry in declaration.ignores:
        due = _day(entry.until)
        if due is not None:
            what = f"put {entry.field} in order, or decide again and write a later day"
            yield Todo(due, NOBODY, what, f"ignored for: {entry.why}", entry.resource, entry.source.at("until"))


def _leavers(declaration: Declaration, today: date) -> Iterator[Todo]:
    """What still names someone who has left, due on their last day; what they attested stays attested."""
    for named in named_people(declaration):
        if named.role in _ONCE_GONE and not _is_here(declaration, named.handle, today):
            last = _last_day(declaration, named.handle) or today
            what = _ONCE_GONE[named.role].format(named.handle)
            yield Todo(last, NOBODY, what, f"{named.handle} has left", named.subject, named.place)


_ONCE_GONE = {
    Role.key_owner: "give the key another owner",
    Role.guest: "take {} off the list, here and in Notify",
    Role.member: "remove {} from the team, here and in Notify",
    Role.subscriber: "remove {} from the test subscribers",
    Role.waiver_owner: "give the waiver another owner",
}


def _owner(declaration: Declaration, handle: str, today: date) -> str:
    """Someone who is declared and still here, or nobody."""
    return handle if handle in declaration.people and _is_here(declaration, handle, today) else NOBODY


def _is_here(declaration: Declaration, handle: str, today: date) -> bool:
    last = _last_day(declaration, handle)
    return not has_left(declaration, handle) and (last is None or last >= today)


def _last_day(declaration: Declaration, handle: str) -> date | None:
    person = declaration.people.get(handle)
    return _day(person.text("until")) if person is not None else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


_SOURCES: tuple[Callable[[Declaration, date], Iterator[Todo]], ...] = (
    _attestations,
    _rotations,
    _unknown_of_keys,
    _guests,
    _waivers,
    _ignores,
    _leavers,
)
