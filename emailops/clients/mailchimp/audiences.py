"""An audience and its members (https://mailchimp.com/developer/marketing/api/list-members/)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

from mailchimp3.mailchimpclient import MailChimpError

from ..errors import InvalidAddress, NotFound, Refused, WrongCall
from .batches import Batches
from .listings import listed
from .outcomes import Outcome, Outcomes, Removal, of_refusal, of_status
from .transport import Calls, problem_of

STATUSES = ("subscribed", "unsubscribed", "cleaned", "pending", "transactional", "archived")
_CANNOT_BE_REMOVED = 405
# Loose: Mailchimp knows better. A lone surrogate cannot be sent at all.
_ADDRESS = re.compile(r"[^\s@\ud800-\udfff]+@[^\s@.\ud800-\udfff]+(\.[^\s@.\ud800-\udfff]+)+")


class Member(NamedTuple):
    """Somebody on an audience; the repr does not show who."""

    address: str
    status: str
    since: str = ""

    def __repr__(self) -> str:
        return f"Member(status={self.status!r}, since={self.since!r})"


class Audience:
    """Made by a `MailchimpClient`. `name` is how you asked for it."""

    def __init__(self, id_: str, name: str, official: Any, calls: Calls) -> None:
        self.id = id_
        self.name = name
        self._members = official.lists.members
        self._batches = Batches(id_, official, calls)
        self._calls = calls

    def __repr__(self) -> str:
        return f"<Audience {self.name} ({self.id})>"

    def subscribe(self, address: str) -> Outcome:
        """Subscribe somebody who is new. Who is known, in whatever status, stays as they are.

        Mailchimp does not say whether SUBSCRIBED is new. Raises Unavailable: subscribe them again later.
        """
        address = _checked(address)
        if not address:
            return Outcome.INVALID
        body = {"email_address": address, "status_if_new": "subscribed"}
        try:
            put = partial(self._members.create_or_update, self.id, member_id(address), body)
            member = self._calls.repeat(partial(_or_problem, put), "subscribe somebody", address)
        except NotFound:
            raise NotFound(f"the audience {self.name} is gone", status=404) from None
        if isinstance(member, Outcome):
            return member
        outcome = of_status(member["status"])
        return Outcome.SUBSCRIBED if outcome is Outcome.ALREADY else outcome

    def subscribe_many(self, addresses: Iterable[str], *, at_once: int = 10) -> Outcomes:
        """Subscribe many, five hundred a call and several calls `at_once`; an outcome for each address.

        Whatever goes wrong with some leaves the others alone. Raises KeyRefused and NotFound, which concern all.
        """
        outcomes = Outcomes()
        wanted: dict[str, str] = {}
        for given in addresses:
            address = _checked(given)
            outcomes[given] = Outcome.UNKNOWN if address else Outcome.INVALID
            if address:
                wanted.setdefault(member_id(address), address)
        found = self._batches.subscribe(wanted, at_once)
        for given, outcome in outcomes.items():
            if outcome is Outcome.UNKNOWN:
                outcomes[given] = found[member_id(_checked(given))]
        return outcomes

    def members(self, *statuses: str, since: str = "") -> Iterator[Member]:
        """A stream of who is here: the subscribed, or those of the statuses that you name.

        `since` is a time such as 2026-01-31T09:30:00+00:00: those who opted in after it. A listing that changes while
        it is read may give somebody twice. Raises ShortListing where Mailchimp gave fewer than it counts.
        """
        for status in statuses or ("subscribed",):
            if status not in STATUSES:
                raise WrongCall(f"there is no status {status!r}", f"it is one of {', '.join(STATUSES)}")
        query = {"since_timestamp_opt": since} if since else {}
        for status in statuses or ("subscribed",):
            yield from self._of_status(status, query)

    def addresses(self, *statuses: str, since: str = "") -> Iterator[str]:
        """As `members`, of each the address alone."""
        return (member.address for member in self.members(*statuses, since=since))

    def archive(self, address: str) -> Removal:
        """Take somebody off; Mailchimp keeps what it knows of them, and they can come back."""
        return self._remove(partial(self._members.delete, self.id, self._id_of(address)), "archive somebody", address)

    def erase(self, address: str) -> Removal:
        """Erase somebody for good. Nobody but the person can put the address back, by a form of Mailchimp's."""
        erase = partial(self._members.delete_permanent, list_id=self.id, subscriber_hash=self._id_of(address))
        return self._remove(erase, "erase somebody", address)

    def _of_status(self, status: str, query: Mapping[str, str]) -> Iterator[Member]:
        fields = "members.email_address,members.timestamp_opt,total_items"
        ask = partial(self._members.all, self.id, status=status, fields=fields, **query)
        for member in listed(self._calls, ask, "members"):
            yield Member(str(member["email_address"]), status, str(member.get("timestamp_opt") or ""))

    def _remove(self, call: Any, what: str, address: str) -> Removal:
        """An answer that was lost does no harm: the second time says that nobody is there."""
        try:
            self._calls.repeat(call, what, address)
        except NotFound:
            return Removal.ABSENT
        except Refused as error:
            if error.status == _CANNOT_BE_REMOVED:
                return Removal.REFUSED
            raise
        return Removal.DONE

    def _id_of(self, address: str) -> str:
        checked = _checked(address)
        if not checked:
            raise InvalidAddress("this is not an email address")
        return member_id(checked)


def member_id(address: str) -> str:
    """Mailchimp's id of a member: the MD5 of the address in lower case."""
    return hashlib.md5(address.lower().encode("utf-8"), usedforsecurity=False).hexdigest()


def _checked(address: Any) -> str:
    """The address without blanks around it; empty for what is none, of which Mailchimp need not be asked."""
    stripped = address.strip() if isinstance(address, str) else ""
    return stripped if _ADDRESS.fullmatch(stripped) else ""


def _or_problem(call: Any) -> Any:
    """The member, or the outcome that a refusal of this one address is."""
    try:
        member = call()
        return {"status": member["status"]}
    except MailChimpError as error:
        if problem_of(error).get("status") == 400:
            return of_refusal(problem_of(error))
        raise
