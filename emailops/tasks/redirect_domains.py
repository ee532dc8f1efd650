"""`scan domains --fix`: puts undeclared domains where the redirects of the stages stand, in the base they share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from emailops.declaration.build import declare
from emailops.declaration.model import Declaration
from emailops.declaration.values import Table
from emailops.errors import InvalidInput, UsageError
from emailops.run import Run
from emailops.store import files
from emailops.store.edits import put
from emailops.store.state import load
from emailops.store.tree import ROOT, read_directory


def redirect_domains(run: Run, domains: Sequence[str], purpose: str) -> list[str]:
    """Declare each domain as redirected for a purpose; the paths that were written. Raises InvalidInput, UsageError."""
    tree = read_directory(run.state)
    before = declare(load(tree))
    purpose = _purpose(before, purpose)
    written = dict(tree.files)
    paths: list[str] = []
    for path, names in _homes(before):
        text = written[path].decode("utf-8-sig")
        for domain in domains:
            text = put(text, (*names, "redirect", "domains", domain), purpose)
        written[path] = text.encode()
        paths.append(path)
    after = declare(load(replace(tree, files=written)))
    if not paths or not _redirects_all(after, domains):
        message = "the redirects of this state are written so that no line can be put in"
        raise InvalidInput(message, f"add {', '.join(domains)} to redirect: domains: of your deployed stages")
    for path in paths:
        files.write(run.state / path, written[path].decode())
    return paths


def _purpose(declaration: Declaration, purpose: str) -> str:
    known = declaration.words.domain_purposes
    if not purpose and len(known) == 1:
        return known[0]
    if purpose and (not known or purpose in known):
        return purpose
    message = f"there is no purpose {purpose!r}" if purpose else "--fix needs to know what a domain is for"
    raise UsageError(message, f"--purpose {' or '.join(repr(name) for name in known) or 'TEXT'}")


def _homes(declaration: Declaration) -> list[tuple[str, tuple[str, ...]]]:
    """The file, and the way to the entry in it, of each entry that itself holds redirect domains."""
    found = []
    for path, document in declaration.documents.items():
        entries: Mapping[str, object]
        ahead: tuple[str, ...] = ()
        if path.startswith("stages/"):
            entries = {"": document}
        elif path == "stages.yaml":
            entries = document
        elif path == ROOT and isinstance(document, Table):
            entries, ahead = document.table("stages"), ("stages",)
        else:
            continue
        for name, entry in entries.items():
            if isinstance(entry, Table) and isinstance(entry.table("redirect").get("domains"), Table):
                found.append((path, (*ahead, *((name,) if name else ()))))
    return found


def _redirects_all(declaration: Declaration, domains: Sequence[str]) -> bool:
    redirecting = [stage for stage in declaration.stages.values() if stage.domains is not None]
    return bool(redirecting) and all(domain in (stage.domains or ()) for stage in redirecting for domain in domains)
