"""`compare`: what one framework, stage or consumer has and another lacks, or has otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from emailops.canonical import flat
from emailops.declaration.build import plain
from emailops.declaration.ids import IdOf, with_ids
from emailops.declaration.model import Declaration, Framework
from emailops.declaration.names import near
from emailops.declaration.reviewed import facts
from emailops.errors import NotDeclared

Path = tuple[str, ...]
"""What a value is of, from the outside in: `settings`, a consumer, a setting's name."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """A value that two things do not share; None on the side that has none."""

    path: Path
    first: Any
    second: Any


@dataclass(frozen=True, slots=True)
class Contrasts:
    """Everything in which two things of one sort differ, and in how many values they agree."""

    sort: str
    first: str
    second: str
    found: tuple[Contrast, ...]
    alike: int


def contrasts(declaration: Declaration, first: str, second: str) -> Contrasts:
    """Compare two things that are declared. Raises NotDeclared for a name that nothing has, or two of unlike sorts."""
    sort = _sort(declaration, first, second)
    sides = [_SORTS[sort](declaration, name) for name in (first, second)]
    left, right = ({path: with_ids(value, declaration.ids) for path, value in side.items()} for side in sides)
    paths = dict.fromkeys([*left, *right])
    found = [Contrast(path, left.get(path), right.get(path)) for path in paths if left.get(path) != right.get(path)]
    return Contrasts(sort, first, second, tuple(found), len(paths) - len(found))


def _sort(declaration: Declaration, first: str, second: str) -> str:
    """What both names are: each sort has names of its own, so that nobody has to say it."""
    known = {"framework": declaration.frameworks, "stage": declaration.stages, "consumer": declaration.consumers}
    for sort, names in known.items():
        if first in names and second in names:
            return sort
    every = [name for names in known.values() for name in names]
    for name in (first, second):
        if name not in every:
            close = near(name, every)
            remedy = f"did you mean {close}?" if close else "name two frameworks, two stages or two consumers"
            raise NotDeclared(f"there is no framework, stage or consumer {name!r}", remedy)
    raise NotDeclared(f"{first} and {second} are not of one sort", "name two frameworks, two stages or two consumers")


def _stage(declaration: Declaration, name: str) -> dict[Path, Any]:
    found: dict[Path, Any] = {}
    for fact, value in facts(declaration).items():
        if fact.stage == name:
            subject = "" if fact.subject == name else fact.subject
            found |= _leaves((fact.sort.value, subject, fact.name), value)
    stage = declaration.stages[name]
    redirects = dict.fromkeys(stage.domains or (), stage.redirect_to)
    return {**{("redirects", "", domain): to for domain, to in redirects.items()}, **found}


def _consumer(declaration: Declaration, name: str) -> dict[Path, Any]:
    found: dict[Path, Any] = {}
    for fact, value in facts(declaration).items():
        if fact.subject == name:
            found |= _leaves((fact.sort.value, fact.stage, fact.name), value)
    for template in declaration.consumers[name].templates:
        found["templates", "", template] = "reads"
    return found


def _framework(declaration: Declaration, name: str) -> dict[Path, Any]:
    """What is declared of it, its own name in its values put aside, and where settings name it."""
    framework = declaration.frameworks[name]
    found = _leaves(("declared", ""), _impersonal(framework, plain(framework.source)))
    for lot, audience in framework.audiences.items():
        found |= _leaves(("audience", lot), _impersonal(framework, dict(audience.attributes)))
        found["audience", lot, "stages"] = ", ".join(audience.stages)
        found["audience", lot, "otherwise"] = audience.otherwise or None
    for fact, value in facts(declaration).items():
        if _names(value, name, {str(audience.resource) for audience in framework.audiences.values()}):
            found[fact.sort.value, fact.stage, f"{fact.name} of {fact.subject}"] = "named"
    return {path: value for path, value in found.items() if value is not None}


def _names(value: Any, name: str, resources: set[str]) -> bool:
    if isinstance(value, Mapping):
        return any(_names(part, name, resources) for part in (*value, *value.values()))
    if isinstance(value, list):
        return any(_names(part, name, resources) for part in value)
    return value == name or (isinstance(value, IdOf) and value.resource in resources)


def _impersonal(framework: Framework, value: Any) -> Any:
    if isinstance(value, dict):
        return {field: _impersonal(framework, inner) for field, inner in value.items()}
    if isinstance(value, str) and framework.title:
        return value.replace(framework.title, "{framework_name}").replace(framework.name, "{framework}")
    return value


def _leaves(path: Path, value: Any) -> dict[Path, Any]:
    """Each part of a mapping by itself."""
    if isinstance(value, dict) and value:
        return {(*path, name): part for name, part in flat(value).items()}
    return {path: value}


_SORTS: Mapping[str, Callable[[Declaration, str], dict[Path, Any]]] = {
    "framework": _framework,
    "stage": _stage,
    "consumer": _consumer,
}


def grouped(found: tuple[Contrast, ...]) -> Iterator[tuple[Contrast, tuple[str, ...]]]:
    """Contrasts that differ only in whom they are of, as one with all of those."""
    groups: dict[tuple[Any, ...], list[Contrast]] = {}
    for contrast in found:
        sort, _, *rest = contrast.path
        groups.setdefault((sort, *rest, repr(contrast.first), repr(contrast.second)), []).append(contrast)
    for group in groups.values():
        yield group[0], tuple(contrast.path[1] for contrast in group if contrast.path[1])
