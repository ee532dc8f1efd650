"""The minimal state with texts replaced, and what it declares."""

from __future__ import annotations

from collections.abc import Mapping

from emailops.declaration.build import declare
from emailops.declaration.model import Declaration
from emailops.store.state import load
from emailops.store.tree import ROOT, Tree
from tests.world import STATES

GRANTED = "aaaaaaaa-0000-4000-8000-000000000001"
PEOPLE = "people:\n"
OF_PERMITS = "{extends: _key, account: permits, kind: live, stages: [production], secret: env:NOTIFY_KEY_PERMITS}"


def minimal(*edits: tuple[str, str], more: str = "", beside: Mapping[str, str] | None = None) -> Declaration:
    """The minimal state with each old text, which stands once, replaced by the new; more text and files after it."""
    text = (STATES / "minimal" / ROOT).read_text(encoding="utf-8")
    for old, new in edits:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
        text = text.replace(old, new)
    files = {ROOT: text + more, **(beside or {})}
    state = load(Tree({path: content.encode() for path, content in files.items()}))
    assert [finding for finding in state.findings if finding.is_error] == []
    return declare(state)
