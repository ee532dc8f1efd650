"""`new-iteration`: the few lines that declare the next iteration of a framework, and what else the previous one has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches

from emailops.declaration.entries import as_written
from emailops.declaration.model import Declaration, Framework
from emailops.declaration.values import Table
from emailops.declaration.vocabulary import FrameworkStatus
from emailops.engine.declared import errors_of, judged, refuse_unsound, valid
from emailops.errors import InvalidInput
from emailops.private import mask_strangers
from emailops.questions.mentions import Mention, followers, mentions
from emailops.resource import Place
from emailops.run import Run
from emailops.store import files
from emailops.store.edits import block, put_entry
from emailops.store.tree import Tree, read_directory

_NAME = re.compile(r"(?!_)[A-Za-z0-9_-]+")
_NUMBER = re.compile(r"(.*?)([0-9]*)")
_LATER = {
    FrameworkStatus.open: "closing, while both get mail?",
    FrameworkStatus.closing: "closed, when its last opportunity has ended?",
}


@dataclass(frozen=True, slots=True)
class Iteration:
    """What was written, the settings that the new iteration is in by itself, and what is left to consider."""

    path: str
    text: str
    follows: tuple[tuple[str, str, Place], ...]
    consider: tuple[Mention, ...]


def name_after(run: Run, framework: str, previous: str) -> str | None:
    """The new iteration's name, where that of the previous one says how: "... 5" is followed by "... 6"."""
    title = _previous(valid(run), previous).title
    stem, number = _split(previous)
    new_stem, new_number = _split(framework)
    name, name_number = _split(title)
    if not new_number or new_stem.rstrip("-_") != stem.rstrip("-_") or name_number != number:
        return None
    return f"{name.rstrip()} {new_number}" if not number else f"{name}{new_number}"


def begin(run: Run, framework: str, previous: str, name: str, status: str) -> Iteration:
    """Declare `framework` as `previous` is declared. Raises InvalidInput before anything is written, if it must."""
    declaration = valid(run)
    before = _previous(declaration, previous)
    section = declaration.sections["audiences"]
    if not _NAME.fullmatch(framework):
        raise InvalidInput(f"{framework!r} cannot be a name", "use letters, digits, _ and -, and begin without _")
    if framework in section:
        place = section.field_places[framework]
        raise InvalidInput(f"{framework} is declared already, in {place.path}:{place.line}", "edit it there")
    tree = read_directory(run.state)
    entry = as_written(declaration, "audiences", previous)
    base = entry.get("extends")
    if not isinstance(base, str):
        message = f"{previous} extends no base, so there is nothing that two iterations could share"
        remedy = f"move what they share from {entry.place.path} into a base, an entry whose name begins with _"
        raise InvalidInput(message, remedy)
    value = {"extends": base, "name": name, "status": status}
    path, text = put_entry(tree.files, "audiences", framework, value)
    if path not in tree.files and (run.state / path).exists():
        raise InvalidInput(f"{run.state / path} is there already", "see what it is")
    refuse_unsound(errors_of(judged(Tree({**tree.files, path: text.encode()}), run)))
    consider = [*_own(before, entry), *mentions(before, section.field_places[previous], tree.files)]
    files.write(run.state / path, text)
    hidden = mask_strangers(declaration.known_domains(), declaration.known_addresses())
    return Iteration(
        path,
        block(value) if path.startswith("audiences/") else block({framework: value}),
        tuple(followers(declaration, status)),
        tuple(replace(mention, text=hidden(mention.text)) for mention in _once(consider)),
    )


def _previous(declaration: Declaration, name: str) -> Framework:
    found = declaration.frameworks.get(name)
    if found is None:
        close = get_close_matches(name, declaration.frameworks, n=1)
        known = ", ".join(declaration.frameworks) or "none is declared"
        raise InvalidInput(f"there is no framework {name!r}", f"did you mean {close[0]}?" if close else f"see {known}")
    return found


def _split(text: str) -> tuple[str, str]:
    found = _NUMBER.fullmatch(text)
    return (found[1], found[2]) if found else (text, "")


def _own(framework: Framework, entry: Table) -> Iterator[Mention]:
    """What the previous iteration says of itself, and its status while mail still goes out for it."""
    if framework.status in _LATER:
        yield Mention(framework.source.at("status"), f"status: {framework.status}", _LATER[framework.status])
    for key in entry:
        if key not in ("extends", "name", "status"):
            yield Mention(entry.field_places[key], f"{key}: ...", "does the new one differ from the base in this, too?")


def _once(found: list[Mention]) -> list[Mention]:
    """One a line: what is said of it first, is said."""
    by_line: dict[tuple[str, int], Mention] = {}
    for mention in found:
        by_line.setdefault((mention.place.path, mention.place.line), mention)
    return list(by_line.values())
