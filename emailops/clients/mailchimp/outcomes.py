"""What becomes of each address that is subscribed or removed.

https://mailchimp.com/developer/marketing/docs/errors/: titles and words, of which the words are kept as a fallback.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from enum import Enum
from typing import Any


class Outcome(str, Enum):
    """Of a subscription. Only SUBSCRIBED changed anything; whoever left stays away."""

    SUBSCRIBED = "subscribed"
    ALREADY = "already-subscribed"
    UNSUBSCRIBED = "unsubscribed"
    PENDING = "pending"
    CLEANED = "cleaned"
    TRANSACTIONAL = "transactional"
    ARCHIVED = "archived"
    FORGOTTEN = "forgotten"
    COMPLIANCE = "compliance-state"
    INVALID = "invalid-address"
    FAKE = "fake-address"
    LATER = "later"
    REFUSED = "refused"
    UNKNOWN = "unknown"

    __str__ = str.__str__

    @property
    def meaning(self) -> str:
        """What it means for the person, in a sentence."""
        return _MEANINGS[self]

    @property
    def is_final(self) -> bool:
        """Whether asking again will give the same."""
        return self not in (Outcome.LATER, Outcome.UNKNOWN)


class Removal(str, Enum):
    """Of an archiving or an erasure. Mailchimp refuses to archive who is pending, cleaned or archived already."""

    DONE = "done"
    ABSENT = "absent"
    REFUSED = "refused"

    __str__ = str.__str__


class Outcomes(dict[str, Outcome]):
    """The outcome of each address, under the address as you gave it. Its repr shows numbers alone."""

    def of(self, *outcomes: Outcome) -> list[str]:
        """The addresses with one of these outcomes."""
        return [address for address, outcome in self.items() if outcome in outcomes]

    @property
    def counts(self) -> dict[Outcome, int]:
        return dict(Counter(self.values()))

    @property
    def is_complete(self) -> bool:
        """Whether each address has an outcome that asking again would not change."""
        return all(outcome.is_final for outcome in self.values())

    def __repr__(self) -> str:
        counted = ", ".join(f"{number} {outcome}" for outcome, number in self.counts.items())
        return f"<Outcomes: {counted or 'none'}>"

    __str__ = __repr__


def of_status(status: Any) -> Outcome:
    """Of somebody who is on the audience with this status."""
    return _BY_STATUS.get(str(status), Outcome.REFUSED)


def of_refusal(problem: Mapping[str, Any]) -> Outcome:
    """Of a problem document, or of an entry of a batch's `errors`."""
    title = str(problem.get("title", "")).casefold()
    words = str(problem.get("detail") or problem.get("error") or "").casefold()
    if title in _BY_TITLE:
        return _BY_TITLE[title]
    return next((outcome for part, outcome in _BY_WORDS if part in words), Outcome.REFUSED)


_BY_STATUS = {
    "subscribed": Outcome.ALREADY,
    "unsubscribed": Outcome.UNSUBSCRIBED,
    "pending": Outcome.PENDING,
    "cleaned": Outcome.CLEANED,
    "transactional": Outcome.TRANSACTIONAL,
    "archived": Outcome.ARCHIVED,
}
_BY_TITLE = {
    "member exists": Outcome.ALREADY,
    "forgotten email not subscribed": Outcome.FORGOTTEN,
    "member in compliance state": Outcome.COMPLIANCE,
}
_BY_WORDS = (
    ("is already a list member", Outcome.ALREADY),
    ("was permanently deleted", Outcome.FORGOTTEN),
    ("is in a compliance state", Outcome.COMPLIANCE),
    ("looks fake or invalid", Outcome.FAKE),
    ("signed up to a lot of lists", Outcome.LATER),
    ("email address", Outcome.INVALID),
)
_MEANINGS = {
    Outcome.SUBSCRIBED: "subscribed now",
    Outcome.ALREADY: "was on the audience before",
    Outcome.UNSUBSCRIBED: "left the audience, and stays away",
    Outcome.PENDING: "was asked to confirm, and has not yet",
    Outcome.CLEANED: "mail to the address bounced, so Mailchimp sends none",
    Outcome.TRANSACTIONAL: "is known from other mail, and never subscribed",
    Outcome.ARCHIVED: "was taken off the audience, and is put back only in Mailchimp's pages",
    Outcome.FORGOTTEN: "was erased for good: only the person can come back, by a form of Mailchimp's",
    Outcome.COMPLIANCE: "left, bounced or complained: only the person can come back",
    Outcome.INVALID: "is not an email address",
    Outcome.FAKE: "Mailchimp takes the address for a fake one",
    Outcome.LATER: "signed up to many audiences just now: try again tomorrow",
    Outcome.REFUSED: "was refused for another reason, such as a missing merge field",
    Outcome.UNKNOWN: "Mailchimp gave no answer: subscribe the address again later, which does no harm",
}
