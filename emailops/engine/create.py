"""The create protocol: a create is never repeated blindly, and never lost.

It is for kinds whose ids are recorded. Look, write the intent, look again (two full listings), create; the caller
writes the id. Mailchimp may work on a call for 120 seconds, keeps no name unique and knows no idempotency key: so an
answer that was lost is settled by a later run, which looks by the name in the intent, and nothing found counts only
when Mailchimp's own clock is well past it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from emailops.errors import EmailopsError, InvalidInput, LeaseLost, LostAnswer, ProviderError
from emailops.kinds.contract import Recorded
from emailops.ledger import Ledger
from emailops.ledger.notes import Intent
from emailops.plan import Change
from emailops.resource import Observed

MAY_TAKE = timedelta(seconds=130)
"""After this much of the provider's own time a create that cannot be seen has not happened."""

OURS_SINCE = timedelta(seconds=60)
"""An object of the intent's name that was created earlier than this before the intent is somebody else's."""

_AT_ONCE = timedelta(seconds=5)
_SOON = 4.0
_TRIES = 3


class Timed(Protocol):
    """What the protocol needs of a writer itself; a kind knows how it lists and creates."""

    @property
    def clock(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Recovered:
    """What became of the creates that earlier runs began.

    `ids` were found by their names; `waiting` says why nobody can know yet. Of those that are `lapsed` nothing more
    will come, and no one object is theirs.
    """

    ids: Mapping[str, str] = field(default_factory=dict)
    waiting: Mapping[str, str] = field(default_factory=dict)
    lapsed: tuple[str, ...] = ()

    def __or__(self, other: Recovered) -> Recovered:
        ids, waiting = {**self.ids, **other.ids}, {**self.waiting, **other.waiting}
        return Recovered(ids, waiting, (*self.lapsed, *other.lapsed))


def recover(
    intents: Mapping[str, Intent], objects: Sequence[Observed], clock: datetime | None, ids: Mapping[str, str]
) -> Recovered:
    """Look for what each intent may have made. Several are nobody's to choose from: they are left to a person."""
    taken = set(ids.values())
    found: dict[str, str] = {}
    waiting: dict[str, str] = {}
    lapsed: list[str] = []
    for resource, intent in intents.items():
        if resource in ids:
            continue
        named = [held for held in objects if held.name == intent.name and held.id not in taken]
        ours = [held for held in named if _created(held) >= intent.clock - OURS_SINCE]
        left = _left(intent, clock)
        if len(ours) == 1:
            found[resource] = ours[0].id
            taken.add(ours[0].id)
        elif left and not ours:
            waiting[resource] = left
        elif not left:
            lapsed.append(resource)
    return Recovered(found, waiting, tuple(lapsed))


def create(
    writer: Timed, ledger: Ledger, recorded: Recorded, change: Change, attributes: Mapping[str, Any], nonce: str
) -> str:
    """The id of a new object. Raises LostAnswer when it may exist all the same; then the intent stays."""
    name = recorded.name(attributes)
    for _ in range(_TRIES):
        # An object of this name that is there already is somebody's: nobody may create a second one.
        _look(writer, recorded, name)
        if writer.clock is None:
            raise ProviderError("Mailchimp's answers say no time", "without it a lost answer could not be settled")
        intent = Intent(str(change.resource), change.scope, name, writer.clock, nonce)
        ledger.intend(intent)
        try:
            # Again, now that the intent stands: of two runs that looked at once, one sees what the other creates or
            # finds its lease gone. Twice, since a listing that changes while it is read may leave an object out.
            _look(writer, recorded, name)
            _look(writer, recorded, name)
            # A look that is older than this proves nothing: the process may have been stopped after it.
            if ledger.age <= _SOON and writer.clock - intent.clock <= _AT_ONCE:
                return recorded.create(writer, attributes)
        except (LostAnswer, LeaseLost):
            # The object may come all the same. The intent stays, and a later run settles it.
            raise
        except EmailopsError:
            _withdraw(ledger, intent)
            raise
    _withdraw(ledger, intent)
    message = "the ledger and Mailchimp answer too slowly: between the intent and the create lay more than five seconds"
    raise ProviderError(message, "run it again when the network is better")


def _look(writer: Timed, recorded: Recorded, name: str) -> None:
    for held in recorded.named(writer, name):
        message = f"an {recorded.noun} {name!r} has appeared since: {recorded.describe(held)}"
        raise InvalidInput(message, "emailops plan shows it")


def _withdraw(ledger: Ledger, intent: Intent) -> None:
    """Nothing was made. An intent that stays all the same costs the next run two minutes, and nothing else."""
    with suppress(EmailopsError):
        ledger.withdraw(intent)


def _created(observed: Observed) -> datetime:
    try:
        created = datetime.fromisoformat(observed.created)
    except ValueError:
        created = datetime.min.replace(tzinfo=UTC)
    return created if created.tzinfo else created.replace(tzinfo=UTC)


def _left(intent: Intent, clock: datetime | None) -> str:
    """Why an intent without a match cannot be given up yet; empty when it can."""
    begun = f"a create of it was begun at {intent.clock:%H:%M:%S} by Mailchimp's clock and may still come"
    if clock is None:
        return f"{begun}; Mailchimp says no time now"
    seconds = (intent.clock + MAY_TAKE - clock).total_seconds()
    return f"{begun}; run it again in {int(seconds) + 1} seconds" if seconds > 0 else ""
