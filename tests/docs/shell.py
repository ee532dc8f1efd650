"""Runs what a page's blocks say, in their scenes, and writes the output of `console` blocks anew.

A `sh` block holds commands; a `console` block holds `$ COMMAND` and below each what it prints. A command ends with 0,
unless its line says `# ends with CODE`. A `diff` block is an edit: `@@ FILE` begins each hunk, with its path in the
state.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import requests

from tests.docs.pages import ROOT, Block, blocks
from tests.docs.scenes import SCENES, Scene
from tests.playing import TODAY

ENDS = re.compile(r"# ends with (\d+)")
TIME = re.compile(r"\d{4}-\d{2}-\d{2}( |T)\d{2}:\d{2}(:\d{2}Z?)?")
LOCAL = re.compile(r"127\.0\.0\.1:\d+")
MADE = re.compile(r"\bid [0-9a-f]{10}\b")
COMMIT = re.compile(r"\bcommit [0-9a-f]{7,}\b")
PLACES = re.compile(r"/[^\s\"']*/emailops-docs-[^/\s\"']*")
OUTSIDE = {
    "python3 -m venv ../emailops-venv",
    ". ../emailops-venv/bin/activate",
    ". .venv/bin/activate",
    "pip install .",
    "git init --initial-branch=main ../permits-state",
    "cd ../permits-state",
}
"""Commands that a page may name and no test runs."""


def written_anew(text: str, folder: Path, only: int | None = None) -> str:
    """The page with the output of its commands as it is now; of all scenes, or only of one, by its number.

    A command that ends otherwise is an AssertionError.
    """
    lines = text.splitlines()
    for number, shown in run_in(text).items():
        if only not in (None, number):
            continue
        scene = shown[0].scene
        assert scene, f"line {shown[0].first}: no scene was named for this block"
        folder = folder.with_name(f"{folder.name}-")
        folder.mkdir()
        with ExitStack() as stack:
            playing = stack.enter_context(SCENES[scene](folder))
            for block in shown:
                if _is_edit(block):
                    _edit(playing, block)
                else:
                    _replace(lines, block, _said(playing, block))
    return "\n".join(line for line in lines if line != _GONE) + "\n"


def run_in(text: str) -> dict[int, list[Block]]:
    """The number of each scene of a page, in order -> what is run in it."""
    found: dict[int, list[Block]] = {}
    for block in blocks(text):
        if block.language in ("sh", "console") or _is_edit(block):
            found.setdefault(block.begun, []).append(block)
    return found


_GONE = "\0"


def _replace(lines: list[str], block: Block, said: list[str]) -> None:
    """New lines in place of the old ones, without moving any other line."""
    if block.language == "console":
        lines[block.first : block.first + len(block.lines)] = [_GONE] * len(block.lines)
        lines[block.first - 1] = "\n".join([lines[block.first - 1], *said])


def _is_edit(block: Block) -> bool:
    return block.language == "diff" and any(line.startswith("@@ ") for line in block.lines)


def _edit(scene: Scene, block: Block) -> None:
    """What a reader does in an editor. A new file is begun; a hunk without a line to find goes to the end."""
    for hunk in re.split(r"^@@ ", "\n".join(block.lines), flags=re.MULTILINE)[1:]:
        path, *lines = hunk.rstrip("\n").split("\n")
        file = scene.folder / path
        text = file.read_text(encoding="utf-8") if file.exists() else ""
        old = "".join(f"{line[1:]}\n" for line in lines if line[:1] != "+")
        new = "".join(f"{line[1:]}\n" for line in lines if line[:1] != "-")
        assert text.count(old) == 1 or not old, f"{path} does not hold this once:\n{old}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.replace(old, new) if old else text + new, encoding="utf-8")


def _said(scene: Scene, block: Block) -> list[str]:
    said = []
    for line in _commands(block):
        said += [*([""] if said else []), f"$ {line}", *_run(scene, line)]
    return said


def _commands(block: Block) -> Iterator[str]:
    """One a line; a line that ends in a backslash goes on."""
    if block.language == "console":
        yield from (line.removeprefix("$ ") for line in block.lines if line.startswith("$ "))
        return
    for line in "\n".join(block.lines).replace("\\\n", " ").splitlines():
        if line.strip() and not line.startswith("#"):
            yield line


def _run(scene: Scene, line: str) -> list[str]:
    """The lines that it prints, without what differs from one run to the next."""
    wanted = int(found[1]) if (found := ENDS.search(line)) else 0
    words = [scene.put_in(word) for word in shlex.split(line, comments=True)]
    if " ".join(words) in OUTSIDE:
        return []
    assert words[0] in _PROGRAMS, f"no test knows how to run {words[0]}: {line}"
    code, printed = _PROGRAMS[words[0]](scene, words)
    assert code == wanted, f"{line}: ended with {code}\n{printed}"
    printed = COMMIT.sub("commit 0a1b2c3", printed)
    printed = PLACES.sub("", MADE.sub("id 0a1b2c3d4e", TIME.sub(_time, printed)))
    return printed.rstrip("\n").split("\n") if printed else []


def _time(found: re.Match[str]) -> str:
    return f"{TODAY}{found[1]}09:00{':00' if found[2] else ''}{'Z' if (found[2] or '').endswith('Z') else ''}"


def _emailops(scene: Scene, words: list[str]) -> tuple[int, str]:
    if words[1] in _GOING_ON:
        return _started(scene, words, *_GOING_ON[words[1]])
    dated = ["--today", TODAY] if words[1] in ("init", "import", "accept", "new-iteration") else []
    ran = scene.play.run(*words[1:], *dated)
    return ran.code, ran.out + ran.err


_GOING_ON = {"sandbox": ("inbox", 8025), "receipts": ("health", 8026)}
"""Commands that run until they are stopped: where each says that it can be asked, and its usual port."""


def _started(scene: Scene, words: list[str], asked: str, port: int) -> tuple[int, str]:
    """Started, asked whether it is there, and stopped."""
    command = [sys.executable, "-m", "emailops", *words[1:], "--port", "0"]
    environment = {**scene.play.environment, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, cwd=scene.play.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        printed = running.stdout.readline()
        try:
            assert printed, running.stderr.read()
            assert requests.get(json.loads(printed)[asked], timeout=10).ok
        finally:
            running.terminate()
    return 0, LOCAL.sub(f"127.0.0.1:{port}", printed)


def _git(scene: Scene, words: list[str]) -> tuple[int, str]:
    return 0, scene.play.git(*words[1:])


def _export(scene: Scene, words: list[str]) -> tuple[int, str]:
    """A key that a page does not show is the one that the scene has."""
    name, _, text = words[1].partition("=")
    if text == "...":
        scene.play.environment |= {name: scene.kept.pop(name)} if name in scene.kept else {}
        assert name in scene.play.environment, name
    else:
        scene.play.environment[name] = text
    return 0, ""


def _curl(scene: Scene, words: list[str]) -> tuple[int, str]:
    method = words[words.index("-X") + 1] if "-X" in words else "GET"
    body = words[words.index("-d") + 1] if "-d" in words else None
    url = scene.play.sandbox.inbox_url + words[-1].partition("127.0.0.1:8025/")[2]
    form = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
    answer = requests.request(method, url, data=body, headers=form, timeout=10)
    return 0 if answer.ok else 22, answer.text


def _make(_: Scene, words: list[str]) -> tuple[int, str]:
    """Its targets are there; what they do has tests of its own."""
    found = re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE)
    return (0 if set(words[1:]) <= set(found) else 2), ""


def _cat(scene: Scene, words: list[str]) -> tuple[int, str]:
    return 0, (scene.play.folder / words[1]).read_text()


_PROGRAMS: dict[str, Callable[[Scene, list[str]], tuple[int, str]]] = {
    "emailops": _emailops,
    "git": _git,
    "export": _export,
    "curl": _curl,
    "make": _make,
    "cat": _cat,
}
