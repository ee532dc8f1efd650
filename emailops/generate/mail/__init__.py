"""Modules with a function a template: its arguments are the placeholders, so that types refuse what Notify would.

They hold no id, and are the same at every stage: the ids are settings, which the client or the module is given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from emailops.declaration.model import Consumer, Declaration, GeneratedFile
from emailops.declaration.vocabulary import TemplateType
from emailops.errors import InvalidInput
from emailops.generate.format import Header, Values
from emailops.generate.mail import python, typescript
from emailops.generate.mail.message import TemplateCall, messages


@dataclass(frozen=True, slots=True)
class MailModule:
    """A sort of such modules: for each client that it can be written over, how. `read` gives function -> arguments."""

    write: Mapping[str, Callable[[Header, Sequence[TemplateCall]], str]]
    read: Callable[[str], Values]
    purpose: str


SENDERS: dict[str, MailModule] = {
    "python-mail": MailModule(
        {"emailops": python.over_ours, "notify": python.over_official},
        python.read,
        "a Python module with a function a template, whose arguments are its placeholders; for Python 3.9 and up",
    ),
    "typescript-mail": MailModule(
        {"notify": typescript.over_official},
        typescript.read,
        "a TypeScript module with a function a template, whose argument holds its placeholders",
    ),
}
_SENT = (TemplateType.email, TemplateType.sms)


def content_of(header: Header, declaration: Declaration, consumer: Consumer, file: GeneratedFile) -> str:
    """The module. Raises InvalidInput for a template whose words nobody knows, and for a client that it cannot use."""
    sender = SENDERS[file.format]
    write = sender.write.get(file.client or next(iter(sender.write)))
    if write is None:
        message = f"{file.format} of {consumer.name} cannot be written over the client {file.client}"
        raise InvalidInput(message, f"write client: {' or '.join(sender.write)}")
    names = sent_by(consumer, file)
    found = {name: [*declaration.templates.get(name, {}).values()] for name in names}
    known = {name: held for name, held in found.items() if held and held[0].type in _SENT}
    unknown = [name for name, held in known.items() if not any(template.text for template in held)]
    if unknown:
        message = f"nobody knows which placeholders {', '.join(unknown)} has, which {consumer.name} sends"
        keep = f"emailops accept notify-template/{unknown[0]} keeps its text"
        raise InvalidInput(message, f"{keep}; or emailops drift --save notes what Notify holds")
    return write(header, messages(known))


def inputs_of(declaration: Declaration, consumer: Consumer, file: GeneratedFile) -> set[str]:
    """The files of the state that a module rests on."""
    names = sent_by(consumer, file)
    texts = {declaration.texts[name][1].path for name in names if name in declaration.texts}
    sources = (template.source for name in names for template in declaration.templates.get(name, {}).values())
    return texts.union(*(source.layers() for source in sources))


def sent_by(consumer: Consumer, file: GeneratedFile) -> tuple[str, ...]:
    """The templates of a module: the ones that it names, else all that the consumer's code sends."""
    return file.templates or (*consumer.templates, *consumer.literals)
