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
from emailops.errors import EmailopsError, Exit, GateError, UsageError, worst
from emailops.mailings.account import StageAccount, connected
from emailops.mailings.answers import header
from emailops.mailings.means import Errand
from emailops.mailings.persons import Persons
from emailops.providers.transport import together
from emailops.resource import PRODUCTION

SHOWN = 20
_FINE = (Outcome.SUBSCRIBED, Outcome.ALREADY)
_OF_ALL = (KeyRefused, GateError)
"""What is wrong with every audience, and so ends the command."""


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
    if errand.mailing.endpoint is not None and choice.file is not None:
        raise UsageError(f"{errand.mailing.name} reads an API, and takes no --from", "leave it out")
    for endpoint in errand.mailing.endpoints():
        header(endpoint, errand.stage.name, errand.run)
    with connected(errand) as account:
        filled = tuple(_filled(errand, account, choice))
    return Subscribed(errand.mailing.name, errand.stage.name, choice.dry_run, filled)


def _routes(errand: Errand) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Each route by its name, with its words: framework and lot, or none for a single audience."""
    if not errand.mailing.statuses:
        yield errand.mailing.audience, dict(errand.words)
        return
    for framework in errand.declaration.frameworks.values():
        if framework.status in errand.mailing.statuses:
            for lot in framework.lots:
                yield f"{framework.name}.{lot}", {**errand.words, "framework": framework.name, "lot": lot}


@dataclass(slots=True)
class _Filling:
    """An audience and everybody who belongs there; `is_whole` unless a source of theirs failed."""

    name: str
    held: Held
    people: set[str] = field(default_factory=set)
    is_whole: bool = True


def _filled(errand: Errand, account: StageAccount, choice: FillOptions) -> Iterator[Filled]:
    """Each audience once, with everybody of all its routes; then each route that failed."""
    persons = Persons(errand)
    fillings: dict[str, _Filling] = {}
    failed: list[Filled] = []
    for name, words in _routes(errand):
        filling = None
        try:
            is_routed = bool(errand.mailing.statuses)
            declared, held = account.routed(words["framework"], words["lot"]) if is_routed else account.named()
            filling = fillings.setdefault(held.id, _Filling(declared.resource.name, held))
            filling.people |= persons.of_mailing(words, choice.file, choice.content)
        except _OF_ALL:
            raise
        except (ClientError, EmailopsError) as error:
            if filling is not None:
                filling.is_whole = False
            failed.append(Filled(name, problem=error.message))
    for filling in fillings.values():
        if filling.people or filling.is_whole:
            yield _into(filling, choice)
    yield from failed


def _into(filling: _Filling, choice: FillOptions) -> Filled:
    try:
        return _changed(filling, choice)
    except _OF_ALL:
        raise
    except (ClientError, EmailopsError) as error:
        return Filled(filling.name, problem=error.message)


def _changed(filling: _Filling, choice: FillOptions) -> Filled:
    """Who is new is subscribed. Nobody is archived where somebody may be missing from what was read."""
    held, people = filling.held, filling.people
    listed = together(partial(_in_state, held, status) for status in STATUSES)
    members = dict(zip(STATUSES, listed, strict=True))
    new = sorted(people.difference(*members.values()))
    gone = sorted(members["subscribed"] - people) if choice.prune and people and filling.is_whole else []
    if choice.dry_run:
        return Filled(filling.name, len(people), len(new), archived=len(gone))
    outcomes = held.subscribe_many(new)
    refused = [(digest(address), outcome.meaning) for address, outcome in outcomes.items() if outcome not in _FINE]
    archived = sum(held.archive(address) is Removal.DONE for address in gone)
    return Filled(filling.name, len(people), len(new), outcomes.counts, tuple(refused[:SHOWN]), archived)


def _in_state(held: Held, status: str) -> set[str]:
    return {address.lower() for address in held.addresses(status)}
