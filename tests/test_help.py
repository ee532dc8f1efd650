"""The help of the command line: groups, examples, the terminal's width, completion; and README says the same."""

from __future__ import annotations

import io
import re
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path

import pytest

from emailops.cli import app, main
from emailops.cli.groups import GROUPS
from tests.playing import Play
from tests.stories.terminal import on_a_terminal

HERE = Path(__file__).parents[1]
PAGES = [path.relative_to(HERE).as_posix() for path in (HERE / "README.md", HERE / "state/README.md")]
COMMANDS = [
    *(one.name or one.callback.__name__ for one in app.registered_commands),
    *(one.name for one in app.registered_groups),
]
DOS = "digital-outcomes-and-specialists"
_ROW = re.compile(r"\| `emailops ([a-z-]+)` \| (.+) \|")


@cache
def _help(*command: str) -> str:
    out = io.StringIO()
    with redirect_stdout(out), redirect_stderr(io.StringIO()):
        assert main([*command, "--help"]) == 0
    return out.getvalue()


def _groups() -> dict[str, list[tuple[str, str]]]:
    """Group -> (command, what it does), as `emailops --help` has them."""
    blocks = {block.partition(":\n")[0]: block.partition(":\n")[2] for block in _help().split("\n\n")}
    rows = {group: re.findall(r"^  (\S+)\s+(.+(?:\n    +.+)*)$", blocks[group], re.MULTILINE) for group in GROUPS}
    return {group: [(name, " ".join(words.split())) for name, words in found] for group, found in rows.items()}


def _reference(readme: str) -> dict[str, list[tuple[str, str]]]:
    """The same from README: a table a group, whose first cell is the group."""
    tables = re.findall(r"^\| (.+?) \| +\|\n\|[-|]+\|\n((?:\|.*\n)+)", readme, re.MULTILINE)
    return {group: _ROW.findall(rows) for group, rows in tables if group in GROUPS}


def _said(page: str) -> list[tuple[str, str]]:
    """(command, the rest of its line) of every `emailops COMMAND` in code."""
    code = re.findall(r"```\w*\n(.*?)```", page, re.DOTALL)
    lines = [line for block in code for line in block.splitlines()]
    lines += re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", page, flags=re.DOTALL))
    return [found.groups() for line in lines for found in re.finditer(r"\bemailops ([a-z][a-z-]*)\b(.*)", line)]


class TestGroups:
    def test_every_command_stands_in_one(self):
        assert sorted(name for rows in _groups().values() for name, _ in rows) == sorted(COMMANDS)

    def test_what_a_command_does_is_a_sentence(self):
        assert [words for rows in _groups().values() for _, words in rows if not words.endswith(".")] == []


@pytest.mark.parametrize("command", COMMANDS)
class TestOfEachCommand:
    def test_has_one_example(self, command):
        assert _help(command).count("Example:") == 1

    def test_says_of_each_option_what_it_does(self, command):
        options = _help(command).partition("Options:\n")[2]
        assert re.findall(r"^  (--\S+(?: \S+)?)$", options, re.MULTILINE) == []


def test_is_no_wider_than_the_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    for command in COMMANDS:
        out = io.StringIO()
        with redirect_stdout(out):
            main([command, "--help"])
        lines = [line for line in out.getvalue().splitlines() if "Example" not in line and "emailops " not in line]
        assert max(map(len, lines)) <= 60


class TestReadme:
    def test_lists_every_command_in_its_group_as_help_does(self):
        assert _reference((HERE / "README.md").read_text()) == _groups()

    @pytest.mark.parametrize("page", PAGES)
    def test_names_no_command_that_is_not_there(self, page):
        assert {name for name, _ in _said((HERE / page).read_text())} <= set(COMMANDS)

    @pytest.mark.parametrize("page", PAGES)
    def test_names_no_option_that_its_command_does_not_have(self, page):
        wrong = [
            (command, option)
            for command, rest in _said((HERE / page).read_text())
            for option in re.findall(r"(?<![\w-])--[a-z][a-z-]*", rest.partition(" emailops ")[0])
            if not re.search(rf"^\s+{option}\b", _help(command), re.MULTILINE)
        ]
        assert wrong == []


class TestCompletion:
    def _complete(self, play: Play, line: str) -> list[str]:
        words = line.split(" ")
        typed = {"COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1), "_EMAILOPS_COMPLETE": "complete_bash"}
        return on_a_terminal(play, "", **typed).out.split()

    @pytest.mark.parametrize(
        ("line", "offered"),
        [
            ("emailops ap", ["apply"]),
            ("emailops plan --det", ["--detailed-exitcode"]),
            ("emailops rules mailing", ["mailing-split"]),
            ("emailops deliver supp", ["supplier-frontend"]),
            ("emailops trace scripts reset_password_", ["reset_password_inactive"]),
            ("emailops accept notify-template/invite_a", ["notify-template/invite_admin_user"]),
            ("emailops new-iteration x --from framework", []),
            (f"emailops new-iteration x --from {DOS}-5", [f"{DOS}-5"]),
        ],
    )
    def test_offers_commands_options_and_what_is_declared(self, marketplace, line, offered):
        assert self._complete(marketplace, line) == offered

    def test_of_a_state_that_cannot_be_read_offers_nothing_and_says_nothing(self, marketplace):
        (marketplace.state / "emailops.yaml").write_text("{")
        (marketplace.state / "templates.yaml").write_text("{")
        assert self._complete(marketplace, "emailops accept notify-template/reset") == []


def test_no_color_takes_the_colour_away_and_nothing_else(marketplace):
    marketplace.environment["TERM"] = "xterm-256color"
    plain, coloured = (on_a_terminal(marketplace, "", "todo", **more).out for more in ({"NO_COLOR": "1"}, {}))
    assert re.search(r"\x1b\[[0-9;]*3[0-9]m", coloured)
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]m", plain)
    bare = [re.sub(r"\x1b\[[0-9;]*m", "", text) for text in (plain, coloured)]
    assert bare[0] == bare[1]
