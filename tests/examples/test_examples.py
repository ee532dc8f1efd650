"""Every example of what loading finds gives exactly its findings, each at its line and column; a sound one gives none.

`invalid/NAME.yaml` is laid over the minimal state: its first line says where it stands, and which top-level keys go; in
`invalid/NAME/` each file stands where it is. A comment says what is found, and its `#` where: `#^ RULE, ...` in the
column of the value above it, `#$ RULE` behind the end of the file, `#= PATH:LINE:COLUMN: RULE` elsewhere. What Git
cannot hold is in a table below. `valid/` is the same, and a folder whose emailops.yaml has a `format` stands alone.
"""

from __future__ import annotations

import os
import re
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from emailops.declaration.configuration import configuration
from emailops.policy import RULES, TIME_RULES, rule_id
from emailops.resource import Finding
from emailops.store.tree import ROOT, Tree, read_directory
from tests.examples.laying import declared, marketplace, minimal, validated, write

EXAMPLES = Path(__file__).parent
FOUND_ON_LOADING = {
    *("file-kind", "file-link", "file-missing", "file-name", "file-unreadable"),
    *("yaml-alias", "yaml-character", "yaml-depth", "yaml-documents", "duplicate-field", "yaml-encoding", "yaml-field"),
    *("yaml-size", "yaml-syntax", "yaml-tag"),
    *("extends", "missing-field", "section-twice", "text-unknown", "unknown-field", "wrong-field", "wrong-type"),
    "wrong-value",
}
_MARK = re.compile(r"( *)#([\^$=]) (.+)")


@pytest.mark.parametrize("case", sorted((EXAMPLES / "invalid").iterdir()), ids=lambda path: path.stem)
def test_it_is_found_where_it_stands(case, tmp_path):
    tree = laid(case)
    findings = validated(read_directory(write(tmp_path, tree)))

    assert shown(findings) == marked(tree)
    assert all(finding.message and finding.remedy for finding in findings)


@pytest.mark.parametrize("case", sorted((EXAMPLES / "valid").iterdir()), ids=lambda path: path.stem)
def test_nothing_is_found(case, tmp_path):
    assert validated(read_directory(write(tmp_path, laid(case)))) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda content: b"\xef\xbb\xbf" + content,
        lambda content: content.replace(b"\n", b"\r\n"),
        lambda content: content.rstrip(b"\n"),
        lambda content: b"---\n" + content + b"...\n",
    ],
    ids=["byte-order-mark", "windows-line-ends", "no-line-end-at-the-end", "document-marks"],
)
def test_it_says_the_same_however_it_was_saved(change):
    tree = marketplace()
    saved = Tree({path: change(content) for path, content in tree.files.items()})

    assert told(saved) == told(tree)
    assert configuration(declared(saved)) == configuration(declared(tree))


def told(tree: Tree) -> list[tuple[str, str]]:
    """What is found, wherever it stands."""
    return [(finding.rule, finding.message) for finding in validated(tree)]


def test_every_mistake_that_loading_finds_has_an_example():
    """The cases of a rule are rows in tests/policy/test_rules.py; here one fires only beside a mistake of these."""
    marks = {mark for case in (EXAMPLES / "invalid").iterdir() for mark in marked(laid(case))}
    marks |= {mark for _, found in ODD.values() for mark in found}

    found = {mark.split(": ")[1].split(" ")[0] for mark in marks} | {"file-unreadable"}
    assert found >= FOUND_ON_LOADING
    assert found - FOUND_ON_LOADING <= {*map(rule_id, RULES), *map(rule_id, TIME_RULES), "waiver-unused"}


def bytes_of(path: str, content: bytes) -> Callable[[Path], None]:
    def lay(state: Path) -> None:
        (state / path).parent.mkdir(exist_ok=True)
        (state / path).write_bytes(content)

    return lay


def link_to_a_file(state: Path) -> None:
    (state / "people.yaml").rename(state / "elsewhere.txt")
    (state / "people.yaml").symlink_to("elsewhere.txt")


def link_to_nothing(state: Path) -> None:
    (state / "people.yaml").unlink()
    (state / "people.yaml").symlink_to("nowhere")


def link_to_a_folder(state: Path) -> None:
    (state / "elsewhere").mkdir()
    (state / "audiences").symlink_to("elsewhere", target_is_directory=True)


def pipe(state: Path) -> None:
    (state / "audiences").mkdir()
    os.mkfifo(state / "audiences" / "news.yaml")


def listening_socket(state: Path) -> None:
    (state / "audiences").mkdir()
    here = Path.cwd()
    os.chdir(state / "audiences")  # the path of a socket is short
    try:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind("news.yaml")
    finally:
        os.chdir(here)


def name_that_is_not_utf_8(state: Path) -> None:
    folder = os.fsencode(state / "audiences")
    Path(os.fsdecode(folder)).mkdir()
    Path(os.fsdecode(folder + b"/n\xff.yaml")).write_bytes(b"{audience: none, name: x, status: closed, lots: {a: A}}")


def folder_named(path: str) -> Callable[[Path], None]:
    return lambda state: (state / path).mkdir(parents=True)


def without_root(state: Path) -> None:
    (state / ROOT).unlink()


def nothing_at_all(state: Path) -> None:
    for path in state.iterdir():
        path.write_bytes(b"")


def renamed(old: str, new: str) -> Callable[[Path], None]:
    return lambda state: (state / old).rename(state / new) and None


BOMB = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9))
NESTED = "".join(f"{' ' * depth}a:\n" for depth in range(60))

ODD: dict[str, tuple[Callable[[Path], None], set[str]]] = {
    "utf-16": (bytes_of("people.yaml", "developers: {}".encode("utf-16")), {"people.yaml:1:1: yaml-encoding"}),
    "utf-16-be": (bytes_of("people.yaml", b"\xfe\xff\0a\0:"), {"people.yaml:1:1: yaml-encoding"}),
    "latin-1": (bytes_of("people.yaml", "a: b\nc: dé".encode("latin-1")), {"people.yaml:2:5: yaml-encoding"}),
    "latin-1-after-wide-characters": (
        bytes_of("people.yaml", "é: é".encode() + b"\xff"),
        {"people.yaml:1:5: yaml-encoding"},
    ),
    "latin-1-after-a-byte-order-mark": (
        bytes_of("people.yaml", b"\xef\xbb\xbf\xc3\xa9: \xff"),
        {"people.yaml:1:4: yaml-encoding"},
    ),
    "latin-1-just-after-a-byte-order-mark": (
        bytes_of("people.yaml", b"\xef\xbb\xbf\xc3\xa9\xff"),
        {"people.yaml:1:2: yaml-encoding"},
    ),
    "half-a-character-at-the-end": (bytes_of("people.yaml", b"a: \xc3"), {"people.yaml:1:4: yaml-encoding"}),
    "text-of-a-template-in-latin-1": (
        bytes_of("templates/permit_granted.md", b"Subject: \xff\n\nx\n"),
        {"templates/permit_granted.md:1:1: yaml-encoding"},
    ),
    "nul": (bytes_of("people.yaml", b"a: b\nc: \0\n"), {"people.yaml:2:4: yaml-character"}),
    "control-character": (bytes_of("people.yaml", b"a: \x07\n"), {"people.yaml:1:4: yaml-character"}),
    "control-character-after-wide-characters": (
        bytes_of("people.yaml", "é: é\néé: \x01".encode()),
        {"people.yaml:2:5: yaml-character"},
    ),
    "hundred-thousand-brackets": (bytes_of("people.yaml", b"[" * 100_000), {"people.yaml:1:51: yaml-depth"}),
    "sixty-levels": (bytes_of("people.yaml", NESTED.encode()), {"people.yaml:51:51: yaml-depth"}),
    "aliases-that-explode": (
        bytes_of("people.yaml", f"a0: &a0 [x]\n{BOMB}".encode()),
        {"people.yaml:6:5: yaml-alias"},
    ),
    "list-inside-itself": (
        bytes_of("audiences.yaml", b"news: &a\n  - *a\n"),
        {"audiences.yaml:1:7: yaml-alias"},
    ),
    "larger-than-fifty-megabytes": (bytes_of("people.yaml", b"#" * 50_000_001), {"people.yaml:1:1: yaml-size"}),
    "nothing-at-all": (nothing_at_all, {"emailops.yaml:1:1: missing-field"}),
    "list-in-emailops-yaml": (bytes_of("emailops.yaml", b"- a\n"), {"emailops.yaml:1:1: wrong-type"}),
    "text-in-emailops-yaml": (bytes_of("emailops.yaml", b"text\n"), {"emailops.yaml:1:1: wrong-type"}),
    "no-emailops-yaml": (without_root, {"emailops.yaml:1:1: file-missing"}),
    "emailops-yml": (
        renamed("emailops.yaml", "emailops.yml"),
        {"emailops.yaml:1:1: file-missing", "emailops.yml:1:1: file-name"},
    ),
    "section-yml": (bytes_of("people.yml", b""), {"people.yml:1:1: file-name"}),
    "yml-in-a-section": (bytes_of("audiences/news.yml", b""), {"audiences/news.yml:1:1: file-name"}),
    "section-misspelt": (bytes_of("audience.yaml", b""), {"audience.yaml:1:1: file-name"}),
    "folder-misspelt": (folder_named("template"), {"template:1:1: file-name"}),
    "file-for-a-folder-that-the-tool-writes": (bytes_of("recorded.yaml", b""), {"recorded.yaml:1:1: file-name"}),
    "folder-with-the-name-of-a-file": (folder_named("audiences/x.yaml"), {"audiences/x.yaml:1:1: file-kind"}),
    "link-to-a-file": (link_to_a_file, {"people.yaml:1:1: file-link"}),
    "link-to-nothing": (link_to_nothing, {"people.yaml:1:1: file-link"}),
    "link-to-a-folder": (link_to_a_folder, {"audiences:1:1: file-link"}),
    "pipe": (pipe, {"audiences/news.yaml:1:1: file-kind"}),
    "socket": (listening_socket, {"audiences/news.yaml:1:1: file-kind"}),
    "name-that-is-not-utf-8": (name_that_is_not_utf_8, {r"audiences/n\udcff.yaml:1:1: file-name"}),
}


@pytest.mark.parametrize("case", ODD)
def test_what_git_cannot_hold_is_found_too(case, tmp_path):
    lay, expected = ODD[case]
    lay(write(tmp_path, minimal()))
    findings = validated(read_directory(tmp_path))

    assert shown(findings) == expected
    assert all(finding.message and finding.remedy for finding in findings)
    assert all(f"{finding.path}{finding.message}{finding.remedy}".encode() for finding in findings)


def test_a_name_is_not_offered_for_itself(tmp_path):
    write(tmp_path, minimal({"recorded.yaml": ""}))
    (finding,) = validated(read_directory(tmp_path))

    assert "recorded/" in finding.remedy


def test_a_state_that_is_not_there_is_found():
    (finding,) = validated(read_directory(EXAMPLES / "nowhere"))

    assert (finding.path, finding.rule) == ("emailops.yaml", "file-unreadable")


def test_a_file_that_may_not_be_read_is_found(open_folder):
    write(open_folder, minimal())
    (open_folder / "people.yaml").chmod(0)
    (open_folder / "audiences").mkdir(mode=0)
    try:
        tree = as_nobody(open_folder)
    finally:
        (open_folder / "audiences").chmod(0o700)

    assert shown(validated(tree)) == {"people.yaml:1:1: file-unreadable", "audiences:1:1: file-unreadable"}


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that anyone may read: those of pytest are its user's only."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def as_nobody(folder: Path) -> Tree:
    """Read without the rights of root, who may read everything."""
    user = os.geteuid()
    if user:
        return read_directory(folder)
    os.seteuid(65534)
    try:
        return read_directory(folder)
    finally:
        os.seteuid(user)


def laid(case: Path) -> Tree:
    if case.is_file():
        text = case.read_text(encoding="utf-8")
        first = re.match(r"# (\S+?)(?:, without (.+))?\n", text)
        assert first, f"{case.name} does not say where it stands"
        return minimal({first[1]: text}, without=(first[2] or "").split())
    paths = (path for path in case.rglob("*") if path.is_file())
    files = {path.relative_to(case).as_posix(): path.read_text(encoding="utf-8") for path in paths}
    if "format:" in files.get(ROOT, ""):
        return Tree({path: text.encode() for path, text in files.items()})
    return minimal(files)


def marked(tree: Tree) -> set[str]:
    """What the comments say is found."""
    found: set[str] = set()
    for path, content in tree.files.items():
        lines = content.decode().splitlines()
        above = 0
        for number, line in enumerate(lines, 1):
            mark = _MARK.fullmatch(line)
            if mark is None:
                above = number
            elif mark[2] == "=":
                found.add(mark[3])
            else:
                at = f"{len(lines) + 1}:1" if mark[2] == "$" else f"{above}:{len(mark[1]) + 1}"
                found |= {f"{path}:{at}: {rule}" for rule in mark[3].split(", ")}
    return found


def shown(findings: list[Finding]) -> set[str]:
    return {
        f"{finding.path}:{finding.line}:{finding.column}: {finding.rule}"
        + ("" if finding.severity == "error" else f" ({finding.severity})")
        for finding in findings
    }
