"""What a probe's answers prove of what is declared: verified, contradicted or unknown, field by field.

Who may be mailed by which kind of key: https://docs.notifications.service.gov.uk/rest-api.html#api-keys
"""

from __future__ import annotations

from dataclasses import dataclass

from emailops.declaration.addresses import normalised
from emailops.declaration.model import Declaration, Key, Stage
from emailops.declaration.values import is_true
from emailops.simulated import SMOKE_TESTS

ACCEPTED, TEAM_ONLY, TRIAL, OTHER = "accepted", "team-only", "trial", "other"
VERIFIED, CONTRADICTED, UNKNOWN = "verified", "contradicted", "unknown"
DELIVERED, BOUNCED = "delivered", "permanent-failure"

_PROVES = {TEAM_ONLY: "team", TRIAL: "live"}
"""The kind of a key that the smoke-test address refuses so."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What Notify said to one mail: a word of the above, and `said` for people; `ended` is the mail's last status."""

    word: str
    said: str = ""
    ended: str = ""


@dataclass(frozen=True, slots=True)
class Probed:
    """What came back. `refused` says why Notify does not let the key in; then nothing was sent."""

    refused: str = ""
    smoke: Reply = Reply(OTHER, "no mail was sent")
    honest: Reply = Reply(OTHER, "no mail was sent")


@dataclass(frozen=True, slots=True)
class Fact:
    """One declared field and what the probe says of it."""

    subject: str
    field: str
    declared: str
    result: str
    why: str


def facts(declaration: Declaration, stage: Stage, key: Key, probed: Probed) -> tuple[Fact, ...]:
    """What is proven now of the stage's key, its service, its guest list and its redirect target."""
    evidence = _Evidence(declaration, key, probed.smoke, probed.honest)
    subject, to = f"notify-key/{key.name}", stage.redirect_to
    answers = (CONTRADICTED, f"Notify refuses it: {probed.refused}") if probed.refused else (VERIFIED, "it does")
    found = [
        Fact(subject, "answers", "yes", *answers),
        Fact(subject, "kind", key.kind, *evidence.of_kind()),
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
    smoke: Reply
    honest: Reply

    @property
    def in_trial(self) -> bool:
        return is_true(self.declaration.notify_accounts[self.key.account].source.get("trial"))

    @property
    def is_confined(self) -> bool:
        """Whether Notify showed that this key may write to the guest list and the team only."""
        return self.smoke.word in _PROVES

    def of_kind(self) -> tuple[str, str]:
        key = self.key
        if self.is_confined:
            proven = _PROVES[self.smoke.word]
            return (VERIFIED if proven == key.kind else CONTRADICTED, f"Notify treats it as a {proven} key")
        if self.smoke.word != ACCEPTED:
            return UNKNOWN, self.smoke.said
        if any(self._is_listed(address) for address in SMOKE_TESTS):
            return UNKNOWN, "the guest list holds the smoke-test address, so that any key may write to it"
        if key.kind == "team":
            return CONTRADICTED, "it may write to the smoke-test address, which a team key may not"
        if key.kind == "live" and self.in_trial:
            return CONTRADICTED, f"it may write to anybody: a test key, or {key.account} is no longer in trial mode"
        return UNKNOWN, "it is no team key; whether it is live or test cannot be told apart"

    def of_trial(self) -> tuple[str, str]:
        if self.smoke.word == TRIAL:
            return (VERIFIED if self.in_trial else CONTRADICTED, "Notify says that it is in trial mode")
        if self.smoke.word == ACCEPTED and self.key.kind == "live" and self.in_trial:
            return CONTRADICTED, f"{self.key.name} may write to anybody: a test key, or the trial is over"
        return UNKNOWN, "only the answer to a live key shows it"

    def of_guest(self, to: str) -> tuple[str, str]:
        if self.honest.word in _PROVES:
            return CONTRADICTED, f"Notify refuses mail to it: {self.honest.said}"
        if self.honest.word != ACCEPTED:
            return UNKNOWN, self.honest.said
        if not self.is_confined:
            return UNKNOWN, "Notify asks for it only when a team key sends, or a live one in trial mode"
        if not self._is_listed(to):
            return UNKNOWN, "Notify takes mail to it, and it is not declared: it may be a team member's"
        return VERIFIED, "Notify takes mail to it from a key that may write to nobody else"

    def of_redirect(self) -> tuple[str, str]:
        if self.honest.word in _PROVES:
            return CONTRADICTED, "Notify refuses it, so that what is redirected is not sent"
        if self.honest.word != ACCEPTED:
            return UNKNOWN, self.honest.said
        if self.honest.ended == BOUNCED:
            return CONTRADICTED, f"the test mail ended as {BOUNCED}"
        if self.honest.ended != DELIVERED:
            return UNKNOWN, f"the test mail is {self.honest.ended or 'on its way'}; {self.honest.said}"
        if self.is_confined:
            return VERIFIED, "the test mail was delivered"
        if self.key.kind == "test":
            return UNKNOWN, "a test key says delivered, and delivers nothing"
        return UNKNOWN, f"delivered, if {self.key.name} is live: a test key says so of any address"

    def _is_listed(self, address: str) -> bool:
        service = self.declaration.services.get(self.key.account)
        guests = service.guest_list or () if service else ()
        return any(one.sort == "address" and normalised(one.value) == normalised(address) for one in guests)
