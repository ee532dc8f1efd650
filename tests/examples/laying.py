"""States for tests: files laid over the minimal state, and what `emailops validate` would find in them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date
from functools import cache
from pathlib import Path

from emailops.declaration.build import declare
from emailops.declaration.model import Declaration
from emailops.policy import check
from emailops.resource import Finding
from emailops.store.state import load
from emailops.store.tree import ROOT, SECTIONS, Tree, read_directory

STATES = Path(__file__).parents[1] / "states"
TODAY = date(2026, 11, 24)
MAILCHIMP = "  mailchimp: {account_id: permits, datacentre: us1, owns: declared}\n"


def minimal(files: Mapping[str, str] | None = None, *, without: Collection[str] = ()) -> Tree:
    """The minimal state in files of their own, with `files` (path -> text) over it.

    A text takes the place of the section, or of the entry in it, that its path names. One for emailops.yaml stands
    before what it does not hold itself. With audiences comes a Mailchimp account.
    """
    files = dict(files or {})
    blocks = {name: text for name, text in _minimal().items() if name not in without}
    root = files.pop(ROOT, "")
    own = re.findall(r"^(\w+):", root, re.MULTILINE)
    if "audiences" in own or any(path.startswith("audiences") for path in files):
        blocks["accounts"] += MAILCHIMP
    rest = "".join(text for name, text in blocks.items() if name not in SECTIONS and name not in own)
    laid = {ROOT: f"{root}{rest}"}
    for name in SECTIONS:
        if name not in blocks or name in own or f"{name}.yaml" in files:
            continue
        body = blocks[name].partition("\n")[2]
        if any(path.startswith(f"{name}/") and path.endswith(".yaml") for path in files):
            laid |= {f"{name}/{entry}.yaml": text for entry, text in _entries(body)}
        else:
            laid[f"{name}.yaml"] = _dedented(body, 2)
    return Tree({path: text.encode() for path, text in (laid | files).items()})


def marketplace(files: Mapping[str, str | None] | None = None) -> Tree:
    """The Digital Marketplace's state with `files` (path -> text, None for no such file) over it."""
    changed = {**_marketplace(), **{path: text and text.encode() for path, text in (files or {}).items()}}
    return Tree({path: content for path, content in changed.items() if content is not None})


def edited(*edits: tuple[str, str, str]) -> Tree:
    """The Digital Marketplace's state with texts replaced: (path, old, new)."""
    texts: dict[str, str | None] = {}
    for path, old, new in edits:
        text = texts.get(path) or _marketplace()[path].decode()
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path}"
        texts[path] = text.replace(old, new)
    return marketplace(texts)


def declared(tree: Tree) -> Declaration:
    return declare(load(tree))


def validated(tree: Tree, today: date = TODAY) -> list[Finding]:
    """What `emailops validate` finds."""
    state = load(tree)
    return [*state.findings, *(check(declare(state), today).findings if state.is_whole else ())]


def write(directory: Path, tree: Tree) -> Path:
    for path, content in tree.files.items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_bytes(content)
    return directory


@cache
def _minimal() -> dict[str, str]:
    """Its top-level keys, each with its lines."""
    text = (STATES / "minimal" / ROOT).read_text(encoding="utf-8")
    return {block.partition(":")[0]: block for block in re.split(r"^(?=\w)", text, flags=re.MULTILINE) if block}


@cache
def _marketplace() -> dict[str, bytes]:
    return read_directory(STATES / "digital-marketplace").files


def _entries(body: str) -> list[tuple[str, str]]:
    entries = re.findall(r"^  (\w[\w-]*):(.*\n(?:    .*\n)*)", body, re.MULTILINE)
    return [(name, _dedented(text.strip(" ").removeprefix("\n"), 4)) for name, text in entries]


def _dedented(text: str, width: int) -> str:
    return re.sub(rf"^ {{{width}}}", "", text, flags=re.MULTILINE)
