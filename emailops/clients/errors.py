"""Everything that a client raises. Each text says what happened and what to do, and holds no address and no key.

ClientError
├── Misconfigured               what the client was made from is wrong; raised when it is made
│   ├── WrongKey                a key of the wrong form, or known to be of another kind, stage or service
│   └── WrongHost               a base URL that no key may go to
├── WrongCall                   what you asked for is wrong; nothing was asked of the provider
│   ├── UnknownTemplate         no template of that name
│   ├── UnknownAudience         no audience of that name, framework or lot
│   ├── NoAudience              the lot is declared to have none
│   └── WrongPersonalisation    it is no mapping, or holds what JSON cannot
├── Refused                     the provider said no; nothing was done
│   ├── InvalidAddress          it is not an email address, or no phone number
│   ├── RecipientNotAllowed     not with this key: a team key, or a service in trial mode
│   ├── TemplateUnavailable     missing, archived, or of another type
│   ├── MissingPersonalisation  `names` says which placeholders
│   ├── MessageTooLong
│   ├── KeyRefused              revoked, unknown, or of another service
│   ├── MinuteLimitReached      try again in a minute
│   ├── DailyLimitReached       try again tomorrow
│   ├── NotFound                the audience or the campaign is gone
│   ├── CampaignExists          one with this title and audience is there: `campaign`
│   └── CampaignNotReady        `problems` says why
├── Unavailable                 the provider gave no answer; trying again does no harm
├── ShortListing                a listing held fewer entries than the provider itself counts
└── OutcomeUnknown              the answer was lost: it may have been done. Do not repeat it blindly
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .campaign import Campaign


class ClientError(Exception):
    """The root of the tree; `message` says what happened and `remedy` what to do."""

    remedy = ""

    def __init__(self, message: str, remedy: str = "") -> None:
        self.message = message
        self.remedy = remedy or self.remedy
        super().__init__(f"{message}; {self.remedy}" if self.remedy else message)


class Misconfigured(ClientError):
    pass


class WrongKey(Misconfigured):
    pass


class WrongHost(Misconfigured):
    pass


class WrongCall(ClientError):
    pass


class UnknownTemplate(WrongCall):
    pass


class UnknownAudience(WrongCall):
    pass


class NoAudience(WrongCall):
    remedy = "leave this lot out, or declare an audience for it"


class WrongPersonalisation(WrongCall):
    pass


class Refused(ClientError):
    """`status` is that of the provider's answer, 0 where it was not asked."""

    remedy = "see what the provider said"

    def __init__(self, message: str, remedy: str = "", *, status: int = 0) -> None:
        super().__init__(message, remedy)
        self.status = status


class InvalidAddress(Refused):
    remedy = "ask the person for another"


class RecipientNotAllowed(Refused):
    remedy = "add the address to the guest list of the service, or use a live key of a live service"


class TemplateUnavailable(Refused):
    remedy = "look for the template in Notify's pages; its id stands in the generated settings"


class MissingPersonalisation(Refused):
    remedy = "give each of them a value; None counts as missing"

    def __init__(self, names: Sequence[str], *, status: int = 0) -> None:
        self.names = tuple(names)
        super().__init__(f"Notify misses personalisation: {', '.join(self.names)}", status=status)


class MessageTooLong(Refused):
    remedy = "shorten the personalisation, or send a link to a page"


class KeyRefused(Refused):
    remedy = "see whether the key was revoked, and whether the clock of this machine is right"


class MinuteLimitReached(Refused):
    remedy = "wait a minute and send it again; nothing was done"


class DailyLimitReached(Refused):
    remedy = "send it tomorrow, or ask the provider for a higher limit; nothing was done"


class NotFound(Refused):
    remedy = "see whether the generated settings are up to date"


class CampaignExists(Refused):
    remedy = "go on with that one, or choose another title"

    def __init__(self, campaign: Campaign) -> None:
        super().__init__(f"this audience has the campaign {campaign.title!r} already")
        self.campaign = campaign


class CampaignNotReady(Refused):
    remedy = "correct what is listed, then send it"

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(f"Mailchimp would not send the campaign: {', '.join(problems) or 'no reason given'}")
        self.problems = tuple(problems)


class Unavailable(ClientError):
    remedy = "try again later: that does no harm"


class ShortListing(ClientError):
    remedy = "read it again from the start"


class OutcomeUnknown(ClientError):
    remedy = "it may have been done: look before you repeat it"
