"""`messages find`, `failures` and `show`: what became of messages, from receipts and from Notify itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from emailops.clients.private import digest
from emailops.declaration.addresses import cleaned, domain
from emailops.declaration.model import Declaration
from emailops.declaration.names import require
from emailops.declaration.vocabulary import KeyKind
from emailops.engine.declared import valid
from emailops.errors import EmailopsError, GateError, InvalidInput
from emailops.private import Address
from emailops.providers.notify_messages import FAILED, Filter, HeldMessage
from emailops.questions.log_hash import spellings
from emailops.questions.recipient import comparable
from emailops.receipts.receipt import Receipt
from emailops.receipts.store import ReceiptStore
from emailops.resource import PRODUCTION
from emailops.run import Run
from emailops.tasks import message_receipts
from emailops.tasks.found_messages import FoundMessage, FoundMessages, Teller
from emailops.tasks.message_keys import KeyGroup, MessageKeys, key_groups
from emailops.tasks.message_receipts import receipts_of


@dataclass(frozen=True, slots=True)
class Sought:
    """Which messages: to somebody, with a reference, or one by its id; of a stage; sent at a moment or later."""

    address: Address | None = None
    reference: str = ""
    id: str = ""
    stage: str | None = None
    since: datetime | None = None

    def fits(self, recipient: str, reference: str) -> bool:
        """Whether a message went to them, or tells by its reference that it was meant for them."""
        if self.address is None:
            return not self.reference or reference == self.reference
        text = self.address.reveal()
        if comparable(recipient) == comparable(text):
            return True
        return any(spelling in reference for spelling in (digest(cleaned(text)), digest(cleaned(text).lower())))


def find(run: Run, wanted: Sought, *, ask: bool) -> FoundMessages:
    """Every message that fits. Raises InvalidInput where nobody could be asked at all, NotDeclared, and GateError."""
    declaration = _declared(run, wanted.stage)
    asking = _Asking(declaration, run, wanted)
    asking.receipts(lambda store: _by_receipts(store, wanted))
    if ask:
        asking.notify(lambda keys, group: _by_notify(keys, group, wanted))
    return asking.found(_redirects(declaration, wanted))


def failures(run: Run, wanted: Sought, *, ask: bool) -> FoundMessages:
    """Every message since a moment that did not arrive, not even later, or was spam to somebody. Raises as `find`."""
    declaration = _declared(run, wanted.stage)
    asking = _Asking(declaration, run, wanted)
    since = wanted.since.timestamp() if wanted.since else 0.0
    asking.receipts(lambda store: message_receipts.failed(store, since))
    if ask:
        listed = Filter(status=FAILED, since=wanted.since)
        asking.notify(lambda keys, group: keys.messages(group, listed))
    found = asking.found(())
    failed = tuple(message for message in found.messages if message.has_failed or message.complained)
    arrived = len(found.messages) - len(failed)
    late = [f"{arrived} more failed at first and arrived after all: not in the list"] if arrived else []
    return replace(found, messages=failed, notes=(*found.notes, *late))


def show(run: Run, id_: str, stage: str) -> tuple[FoundMessage, str, str]:
    """A message of a stage as it was sent: what became of it, its subject and its body.

    Raises NotDeclared, GateError `sensitive`, and InvalidInput where no key of the stage holds it.
    """
    declaration = _declared(run, stage)
    keys, asking = MessageKeys(declaration, run), _Asking(declaration, run, Sought(stage=stage))
    reasons = []
    for group in key_groups(declaration, stage):
        try:
            held, is_of_kind = keys.message(group, id_)
        except InvalidInput as error:
            reasons.append(error.message)
            continue
        if held is not None and is_of_kind:
            _may_be_shown(declaration, group, held)
            return asking.of_notify(held, group), held.subject, held.body
        if held is not None:
            reasons.append(f"no {group.kind} key sent it, so it is not one of {stage}")
    why = "; ".join(dict.fromkeys(reasons)) or "Notify holds none with this id, or no longer"
    remedy = "see its id and its stage; Notify keeps a message 7 days, unless your service settled on another time"
    raise InvalidInput(f"{stage} has no such message: {why}", remedy)


def _may_be_shown(declaration: Declaration, group: KeyGroup, held: HeldMessage) -> None:
    """What people must not read of production is not shown: a link in it may let whoever reads it in.

    Nothing tells which of two keys of one kind sent it. So all of a kind counts as production's where one key is.
    """
    may_be = PRODUCTION in group.stages or group.kind is KeyKind.unknown
    found = [template for template in declaration.all_templates() if template.id == held.template_id]
    if not may_be or (found and not any(template.source.items_at("sensitive") for template in found)):
        return
    name = found[0].name if found else "its template"
    what = f"{name} has sensitive placeholders" if found else "its template is not declared, so nobody says that it may"
    whose = "production may have sent it" if group.kind is KeyKind.unknown else "production does not show it"
    raise GateError("sensitive", f"{what}: {whose}", "look at the same template at another stage")


class _Asking:
    """Those who are asked one after the other, and what they tell of each message."""

    def __init__(self, declaration: Declaration, run: Run, wanted: Sought) -> None:
        self._declaration = declaration
        self._run = run
        self._stage = wanted.stage
        self._since = wanted.since
        self._messages: dict[str, FoundMessage] = {}
        self._asked: list[str] = []
        self._unread: list[str] = []
        self._names = {template.id: template.name for template in declaration.all_templates()}

    def receipts(self, ask: Callable[[ReceiptStore], Iterable[Receipt]]) -> None:
        """Receipts do not say which stage sent a message, so all of them are asked."""
        by_id: dict[str, list[Receipt]] = {}
        complained: dict[str, datetime] = {}
        try:
            with receipts_of(self._run) as store:
                for receipt in ask(store):
                    by_id.setdefault(receipt.id, []).append(receipt)
                complained = {told.message: told.became for told in store.complaints_of(by_id)}
            self._asked.append("receipts")
        except EmailopsError as error:
            self._unread.append(f"receipts: {error.message}")
        for told in by_id.values():
            message = self._of_receipts(sorted(told, key=lambda each: each.became))
            self._messages[message.id] = replace(message, complained=complained.get(message.id))

    def notify(self, ask: Callable[[MessageKeys, KeyGroup], Iterable[HeldMessage]]) -> None:
        keys = MessageKeys(self._declaration, self._run)
        groups = tuple(key_groups(self._declaration, self._stage))
        if not groups:
            self._unread.append(f"{self._stage or 'no stage'} has no Notify key" if self._stage else "no Notify key")
        for group in groups:
            try:
                for held in ask(keys, group):
                    self._note(self.of_notify(held, group))
                self._asked.append(f"Notify: {group}")
            except GateError:
                raise
            except EmailopsError as error:
                self._unread.append(f"Notify: {error.message}")

    def found(self, notes: Iterable[str]) -> FoundMessages:
        if not self._asked:
            remedy = "--ask asks Notify; EMAILOPS_DATABASE says where receipts are"
            raise InvalidInput(f"nobody could be asked: {'; '.join(self._unread)}", remedy)
        sent = [each for each in self._messages.values() if self._since is None or each.is_since(self._since)]
        messages = sorted(sent, key=lambda message: (message.created, message.id), reverse=True)
        of_any = sum(message.tellers == (Teller.receipts,) for message in messages) if self._stage else 0
        stageless = [f"receipts name no stage, so other stages may have sent {of_any} of these"] if of_any else []
        return FoundMessages(tuple(messages), tuple(self._asked), tuple(self._unread), (*stageless, *notes))

    def _note(self, message: FoundMessage) -> None:
        """Notify's word on the status is newer than any receipt; the rest of both is kept."""
        known = self._messages.get(message.id)
        if known is not None:
            tellers = tuple(dict.fromkeys((*known.tellers, *message.tellers)))
            message = replace(message, tellers=tellers, history=known.history, complained=known.complained)
        self._messages[message.id] = message

    def _of_receipts(self, told: list[Receipt]) -> FoundMessage:
        newest = told[-1]
        return FoundMessage(
            newest.id,
            newest.reference or "",
            str(newest.type),
            newest.status,
            self._names.get(newest.template, newest.template),
            newest.template,
            newest.address,
            newest.recipient,
            newest.created,
            newest.sent,
            newest.completed,
            (Teller.receipts,),
            history=tuple((each.status, each.became) for each in told),
        )

    def of_notify(self, held: HeldMessage, group: KeyGroup) -> FoundMessage:
        return FoundMessage(
            held.id,
            held.reference,
            held.type,
            held.status,
            self._names.get(held.template_id, held.template_id),
            held.template_id,
            held.recipient,
            digest(held.recipient.reveal()),
            held.created,
            held.sent,
            held.completed,
            (Teller.notify,),
            str(group.kind),
            group.stages,
        )


def _by_receipts(store: ReceiptStore, wanted: Sought) -> list[Receipt]:
    if wanted.id:
        return list(store.by_id(wanted.id.lower()))
    if wanted.address is None:
        found = list(store.by_reference(wanted.reference, message_receipts.MOST))
    else:
        text = wanted.address.reveal()
        found = message_receipts.to(store, spellings(text)) + message_receipts.meant_for(store, text)
    return list(store.by_ids({receipt.id for receipt in found}))


def _by_notify(keys: MessageKeys, group: KeyGroup, wanted: Sought) -> list[HeldMessage]:
    if wanted.id:
        held, is_of_kind = keys.message(group, wanted.id)
        return [held] if held is not None and is_of_kind else []
    listed = Filter(reference=wanted.reference, since=wanted.since)
    return keys.messages(group, listed, lambda held: wanted.fits(held.recipient.reveal(), held.reference))


def _declared(run: Run, stage: str | None) -> Declaration:
    declaration = valid(run)
    if stage is not None:
        require("stage", stage, declaration.stages)
    return declaration


def _redirects(declaration: Declaration, wanted: Sought) -> Iterator[str]:
    """Where mail to this domain goes elsewhere, a message can be told by its reference alone."""
    asked = domain(cleaned(wanted.address.reveal())) if wanted.address else ""
    by_target: dict[str, list[str]] = {}
    for stage in declaration.stages.values():
        if asked and asked in (stage.domains or {}) and wanted.stage in (None, stage.name):
            by_target.setdefault(stage.redirect_to or "", []).append(stage.name)
    for target, names in by_target.items():
        found = "only a message whose reference holds the hash of the address is found"
        yield f"{', '.join(names)}: what is for {asked} goes to {target}, so {found}"
