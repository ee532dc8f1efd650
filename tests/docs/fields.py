"""docs/fields.md, made from the schemas: each section with its fields, then sources and formats with what they give."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from emailops.generate import FORMATS, generate
from tests.docs.pages import ROOT
from tests.world import STATES, declaration_of

SCHEMAS = ROOT / "schemas"
SECTIONS = {
    "emailops": "emailops.yaml",
    "stage": "stages",
    "notify-service": "notify",
    "key": "keys",
    "audience": "audiences",
    "template": "templates",
    "consumer": "consumers",
    "dump": "dumps",
    "mailing": "mailings",
    "person": "people",
    "waivers": "waivers",
    "attestation": "attestations",
    "recorded": "recorded",
}
"""Schema -> section, in the order of the page."""
ENTRIES = {
    "stage": "production",
    "notify-service": "permits",
    "key": "production",
    "audience": "permit-news",
    "template": "permit_granted",
    "consumer": "web",
    "dump": "suppliers.email",
    "mailing": "permit-news",
    "person": "developers",
}
"""The name of the example of a section whose entries have names."""
WRITTEN = {"attestation": "attestations/notify-callback/permits.yaml", "recorded": "recorded/production.yaml"}
"""What only the tool writes: a file of its own for each."""
_TYPES = {
    "string": "text",
    "object": "mapping",
    "array": "list",
    "boolean": "`true` or `false`",
    "integer": "whole number",
}


@dataclass(frozen=True)
class Field:
    """One field by its path, such as `redirect.to`: what it holds, of which form, and an example where there is one."""

    path: str
    holds: str
    form: str
    required: bool
    examples: tuple[Any, ...]


def fields(name: str) -> list[Field]:
    """Every field of a section, the outer before the inner."""
    return [replace(field, path=field.path.removeprefix("[].")) for field in _inner(_schema(name), "", name)]


def page() -> str:
    """The whole of docs/fields.md."""
    parts = [_HEAD, *(_section(name, title) for name, title in SECTIONS.items()), _sources(), _formats()]
    return "\n\n".join(parts) + "\n"


@cache
def _schema(name: str) -> Any:
    return json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))


def _fields(node: Any, path: str, file: str) -> Iterator[Field]:
    for name, inner in node.get("properties", {}).items():
        if name == "extends" or (not path and file == "emailops" and name in SECTIONS.values()):
            continue
        whole = _resolved(inner, file)
        at = f"{path}{name}"
        required = name in {*node.get("required", ()), *(_complete(node).get("required", ()))}
        yield Field(at, whole["description"], _form(whole, file), required, tuple(whole.get("examples", ())))
        if not inner.get("$ref", "").startswith("#"):  # what stands in itself is told of once
            yield from _inner(whole, at, file)


def _complete(node: Any) -> Any:
    """What an entry must have that extends no base."""
    return node["then"] if node.get("if") == {"not": {"required": ["extends"]}} else {}


def _inner(node: Any, path: str, file: str) -> Iterator[Field]:
    """The fields of a mapping with names of people's own, of the entries of a list, of one of two shapes."""
    yield from _fields(node, f"{path}." if path else "", file)
    named = node.get("additionalProperties")
    if isinstance(named, dict) and not named.get("$ref", "").startswith("#"):  # a source may hold sources
        yield from _inner(_resolved(named, file), f"{path}.NAME", file)
    if "items" in node and not node["items"].get("$ref", "").startswith("#"):
        yield from _inner(_resolved(node["items"], file), f"{path}[]", file)
    for shape in node.get("anyOf", ()):
        yield from _inner(_resolved(shape, file), path, file)
    if node.get("if", {}).keys() == {"type"}:
        for shape in (node["then"], node.get("else", {})):
            yield from _inner(_resolved(shape, file), path, file)


def _resolved(node: Any, file: str) -> Any:
    """With what it refers to, unless that is a section of its own; its own words win."""
    if "$ref" not in node:
        return node
    target, _, pointer = node["$ref"].partition("#")
    found = _schema(target.removesuffix(".schema.json") or file)
    for step in pointer.split("/")[1:]:
        found = found[step]
    return {**found, **node}


def _form(node: Any, file: str) -> str:
    """What may stand there, in words."""
    if "enum" in node or "const" in node:
        return " or ".join(dict.fromkeys(f"`{choice}`" for choice in node.get("enum", [node.get("const")])))
    if node.get("format") == "date":
        return "day"
    if "items" in node:
        return f"list of {_plural(_form(_resolved(node['items'], file), file))}"
    if "type" in node:
        return _TYPES[node["type"]]
    shapes = [_resolved(node[branch], file) for branch in ("then", "else") if branch in node]
    shapes += [_resolved(shape, file) for shape in node.get("anyOf", ())]
    return " or ".join(dict.fromkeys(_form(shape, file) for shape in shapes)) or "text"


def _plural(form: str) -> str:
    return {"text": "texts", "mapping": "mappings", "day": "days"}.get(form, form)


def _section(name: str, title: str) -> str:
    schema = _schema(name)
    rows = [_row(field) for field in fields(name)]
    table = ["| field | what it holds | form | example |", "|---|---|---|---|", *rows]
    parts = [f"## `{title}`", _sentence(schema["description"])]
    if rows:
        parts.append("\n".join(table))
    if examples := schema.get("examples"):
        parts.append(f"```yaml\n{_example(name, title, examples[0])}```")
    return "\n\n".join(parts)


def _example(name: str, title: str, example: Any) -> str:
    if name in WRITTEN:
        return f"# {WRITTEN[name]}\n{_yaml(example)}"
    return _yaml({title: {ENTRIES[name]: example} if name in ENTRIES else example})


def _row(field: Field) -> str:
    example = f"`{_flow(field.examples[0])}`" if field.examples else ""
    required = ", required" if field.required else ""
    return f"| `{field.path}` | {_cell(field.holds)} | {field.form}{required} | {example} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _flow(value: Any) -> str:
    """On one line, as YAML."""
    shown = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10_000, allow_unicode=True)
    return _cell(_DAY.sub(r"\1", shown.removesuffix("\n").removesuffix("\n...")))


def _yaml(value: Any) -> str:
    shown = yaml.safe_dump(value, default_flow_style=None, sort_keys=False, width=110, allow_unicode=True)
    return _DAY.sub(r"\1", shown)


_TEXT_MESSAGES = {
    "notify.yaml": "  sms_senders: {permits: {id: 66666666-6666-4666-8666-666666666666, sender: Permits}}\n",
    "stages/production.yaml": "redirect: {number: '+447700900111', numbers: {'+4477009': numbers of tests}}\n",
}
"""What the worked example has none of."""


def _sources() -> str:
    """Each source with its value in production, as the worked example has it."""
    held = _generated("json", {f"S{number}": source for number, (source, _) in enumerate(sources())}, _TEXT_MESSAGES)
    values = [value for name, value in json.loads(held).items() if name != "_emailops"]
    rows = [
        f"| `{_flow(source)}` | {_cell(words)} | `{_shortened(value)}` |"
        for (source, words), value in zip(sources(), values, strict=True)
    ]
    column = _schema("file")["$defs"]["column"]
    types = [
        f"| `{type_}` | {words} |" for type_, words in zip(column["enum"], column["enumDescriptions"], strict=True)
    ]
    return "\n".join(
        [
            *(_ABOUT_SOURCES, "", "| source | what it gives | example |", "|---|---|---|", *rows),
            *("", _ABOUT_COLUMNS, "", "| type | what it gives |", "|---|---|", *types),
        ]
    )


def sources() -> list[tuple[Any, str]]:
    """An example of each source in the schema's closed list, and what the source gives."""
    source = _schema("file")["$defs"]["source"]
    words, *named = source["then"]["anyOf"]
    return [
        *zip(words["enum"], words["enumDescriptions"], strict=True),
        *((shape["examples"][0], shape["description"]) for shape in named),
        *(({name: shape["examples"][0]}, shape["description"]) for name, shape in source["else"]["properties"].items()),
    ]


def _formats() -> str:
    """Each format with the file that it makes of one setting."""
    parts = [_ABOUT_FORMATS]
    for name, words in formats():
        made = _generated(name, {"SAFE_ADDRESS": "redirect_to"})
        parts.append(f"### `{name}`\n\n{_sentence(words)}\n\n```{_LANGUAGES.get(name, '')}\n{made}```")
        for shape in list(FORMATS[name].shapes)[1:]:
            made = _generated(name, {"permits_web": {"table": {"safe_address": "redirect_to"}}}, shape=shape)
            parts.append(f"With `shape: {shape}`:\n\n```{_LANGUAGES.get(name, '')}\n{made}```")
    return "\n\n".join(parts)


def formats() -> list[tuple[str, str]]:
    """Each format, and what it is for."""
    held = _schema("file")["properties"]["format"]
    return list(zip(held["enum"], held["enumDescriptions"], strict=True))


def _generated(format_: str, settings: Mapping[str, Any], beside: Mapping[str, str] | None = None, **more: str) -> str:
    """What one more consumer of the worked example would get in production; `beside` is added to its files."""
    with tempfile.TemporaryDirectory(prefix="emailops-docs-") as name:
        state = Path(name) / "state"
        shutil.copytree(STATES / "digital-marketplace", state)
        for path, text in (beside or {}).items():
            (state / path).write_text((state / path).read_text() + text)
        held = {"classes": {"Config": settings}} if format_ == "flask" else {"settings": settings}
        consumer = {
            "repository": "https://git.example/example.git",
            "sends": ["notify"],
            "templates": ["invite_admin_user", "reset_password"],
            "files": {"{stage}": {"format": format_, "stages": ["production"], **held, **more}},
        }
        (state / "consumers/example.yaml").write_text(yaml.safe_dump(consumer, sort_keys=False))
        declaration = declaration_of(state)
        [made] = generate(declaration, declaration.ids, ["example"])
    assert made.content is not None
    return made.content


def _shortened(value: Any) -> str:
    """Of a mapping, the last entry, which is the newest."""
    if isinstance(value, dict):
        *more, (key, inner) = value.items()
        return f"{{{'..., ' if more else ''}{json.dumps(key)}: {_shortened(inner)}}}"
    return json.dumps(value, ensure_ascii=False)


_DAY = re.compile(r"'(\d{4}-\d{2}(?:-\d{2})?)'")
_LANGUAGES = {
    "flask": "python",
    "python": "python",
    "json": "json",
    "paas-vars": "yaml",
    "jenkins-vars": "jinja",
    **{name: name for name in ("yaml", "typescript", "properties")},
}
_HEAD = """\
# Every field

`make docs` writes this page from the files in [schemas/](../schemas), so it says what your editor and
`emailops validate` say. Your editor can [help while you type](begin.md#let-your-editor-help).

How to read a table: `redirect.to` is the field `to` in the mapping `redirect`. `NAME` is a name that you choose. `[]`
is each entry of a list. You may leave out a field that is not *required*: then emailops leaves that thing alone. An
empty list is something else: it says that the list is empty.

In every section with names, an entry may say `extends: _base`. It then starts from the entry `_base` of the same
section: mappings merge, everything else replaces, `null` removes. An entry whose name begins with `_` is only a base.

A section has a name, such as `stages`. It stands in `emailops.yaml`, in a file of its own (`stages.yaml`), or in a
folder with a file for each entry (`stages/production.yaml`)."""
_ABOUT_SOURCES = """\
## Sources

A consumer's file names, for each setting, the source of its value. This is the whole list. The examples show what the
[worked example](../state/README.md) gives in production."""
_ABOUT_COLUMNS = "Each column of `rows` has a type."
_ABOUT_FORMATS = """\
## Formats

`format` says how a file is written. Each of these holds one setting, `SAFE_ADDRESS: redirect_to`. A format refuses a
value that its reader would not get back exactly."""
