"""`paas-vars`: YAML of variables, from which a renderer fills a Cloud Foundry manifest without quoting.

https://docs.cloudfoundry.org/devguide/deploy-apps/manifest-attributes.html: the manifest is YAML again. So a value
carries the quotes that it needs there: what the first reading gives is a double-quoted scalar for the second
(https://yaml.org/spec/1.2.2/#double-quoted-style).

In the shape `environment` it is variables of one app's environment, under its name. Where a template of the renderer
prints a variable of the same name itself, the later line wins; the shape `variables` is for these.
"""

from __future__ import annotations

import re
from dataclasses import replace

from emailops.errors import InvalidInput
from emailops.generate import paas_variables, yaml_lines
from emailops.generate.environment import assigned, variables
from emailops.generate.format import Format, Header, Names, Values
from emailops.generate.header import commented
from emailops.generate.paas_variables import SPELLING, TWICE, quoted, refuse_unsayable, unquoted_twice

_ENVIRONMENT = re.compile(r"^\".*\":\n  env:(?: \{\})?$", re.MULTILINE)
_LINE = re.compile(rf"^    (?P<name>\w+): (?P<text>{TWICE})$", re.MULTILINE)


def write(header: Header, values: Values) -> str:
    lines = [
        f"    {_name(header.edit, name)}: {_text(header.edit, name, text)}\n"
        for name, text in variables(header, values).items()
    ]
    env = "\n" + "".join(lines) if lines else " {}\n"
    return commented(header, f"\n{quoted(header.app)}:\n  env:{env}")


def read(content: str) -> Values:
    if not _ENVIRONMENT.search(content):
        return paas_variables.read(content)
    if content.rstrip().endswith("\n  env: {}"):
        return {"": {}}
    return assigned(_LINE, content, unquoted_twice)


def _name(edit: str, name: str) -> str:
    # The name is not quoted in the manifest either.
    if name in yaml_lines.SPELT:
        raise InvalidInput(f"{edit}: YAML would not read {name!r} as a name", "give the setting another name")
    return name


def _text(edit: str, name: str, text: str) -> str:
    refuse_unsayable(edit, name, text)
    return SPELLING.write(text)


_OF_ENVIRONMENT = Format(
    write=write,
    read=read,
    purpose="variables of the app's environment, texts only",
    names=Names(
        *("A-Za-z_", "A-Za-z0-9_"),
        "letters, digits and _, no digit first, and no word that YAML takes for a boolean",
        yaml_lines.SPELT,
    ),
    holds_texts=True,
    names_app=True,
)
FORMAT = replace(
    _OF_ENVIRONMENT,
    purpose="for the manifest of an app on Cloud Foundry whose renderer does not quote values",
    shapes={"environment": _OF_ENVIRONMENT, "variables": paas_variables.FORMAT},
)
