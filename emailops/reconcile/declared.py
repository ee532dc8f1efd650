"""The declared state of this run: read, resolved and checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from emailops.declaration.build import declare
from emailops.declaration.model import Declaration, Waiver
from emailops.errors import FindingsError
from emailops.plan import Finding
from emailops.policy import check
from emailops.private import hide_secrets, mask_strangers
from emailops.settings import Settings
from emailops.store.state import load
from emailops.store.tree import Tree, read_directory


@dataclass(frozen=True, slots=True)
class Declared:
    """What is declared, what is wrong with it, and what waivers took back."""

    declaration: Declaration
    findings: tuple[Finding, ...]
    waived: tuple[tuple[Finding, Waiver], ...]
    is_whole: bool


def read(settings: Settings) -> Declared:
    """All problems of all files of this run's state."""
    return judged(read_directory(settings.state), settings.today)


def judged(tree: Tree, today: date) -> Declared:
    """All problems of all files. The rules wait until every file can be read: half a state breaks most of them."""
    state = load(tree)
    declaration = declare(state)
    discreet = _discretion(declaration)
    if not state.is_whole:
        return Declared(declaration, tuple(map(discreet, state.findings)), (), is_whole=False)
    checked = check(declaration, today)
    findings = sorted({*state.findings, *checked.findings}, key=lambda one: (one.path, one.line, one.column, one.rule))
    waived = tuple((discreet(finding), waiver) for finding, waiver in checked.waived)
    return Declared(declaration, tuple(map(discreet, findings)), waived, is_whole=True)


def _discretion(declaration: Declaration) -> Callable[[Finding], Finding]:
    """A finding repeats what is wrong, and goes to logs: without secrets, or addresses that may be people's."""
    mask = mask_strangers(declaration.known_domains(), declaration.known_addresses())

    def discreet(finding: Finding) -> Finding:
        message, remedy = (hide_secrets(mask(text)) for text in (finding.message, finding.remedy))
        if (message, remedy) == (finding.message, finding.remedy):
            return finding
        return replace(finding, message=message, remedy=remedy)

    return discreet


def valid(settings: Settings) -> Declaration:
    """The declaration, if nothing is wrong with it. Raises FindingsError; warnings do not count."""
    declared = read(settings)
    errors = tuple(one for one in declared.findings if one.is_error)
    if errors:
        raise FindingsError(errors, settings.prefix)
    return declared.declaration
