"""What a probe's answers prove of what is declared: verified, contradicted or unknown, field by field.

Who may be mailed by which kind of key: https://docs.notifications.service.gov.uk/rest-api.html#api-keys
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum, auto

from emailops.declaration.addresses import normalised
from emailops.declaration.model import Declaration, Key, Stage
from emailops.declaration.values import is_true
from emailops.declaration.vocabulary import Contact, KeyKind
from emailops.simulated import SMOKE_TESTS

DELIVERED, BOUNCED = "delivered", "permanent-failure"


class Reaction(Enum):
    """How Notify takes a mail: it accepts it, refuses it for one of two reasons that prove something, or otherwise."""

    accepted = auto()
    team_only = auto()
    trial = auto()
    other = auto()


class Proof(StrEnum):
    """What a probe says of a declared field."""

    verified = "verified"
    contradicted = "contradicted"
    unknown = "unknown"


_PROVES = {Reaction.team_only: KeyKind.team, Reaction.trial: KeyKind.live}
"""The kind of a key that the smoke-test address refuses so."""


@dataclass(frozen=True, slots=True)
class NotifyReply:
    """What Notify said to one mail; `said` is for people, `ended` the mail's last status."""

    reaction: Reaction
    said: str = ""
    ended: str = ""


@dataclass(frozen=True, slots=True)
class Probed:
    """What came back. `refused` says why Notify does not let the key in; then nothing was sent."""

    refused: str = ""
    smoke: NotifyReply = NotifyReply(Reaction.other, "no mail was sent")
    honest: NotifyReply = NotifyReply(Reaction.other, "no mail was sent")


@dataclass(frozen=True, slots=True)
class Fact:
    """One declared field and what the probe says of it."""

    subject: str
    field: str
    declared: str
    result: Proof
    why: str


def facts(declaration: Declaration, stage: Stage, key: Key, probed: Probed) -> tuple[Fact, ...]:
    """What is proven now of the stage's key, its service, its guest list and its redirect target."""
    evidence = _Evidence(declaration, key, probed.smoke, probed.honest)
    subject, to = f"notify-key/{key.name}", stage.redirect_to
    answers = (
        (Proof.contradicted, f"Notify refuses it: {probed.refused}") if probed.refused else (Proof.verified, "it does")
    )
    found = [
        Fact(subject, "answers", "yes", *answers),
        Fact(subject, "kind", str(key.kind or ""), *evidence.of_kind()),
        Fact(f"accounts.notify.{key.account}", "trial", "yes" if evidence.in_trial else "no", *evidence.of_trial()),
    ]
    if to:
        found.append(Fact(f"notify-guest-list/{key.account}", "holds", to, *evidence.of_guest(to)))
        found.append(Fact(f"stages.{stage.name}", "redirect to", to, *evidence.of_redirect()))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What is declared beside what Notify said; each answer is a result and why."""

    declaration: Declaration
    key: Key
    smoke: NotifyReply
    honest: NotifyReply

    @property
    def in_trial(self) -> bool:
        return is_true(self.declaration.notify_accounts[self.key.account].source.get("trial"))

    @property
    def is_confined(self) -> bool:
        """Whether Notify showed that this key may write to the guest list and the team only."""
        return self.smoke.reaction in _PROVES

    def of_kind(self) -> tuple[Proof, str]:
        key = self.key
        if self.is_confined:
            proven = _PROVES[self.smoke.reaction]
            return (
                Proof.verified if proven is key.kind else Proof.contradicted,
                f"Notify treats it as a {proven} key",
            )
        if self.smoke.reaction is not Reaction.accepted:
            return Proof.unknown, self.smoke.said
        if any(self._is_listed(address) for address in SMOKE_TESTS):
            return Proof.unknown, "the guest list holds the smoke-test address, so that any key may write to it"
        if key.kind is KeyKind.team:
            return Proof.contradicted, "it may write to the smoke-test address, which a team key may not"
        if key.kind is KeyKind.live and self.in_trial:
            return (
                Proof.contradicted,
                f"it may write to anybody: a test key, or {key.account} is no longer in trial mode",
            )
        return Proof.unknown, "it is not a team key; whether it is live or test cannot be told apart"

    def of_trial(self) -> tuple[Proof, str]:
        if self.smoke.reaction is Reaction.trial:
            return (Proof.verified if self.in_trial else Proof.contradicted, "Notify says that it is in trial mode")
        if self.smoke.reaction is Reaction.accepted and self.key.kind is KeyKind.live and self.in_trial:
            return Proof.contradicted, f"{self.key.name} may write to anybody: a test key, or the trial is over"
        return Proof.unknown, "only the answer to a live key shows it"

    def of_guest(self, to: str) -> tuple[Proof, str]:
        if self.honest.reaction in _PROVES:
            return Proof.contradicted, f"Notify refuses mail to it: {self.honest.said}"
        if self.honest.reaction is not Reaction.accepted:
            return Proof.unknown, self.honest.said
        if not self.is_confined:
            return Proof.unknown, "Notify asks for it only when a team key sends, or a live one in trial mode"
        beside = "" if self._is_listed(to) else ", and it is not declared"
        return Proof.unknown, f"Notify takes mail to it{beside}: a guest's and a team member's cannot be told apart"

    def of_redirect(self) -> tuple[Proof, str]:
        if self.honest.reaction in _PROVES:
            return Proof.contradicted, "Notify refuses it, so that what is redirected is not sent"
        if self.honest.reaction is not Reaction.accepted:
            return Proof.unknown, self.honest.said
        if self.honest.ended == BOUNCED:
            return Proof.contradicted, f"the test mail ended as {BOUNCED}"
        if self.honest.ended != DELIVERED:
            return Proof.unknown, f"the test mail is {self.honest.ended or 'on its way'}; {self.honest.said}"
        if self.is_confined:
            return Proof.verified, "the test mail was delivered"
        if self.key.kind is KeyKind.test:
            return Proof.unknown, "a test key says delivered, and delivers nothing"
        return Proof.unknown, f"delivered, if {self.key.name} is live: a test key says so of any address"

    def _is_listed(self, address: str) -> bool:
        service = self.declaration.services.get(self.key.account)
        guests = service.guest_list or () if service else ()
        return any(
            guest.contact is Contact.address and normalised(guest.value) == normalised(address) for guest in guests
        )
