"""Generated files, read the way their readers read them. Jinja and python-dotenv are not installed: their grammars are.

Each is as strict as the real one, and knows no more of it than what a generated file can hold.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import hcl2
import javaproperties
import yaml

_PRINT = "import json, os; print(json.dumps({k.decode(): v.hex() for k, v in os.environb.items()}))"
_SHELLS_OWN = {"PWD", "OLDPWD", "SHLVL", "_", "LC_CTYPE"}


def imported(content: str) -> dict[str, Any]:
    namespace: dict[str, Any] = {}
    exec(content, namespace)
    return {name: value for name, value in namespace.items() if not name.startswith("__")}


def sourced(content: str, *, before: str = "") -> dict[str, str]:
    """What a program that a POSIX shell starts finds in its environment."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "settings")
        path.write_bytes(content.encode())
        script = f'{before} . "$1" && exec "$2" -ISc "$3"'
        command = ["/bin/sh", "-euc", script, "sh", str(path), sys.executable, _PRINT]
        found = json.loads(subprocess.run(command, env={}, capture_output=True, check=True).stdout)
    return {name: bytes.fromhex(value).decode() for name, value in found.items() if name not in _SHELLS_OWN}


def exported(content: str) -> dict[str, str]:
    """As `sourced`, of a file that does not say export."""
    return sourced(content, before="set -a;")


def rendered_twice(content: str) -> dict[str, dict[str, Any]]:
    """App -> the environment in its manifest, which a renderer fills without quoting anything."""
    found = {}
    for app, variables in yaml.safe_load(content).items():
        lines = [f"      {name}: {value}\n" for name, value in variables["env"].items()]
        manifest = f"---\n\napplications:\n  - name: {app}-release\n    env:\n      DM_LOG_PATH: ''\n" + "".join(lines)
        (application,) = yaml.safe_load(manifest)["applications"]
        assert application["env"].pop("DM_LOG_PATH") == ""
        found[app] = application["env"]
    return found


def of_one_app(content: str) -> dict[str, Any]:
    (env,) = rendered_twice(content).values()
    return env


def dotenv(content: str, environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """https://saurabh-kumar.com/python-dotenv/#file-format, with `interpolate=True` as load_dotenv has it."""
    found: dict[str, str] = {}
    at = 0
    while at < len(content := content.replace("\r\n", "\n").replace("\r", "\n")):
        if blank := re.compile(r"[^\S\n]*(#[^\n]*)?(\n|\Z)").match(content, at):
            at = blank.end()
            continue
        name = re.compile(r"(?:export[^\S\n]+)?([A-Za-z_][A-Za-z0-9_]*)=[^\S\n]*").match(content, at)
        assert name, f"no assignment at {content[at : at + 40]!r}"
        text, at = _value(content, name.end())
        found[name[1]] = _expanded(text, {**(environment or {}), **found})
        rest = re.compile(r"[^\S\n]*(#[^\n]*)?(\n|\Z)").match(content, at)
        assert rest, f"more after the value of {name[1]}: {content[at : at + 40]!r}"
        at = rest.end()
    return found


def _value(content: str, at: int) -> tuple[str, int]:
    quote = content[at : at + 1]
    if quote not in ("'", '"'):
        line = content[at:].split("\n", 1)[0]
        return re.sub(r"\s+#.*", "", line).rstrip(), at + len(line)
    end = _end(content, at + 1, quote)
    known = "\\'" if quote == "'" else "\\'\"abfnrtv"
    escape = re.compile(r"\\([" + re.escape(known) + "])")
    meant = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
    return escape.sub(lambda one: meant.get(one[1], one[1]), content[at + 1 : end]), end + 1


def _end(content: str, start: int, quote: str) -> int:
    """The first quote without a backslash before it, whatever stands before that; else the last one."""
    ends = [one.start() for one in re.compile(quote).finditer(content, start)]
    assert ends, "a text without an end"
    return next((one for one in ends if one == start or content[one - 1] != "\\"), ends[-1])


def _expanded(text: str, known: Mapping[str, str]) -> str:
    return re.sub(r"\$\{([^}:]*)(?::-([^}]*))?\}", lambda one: known.get(one[1], one[2] or ""), text)


_JINJA = re.compile(r"""\s*(?:(?P<end>%\})|(?P<name>[A-Za-z_]\w*)|(?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(.))""")


def jinja(content: str) -> dict[str, Any]:
    """What a template imports from `{# comments #}` and `{% set name = literal %}`, with nothing but space between."""
    found: dict[str, Any] = {}
    at = 0
    while rest := content[at:].strip():
        at = content.index(rest, at)
        if rest.startswith("{#"):
            at = content.index("#}", at + 2) + 2
            continue
        opening = re.compile(r"\{%\s*set\s+([A-Za-z]\w*)\s*=").match(content, at)
        assert opening, f"no set at {rest[:40]!r}"
        found[opening[1]], at = _literal(content, opening.end())
        end = _JINJA.match(content, at)
        assert end, "a set without an end"
        assert end["end"], f"more after the value of {opening[1]}: {content[at : at + 40]!r}"
        at = end.end()
    return found


def _literal(content: str, at: int) -> tuple[Any, int]:
    token = _JINJA.match(content, at)
    assert token, "a value without an end"
    if token["text"]:
        return token["text"][1:-1].encode("ascii").decode("unicode-escape"), token.end()
    if token["name"]:
        assert token["name"] == "none", f"{token['name']} is a name, not a value"
        return None, token.end()
    assert token[4] in ("[", "{"), f"{token[0]!r} is no value"
    return _entries(content, token.end(), "]") if token[4] == "[" else _entries(content, token.end(), "}")


def _entries(content: str, at: int, closing: str) -> tuple[Any, int]:
    entries: list[Any] = []
    while (token := _JINJA.match(content, at)) and token[4] != closing:
        entry, at = _literal(content, at)
        if closing == "}":
            colon = _JINJA.match(content, at)
            assert colon, "a key without a value"
            assert colon[4] == ":"
            value, at = _literal(content, colon.end())
            entry = (entry, value)
        entries.append(entry)
        comma = _JINJA.match(content, at)
        assert comma, "entries without an end"
        at = comma.end() if comma[4] == "," else at
    assert token, "entries without an end"
    return (dict(entries) if closing == "}" else entries), token.end()


def hcl(content: str) -> dict[str, Any]:
    """python-hcl2 gives texts as they are written: in quotes, with HCL's escapes."""
    return {name: _of_hcl(value) for name, value in hcl2.loads(content).items() if name != "__comments__"}


def _of_hcl(value: Any) -> Any:
    if isinstance(value, dict):
        return {_of_hcl(name): _of_hcl(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_of_hcl(inner) for inner in value]
    if not isinstance(value, str):
        return value
    assert re.fullmatch(r'"(?:[^"\\]|\\(?:[nrt"\\]|u[0-9a-f]{4}|U[0-9a-f]{8}))*"', value), f"no text of HCL: {value}"
    assert not re.search(r"(?<!\$)\$\{|(?<!%)%\{", value), f"a template: {value}"
    plain = value[1:-1].encode("ascii").decode("unicode-escape")
    return plain.replace("$${", "${").replace("%%{", "%{")


def typescript(content: str) -> dict[str, Any]:
    """Constants whose values are JSON; `make test-extra` reads them with tsc and Node.js, too."""
    code = "".join(line for line in content.splitlines(keepends=True) if not line.startswith("//"))
    found = re.findall(r"\s*export const ([A-Za-z_]\w*) = (.*?)(?: as const)?;\n", code, re.DOTALL)
    assert not re.sub(r"export const \w+ = .*?;\n", "", code, flags=re.DOTALL).strip(), "more than constants"
    return {name: json.loads(text) for name, text in found}


READERS: dict[str, Callable[[str], dict[str, Any]]] = {
    "flask": imported,
    "python": imported,
    "json": json.loads,
    "dotenv": dotenv,
    "paas-vars": of_one_app,
    "shell": sourced,
    "jenkins-vars": jinja,
    "yaml": yaml.safe_load,
    "tfvars": hcl,
    "typescript": typescript,
    "properties": javaproperties.loads,
}
