"""The schemas as an editor wants them: the same rules, in the forms that completion and bases need.

https://github.com/redhat-developer/yaml-language-server offers what stands in `anyOf` and `oneOf`; of an `if` it takes
a branch before anything is typed. It knows nothing of what a base adds: a base, and what extends one, may lack fields.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from emailops.schema import folder as schema_folder
from emailops.store import files
from emailops.store.tree import ENTRY_SCHEMAS

FOLDER = ".emailops/schemas"
"""Where they stand beside a state, in a folder that Git ignores."""
LINE = f"# yaml-language-server: $schema={FOLDER}/emailops.schema.json\n"
"""What tells an editor the schema of emailops.yaml, on the first line of it."""
_NO_BASE = "[A-Za-z0-9-]*.yaml"
"""Names that begin with no _, in a form on which all editors agree: of [!_] and [^_] some read the opposite."""
_ALONE = ("waivers", "attestation", "recorded", "common", "file")
_REQUIRED = ("required", "dependentRequired", "minProperties")


def write(folder: Path) -> None:
    """Write them all into a folder."""
    for name, content in schemas():
        files.write(folder / f"{name}.schema.json", json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def write_beside(state: Path) -> None:
    """Write them into the folder beside a state that Git ignores, where LINE finds them."""
    ignore = state / ".emailops/.gitignore"
    if not ignore.exists():
        files.write(ignore, "*\n")
    write(state / FOLDER)


def settings(folder: str, state: str) -> dict[str, Any]:
    """`yaml.schemas` of an editor: schema -> the files that it is for, both from the top of the repository."""
    at = f"{state}/" if state else ""
    globs = {"emailops": f"{at}emailops.yaml"}
    for section, entry in ENTRY_SCHEMAS.items():
        globs |= {section: f"{at}{section}.yaml", entry: f"{at}{section}/{_NO_BASE}"}
        globs[f"{entry}-base"] = f"{at}{section}/_*.yaml"
    globs |= {"waivers": f"{at}waivers.yaml", "recorded": f"{at}recorded/*.yaml"}
    globs["attestation"] = f"{at}attestations/*/*.yaml"
    return {"yaml.schemas": {f"{folder}/{name}.schema.json": glob for name, glob in globs.items()}}


def schemas() -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and content of each schema of a state; `ENTRY-base` is for bases, and for what extends one."""
    yield "emailops", _opened(_read("emailops"))
    for section, entry in ENTRY_SCHEMAS.items():
        whole = _opened(_read(entry))
        base = f"{entry}-base.schema.json"
        yield section, {**_read(section), "patternProperties": {"^_": {"$ref": base}}}
        yield f"{entry}-base", {**_partial(whole), "$id": base}
        yield f"{entry}-whole", {**whole, "$id": f"{entry}-whole.schema.json"}
        yield entry, _chosen(whole, entry)
    for name in _ALONE:
        yield name, _opened(_read(name))
    yield "file-base", {**_partial(_opened(_read("file"))), "$id": "file-base.schema.json"}


def _read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((schema_folder() / f"{name}.schema.json").read_text(encoding="utf-8"))
    return content


def _chosen(whole: dict[str, Any], entry: str) -> dict[str, Any]:
    """What extends a base is judged like one; anything else as a whole."""
    about: dict[str, Any] = {
        name: whole[name] for name in ("$schema", "$id", "title", "description", "$defs") if name in whole
    }
    either = {
        "if": {"required": ["extends"]},
        "then": {"$ref": f"{entry}-base.schema.json"},
        "else": {"$ref": f"{entry}-whole.schema.json"},
    }
    return {**about, "type": "object", **either}


def _partial(node: Any) -> Any:
    """The schema of a part: what may stand there, and nothing of what must."""
    if isinstance(node, list):
        return [_partial(inner) for inner in node]
    if not isinstance(node, dict):
        return node
    kept = {name: _partial(inner) for name, inner in node.items() if name not in _REQUIRED or not _is_rule(inner)}
    kept |= {name: node[name] for name in ("if", "not") if name in node}
    if node.get("$ref") == "file.schema.json":
        kept["$ref"] = "file-base.schema.json"
    return kept


def _is_rule(value: Any) -> bool:
    """Whether this says what is required, rather than being a field of that name."""
    return isinstance(value, list | int) or (isinstance(value, dict) and "type" not in value and "enum" not in value)


def _opened(node: Any) -> Any:
    """The schema with each choice by type as alternatives, a word with its own description each."""
    if isinstance(node, list):
        return [_opened(inner) for inner in node]
    if not isinstance(node, dict):
        return node
    opened = {name: _opened(inner) for name, inner in node.items()}
    if _is_choice_by_type(node):
        type_ = opened.pop("if")
        first, other = {**type_, **opened.pop("then")}, opened.pop("else", None)
        kept = [each for each in opened.pop("anyOf", []) if each != type_]
        alternatives = [*kept, *_spread(first), *([other] if other is not None else [])]
        opened["oneOf" if other is not None else "anyOf"] = alternatives
    return opened


def _is_choice_by_type(node: dict[str, Any]) -> bool:
    return isinstance(node.get("if"), dict) and node["if"].keys() == {"type"} and "then" in node


def _spread(alternative: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A choice of texts as one alternative a text; anything else as it is."""
    if alternative.get("type") != "string" or "anyOf" not in alternative:
        yield alternative
        return
    for each in alternative["anyOf"]:
        words = each.get("enum")
        if words is None:
            yield {"type": "string", **each, **_snippet(each)}
            continue
        for word, description in zip(words, each.get("enumDescriptions", words), strict=True):
            yield {"const": word, "description": description}


def _snippet(alternative: dict[str, Any]) -> dict[str, Any]:
    """What an editor offers to fill in for a word that a name follows."""
    word, space, _ = alternative.get("examples", [""])[0].partition(" ")
    if not space:
        return {}
    body = f"{word} ${{1:NAME}}"
    return {"defaultSnippets": [{"label": f"{word} NAME", "description": alternative["description"], "body": body}]}
