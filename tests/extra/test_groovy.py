"""The Jenkinsfile's Groovy, read by Groovy itself. https://groovy-lang.org/integrating.html#integ-groovyshell"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.playing import Play

JENKINSFILE = Path(__file__).parents[2] / "Jenkinsfile"
PARSE = "new GroovyShell().parse(new File(args[0]))"


def parsed(path: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "JAVA_HOME": "/usr/lib/jvm/default-java"}
    command = ["groovy", "-e", PARSE, str(path)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize(
    "path", [JENKINSFILE, JENKINSFILE.with_name("Jenkinsfile.mailings")], ids=lambda path: path.name
)
def test_the_jenkinsfile_is_groovy(path: Path) -> None:
    done = parsed(path)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_the_one_that_init_writes_is_groovy(minimal: Play) -> None:
    (minimal.folder / "vendor").mkdir()
    wheel = minimal.folder / "vendor/emailops-0.1.0-py3-none-any.whl"
    wheel.write_bytes(b"a wheel")
    ran = minimal.run("init", "--ci", "jenkins", "--wheel", str(wheel.relative_to(minimal.folder)))
    assert ran.code == 0, ran.err
    done = parsed(minimal.folder / "Jenkinsfile")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


@pytest.mark.parametrize(("old", "new"), [("stages {", "stages"), ("'''\n", "''\n")], ids=["a brace", "a quote"])
def test_a_broken_one_is_not(tmp_path: Path, old: str, new: str) -> None:
    source = JENKINSFILE.read_text()
    assert old in source
    (tmp_path / "Jenkinsfile").write_text(source.replace(old, new, 1))
    assert parsed(tmp_path / "Jenkinsfile").returncode != 0
