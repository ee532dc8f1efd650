"""Why an audience that Mailchimp holds cannot be declared as it is; each by itself, so that the others can."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from emailops.declaration.model import Declaration
from emailops.engine.observe import mask
from emailops.private import addresses_in, hide_secrets
from emailops.resource import Observed
from emailops.store.tree import ROOT


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, what to do about it, and the audiences of which it is, each by id and name."""

    why: str
    remedy: str
    audiences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Newcomers:
    """Audiences that are not declared yet and can be, the oldest first, and what is wrong with the others."""

    audiences: tuple[Observed, ...]
    faults: tuple[Fault, ...]


def sorted_out(
    meant: Sequence[Observed],
    declaration: Declaration,
    wrong_with: Callable[[Sequence[Observed]], list[str]],
    fields: Sequence[str],
) -> Newcomers:
    """Which of the audiences can be declared. `wrong_with` says what would be found in a state that declares some."""
    hidden = mask(declaration)
    found: dict[tuple[str, str], dict[str, str]] = {}

    def note(held: Observed, why: str, remedy: str) -> None:
        found.setdefault((why, remedy), {})[held.id] = f"{held.id} {hidden(held.name)!r}"

    bearers = Counter(held.name for held in meant)
    for held in meant:
        for why, remedy in _faults(held, bearers, declaration, fields):
            note(held, why, remedy)
    faulty = {id_ for audiences in found.values() for id_ in audiences}
    if wrong_with([held for held in meant if held.id not in faulty]):
        for held in meant:
            for why in wrong_with([held]) if held.id not in faulty else ():
                note(held, hidden(why), "change it in Mailchimp")
    faulty = {id_ for audiences in found.values() for id_ in audiences}
    return Newcomers(
        tuple(sorted((held for held in meant if held.id not in faulty), key=lambda held: (held.created, held.id))),
        tuple(Fault(why, remedy, tuple(audiences.values())) for (why, remedy), audiences in found.items()),
    )


def _faults(
    held: Observed, bearers: Counter[str], declaration: Declaration, fields: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """(why, remedy) of what only Mailchimp or a person can put right."""
    for name, value in held.attributes.items():
        if isinstance(value, str) and hide_secrets(value) != value:
            yield f"{name} holds what looks like a secret", "take it out in Mailchimp, and revoke it"
    if bearers[held.name] > 1:
        why = f"{bearers[held.name]} audiences have the same name"
        yield why, "give each a name of its own in Mailchimp, or leave them out: --only GLOB"
    for domain in sorted(_strange_domains(held, declaration, fields)):
        remedy = f"if it is the service's, write words: {{own_domains: [{domain}]}} in {ROOT}"
        yield f"an address at {domain} may be a person's", remedy


def _strange_domains(audience: Observed, declaration: Declaration, fields: Sequence[str]) -> set[str]:
    """The domains of addresses that are not known to be nobody's."""
    said = " ".join(str(audience.attributes.get(name, "")) for name in fields)
    known = {address.lower() for address in declaration.known_addresses()}
    strange = {found for found in addresses_in(said) if found.lower() not in known}
    return {found.rpartition("@")[2].lower() for found in strange} - declaration.known_domains()
