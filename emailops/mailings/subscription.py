"""Subscribers: people into audiences. Whoever is there already, in whatever state, stays as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from emailops.clients.errors import ClientError, KeyRefused
from emailops.clients.mailchimp import Audience as Held
from emailops.clients.mailchimp import Outcome, Removal
from emailops.clients.mailchimp.audiences import STATUSES
from emailops.clients.private import digest
from emailops.errors import EmailopsError, Exit, GateError, worst
from emailops.mailings.account import StageAccount, connected
from emailops.mailings.means import Errand
from emailops.mailings.persons import Persons
from emailops.providers.transport import together
from emailops.resource import PRODUCTION

SHOWN = 20
_FINE = (Outcome.SUBSCRIBED, Outcome.ALREADY)


@dataclass(frozen=True, slots=True)
class Filled:
    """What became of one audience. `refused` are (digest of the address, why); `problem` is why nothing was done."""

    audience: str
    found: int = 0
    new: int = 0
    outcomes: Mapping[Outcome, int] = field(default_factory=dict)
    refused: tuple[tuple[str, str], ...] = ()
    archived: int = 0
    problem: str = ""

    @property
    def is_complete(self) -> bool:
        """Whether asking again would change nothing."""
        return not self.problem and all(outcome.is_final for outcome in self.outcomes)


@dataclass(frozen=True, slots=True)
class Subscribed:
    """What became of each audience of a mailing at a stage."""

    mailing: str
    stage: str
    dry_run: bool
    audiences: tuple[Filled, ...]

    @property
    def exit_code(self) -> Exit:
        """5 where some audience could not be filled, or some people have to be asked again."""
        open_ = [filled for filled in self.audiences if not filled.is_complete]
        if not open_:
            return Exit.OK
        return worst(Exit.ERROR if all(filled.problem for filled in self.audiences) else Exit.PARTIAL)


@dataclass(frozen=True, slots=True)
class FillOptions:
    """What whoever runs it says."""

    file: Path | None = None
    content: bytes | None = field(default=None, repr=False)
    prune: bool = False
    dry_run: bool = False


def subscribe(errand: Errand, choice: FillOptions) -> Subscribed:
    """Fill every audience of the mailing; what one lacks does not keep the others waiting.

    Raises GateError `prune` in production, GateError `account`, InvalidInput, and ProviderError for a key that is
    refused.
    """
    if choice.prune and errand.stage.name == PRODUCTION:
        raise GateError("prune", "--prune is not for production", "take people off one by one, in Mailchimp's pages")
    persons = Persons(errand)
    with connected(errand) as account:
        filled = [_filled(errand, account, persons, words, choice) for words in _routes(errand)]
    return Subscribed(errand.mailing.name, errand.stage.name, choice.dry_run, tuple(filled))


def _routes(errand: Errand) -> Iterator[Mapping[str, str]]:
    """The words of each route: framework and lot, or none for a single audience."""
    if not errand.mailing.statuses:
        yield dict(errand.words)
        return
    for framework in errand.declaration.frameworks.values():
        if framework.status in errand.mailing.statuses:
            for lot in framework.lots:
                yield {**errand.words, "framework": framework.name, "lot": lot}


def _filled(
    errand: Errand, account: StageAccount, persons: Persons, words: Mapping[str, str], choice: FillOptions
) -> Filled:
    name = f"{words['framework']}.{words['lot']}" if "framework" in words else errand.mailing.audience
    try:
        declared, held = account.routed(words["framework"], words["lot"]) if "framework" in words else account.named()
        name = declared.resource.name
        people = persons.of_mailing(words, choice.file, choice.content)
        return _into(held, name, people, choice)
    except KeyRefused:
        raise
    except (ClientError, EmailopsError) as error:
        if isinstance(error, GateError):
            raise
        return Filled(name, problem=error.message)


def _into(held: Held, name: str, people: set[str], choice: FillOptions) -> Filled:
    listed = together(partial(_in_state, held, status) for status in STATUSES)
    members = dict(zip(STATUSES, listed, strict=True))
    new = sorted(people.difference(*members.values()))
    gone = sorted(members["subscribed"] - people) if choice.prune and people else []
    if choice.dry_run:
        return Filled(name, len(people), len(new), archived=len(gone))
    outcomes = held.subscribe_many(new)
    refused = [(digest(address), outcome.meaning) for address, outcome in outcomes.items() if outcome not in _FINE]
    archived = sum(held.archive(address) is Removal.DONE for address in gone)
    return Filled(name, len(people), len(new), outcomes.counts, tuple(refused[:SHOWN]), archived)


def _in_state(held: Held, status: str) -> set[str]:
    return {address.lower() for address in held.addresses(status)}
