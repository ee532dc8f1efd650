"""Reading a table of facts: a YAML file holds groups, a group holds what its rows share and the rows.

A row is one request and what Notify answers:

    fact      what it holds, the id of its test
    source    where the fact stands, one of `sources.yaml`; `line` says which line or row there
    key       whose key calls (`live` unless said); `token` or `header` instead make another Authorization
    request   a method and a path; for "POST .../email" and "POST .../sms" a body that would be accepted is filled in
    with      fields of that body, changed or added; `without` takes fields away; `body` is another body as it is
    given     what happens before: `send`, `advance` seconds; `$sent` is then the id of the last message, and
              `$bare` the same without hyphens
    is        the status, and the class of the error; `says` is its message, or all of them; `holds` a part of the body,
              `content_type` what the body is, where it is not JSON

$names stand for ids of tests/sandbox/accounts.py, and $(x*3) for xxx.
"""

from __future__ import annotations

import re
from pathlib import Path
from string import Template
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "notify"
SHARED = ("source", "line", "key", "request", "with", "without", "given", "is", "says")
ALLOWED = {*SHARED, "fact", "token", "header", "body", "holds", "headers", "content_type"}


def sources() -> dict[str, str]:
    """The headings that a source may be, each with what it is a heading of."""
    found: dict[str, str] = yaml.safe_load((FOLDER / "sources.yaml").read_text())
    return found


def rows() -> list[dict[str, Any]]:
    """Every row of every file, in order, with what its group gives it."""
    found = []
    for path in sorted(FOLDER.glob("*.yaml")):
        if path.stem != "sources":
            for group in yaml.load(path.read_text(), yaml.CSafeLoader):
                shared = {name: value for name, value in group.items() if name != "rows"}
                found += [{**shared, **row, "file": path.stem} for row in group["rows"]]
    return found


def filled(value: Any, names: dict[str, str]) -> Any:
    """The value with $names and $(x*3) in all its texts put in."""
    if isinstance(value, str):
        repeated = re.sub(r"\$\((.+?)\*(\d+)\)", lambda match: match[1] * int(match[2]), value)
        return Template(repeated).safe_substitute(names)
    if isinstance(value, list):
        return [filled(item, names) for item in value]
    if isinstance(value, dict):
        return {filled(name, names): filled(item, names) for name, item in value.items()}
    return value


def holds(part: Any, whole: Any) -> bool:
    """Whether an answer holds a part: objects may have more keys, lists are of one length."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(name in whole and holds(part[name], whole[name]) for name in part)
    if isinstance(part, list):
        return isinstance(whole, list) and len(part) == len(whole) and all(map(holds, part, whole))
    return bool(part == whole)
