"""The declared state of this run: read, resolved and checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from emailops.declaration.build import declare
from emailops.declaration.model import Declaration, Waiver
from emailops.declaration.values import State
from emailops.errors import FindingsError
from emailops.plan import Finding
from emailops.policy import check
from emailops.private import hide_secrets, mask_strangers
from emailops.settings import Settings
from emailops.store.state import load, put_recorded
from emailops.store.tree import Tree, read_directory


@dataclass(frozen=True, slots=True)
class Declared:
    """What is declared, what is wrong with it, and what waivers took back."""

    declaration: Declaration
    findings: tuple[Finding, ...]
    waived: tuple[tuple[Finding, Waiver], ...]
    is_whole: bool


def read(settings: Settings, *, with_ids: bool = True) -> Declared:
    """All problems of all files of this run's state.

    With `ledger: git` recorded ids come from its branch, unless the caller needs none. Raises LedgerError.
    """
    return judged(read_directory(settings.state), settings, with_ids=with_ids)


def judged(tree: Tree, settings: Settings, *, with_ids: bool = True) -> Declared:
    """The same of files as they might be. The rules wait until every file can be read: half a state breaks most."""
    state = load(tree)
    if state.root.get("ledger") == "git":
        _put_ids(state, settings, wanted=with_ids)
    declaration = declare(state)
    discreet = _discretion(declaration)
    if not state.is_whole:
        return Declared(declaration, tuple(map(discreet, state.findings)), (), is_whole=False)
    checked = check(declaration, settings.today)
    findings = sorted({*state.findings, *checked.findings}, key=lambda one: (one.path, one.line, one.column, one.rule))
    waived = tuple((discreet(finding), waiver) for finding, waiver in checked.waived)
    return Declared(declaration, tuple(map(discreet, findings)), waived, is_whole=True)


def _put_ids(state: State, settings: Settings, *, wanted: bool) -> None:
    """The ids of the ledger's branch; the state's own would be older ones."""
    from emailops.reconcile.ledgers import git_ledger

    for table in state.recorded.values():
        message, remedy = "ledger: git keeps ids on its branch, and these are older", "git rm -r recorded/"
        state.findings.append(Finding(*table.place, "recorded-elsewhere", "error", message, remedy))
    if wanted:
        put_recorded(state, git_ledger(settings).recorded())


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
    return sound(read(settings), settings)


def sound(declared: Declared, settings: Settings) -> Declaration:
    """What was read, if nothing is wrong with it. Raises FindingsError; warnings do not count."""
    errors = tuple(one for one in declared.findings if one.is_error)
    if errors:
        raise FindingsError(errors, settings.prefix)
    return declared.declaration
