"""The files of a declared state in a directory, read whole.

Links are not followed, so that nothing outside the state can be read into a plan or a generated file.
"""

from __future__ import annotations

import os
import stat
from dataclasses import field
from difflib import get_close_matches
from pathlib import Path

from emailops.dataclass import dataclass
from emailops.resource import Finding, Place

ENTRY_SCHEMAS = {
    "stages": "stage",
    "notify": "notify-service",
    "keys": "key",
    "audiences": "audience",
    "templates": "template",
    "consumers": "consumer",
    "dumps": "dump",
    "mailings": "mailing",
    "people": "person",
}
"""Section -> the schema of each of its entries."""
SECTIONS = (*ENTRY_SCHEMAS, "waivers")
WRITTEN = ("attestations", "recorded")
TEXTS = {"templates": (".md",), "mailings": (".html", ".txt")}
"""How the files of a section's folder end that hold words, and no entries."""
ROOT = "emailops.yaml"
PLACES = (ROOT, *SECTIONS, *(f"{section}.yaml" for section in SECTIONS), *WRITTEN)
"""Where a file of the state can stand, in its folder."""
MAX_BYTES = 50_000_000


@dataclass(slots=True)
class Tree:
    """Path relative to the state -> content, and what could not be read."""

    files: dict[str, bytes] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def read_directory(directory: Path) -> Tree:
    """The state's files under `directory`; whatever else lies there is left alone."""
    tree = Tree()
    for entry in _entries(tree, directory, ""):
        _take(tree, entry, entry.name)
    return tree


def is_to_be_read(tree: Tree, path: str, mode: int) -> bool:
    """Whether the file at `path` belongs to a state; one that should not be as it is, is a finding. For Git, too."""
    top, slash, _ = path.partition("/")
    if any(part.startswith(".") for part in path.split("/")):
        return False
    if not _is_section(top):
        _suspect(tree, top, is_folder=bool(slash))
        return False
    if wrong := _not_a_state_file(path, mode):
        tree.findings.append(wrong)
        return False
    return is_state(path)


def _not_a_state_file(path: str, mode: int) -> Finding | None:
    if not path.isprintable():
        return finding(path, "file-name", "a name that is not plain text", "use letters, digits, _ and -")
    if stat.S_ISLNK(mode):
        return finding(path, "file-link", "a link", "put the file itself here")
    if stat.S_ISDIR(mode):
        return finding(path, "file-kind", "a folder with the name of a file", "rename it")
    if path.endswith(".yml"):
        return finding(path, "file-name", "a name that ends in .yml", "let it end in .yaml")
    if is_state(path) and not stat.S_ISREG(mode):
        return finding(path, "file-kind", "not a plain file", "put a plain file here")
    return None


def _take(tree: Tree, entry: os.DirEntry[str], path: str) -> None:
    try:
        mode = entry.stat(follow_symlinks=False).st_mode
        if stat.S_ISDIR(mode) and not path.endswith((".yaml", ".yml")):
            if "/" in path or _is_section(path):
                for inner in _entries(tree, Path(entry.path), path):
                    _take(tree, inner, f"{path}/{inner.name}")
            else:
                _suspect(tree, path, is_folder=True)
        elif is_to_be_read(tree, path, mode):
            with Path(entry.path).open("rb") as file:
                tree.files[path] = file.read(MAX_BYTES + 1)
    except OSError as error:
        tree.findings.append(_unreadable(path, error))


def _entries(tree: Tree, directory: Path, path: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(directory) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        tree.findings.append(_unreadable(path or ROOT, error))
        return []


def _is_section(name: str) -> bool:
    return name == ROOT or name.removesuffix(".yaml") in SECTIONS or name in WRITTEN


def is_state(path: str) -> bool:
    section, _, rest = path.partition("/")
    if not _is_section(section) or "/." in path:
        return False
    return path.endswith(".yaml") or rest.endswith(TEXTS.get(section, ()))


def _suspect(tree: Tree, name: str, *, is_folder: bool) -> None:
    """A name so near to a section's that it must be one; the rest of a repository is not ours to judge."""
    stem = name.partition(".")[0]
    close = get_close_matches(stem, (*SECTIONS, *WRITTEN, "emailops"), n=1, cutoff=0.85)
    if close:
        ending = "/" if is_folder or close[0] in WRITTEN else ".yaml"
        wrong = finding(name, "file-name", "read by nothing", f"did you mean {close[0]}{ending}?")
        if wrong not in tree.findings:
            tree.findings.append(wrong)


def _unreadable(path: str, error: OSError) -> Finding:
    reason = (error.strerror or "cannot be read").lower()
    return finding(path, "file-unreadable", f"cannot be read: {reason}", "see that it exists and may be read")


def finding(path: str, rule: str, message: str, remedy: str) -> Finding:
    return Finding.error(Place(path.encode(errors="backslashreplace").decode(), 1, 1), rule, message, remedy)
