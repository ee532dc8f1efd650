"""A Jenkins that runs the Jenkinsfile: stages in order, shell steps by `sh -xe`, and the little Groovy between them.

https://www.jenkins.io/doc/book/pipeline/syntax/ Whatever it does not know is a ValueError, never skipped.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.pipeline.groovy import Statement, Token, read

JENKINSFILE = Path(__file__).parents[2] / "Jenkinsfile"
MAILINGS = JENKINSFILE.with_name("Jenkinsfile.mailings")
REPOSITORY_HOST = "127.0.0.1"
"""The consumers' repositories stand on this machine here, and at github.com for the job as it is written."""
RED, AMBER, GREEN, GREY = "failure", "unstable", "success", "aborted"


class Failed(Exception):
    """A step that ends its stage, and with it the build."""


@dataclass(frozen=True, slots=True)
class Shell:
    """One shell step: its script, and whether the pipeline takes the exit code or the output."""

    script: str
    returns: str = ""


def _here(text: str) -> str:
    hosts = "EMAILOPS_REPOSITORY_HOSTS = '{}'"
    assert text.count(hosts.format("github.com")) == 1
    return text.replace(hosts.format("github.com"), hosts.format(REPOSITORY_HOST))


@dataclass(frozen=True)
class Job:
    """What a build needs: an agent's environment, credentials by id, and how to check out `commit` into a folder.

    Workspaces stay between builds, with all that lies about in them.
    """

    folder: Path
    agent: Mapping[str, str]
    credentials: Mapping[str, str]
    check_out: Callable[[Path, str], None]
    source: Statement = field(default_factory=lambda: read(_here(JENKINSFILE.read_text())))


@dataclass
class Build:
    """One build of a commit, which was to begin at `scheduled`, in seconds.

    `answer` is who approves, and why if it breaks the glass; None: nobody is asked. `meanwhile` is what happens while
    it waits, `abort` returns as soon as the apply that runs is to be stopped.
    """

    job: Job
    commit: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    by_timer: bool = False
    answer: tuple[str, str] | None = None
    meanwhile: Callable[[], object] = lambda: None
    abort: Callable[[], None] | None = None
    scheduled: int = 0
    result: str = GREEN
    description: str = ""
    asked: str = ""
    log: str = ""
    stages: list[str] = field(default_factory=list)
    executed: list[str] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)
    _groovy: dict[str, int | bool] = field(default_factory=dict)
    _environment: dict[str, str] = field(default_factory=dict)

    def run(self) -> Build:
        pipeline = self.job.source["pipeline"]
        self.variables |= {name: self.parameters.get(name, "") for name in _parameters(pipeline)}
        for stage in pipeline["stages"].block:
            if self.result in (RED, GREY):
                break
            if _holds(stage["when"].block, self):
                self.stages.append(stage.tokens[2].text)
                self._stage(stage, pipeline)
        return self

    def archived(self, name: str) -> Path:
        return self.job.folder / "archive" / name

    def _stage(self, stage: Statement, pipeline: Statement) -> None:
        self._environment = {**self._declared(pipeline["environment"]), **self._declared(stage["environment"])}
        workspace = self.job.folder / stage.tokens[2].text
        has_agent = stage["agent"].code == "agent any"
        if has_agent:
            self.job.check_out(workspace, self.commit)
        try:
            self._steps(stage["steps"].block, workspace if has_agent else None)
        except Failed as failure:
            self.log += f"{failure}\n"
            if self.result != GREY:
                self.result = RED
        self._steps(stage["post"]["always"].block, workspace if has_agent else None)

    def _declared(self, environment: Statement) -> dict[str, str]:
        declared = {}
        for statement in environment.block:
            name, equals, *value = statement.tokens
            if equals.text != "=":
                raise ValueError(statement.code)
            if value[0].text == "${currentBuild.timeInMillis.intdiv(1000)}":
                declared[name.text] = str(self.scheduled)
            elif [token.text for token in value[:2]] == ["credentials", "("]:
                declared[name.text] = self.job.credentials[value[2].text]
            else:
                declared[name.text] = _text(value)
        return declared

    def _steps(self, steps: Iterable[Statement], workspace: Path | None) -> None:
        taken = False
        for statement in steps:
            if statement.code.startswith(("if (", "else if (")):
                taken = (taken and statement.word == "else") or self._branch(statement, workspace)
            elif statement.word in ("script", "timeout"):
                self._steps(statement.block, workspace)
            elif any(token == Token("word", "sh") for token in statement.tokens):
                self._shell(statement, workspace)
            else:
                self._step(statement, workspace)

    def _branch(self, statement: Statement, workspace: Path | None) -> bool:
        """Whether the condition held; `else if` comes here only where the one before it did not."""
        code = self._groovy["code"]
        if listed := re.fullmatch(r"(?:else )?if \( ! \( code in \[ ([\d ,]+) \] \) \)", statement.code):
            holds = str(code) not in listed[1].split(" , ")
        elif compared := re.fullmatch(r"(?:else )?if \( code ([!=]=) (\d+) \)", statement.code):
            holds = (code == int(compared[2])) == (compared[1] == "==")
        else:
            raise ValueError(statement.code)
        if holds:
            self._steps(statement.block, workspace)
        return holds

    def _step(self, statement: Statement, workspace: Path | None) -> None:
        code, named = statement.code, _named(statement.tokens)
        if statement.word == "error":
            raise Failed(statement.tokens[2].text)
        if statement.word == "unstable":
            self.result = AMBER
        elif code == "reviewed = code == 0":
            self._groovy["reviewed"] = self._groovy["code"] == 0
        elif code.startswith("def answer = input ("):
            assert workspace is None, "an approval must not hold a node"
            assert self.answer is not None, "nobody is there to ask"
            self.meanwhile()
            self.asked = named["message"].replace("${env.DIGEST}", self.variables["DIGEST"])
        elif found := re.fullmatch(r"env \. (\w+) = answer \. (\w+)", code):
            assert self.answer is not None
            self.variables[found[1]] = self.answer[("APPROVER", "BREAK_GLASS").index(found[2])]
        elif statement.word in ("stash", "unstash", "archiveArtifacts"):
            assert workspace is not None
            self._keep(statement, workspace)
        else:
            raise ValueError(code)

    def _keep(self, statement: Statement, workspace: Path) -> None:
        """Files between workspaces, and into the build's archive."""
        named = _named(statement.tokens)
        if statement.word == "unstash":
            shutil.copytree(self.job.folder / "stash" / statement.tokens[1].text, workspace, dirs_exist_ok=True)
            return
        is_stash = statement.word == "stash"
        to = self.job.folder / "stash" / named["name"] if is_stash else self.job.folder / "archive"
        to.mkdir(parents=True, exist_ok=True)
        for name in named["includes" if is_stash else "artifacts"].split(","):
            (to / name).unlink(missing_ok=True)
            if (workspace / name).exists():
                shutil.copy(workspace / name, to)

    def _shell(self, statement: Statement, workspace: Path | None) -> None:
        shell = shell_of(statement)
        assert workspace is not None, shell.script
        code, out = self._run(shell.script, workspace)
        self.executed.append(shell.script)
        if self.result == GREY and code:
            raise Failed("aborted")
        if shell.returns == "returnStatus":
            self._groovy["code"] = code
        elif code:
            raise Failed(f"script returned exit code {code}")
        if shell.returns == "returnStdout":
            if found := re.match(r"env \. (\w+) = ", statement.code):
                self.variables[found[1]] = out.strip()
            elif statement.code.startswith("currentBuild . description = "):
                self.description = out.strip()
            else:
                raise ValueError(statement.code)

    def _run(self, script: str, workspace: Path) -> tuple[int, str]:
        file = self.job.folder / "script.sh"
        file.write_text(script)
        environment = {**self.job.agent, **self.variables, **self._environment}
        stops = self.abort is not None and "emailops apply" in script
        with subprocess.Popen(
            ["sh", "-xe", str(file)],
            cwd=workspace,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as running:
            if stops and self.abort is not None:
                self.abort()
                self.result = GREY
                os.killpg(running.pid, signal.SIGTERM)
                running.wait(timeout=30)  # Jenkins waits for the shell alone
            out, err = running.communicate(timeout=60)
        self.log += f"{err}{out}"
        return running.returncode, out


def shells(source: Statement) -> list[Shell]:
    """All shell steps, in order. Raises ValueError for one that cannot be read."""
    return [
        shell_of(statement)
        for statement in source.all()
        if any(token == Token("word", "sh") for token in statement.tokens)
    ]


def shell_of(statement: Statement) -> Shell:
    """The one shell step of a statement: sh 'SCRIPT', or sh(returns...: true, script: 'SCRIPT')."""
    tokens = list(statement.tokens)
    at = tokens.index(Token("word", "sh"))
    after = tokens[at + 1 :]
    if tokens.count(Token("word", "sh")) > 1 or not after:
        raise ValueError(statement.code)
    if after[0] != Token("mark", "("):
        return Shell(_text(after))
    inner = after[1 : after.index(Token("mark", ")"))]
    if len(inner) == 1:
        return Shell(_text(inner))
    named = _named(inner)
    returns = [name for name in named if name != "script"]
    if len(returns) > 1 or any(named[name] != "true" for name in returns):
        raise ValueError(statement.code)
    script = inner[inner.index(Token("word", "script")) + 2]
    return Shell(_text([script]), *returns)


def _text(tokens: list[Token]) -> str:
    """A text in single quotes: Groovy puts nothing into it, so that no value becomes a part of a script."""
    if len(tokens) != 1 or tokens[0].kind != "text":
        raise ValueError(" ".join(token.text for token in tokens))
    return tokens[0].text


def _named(tokens: Iterable[Token]) -> dict[str, str]:
    """`name: value` pairs."""
    listed = list(tokens)
    return {
        name.text: value.text
        for name, mark, value in zip(listed, listed[1:], listed[2:], strict=False)
        if name.kind == "word" and mark == Token("mark", ":")
    }


def _parameters(pipeline: Statement) -> list[str]:
    return [_named(statement.tokens)["name"] for statement in pipeline["parameters"].block]


def _holds(conditions: Iterable[Statement], build: Build) -> bool:
    return all(_condition(condition, build) for condition in conditions)


def _condition(statement: Statement, build: Build) -> bool:
    if statement.code == "beforeAgent true":
        return True
    if statement.code == "triggeredBy 'TimerTrigger'":
        return build.by_timer
    if statement.code == "not":
        return not _holds(statement.block, build)
    if statement.code == "allOf":
        return _holds(statement.block, build)
    asked = [
        found[1] for inner in statement.block if (found := re.fullmatch(r"params \. STAGE == '(\w+)'", inner.code))
    ]
    if statement.code == "expression" and asked:
        return build.variables["STAGE"] == asked[0]
    if statement.code == "expression" and [inner.code for inner in statement.block] == ["! reviewed"]:
        return not build._groovy.get("reviewed", False)
    raise ValueError(statement.code)
