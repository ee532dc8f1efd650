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
    r"^```\w+\n(?:# |<!-- )(?P<path>[\w./-]+)(?:, (?P<where>[\w .-]+))?(?: -->)?\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """A new file; or lines for the imports of one, for the end of one of its tables, or for behind what stands in it.

    `where` is empty, "imports", "in NAME", or "in NAME after ENTRY", where NAME may be a class, a module that is
    imported from, or a mapping of JSON, too.
    """

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
        lines.insert(self._line(lines), self.text)
        path.write_text("".join(lines), encoding="utf-8")

    def undo(self, folder: Path) -> None:
        """As if it had never been followed. It must stand there to the letter, and once."""
        path = folder / self.path
        text = path.read_text(encoding="utf-8")
        if not self.where:
            assert text == self.text, f"{self.path} is not as the recipe says"
            path.unlink()
            return
        assert text.count(self.text) == 1, f"{self.path} does not hold this once:\n{self.text}"
        path.write_text(text.replace(self.text, ""), encoding="utf-8")

    def _line(self, lines: list[str]) -> int:
        """The number of the line before which it goes."""
        if self.where == "imports":
            return _end_of_imports(lines)
        name, _, entry = self.where.removeprefix("in ").partition(" after ")
        if not entry:
            return _end_of_table(lines, name)
        return (_end_in_json if self.path.endswith(".json") else _end_in_python)(lines, name, entry)


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


def _end_in_python(lines: list[str], name: str, entry: str) -> int:
    """The line that ends an entry of a table, a method of a class, or a name that is imported from a module."""
    for node in ast.parse("".join(lines)).body:
        if isinstance(node, ast.ImportFrom) and node.module == name:
            ends = {alias.name: alias.end_lineno for alias in node.names}
        elif isinstance(node, ast.ClassDef) and node.name == name:
            ends = {method.name: method.end_lineno for method in node.body if isinstance(method, ast.FunctionDef)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Dict) and ast.unparse(node.target) == name:
            keys = [ast.literal_eval(key) if key else "" for key in node.value.keys]
            ends = dict(zip(keys, (value.end_lineno for value in node.value.values), strict=True))
        else:
            continue
        if entry in ends:
            return ends[entry] or 0
    raise AssertionError(f"there is no {entry} in {name}")


def _end_in_json(lines: list[str], name: str, entry: str) -> int:
    """The line that ends a member of a mapping; a file of JSON is indented, so that its end stands under its begin."""
    text = "".join(lines)
    form = rf'^( *)"{name}": \{{\n(?:(?!\1\}}).*\n)*?(\1  )"{entry}": (?:.*,\n|[{{\[]\n(?:\2 .*\n)*\2[}}\]],\n)'
    found = re.search(form, text, re.MULTILINE)
    assert found, f"there is no {entry} in {name}"
    return text.count("\n", 0, found.end())
