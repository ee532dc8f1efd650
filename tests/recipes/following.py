"""Follows the recipes of CONTRIBUTING on a copy of the repository, as a person would: file by file, line by line."""

from __future__ import annotations

import ast
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
COPIED = ("emailops", "schemas", "tests", "pyproject.toml")
_SECTION = re.compile(r"^### (?P<title>.+)\n(?P<text>(?:(?!^##).*\n)*)", re.MULTILINE)
_BLOCK = re.compile(
    r"^```\w+\n(?:# |<!-- )(?P<path>[\w./-]+)(?:, (?P<where>[\w ]+))?(?: -->)?\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """A new file; or lines for the imports of one, or for one of its tables."""

    path: str
    where: str
    text: str

    def follow(self, folder: Path) -> None:
        path = folder / self.path
        if not self.where:
            assert not path.exists(), f"{self.path} is there already"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.text, encoding="utf-8")
            return
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        at = _end_of_imports(lines) if self.where == "imports" else _end_of_table(lines, self.where.removeprefix("in "))
        lines.insert(at, self.text)
        path.write_text("".join(lines), encoding="utf-8")


def recipes() -> dict[str, list[Block]]:
    """Title -> blocks, of each section of CONTRIBUTING that has any."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    found = {
        section["title"]: [
            Block(block["path"], block["where"] or "", block["text"]) for block in _BLOCK.finditer(section["text"])
        ]
        for section in _SECTION.finditer(text)
    }
    return {title: blocks for title, blocks in found.items() if blocks}


def copied(folder: Path) -> Path:
    """The repository without what was made in it."""
    ignored = shutil.ignore_patterns("__pycache__", ".*")
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, folder / name)
    return folder


def _end_of_imports(lines: list[str]) -> int:
    body = ast.parse("".join(lines)).body
    return max(node.end_lineno or 0 for node in body if isinstance(node, ast.Import | ast.ImportFrom))


def _end_of_table(lines: list[str], name: str) -> int:
    """The line that closes the table."""
    for node in ast.parse("".join(lines)).body:
        targets = (
            [node.target] if isinstance(node, ast.AnnAssign) else node.targets if isinstance(node, ast.Assign) else []
        )
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            return (node.end_lineno or 0) - 1
    raise AssertionError(f"there is no table {name}")
