"""Sends test mail with a stage's key, after saying which, and reads what became of it. Writes nothing anywhere.

The smoke-test address is documented: https://docs.notifications.service.gov.uk/python.html#smoke-testing
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial

from emailops.declaration.model import Declaration, Key, Stage, Template
from emailops.declaration.names import require
from emailops.declaration.vocabulary import TemplateType
from emailops.engine.declared import valid
from emailops.engine.observe import mask
from emailops.errors import InvalidInput, LostAnswer, ProviderError, Refused, Unreachable
from emailops.private import Secret
from emailops.providers.notify import NotifyReader, placeholders_in
from emailops.providers.sender import Sender, SentAnswer
from emailops.questions.proof import Fact, NotifyReply, Probed, Reaction, facts
from emailops.resource import Observed
from emailops.run import Run
from emailops.simulated import SMOKE_TEST

HARMLESS = "test"

_FINAL = frozenset({"delivered", "permanent-failure", "temporary-failure", "technical-failure"})
_FIRST_LOOK = 1.0
_LONGEST_LOOK = 8.0


@dataclass(frozen=True, slots=True)
class Content:
    """What a test mail says: a declared template, each of whose placeholders gets a harmless value."""

    template: Template
    personalisation: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Intended:
    """What a probe is about to send. Without content nothing: `refused` says why Notify does not let the key in."""

    declaration: Declaration
    stage: Stage
    key: Key
    secret: Secret
    content: Content | None = None
    refused: str = ""

    @property
    def mails(self) -> tuple[tuple[str, str], ...]:
        """To whom, and why."""
        if self.content is None:
            return ()
        smoke = (SMOKE_TEST, "Notify's smoke-test address: refused to a team key; nothing is kept or delivered")
        if not self.stage.redirect_to:
            return (smoke,)
        return smoke, (self.stage.redirect_to, f"where {self.stage.name} redirects to; its status is read back")


def intend(run: Run, stage: str, template: str | None = None) -> Intended:
    """What would be sent. Reads the service's templates, and sends nothing.

    Raises UsageError for a stage or template that is not declared, GateError `account` for another service's key.
    """
    declaration = valid(run)
    require("stage", stage, declaration.stages)
    found = declaration.stages[stage]
    key = declaration.keys.get(found.key)
    if key is None or key.account not in declaration.notify_accounts:
        raise InvalidInput(f"{stage} has no Notify key", "a stage without a key sends nothing that could be tested")
    secret, reason = run.secret(key.secret) if key.secret else (None, "its declaration names no secret")
    if secret is None:
        raise InvalidInput(f"the key {key.name} is not here: {reason}", "run it where the key is")
    with closing(_reader(declaration, run, key, secret)) as reader:
        try:
            observed = reader.templates()
        except Refused as refused:
            return Intended(declaration, found, key, secret, refused=refused.said)
    return Intended(declaration, found, key, secret, _content(declaration, key.account, observed, template))


def probe(intended: Intended, run: Run, wait: float) -> tuple[Fact, ...]:
    """Send what was intended, read the second mail's status for at most `wait` seconds, and say what is proven."""
    declaration, stage, key = intended.declaration, intended.stage, intended.key
    if intended.content is None:
        return facts(declaration, stage, key, Probed(refused=intended.refused))
    url, service = run.notify_url, declaration.notify_accounts[key.account].service_id
    with (
        closing(Sender(intended.secret, url, service, mask(declaration), patience=run.patience)) as sender,
        closing(_reader(declaration, run, key, intended.secret)) as reader,
    ):
        send = partial(_send, sender, intended.content, f"emailops probe {stage.name}")
        smoke, _ = send(SMOKE_TEST)
        if not stage.redirect_to:
            return facts(declaration, stage, key, Probed(smoke=smoke))
        honest, id_ = send(stage.redirect_to)
        if id_:
            ended, said = _ended(reader, id_, wait, run.pause)
            honest = replace(honest, ended=ended, said=said)
    return facts(declaration, stage, key, Probed(smoke=smoke, honest=honest))


def _reader(declaration: Declaration, run: Run, key: Key, secret: Secret) -> NotifyReader:
    service = declaration.notify_accounts[key.account].service_id
    return NotifyReader(secret, run.notify_url, service, mask(declaration), patience=run.patience)


def _content(declaration: Declaration, account: str, observed: Sequence[Observed], named: str | None) -> Content:
    """The declared email template with the fewest placeholders, none of them sensitive; or the one that was named."""
    texts = {held.id: f"{held.attributes.get('subject', '')}\n{held.attributes['body']}" for held in observed}
    templates = (template for template in declaration.all_templates() if template.account == account)
    declared = {template.name: template for template in templates if template.type is TemplateType.email}
    if named is not None:
        require(f"email template of {account}", named, declared)
    usable = [
        Content(template, dict.fromkeys(placeholders_in(texts[template.id]), HARMLESS))
        for template in declared.values()
        if template.id in texts and (template.name == named if named else not template.source.items_at("sensitive"))
    ]
    if usable:
        return min(usable, key=lambda content: len(content.personalisation))
    if named is not None:
        raise InvalidInput(f"Notify does not list the template {named}", "emailops plan shows what is there")
    known = [template.name for template in declared.values() if template.id in texts]
    if not known:
        raise InvalidInput(f"Notify lists no declared email template of {account}", "emailops plan shows what is there")
    message = f"each email template of {account} has sensitive placeholders, and none is sent unless it is named"
    raise InvalidInput(message, f"--template {known[0]} fills each with {HARMLESS!r}")


def _send(sender: Sender, content: Content, reference: str, to: str) -> tuple[NotifyReply, str]:
    """What Notify says to one mail, and the id of the message where it takes it."""
    try:
        answer = sender.send(to, content.template.id, content.personalisation, reference)
    except (Unreachable, LostAnswer) as error:
        return NotifyReply(Reaction.other, f"{error.message}; {error.remedy}"), ""
    if answer.status != 201:
        return NotifyReply(_reaction(answer), f"{answer.status} {answer.error}: {answer.said}"), ""
    return NotifyReply(Reaction.accepted), answer.id


def _reaction(answer: SentAnswer) -> Reaction:
    """By status and class, and then by what Notify's and other deployments' words have in common."""
    said = answer.said.casefold()
    if (answer.status, answer.error) == (400, "BadRequestError"):
        if "team-only api key" in said:
            return Reaction.team_only
        if "trial mode" in said:
            return Reaction.trial
    return Reaction.other


def _ended(reader: NotifyReader, id_: str, wait: float, pause: Callable[[float], object]) -> tuple[str, str]:
    """The last status that was read of a message, and why it is not a final one."""
    status = ""
    try:
        for seconds in _looks(wait):
            pause(seconds)
            status = reader.status(id_)
            if status in _FINAL:
                return status, ""
    except ProviderError as error:
        return status, error.message
    return status, f"it did not end within {wait:g} s; Notify's pages show message {id_}"


def _looks(wait: float) -> Iterator[float]:
    """The pause before each look: at once, and then ever later."""
    yield 0
    pause = _FIRST_LOOK
    while wait > 0:
        yield min(pause, wait)
        wait -= pause
        pause = min(_LONGEST_LOOK, pause * 2)
