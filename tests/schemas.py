"""Writes schemas/file.schema.json from the tables of formats and sources, so that each is described once: in its file.

`make schemas` runs it; a test says when it is due.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from emailops.declaration.sources import SOURCES
from emailops.declaration.sources.rows import PLAIN
from emailops.declaration.stage_names import PLACEHOLDER
from emailops.generate import FORMATS, SENDERS
from emailops.generate.format import Format
from emailops.generate.insertion import FORMATS as INSERTED

PATH = Path(__file__).parents[1] / "schemas" / "file.schema.json"
_ABSENT: dict[str, Any] = {"not": {}}
_SETTINGS = {
    "type": "object",
    "description": "setting: where its value comes from",
    "minProperties": 1,
    "additionalProperties": {"$ref": "#/$defs/source"},
}


def written() -> str:
    """The schema of one generated file, as it stands in its file."""
    return json.dumps(_file(), indent=2, ensure_ascii=False) + "\n"


def _file() -> dict[str, Any]:
    of_app = ", ".join(name for name, format_ in FORMATS.items() if format_.names_app)
    of_choosers = ", ".join(name for name, format_ in FORMATS.items() if format_.chooser)
    of_shapes = ", ".join(name for name, format_ in FORMATS.items() if format_.shapes)
    shapes = {name: shape for format_ in FORMATS.values() for name, shape in format_.shapes.items()}
    of_classes = ", ".join(name for name, format_ in FORMATS.items() if format_.has_classes)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "file.schema.json",
        "title": "One generated file",
        "type": "object",
        "description": "one generated file",
        "properties": {
            "format": {
                "enum": [*FORMATS, *SENDERS],
                "description": "how the file is written",
                "examples": ["python"],
                "enumDescriptions": [each.purpose for each in (*FORMATS.values(), *SENDERS.values())],
            },
            "stages": {
                "type": "array",
                "items": {"$ref": "common.schema.json#/$defs/stage"},
                "minItems": 1,
                "uniqueItems": True,
                "description": "the stages that read it (default: all)",
                "examples": [["staging", "production"]],
            },
            "app": {
                "type": "string",
                "pattern": "^[A-Za-z0-9_-]+$",
                "description": (
                    f"for {of_app}: the name of the app on the platform (default: the consumer's, with hyphens)"
                ),
                "examples": ["permits-web"],
            },
            "into": {
                "type": "string",
                "pattern": "^(?!/)(?!.*(^|/)\\.\\.(/|$))[A-Za-z0-9_./{}-]+$",
                "description": (
                    f"a file that people own, of the format {' or '.join(INSERTED)}: only these settings are set in it,"
                    " and the file has any name here"
                ),
                "examples": ["apps/web/values-{stage}.yaml"],
            },
            "at": {
                "if": {"type": "array"},
                "then": {
                    "type": "array",
                    "items": {"type": "string", "minLength": 1, "description": "a step"},
                    "minItems": 1,
                    "description": "each step",
                },
                "else": {"type": "string", "minLength": 1, "description": "the steps, with dots between"},
                "description": (
                    "where the settings stand in that file: the names from the outside in, with dots between, or a"
                    " list; there stands a mapping, or a list of name and value; {stage} stands for the stage"
                    " (default: at its top)"
                ),
                "examples": ["helmValues.env"],
            },
            "client": {
                "enum": list(dict.fromkeys(name for sender in SENDERS.values() for name in sender.write)),
                "description": (
                    f"for {' and '.join(SENDERS)}: emailops: written over emailops_clients; notify: over Notify's own"
                    " client (default: emailops, where there is one)"
                ),
                "examples": ["notify"],
            },
            "templates": {
                "type": "array",
                "items": {"type": "string", "minLength": 1, "description": "a template"},
                "minItems": 1,
                "uniqueItems": True,
                "description": (
                    f"for {' and '.join(SENDERS)}: the templates that it sends (default: the consumer's templates and"
                    " literals)"
                ),
                "examples": [["permit_granted"]],
            },
            "shape": {
                "enum": list(shapes),
                "description": (
                    f"for {of_shapes}: "
                    + "; ".join(f"{name}: {shape.purpose}" for name, shape in shapes.items())
                    + f" (default: {next(iter(shapes))})"
                ),
                "examples": [list(shapes)[-1]],
            },
            "packaged": {
                "type": "boolean",
                "description": (
                    "false for a file that is read in a checkout alone, and is in no image or package that is built of"
                    " the repository (default: true)"
                ),
                "examples": [False],
            },
            "chosen_by": {
                "type": "string",
                "pattern": "^[A-Za-z_][A-Za-z0-9_]*$",
                "description": (
                    f"for {of_choosers}, where the path ends in /{{stage}}.py: the environment variable that names the "
                    "stage; a file beside those of the stages finds the right one, where it names none the first"
                ),
                "examples": ["APP_STAGE"],
            },
            "classes": {
                "type": "object",
                "description": f"for {of_classes}: the name of a class, and the settings that it holds",
                "propertyNames": {
                    "type": "string",
                    "pattern": f"^(?:[A-Za-z_]|{PLACEHOLDER})(?:[A-Za-z0-9_]|{PLACEHOLDER})*$",
                },
                "additionalProperties": _SETTINGS,
                "minProperties": 1,
                "examples": [{"Config": {"NOTIFY_TEMPLATES": "templates"}, "Live": {"REDIRECTS": "redirects"}}],
            },
            "settings": {
                **_SETTINGS,
                "description": (
                    f"for every format but {of_classes}: the name of a setting, and where its value comes from; "
                    "a name with {stage} gives one for each stage"
                ),
                "examples": [{"TEMPLATES": "templates"}],
            },
        },
        "additionalProperties": False,
        "required": ["format"],
        "dependentRequired": {"at": ["into"]},
        "allOf": [
            _inserted(),
            *map(_of_sender, SENDERS),
            *(_of_format(name, format_) for name, format_ in FORMATS.items()),
        ],
        "$defs": {"source": _source(), "text": _text(), "column": _column()},
    }


def _of_format(name: str, format_: Format) -> dict[str, Any]:
    """What a file of this format must hold, and what it must not."""
    then = _shaped(format_, {"shape": _ABSENT, **({} if format_.chooser else {"chosen_by": _ABSENT})})
    if format_.shapes:
        then = {"allOf": [_of_shape(shape, of_shape, format_) for shape, of_shape in format_.shapes.items()]}
        then["properties"] = {"shape": {"enum": list(format_.shapes)}}
    return {
        "if": {"required": ["format"], "properties": {"format": {"const": name}, "into": _ABSENT}},
        "then": then,
    }


def _of_sender(name: str) -> dict[str, Any]:
    """A module that sends holds no settings."""
    absent = dict.fromkeys(("settings", "classes", "app", "shape", "into"), _ABSENT)
    client = {"client": {"enum": list(SENDERS[name].write)}}
    return {
        "if": {"required": ["format"], "properties": {"format": {"const": name}}},
        "then": {"properties": {**absent, **client}},
    }


def _inserted() -> dict[str, Any]:
    """What goes into a file that people own: settings of any names."""
    absent = dict.fromkeys(("app", "shape", "packaged", "classes", "client", "templates"), _ABSENT)
    other = "for another format, give the settings a file of their own beside it: the path, without into"
    formats = {"enum": list(INSERTED), "$comment": other}
    return {
        "if": {"required": ["into"]},
        "then": {"required": ["settings"], "properties": {"format": formats, **absent}},
    }


def _of_shape(name: str, shape: Format, format_: Format) -> dict[str, Any]:
    """The first shape is the one of a file that says none."""
    said = [] if name == next(iter(format_.shapes)) else ["shape"]
    return {
        "if": {"required": said, "properties": {"shape": {"const": name}}},
        "then": _shaped(shape, {"chosen_by": _ABSENT}),
    }


def _shaped(format_: Format, absent: dict[str, Any]) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    if format_.names:
        settings["propertyNames"] = {
            "pattern": format_.names.pattern(PLACEHOLDER),
            "description": format_.names.description,
        }
    if format_.holds_texts:
        settings["additionalProperties"] = {"$ref": "#/$defs/text"}
    if format_.has_classes:
        properties = {"classes": {"additionalProperties": settings}, "settings": _ABSENT}
    else:
        properties = {"settings": settings, "classes": _ABSENT}
    if not format_.names_app:
        properties["app"] = _ABSENT
    return {
        "required": ["classes" if format_.has_classes else "settings"],
        "properties": {**properties, **absent, "client": _ABSENT, "templates": _ABSENT},
    }


def _source() -> dict[str, Any]:
    alone = {word: source.alone for word, source in SOURCES.items() if source.alone}
    named = [
        {"pattern": f"^{word} \\S+$", "description": source.named, "examples": [f"{word} {source.example}"]}
        for word, source in SOURCES.items()
        if source.named
    ]
    arguments = {word: source.argument for word, source in SOURCES.items() if source.argument is not None}
    return {
        "description": "where the value comes from",
        "if": {"type": "string"},
        "then": {"anyOf": [{"enum": [*alone], "enumDescriptions": [*alone.values()]}, *named]},
        "else": {
            "type": "object",
            "minProperties": 1,
            "maxProperties": 1,
            "additionalProperties": False,
            "properties": arguments,
        },
    }


def _column() -> dict[str, Any]:
    """A type of values that stand there, or a source that takes a name."""
    types = {**PLAIN, **{word: f"{source.named}, by its name" for word, source in SOURCES.items() if source.named}}
    return {"enum": [*types], "enumDescriptions": [*types.values()], "description": "the type of a column"}


def _text() -> dict[str, Any]:
    each = [word for word, source in SOURCES.items() if source.is_text_if_each]
    others = {word: source for word, source in SOURCES.items() if not source.is_text and word not in each}
    mappings = [word for word, source in others.items() if source.argument is not None]
    return {
        "description": (
            "a source of one text: a mapping or a list would arrive as text, which {json_text: SOURCE} says in JSON"
        ),
        "not": {
            "anyOf": [
                {"enum": [word for word, source in others.items() if source.alone]},
                *({"type": "object", "required": [word]} for word in mappings),
            ]
        },
        "properties": {word: {"additionalProperties": {"$ref": "#/$defs/text"}} for word in each},
    }


if __name__ == "__main__":
    PATH.write_text(written(), encoding="utf-8")
