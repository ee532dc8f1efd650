"""In which settings two versions of a generated file differ, in a few words."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from typing import Any

_SHOWN = 3
_SET = re.compile(r"^\{% set (\w+) = (.*?) %\}$", re.DOTALL | re.MULTILINE)
_APP = re.compile(r'^"[^"\n]*":\n  env:', re.MULTILINE)
_OF_AN_APP = re.compile(r"^    (\w+): (.+)$", re.MULTILINE)
_VARIABLE = re.compile(r"""^(?:export )?(\w+)=((?:'[^']*'|\\'|"(?:[^"\\]|\\.)*")+)$""", re.MULTILINE)


def difference(old: str, new: str) -> str:
    """`+` what the old one lacks, `-` what it should not hold, `~` what it holds otherwise."""
    try:
        before, after = _settings(old), _settings(new)
    except (ValueError, SyntaxError):
        return "it cannot be read"
    return ", ".join(_differing(before, after)) or "only its header differs"


def _differing(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    for name in before | after:
        if name not in before:
            yield f"+ {name}"
        elif name not in after:
            yield f"- {name}"
        elif before[name] != after[name]:
            yield f"~ {name}{_entries(before[name], after[name])}"


def _entries(before: Any, after: Any) -> str:
    if not isinstance(before, dict) or not isinstance(after, dict):
        return ""
    entries = list(_differing(_flat(before), _flat(after)))
    more = f" and {len(entries) - _SHOWN} more" if len(entries) > _SHOWN else ""
    return f" ({', '.join(entries[:_SHOWN])}{more})"


def _flat(value: dict[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, inner in value.items():
        if isinstance(inner, dict):
            flat |= {f"{key}.{rest}": leaf for rest, leaf in _flat(inner).items()}
        else:
            flat[key] = inner
    return flat


def _settings(content: str) -> dict[str, Any]:
    """The settings in a file as emailops wrote it; those of a class with its name in front."""
    if content.startswith("{#"):
        return {name: _of_jinja(text) for name, text in _SET.findall(content)}
    if content.startswith("{"):
        settings: dict[str, Any] = json.loads(content)
        settings.pop("_emailops", None)
        return settings
    if _APP.search(content):
        return dict(_OF_AN_APP.findall(content))
    return dict(_VARIABLE.findall(content)) or _constants(content)


def _constants(content: str) -> dict[str, Any]:
    settings = {}
    for node in ast.parse(content).body:
        inner, prefix = (node.body, f"{node.name}.") if isinstance(node, ast.ClassDef) else ([node], "")
        for one in inner:
            if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name):
                settings[prefix + one.targets[0].id] = ast.literal_eval(one.value)
    return settings


def _of_jinja(text: str) -> Any:
    expression = ast.parse(text, mode="eval")
    return ast.literal_eval(_Nones().visit(expression))


class _Nones(ast.NodeTransformer):
    """Jinja's word for None, as Python's."""

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Constant(None) if node.id == "none" else node
