"""`scan usage`: what the code of a consumer reads, against what the consumer is declared to read.

Its findings rest on the syntax of the code, not on a list that somebody keeps.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import PurePosixPath

from emailops.declaration.declared_ids import DeclaredId
from emailops.declaration.model import TEMPLATE, Consumer, Declaration
from emailops.generate import is_marked
from emailops.resource import Severity
from emailops.scan.exemptions import Exemptions, inline_reason, sifted
from emailops.scan.expected import Expected, expected_of
from emailops.scan.mentions import IDS
from emailops.scan.scanned import Scanned, Sighting, Unread, unread_in_order
from emailops.scan.tree import Text
from emailops.scan.uses import CodeUse, Unparsable, UseSort, uses

_WORD = re.compile(rb"[A-Za-z_][A-Za-z0-9_]{3,}")
_PROSE = (".md", ".rst", ".txt", ".lock", ".csv", ".svg", "package-lock.json", "yarn.lock")
_CLIENT = re.compile(r"(?:\w*::)*(?:\w*Notif(?:y|ications?)\w*(?:Client|::Client))\Z")
_OFFICIAL = re.compile(r"NotificationsAPIClient|NotificationClient|Notifications::Client\Z")
_REDIRECTS = re.compile(r"redirect", re.IGNORECASE)
_SENDS = re.compile(r"send_?email|send_?mail|send_?notification", re.IGNORECASE)
_SENT_ID = re.compile(r"(?:[01]|template_?id):[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\Z", re.IGNORECASE)
_TEMPLATE_WORD = re.compile(r"(?:template|template_?name|template_?name_?or_?id)\Z", re.IGNORECASE)
_TESTS = re.compile(r"(?:^|/)(?:tests?|specs?|features|__tests__)/|(?:^|/)test_[^/]*$|[._](?:test|spec)\.\w+$")


@dataclass(slots=True)
class CodeRead:
    """What was found in a consumer's code: templates that it reads by name or in any other way, and every text.

    `of_files` are the templates of each file, and `clients` what sends from it without redirects.
    """

    templates: dict[str, tuple[str, CodeUse]] = field(default_factory=dict)
    texts: set[str] = field(default_factory=set)
    of_files: dict[str, set[str]] = field(default_factory=dict)
    clients: dict[str, tuple[Text, CodeUse]] = field(default_factory=dict)

    @property
    def unredirected(self) -> set[str]:
        """The templates of files that send without redirects."""
        return {name for path in self.clients for name in self.of_files.get(path, ())}


def scan(
    files: Iterable[Text | Unread],
    declaration: Declaration,
    consumer: Consumer,
    exemptions: Exemptions,
    today: date,
    prefix: str = "",
) -> tuple[Scanned, CodeRead]:
    """Findings, and what `--update` would write; `prefix` leads from here to the state.

    Tests are not the consumer's code, and generated files are ours.
    """
    expected = expected_of(declaration, consumer)
    read = CodeRead()
    sightings: list[Sighting] = []
    unread: list[Unread] = []
    count = 0
    for file in files:
        if isinstance(file, Unread):
            unread.append(file)
        elif not _TESTS.search(file.path) and not is_marked(file.content[:2000].decode(errors="replace")):
            count += 1
            if not expected.mentions.are_in(file.content):
                continue
            try:
                found = uses(file.path, file.content)
                sightings += _of_code(file, list(found), expected, read) if found else _of_text(file, expected, read)
            except Unparsable as error:
                unread.append(Unread(file.path, str(error)))
                sightings += _of_text(file, expected, read)
    sightings += _unredirected(expected, read)
    sightings += _of_declared(expected, read, prefix)
    scanned = Scanned((), unread=unread_in_order(unread), read={"file": count})
    return sifted(sightings, exemptions, today, scanned), read


def _of_code(file: Text, found: list[CodeUse], expected: Expected, read: CodeRead) -> Iterator[Sighting]:
    maps = expected.maps | {use.name for use in found if use.sort is UseSort.bound and use.of in expected.maps}
    has_generated = any(use.sort is UseSort.name and use.name.rpartition(".")[2] in expected.modules for use in found)
    for use in found:
        if use.sort in (UseSort.text, UseSort.name, UseSort.key):
            read.texts.add(use.name)
        if use.sort is UseSort.text:
            yield from _ids(file, use, expected, read)
        if use.name in expected.sources:
            read.of_files.setdefault(file.path, set()).add(expected.sources[use.name])
        if use.sort in (UseSort.text, UseSort.name):
            yield from _retired(file, use, expected)
        if use.sort is UseSort.key:
            yield from _key(file, use, expected, read, maps)
        if use.sort is UseSort.call:
            yield from _call(file, use, expected, read)
        if use.sort is UseSort.override and has_generated and use.name in expected.settings:
            message = f"{use.of}.{use.name} wins over the generated value"
            yield _sighting(file, use, "usage-override", use.name, message, "remove it: the generated file sets it")


def _key(file: Text, use: CodeUse, expected: Expected, read: CodeRead, maps: frozenset[str]) -> Iterator[Sighting]:
    if use.of in maps:
        yield from _template(file, use, use.name, expected, read)
    elif right := expected.unread_variables.get(use.name):
        message = f"{use.name} is a name that nothing sets"
        yield _sighting(file, use, "usage-setting-undeclared", use.name, message, f"read {right}")
    elif use.name in expected.others and use.name not in expected.settings:
        message = f"{use.name} is read, and {expected.consumer.name} does not get it"
        remedy = f"declare it in the consumer's files: {use.name}, or do not read it"
        yield _sighting(file, use, "usage-setting-undeclared", use.name, message, remedy)


def _call(file: Text, use: CodeUse, expected: Expected, read: CodeRead) -> Iterator[Sighting]:
    if _SENDS.search(use.name):
        for word in sorted(use.more):
            place, _, text = word.partition(":")
            if _SENT_ID.match(word) and text.lower() not in expected.ids:
                message = "a template is sent by an id, and none of this id is declared"
                yield _sighting(
                    file, use, "usage-template-undeclared", text, message, "declare it, and read its setting"
                )
            if (text and not IDS.fullmatch(text.encode()) and _TEMPLATE_WORD.match(place)) or (
                place == "1" and text in expected.names
            ):
                yield from _template(file, use, text, expected, read)
    if _CLIENT.search(use.name) or _OFFICIAL.search(use.name):
        is_official = bool(_OFFICIAL.search(use.name))
        if not (use.count or is_official) or any(_REDIRECTS.search(word.partition(":")[0]) for word in use.more):
            return
        if "**" in use.more and not is_official:
            return
        read.clients.setdefault(file.path, (file, use))


def _unredirected(expected: Expected, read: CodeRead) -> Iterator[Sighting]:
    """Each file that sends without redirects something that is not declared as sent so."""
    for path, (file, use) in read.clients.items():
        undeclared = sorted(read.of_files.get(path, set()) - set(expected.consumer.unredirected))
        if undeclared or not read.of_files.get(path):
            what = f", {', '.join(undeclared)} among it" if undeclared else ""
            message = f"{use.name} is made without redirects: mail from here goes to whoever it names{what}"
            remedy = "hand it the generated redirects; or declare the templates in unredirected: --update does"
            yield _sighting(file, use, "usage-unredirected", expected.consumer.name, message, remedy)


def _template(file: Text, use: CodeUse, name: str, expected: Expected, read: CodeRead) -> Iterator[Sighting]:
    consumer = expected.consumer
    if name not in expected.names:
        message = f"the template {name} is read, and there is none of this name"
        yield _sighting(file, use, "usage-template-undeclared", name, message, "correct the name, or declare it")
        return
    read.templates.setdefault(name, (file.path, use))
    read.of_files.setdefault(file.path, set()).add(name)
    if name in consumer.keeps:
        message = f"{name} is read, and {consumer.name} only keeps it"
        yield _sighting(file, use, "usage-template-undeclared", name, message, "move it to templates: --update does")
    elif name not in (*consumer.templates, *consumer.literals):
        message = f"{name} is read, and {consumer.name} does not declare it"
        yield _sighting(file, use, "usage-template-undeclared", name, message, "add it to templates: --update does")


def _ids(file: Text, use: CodeUse, expected: Expected, read: CodeRead) -> Iterator[Sighting]:
    text = use.name.lower().encode(errors="replace")
    for found in IDS.finditer(text):
        if declared := expected.ids.get(found[0].decode()):
            if declared.resource.kind == TEMPLATE:
                read.of_files.setdefault(file.path, set()).add(declared.resource.name.rpartition(".")[2])
            at = replace(use, line=use.line + text.count(b"\n", 0, found.start()))
            yield _of_an_id(file, at, declared, "in the code")


def _of_an_id(file: Text, use: CodeUse, declared: DeclaredId, where: str) -> Sighting:
    message = f"the id of {declared.resource} stands {where}"
    remedy = f"read a setting instead, whose source is {declared.source}"
    return _sighting(file, use, "usage-id", str(declared.resource), message, remedy)


def _retired(file: Text, use: CodeUse, expected: Expected) -> Iterator[Sighting]:
    lower = use.name.lower()
    for pattern, provider, when in expected.retired:
        if pattern in lower:
            yield _sighting(file, use, "usage-retired", provider, f"{provider} was {when}", "remove what uses it")


def _of_text(file: Text, expected: Expected, read: CodeRead) -> Iterator[Sighting]:
    """A file of another language: ids, and names of settings as words."""
    if file.path.endswith(_PROSE):
        return
    for found in _WORD.finditer(file.content):
        read.texts.add(found[0].decode())
    for found in IDS.finditer(file.content):
        if declared := expected.ids.get(found[0].decode().lower()):
            yield _of_an_id(file, _place(file, found.start()), declared, "here")
    for pattern, provider, when in expected.retired:
        at = file.content.lower().find(pattern.encode())
        if at >= 0:
            message = f"{provider} was {when}"
            yield _sighting(file, _place(file, at), "usage-retired", provider, message, "remove what uses it")


def _place(file: Text, at: int) -> CodeUse:
    begun = file.content.rfind(b"\n", 0, at) + 1
    return CodeUse(UseSort.text, "", file.content.count(b"\n", 0, at) + 1, at - begun + 1)


def _of_declared(expected: Expected, read: CodeRead, prefix: str) -> Iterator[Sighting]:
    """What is declared to be read, and stands nowhere in the code."""
    consumer = expected.consumer
    for name in consumer.templates:
        if name not in read.templates and name not in read.texts:
            place = consumer.source.at("templates", list(consumer.templates).index(name))
            message = f"{consumer.name} is declared to read {name}, and its code does not"
            yield _declared(prefix, place, "usage-template-unread", name, message, "move it to keeps: --update does")
    for name in sorted(expected.settings):
        if name not in read.texts:
            message = f"{consumer.name} gets {name}, and nothing in its code reads it"
            yield _declared(
                prefix, consumer.source.place, "usage-setting-unread", name, message, "take it out of its files"
            )


def _declared(prefix: str, place: tuple[str, int, int], rule: str, subject: str, message: str, remedy: str) -> Sighting:
    path, line, column = place
    shown = str(PurePosixPath(prefix) / path)
    return Sighting(shown, line, column, rule, subject, message, remedy, Severity.warning)


def _sighting(file: Text, use: CodeUse, rule: str, subject: str, message: str, remedy: str) -> Sighting:
    at = 0
    for _ in range(use.line - 1):
        at = file.content.find(b"\n", at) + 1
    reason = inline_reason(file.content, at, subject.rpartition("/")[2]) or ""
    return Sighting(file.path, use.line, use.column, rule, subject, message, remedy, reason=reason)
