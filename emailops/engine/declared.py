"""The declared state of this run: read, resolved and checked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from emailops.dataclass import dataclass
from emailops.declaration.build import declare
from emailops.declaration.model import Declaration, Waiver
from emailops.declaration.names import near
from emailops.declaration.values import State
from emailops.errors import FindingsError, InvalidInput
from emailops.kinds import resources
from emailops.policy import check
from emailops.private import hide_secrets, mask_strangers
from emailops.resource import Desired, Finding
from emailops.run import Run
from emailops.store.state import load, put_recorded
from emailops.store.tree import Tree, read_directory


@dataclass(frozen=True, slots=True)
class Declared:
    """What is declared, what is wrong with it, and what waivers took back."""

    declaration: Declaration
    findings: tuple[Finding, ...]
    waived: tuple[tuple[Finding, Waiver], ...]
    is_whole: bool


def read(run: Run, *, with_ids: bool = True) -> Declared:
    """All problems of all files of this run's state.

    With `ledger: git` recorded ids come from its branch, unless the caller needs none. Raises LedgerError.
    """
    return judged(read_directory(run.state), run, with_ids=with_ids)


def judged(tree: Tree, run: Run, *, with_ids: bool = True) -> Declared:
    """The same of files as they might be. The rules wait until every file can be read: half a state breaks most."""
    state = load(tree)
    if state.root.get("ledger") == "git":
        _put_ids(state, run, wanted=with_ids)
    declaration = declare(state)
    discreet = _discretion(declaration)
    if not state.is_whole:
        return Declared(declaration, tuple(map(discreet, state.findings)), (), is_whole=False)
    checked = check(declaration, run.today)
    findings = sorted({*state.findings, *checked.findings}, key=_by_place)
    waived = tuple((discreet(finding), waiver) for finding, waiver in checked.waived)
    return Declared(declaration, tuple(map(discreet, findings)), waived, is_whole=True)


def _by_place(finding: Finding) -> tuple[str, int, int, str, str]:
    return finding.path, finding.line, finding.column, finding.rule, finding.message


def _put_ids(state: State, run: Run, *, wanted: bool) -> None:
    """The ids of the ledger's branch; the state's own would be older ones."""
    from emailops.engine.declared_ledger import git_ledger

    for table in state.recorded.values():
        message, remedy = "ledger: git keeps ids on its branch, and these are older", "git rm -r recorded/"
        state.findings.append(Finding.error(table.place, "recorded-elsewhere", message, remedy))
    if wanted:
        put_recorded(state, git_ledger(run).recorded())


def _discretion(declaration: Declaration) -> Callable[[Finding], Finding]:
    """A finding repeats what is wrong, and goes to logs: without secrets, or addresses that may be people's."""
    mask = mask_strangers(declaration.known_domains(), declaration.known_addresses())

    def discreet(finding: Finding) -> Finding:
        said = (finding.message, finding.remedy, finding.subject)
        message, remedy, subject = hidden = tuple(hide_secrets(mask(text)) for text in said)
        return finding if hidden == said else replace(finding, message=message, remedy=remedy, subject=subject)

    return discreet


def valid(run: Run) -> Declaration:
    """The declaration, if nothing is wrong with it. Raises FindingsError; warnings do not count."""
    return sound(read(run), run)


def sound(declared: Declared, run: Run) -> Declaration:
    """What was read, if nothing is wrong with it. Raises FindingsError; warnings do not count."""
    errors = tuple(finding for finding in declared.findings if finding.is_error)
    if errors:
        raise FindingsError(errors, run.prefix)
    return declared.declaration


def refuse_unsound(wrong: Sequence[str], remedy: str = "") -> None:
    """Raises InvalidInput where an edit would leave the state with what is wrong; nothing is written then."""
    if wrong:
        raise InvalidInput("nothing was written, since the state would have findings:\n  " + "\n  ".join(wrong), remedy)


def errors_of(declared: Declared) -> list[str]:
    """Each error of a state and what to do about it, in words."""
    return [f"{finding.message}; {finding.remedy}" for finding in declared.findings if finding.is_error]


def resource_named(declaration: Declaration, name: str) -> Desired:
    """One declared resource. Raises InvalidInput, with the nearest name there is."""
    every = {str(desired.resource): desired for desired in resources(declaration)}
    found = every.get(name)
    if found is None:
        close = near(name, every)
        remedy = f"did you mean {close}?" if close else "write KIND/NAME; emailops kinds lists the kinds"
        raise InvalidInput(f"there is no resource {name!r}", remedy)
    return found
