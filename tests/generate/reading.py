"""Generated files, read the way their readers read them."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import hcl2
import javaproperties
import pytest
import yaml
from dotenv import dotenv_values
from dotenv.parser import parse_stream
from jinja2 import Environment, StrictUndefined

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
        script = f'{before} . "$1" && exec env -0'
        command = ["/bin/sh", "-euc", script, "sh", str(path)]
        found = subprocess.run(command, env={}, capture_output=True, check=True).stdout.decode()
    variables = (variable.partition("=") for variable in found.split("\0") if variable)
    return {name: text for name, _, text in variables if name not in _SHELLS_OWN}


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


def manifest(content: str) -> dict[str, Any]:
    """What arrives in a manifest: of one app its environment, else whatever a template prints of each variable."""
    variables = yaml.safe_load(content) or {}
    if [list(app) for app in variables.values() if isinstance(app, dict)] == [["env"]]:
        (env,) = rendered_twice(content).values()
        return env
    return {name: printed(value) for name, value in variables.items()}


def printed(variable: Any) -> Any:
    """A variable as YAML reads it where a template printed it, each part by itself."""
    if isinstance(variable, dict):
        return {name: printed(inner) for name, inner in variable.items()}
    if isinstance(variable, list):
        return [printed(item) for item in variable]
    return yaml.safe_load(Environment(undefined=StrictUndefined).from_string("A: {{ a }}\n").render(a=variable))["A"]


def dotenv(content: str) -> dict[str, str]:
    """As `load_dotenv` would set it where nothing is set yet; a line that it passes over is a mistake."""
    assert not [binding for binding in parse_stream(StringIO(content)) if binding.error]
    with pytest.MonkeyPatch.context() as surroundings:
        for name in os.environ:
            surroundings.delenv(name)
        for name, text in AROUND.items():
            surroundings.setenv(name, text)
        found = dotenv_values(stream=StringIO(content))
    return {name: text for name, text in found.items() if text is not None}


def docker_environment(content: str) -> dict[str, str]:
    """What `docker run --env-file` hands on: whatever follows the equals sign, as it stands."""
    lines = [line.lstrip() for line in content.split("\n")]
    return {name: text for name, _, text in (line.partition("=") for line in lines if line and line[0] != "#")}


AROUND = {"HOME": "/root", "A": "b"}
"""Variables that are set before a file is read, and that it might put in place."""


def jinja(content: str) -> dict[str, Any]:
    """What a template imports; nothing but space may be rendered."""
    module = Environment(undefined=StrictUndefined).from_string(content).module
    assert not str(module).strip()
    return {name: value for name, value in vars(module).items() if not name.startswith("_")}


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
    "paas-vars": manifest,
    "shell": sourced,
    "jenkins-vars": jinja,
    "yaml": yaml.safe_load,
    "tfvars": hcl,
    "typescript": typescript,
    "properties": javaproperties.loads,
}
