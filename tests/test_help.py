"""The help of the command line: groups, examples, the terminal's width, completion."""

from __future__ import annotations

import io
import re
from contextlib import redirect_stdout

import pytest
from typer.main import get_command

from emailops.cli import ROOMS, main, whole
from tests.docs.made import groups, help_of
from tests.playing import Play
from tests.stories.terminal import on_a_terminal

COMMANDS = [
    *(command.name or command.callback.__name__ for command in whole().registered_commands),
    *(group.name for group in whole().registered_groups),
]
DOS = "digital-outcomes-and-specialists"


class TestGroups:
    def test_every_command_stands_in_one(self):
        assert sorted(name for rows in groups().values() for name, _ in rows) == sorted(COMMANDS)

    def test_what_a_command_does_is_a_sentence(self):
        assert [words for rows in groups().values() for _, words in rows if not words.endswith(".")] == []

    @pytest.mark.parametrize("group", [(), *([group.name] for group in whole().registered_groups)])
    def test_what_a_command_does_is_not_cut_in_a_list(self, group, monkeypatch):
        monkeypatch.setenv("COLUMNS", "80")
        out = io.StringIO()
        with redirect_stdout(out):
            assert main([*group, "--help"]) == 0
        _, *lines = out.getvalue().splitlines()
        assert [line for line in lines if line.endswith("...")] == []


def test_every_command_stands_in_the_table_of_its_file():
    assert sorted(" ".join(ROOMS.values()).split()) == sorted(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
class TestOfEachCommand:
    def test_says_in_a_word_of_ours_what_each_option_takes(self, command):
        for name in getattr(get_command(whole()).commands[command], "commands", [None]):
            assert re.findall(r"--[a-z-]+ <[^>|]*>", help_of(*filter(None, (command, name)))) == []

    def test_has_one_example(self, command):
        assert help_of(command).count("Example:") == 1

    def test_says_of_each_option_what_it_does(self, command):
        options = help_of(command).partition("Options:\n")[2]
        assert re.findall(r"^  (--\S+(?: \S+)?)$", options, re.MULTILINE) == []


def test_is_no_wider_than_the_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    for command in COMMANDS:
        out = io.StringIO()
        with redirect_stdout(out):
            main([command, "--help"])
        lines = [line for line in out.getvalue().splitlines() if "Example" not in line and "emailops " not in line]
        assert max(map(len, lines)) <= 60


class TestCompletion:
    def _complete(self, play: Play, line: str) -> list[str]:
        words = line.split(" ")
        typed = {"COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1), "_EMAILOPS_COMPLETE": "complete_bash"}
        return on_a_terminal(play, "", **typed).out.split()

    @pytest.mark.few(1)
    @pytest.mark.parametrize(
        ("line", "offered"),
        [
            ("emailops ap", ["apply"]),
            ("emailops plan --det", ["--detailed-exitcode"]),
            ("emailops rules mailing-s", ["mailing-split", "mailing-source"]),
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
