"""The command line's promises: exit codes, what goes where, help with an example, and what a bug looks like."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

import emailops
from emailops.cli import main, whole
from emailops.errors import Exit
from tests.playing import Ran
from tests.stories.telling import (
    ALL_KEYS,
    DOS5_ID,
    DOS6,
    attest_all,
    audience,
    audiences,
    drift,
    on_day,
    planned,
    settled,
)

GROUPS = [group.name for group in whole().registered_groups]
COMMANDS = [command.name or command.callback.__name__ for command in whole().registered_commands]


def _shell(*arguments):
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(arguments)
    return Ran(int(code), out.getvalue(), err.getvalue())


def _python(play, source):
    """A process of its own, for what must not happen in this one."""
    environment = {**play.environment, "PYTHONPATH": str(Path(emailops.__file__).parents[1])}
    command = [sys.executable, "-c", source]
    done = subprocess.run(command, cwd=play.folder, env=environment, capture_output=True, text=True, check=False)
    return Ran(done.returncode, done.stdout, done.stderr)


# A state of affairs, a command line, and how it ends.
def _nothing(play):
    pass


def _settled(play):
    settled(play)


def _settled_and_drifted(play):
    settled(play)
    drift(play)


def _settled_and_one_more_guest(play):
    settled(play)
    guest = "    - {address: tester@user.marketplace.team, why: tests, until: 2027-01-01}\n"
    play.edit("notify.yaml", "  callback:", f"{guest}  callback:")


def _settled_and_one_more_domain(play):
    settled(play)
    play.edit("stages/_deployed.yaml", "    example.com:", "    example.org: invalid buyer\n    example.com:")


def _broken(play):
    play.edit("emailops.yaml", "format: 1", "format: 7")


def _planned(play):
    planned(play)


def _planned_and_overtaken(play):
    drift(play)
    planned(play)
    drift(play, "Another")


def _planned_and_one_fails(play):
    planned(play)
    play.sandbox.set_faults([{"route": "POST /3.0/lists", "do": "status", "status": 400, "times": 1}])


def _planned_and_all_fail(play):
    planned(play)
    play.sandbox.set_faults([{"route": "POST /3.0/lists", "do": "status", "status": 400}])


def _planned_and_one_lost(play):
    planned(play)
    play.sandbox.set_faults([{"route": "POST /3.0/lists", "do": "cut-after", "times": 1}])


def _planned_part_and_drifted(play):
    settled(play)
    drift(play)
    planned(play)
    drift(play, "Nobody", "f0077c516d")


def _unreachable(play):
    play.sandbox.set_faults([{"route": "GET /3.0/*", "do": "cut-before"}])


def _generated_and_edited(play):
    assert play.run("generate", "--out", "generated").code == 0
    path = play.folder / "generated/user-frontend/email_config.py"
    path.write_text(path.read_text().replace("success@", "failure@"))


def _gone(play):
    settled(play)
    play.change_world(lambda world: audiences(world).remove(audience(world, DOS5_ID)))


ENDS = [
    (_settled, ("plan", "--detailed-exitcode"), 6),  # two keys of this state have no secret that the tool may read
    (_nothing, ("plan",), 0),
    (_settled_and_drifted, ("plan",), 0),
    (_nothing, ("validate",), 0),
    (_planned, ("show", "plan.json"), 0),
    (_nothing, ("generate", "--out", "generated"), 0),
    (_nothing, ("attest", "notify-guest-list/marketplace", "--by", "ccs"), 0),
    (_unreachable, ("plan",), 1),
    (_planned_and_all_fail, ("apply", "plan.json"), 1),
    (_nothing, ("apply", "missing.json"), 1),
    (_nothing, ("show", "notify-template/nonsense"), 1),
    (_nothing, ("attest", "notify-guest-list/marketplace", "--by", "nobody"), 1),
    (_nothing, ("adopt", DOS6[0], "0123456789"), 1),
    (_nothing, ("plan", "--base", "HEAD"), 1),
    (_settled_and_drifted, ("plan", "--detailed-exitcode"), 2),
    (_settled_and_one_more_domain, ("plan", "--detailed-exitcode"), 2),
    (_planned_part_and_drifted, ("apply", "plan.json"), 2),
    (_broken, ("validate",), 3),
    (_broken, ("plan",), 3),
    (_broken, ("apply", "--stage", "production", "--yes"), 3),
    (_broken, ("generate", "--out", "generated"), 3),
    (_generated_and_edited, ("generate", "--check", "generated/user-frontend"), 3),
    (_planned_and_overtaken, ("apply", "plan.json"), 4),
    (_planned_and_one_fails, ("apply", "plan.json"), 5),
    (_planned_and_one_lost, ("apply", "plan.json"), 5),
    (_settled_and_one_more_guest, ("plan", "--detailed-exitcode"), 6),
    (_gone, ("plan", "--detailed-exitcode"), 6),
    (_planned, ("apply", "plan.json"), 6),
    (_nothing, ("apply",), 64),
    (_nothing, ("nonsense",), 64),
    (_nothing, ("plan", "--nonsense"), 64),
    (_nothing, ("plan", "--format", "yaml"), 64),
    (_nothing, ("plan", "--stage", "nonsense"), 64),
    (_nothing, ("plan", "--state", "nowhere"), 64),
    (_nothing, ("show",), 64),
    (_nothing, ("generate",), 64),
    (_nothing, ("attest", "notify-guest-list/marketplace"), 64),
    (_nothing, ("plan", "--stage", ""), 64),
    (_nothing, ("plan", "--only="), 64),
    (_nothing, ("deliver", " "), 64),
]


@pytest.mark.few(1)
@pytest.mark.parametrize(
    ("affairs", "command", "code"), ENDS, ids=[f"{row[2]} {' '.join(row[1])} {row[0].__name__}"[:60] for row in ENDS]
)
def test_exit_codes_as_promised(marketplace, affairs, command, code):
    affairs(marketplace)
    ran = marketplace.run(*command)
    assert ran.code == code, ran.err[-400:]
    assert "Traceback" not in ran.err
    if code in (1, 3, 4, 64):
        assert ran.err or ran.out, "it says why"


def test_a_plan_of_a_settled_state_of_which_everything_is_known_ends_with_0(minimal):
    attest_all(minimal)
    settled(minimal)
    ran = minimal.run("plan", "--detailed-exitcode")
    assert ran.code == 0
    assert "nothing to do" in ran.out


def test_every_promised_code_but_a_bug_and_an_interruption_has_a_row_here():
    assert {row[2] for row in ENDS} == {int(code) for code in Exit} - {70, 130}


@pytest.mark.parametrize("day", ["tomorrow", "2026-13-01", "24.11.2026", "2026-11-24T00:00"])
def test_a_day_that_is_none_is_a_usage_error(marketplace, day):
    ran = on_day(marketplace, day, "validate")
    assert (ran.code, ran.out) == (64, "")
    assert "YYYY-MM-DD" in ran.err


class TestHelp:
    def test_there_are_commands(self):
        assert {"validate", "plan", "show", "generate", "apply", "attest", "adopt", "sandbox"} <= set(COMMANDS)

    @pytest.mark.parametrize("command", COMMANDS)
    def test_of_each_command_has_an_example_that_begins_with_it(self, command):
        ran = _shell(command, "--help")
        assert (ran.code, ran.err) == (0, "")
        assert re.search(rf"Example:\s+emailops {command}\b", ran.out)

    @pytest.mark.parametrize("command", COMMANDS)
    def test_the_options_of_each_example_are_its_own(self, command):
        text = _shell(command, "--help").out
        example = re.search(r"Example:(.*?)\n\n", text, re.DOTALL)[1]
        for option in re.findall(r"--[a-z-]+", example):
            assert re.search(rf"^\s+{option}\b", text, re.MULTILINE), option

    def test_groups_commands_by_what_they_are_for(self):
        text = _shell("--help").out
        places = [text.index(group) for group in ("Every day", "Change", "Set up and repair", "Run")]
        assert places == sorted(places)
        for command in COMMANDS:
            assert re.search(rf"^  {command} ", text, re.MULTILINE)

    @pytest.mark.parametrize("bare", [(), *([group] for group in GROUPS)])
    def test_a_bare_emailops_or_group_shows_it_as_it_is_and_is_a_usage_error(self, bare):
        ran = _shell(*bare)
        assert (ran.code, ran.out) == (64, "")
        assert ran.err == _shell(*bare, "--help").out

    def test_the_version(self):
        assert _shell("--version") == Ran(0, f"emailops {emailops.__version__}\n", "")


MISTAKES = [
    ("plan --formt json", "there is no option --formt", ["did you mean --format", "emailops plan --help says"]),
    ("plan x", "'x' is one argument too many", ["emailops plan --help says how it is used"]),
    ("plan x y", "'x y' are arguments too many", ["emailops plan --help says how it is used"]),
    ("plan --stage", "--stage needs a value", ["emailops plan --help says how it is used"]),
    ("validate --waive=yes", "--waive takes no value", ["emailops validate --help says how it is used"]),
    ("show", "PLAN|RESOURCE is missing", ["emailops show --help says how it is used"]),
    ("mail x", "--stage is missing", ["emailops mail --help says how it is used"]),
    ("scan dump", "is missing", ["emailops scan dump --help says how it is used"]),
    ("nonsense", "there is no command nonsense", ["emailops --help lists the commands"]),
    ("validat", "there is no command validat", ["did you mean validate?", "emailops --help lists the commands"]),
    ("scan nonsense", "there is no command nonsense", ["emailops scan --help lists the commands"]),
    ("log --count 0", "--count: 0 must be 1 or more", ["emailops log --help says how it is used"]),
    ("log --count x", "--count: 'x' is not a whole number", ["emailops log --help says how it is used"]),
    ("sandbox --port 70000", "--port: 70000 must be 0 to 65535", ["emailops sandbox --help says how it is used"]),
    ("plan --format yaml", "--format: 'yaml' is not one of its values", ["write text, json, markdown or html"]),
    ("messages campaigns --since yesterday", "--since: 'yesterday' is not a day", ["write YYYY-MM-DD"]),
    ("messages failures --since today", "--since: 'today' is not a day", ["write YYYY-MM-DD, or YYYY-MM-DDTHH:MM"]),
]


class TestAMistake:
    @pytest.mark.parametrize(("line", "message", "remedies"), MISTAKES, ids=[row[0] for row in MISTAKES])
    def test_is_named_in_plain_words_with_what_to_do(self, line, message, remedies):
        ran = _shell(*line.split())
        head, *rest = ran.err.splitlines()
        assert (ran.code, ran.out) == (64, "")
        assert head.startswith("emailops: ")
        assert head.endswith(message)
        assert [remedy for remedy in remedies if not any(line.strip().startswith(remedy) for line in rest)] == []

    @pytest.mark.parametrize(
        "line",
        [
            "plan SOMEBODY",
            "plan x SOMEBODY",
            "log --count SOMEBODY",
            "plan --format SOMEBODY",
            "messages campaigns --since SOMEBODY",
            "SOMEBODY",
            "scan SOMEBODY",
            "plan --SOMEBODY",
        ],
    )
    def test_repeats_no_address(self, line):
        ran = _shell(*line.replace("SOMEBODY", "ada.lovelace@permits.example").split())
        assert ran.code == 64
        assert "lovelace" not in ran.err


class TestWhatGoesWhere:
    def test_json_is_alone_on_standard_output(self, marketplace):
        marketplace.change_world(lambda world: audiences(world)[0]["campaign_defaults"].update(from_name="Ü\u2028€"))
        for command in (("plan",), ("validate",), ("plan", "--out", "plan.json"), ("show", "plan.json")):
            ran = marketplace.run(*command, "--format", "json")
            assert ran.json
            assert ran.err == ""

    def test_findings_of_a_state_that_stops_a_plan_are_on_standard_error(self, marketplace):
        _broken(marketplace)
        ran = marketplace.run("plan", "--format", "json")
        assert ran.out == ""
        assert "emailops.yaml:1:" in ran.err

    def test_nothing_is_coloured_when_nobody_looks(self, marketplace):
        drift(marketplace)
        for command in (("plan",), ("plan", "--format", "markdown"), ("apply", "--stage", "production", "--yes")):
            ran = marketplace.run(*command, FORCE_COLOR="1")
            assert "\x1b" not in ran.out + ran.err

    def test_a_reader_that_has_seen_enough_is_no_error(self, marketplace):
        source = (
            "import os, subprocess, sys\n"
            "run = 'import sys; from emailops.cli import main; sys.exit(main())'\n"
            "process = subprocess.Popen([sys.executable, '-c', run, 'plan'], stdout=subprocess.PIPE, stderr=2)\n"
            "process.stdout.close()\n"
            "sys.exit(process.wait())\n"
        )
        ran = _python(marketplace, source)
        assert (ran.code, ran.err) == (0, "")


class TestABug:
    SOURCE = """\
import sys
from emailops.cli import main, whole
from emailops.cli.options import surroundings

@whole().command()
def boom():
    settings = surroundings(None, None)
    key, _ = settings.secret("env:MAILCHIMP_KEY")
    assert key is not None
    raise RuntimeError(f"unforeseen, with {key} and {settings}")

sys.exit(main(["boom"]))
"""

    def test_ends_with_70_says_that_it_is_one_and_shows_where_without_a_secret(self, marketplace):
        ran = _python(marketplace, self.SOURCE)
        assert (ran.code, ran.out) == (70, "")
        assert "bug" in ran.err
        assert "RuntimeError: unforeseen" in ran.err
        assert emailops.__version__ in ran.err
        for name in ALL_KEYS:
            assert marketplace.environment[name] not in ran.err
            assert marketplace.environment[name][:32] not in ran.err

    def test_output_that_this_terminal_cannot_show_is_none(self, marketplace):
        source = "import sys; from emailops.cli import main; sys.exit(main(['plan']))"
        marketplace.environment["PYTHONIOENCODING"] = "ascii"
        ran = _python(marketplace, source)
        assert ran.code == 0, ran.err[-300:]


class TestWhatIsNotThere:
    """The message names what is missing by its name, and says what brings it."""

    def test_a_variable_that_is_not_listed_is_named(self, marketplace):
        ran = marketplace.run("scan", "database", "env:DATABASE_URL", DATABASE_URL="postgresql://u:pass-word-1@host/d")
        assert ran.code == 1
        assert "there is no URL: env:DATABASE_URL is not in EMAILOPS_SECRETS" in ran.err
        assert 'env:NOTIFY_KEY_STAGING env:DATABASE_URL"' in ran.err

    def test_a_folder_without_a_state_names_what_begins_one(self, marketplace):
        (marketplace.folder / "empty").mkdir()
        ran = marketplace.run("validate", "--state", "empty")
        assert ran.code == 3
        assert "there is no emailops.yaml" in ran.out
        assert "emailops init begins one; --state DIR names one elsewhere" in ran.out
