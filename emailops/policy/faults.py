"""One fault, however many entries have it: what is wrong in a base is about the base."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property

from emailops.declaration.model import Declaration
from emailops.declaration.values import Table, every_place
from emailops.policy.problem import Problem
from emailops.resource import Place


class Faults:
    """The problems of one declaration, told once each. Bases are looked for only when two problems share a place."""

    def __init__(self, declaration: Declaration) -> None:
        self._declaration = declaration

    def base_of(self, problem: Problem) -> str:
        """The base in which a problem stands, as a subject such as `stage/_deployed`; empty for one in no base."""
        base = self._bases.get(problem.place, "")
        return f"{problem.subject.partition('/')[0]}/{base}" if base and problem.subject else ""

    def once(self, problems: Iterable[tuple[str, Problem]]) -> Iterator[tuple[str, Problem]]:
        """Each problem with its rule; what differs only in the entry that extends a base is one problem of the base."""
        by_place: dict[tuple[str, Place], list[Problem]] = {}
        for rule, problem in problems:
            by_place.setdefault((rule, problem.place), []).append(problem)
        for (rule, _), together in by_place.items():
            for problem in self._merged(together) if len(together) > 1 else together:
                yield rule, problem

    def _merged(self, problems: list[Problem]) -> Iterator[Problem]:
        """Problems of one rule at one place."""
        alike: dict[tuple[str, str, str], list[Problem]] = {}
        for problem in problems:
            base = self.base_of(problem)
            message, remedy = (_told_of(base, problem, text) for text in (problem.message, problem.remedy))
            alike.setdefault((message, remedy, problem.severity), []).append(problem)
        for (message, remedy, _), group in alike.items():
            base = self.base_of(group[0])
            subjects = {problem.subject for problem in group}
            if base and len(subjects) > 1:
                yield replace(group[0], subject=base, message=message, remedy=remedy)
            else:
                yield group[0]

    @cached_property
    def _bases(self) -> dict[Place, str]:
        """Place of anything in a base -> the name of the base."""
        return {
            place: name
            for section in _sections(self._declaration)
            for name, entry in section.items()
            if name.startswith("_") and isinstance(entry, Table)
            for place in every_place(entry)
        }


def _sections(declaration: Declaration) -> Iterator[Table]:
    """Each section as its file says it, bases and all; of a folder, one file at a time."""
    for path, document in declaration.documents.items():
        if not isinstance(document, Table):
            continue
        folder, slash, name = path.removesuffix(".yaml").rpartition("/")
        if slash and folder in declaration.sections:
            entry = Table(document.place)
            entry.put(name, document, document.place, document.place)
            yield entry
        elif path.removesuffix(".yaml") in declaration.sections:
            yield document
        else:
            yield from (document.table(section) for section in declaration.sections if section in document)


def _told_of(base: str, problem: Problem, text: str) -> str:
    """The same text about the base in the place of the entry that extends it."""
    if not base:
        return text
    name, of_base = (subject.partition("/")[2] for subject in (problem.subject, base))
    for part in dict.fromkeys((name, *name.split("."))):
        text = re.sub(rf"(?<![\w-]){re.escape(part)}(?![\w-])", of_base, text)
    return text
