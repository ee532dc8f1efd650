"""One message at Notify: sent, or asked for by its reference, and what the answer means for it."""

from __future__ import annotations

from dataclasses import dataclass, field

from emailops.clients.errors import (
    ClientError,
    DailyLimitReached,
    InvalidAddress,
    KeyRefused,
    MessageTooLong,
    MinuteLimitReached,
    MissingPersonalisation,
    OutcomeUnknown,
    RecipientNotAllowed,
    Refused,
    TemplateUnavailable,
    Unavailable,
)
from emailops.clients.notify import NotifyClient
from emailops.errors import ProviderError
from emailops.mailings.sends import Message, Result, SendState
from emailops.run import Run

_OF_THE_RECIPIENT = (InvalidAddress, RecipientNotAllowed, MessageTooLong)
_OF_ALL = (TemplateUnavailable, MissingPersonalisation, KeyRefused)


@dataclass(slots=True)
class Stop:
    """Why no more is sent now: the day's limit, or an error that would be the same for everybody."""

    error: Exception | None = None
    at_limit: bool = False

    def __bool__(self) -> bool:
        return self.at_limit or self.error is not None


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a thread brings back; `stop` where no other message should be tried, `away` where Notify gave no answer."""

    result: Result
    stop: Stop | None = None
    is_lost: bool = False
    is_full: bool = False
    away: Unavailable | None = None


@dataclass(frozen=True, slots=True)
class Carriage:
    """How each message of a run goes: `clock` is Notify's time when `run.clock` said `started`."""

    client: NotifyClient
    template: str
    reply_to: str | None
    pace: str
    per_minute: int
    clock: float
    started: float
    run: Run = field(repr=False)

    def now(self) -> float:
        """Notify's time."""
        return self.clock + self.run.clock() - self.started

    def sent(self, message: Message, *, is_first: bool) -> Arrival:
        """What Notify makes of a message. What was surely not sent waits again; what may have been stays an intent.

        `is_first`: nobody's was taken yet, so a refusal may be of something that all share.
        """
        try:
            sent = self.client.send_email(
                message.address.reveal(),
                self.template,
                message.personalisation,
                reference=message.reference,
                reply_to=self.reply_to,
            )
        except _OF_THE_RECIPIENT as error:
            return Arrival(Result(message, SendState.failed, said=error.message))
        except MinuteLimitReached:
            return Arrival(Result(message, SendState.waiting), is_full=True)
        except DailyLimitReached:
            return Arrival(Result(message, SendState.waiting), Stop(at_limit=True))
        except _OF_ALL as error:
            return Arrival(Result(message, SendState.waiting), Stop(translated(error)))
        except OutcomeUnknown:
            return Arrival(Result(message, SendState.intent), is_lost=True)
        except Unavailable as error:
            return Arrival(Result(message, SendState.waiting), is_full=True, away=error)
        except Refused as error:
            if is_first:
                return Arrival(Result(message, SendState.waiting), Stop(translated(error)))
            return Arrival(Result(message, SendState.failed, said=error.message))
        return Arrival(Result(message, SendState.sent, id=sent.id))


def translated(error: ClientError) -> ProviderError:
    """An error of the clients as the tool's own."""
    return ProviderError(error.message, error.remedy)
