"""`yaml`: a file of its own in YAML, a setting a line, as Ansible's `defaults/main.yml` or Rails' settings have it.

Every text is a double-quoted scalar, so that no reader takes `no` or `010` for anything else.
"""

from __future__ import annotations

from emailops.errors import InvalidInput
from emailops.generate import yaml_lines
from emailops.generate.format import Format, Header, Names, Values, merged
from emailops.generate.header import commented


def write(header: Header, values: Values) -> str:
    settings = merged(values)
    for name in settings:
        if not yaml_lines.is_plain(name):
            message = f"{header.edit}: YAML would not read {name!r} as a plain name"
            raise InvalidInput(message, "use letters, digits, _ and -, and no word such as yes or null")
    return commented(header, f"\n{yaml_lines.written(settings)}" if settings else "")


def read(content: str) -> Values:
    return {"": yaml_lines.read(content)}


FORMAT = Format(
    write=write,
    read=read,
    purpose="a YAML file of its own, for Ansible, Rails and anything else that reads YAML",
    names=Names(
        *("A-Za-z_", "A-Za-z0-9_-"),
        "letters, digits, _ and -, and no word that YAML takes for a boolean or for nothing",
        yaml_lines.SPELT,
    ),
)
