"""Streams, folders and files as a job may have them: one sentence and its code, no traceback, and the account first."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from tests.slices import part
from tests.stories.telling import UPDATES, drift, named, planned

STREAMS = {
    "output closed": (">&-", 1),
    "output full": (">/dev/full", 1),
    "errors closed": ("2>&-", None),
    "errors full": ("2>/dev/full", None),
    "all closed": ("<&- >&- 2>&-", 1),
    "nobody reads": ("| true", None),
}
COMMANDS = {
    "--help": 0,
    "--version": 0,
    "validate": 0,
    "validate --format json": 0,
    "validate --help": 0,
    "plan": 0,
    "plan --format html": 0,
    "kinds": 0,
    "rules": 0,
    "todo": 0,
    "log": 0,
    "explain notify-template/permit_granted": 0,
    "generate --out build": 0,
    "show notify-template/permit_granted": 0,
    "drift": 6,
    "no-such-command": 64,
}
WRITES = ("generate --out build",)
ROWS = [(command, stream) for command in COMMANDS for stream in STREAMS]
RUN = f"{sys.executable} -m emailops"


def shell(play, line, **options):
    environment = {**play.environment, "PYTHONPATH": _ROOT, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        ["bash", "-c", f"set -o pipefail; {line}"],
        cwd=play.folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


_ROOT = str(Path(__file__).parents[2])


@pytest.mark.few(1)
@pytest.mark.parametrize(("command", "stream"), part(ROWS, 7))
def test_a_stream_that_is_missing_or_full_is_one_sentence(minimal, command, stream):
    how, code = STREAMS[stream]
    ran = shell(minimal, f"{RUN} {command} {how}")
    assert "Traceback" not in ran.stderr
    usual = COMMANDS[command]
    if code is None or usual == 64:
        assert ran.returncode == usual, (ran.stdout, ran.stderr)
    else:
        assert ran.returncode == (5 if command in WRITES else code), (ran.stdout, ran.stderr)
        said = ran.stderr.splitlines()
        assert not said or (said[0].startswith("emailops: standard output cannot be written") and len(said) == 2), said


@pytest.mark.slow
@pytest.mark.parametrize("how", [">&-", ">/dev/full"])
def test_an_apply_whose_output_goes_nowhere_leaves_its_account(marketplace, how):
    drift(marketplace)
    planned(marketplace)
    ran = shell(marketplace, f"{RUN} apply plan.json --report report.json {how}")
    assert ran.returncode == 5, ran.stderr
    report = json.loads((marketplace.folder / "report.json").read_text())
    assert [outcome["status"] for outcome in report["outcomes"]].count("done") >= 1
    assert len(marketplace.run("log", "--format", "json").json["runs"]) == 1
    assert named(marketplace, "Digital Outcomes and Specialists 5: Digital outcomes")


def test_a_folder_that_is_gone_is_told(minimal):
    ran = shell(minimal, f"mkdir gone; cd gone; rmdir ../gone; {RUN} validate")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith("emailops: the folder that this runs in is gone\n")


@pytest.mark.few(1)
@pytest.mark.parametrize("command", ["plan", "drift", "plan --out plan.json"])
def test_sigterm_is_one_line(minimal, command):
    """While Notify has taken a request, and says nothing."""
    before = set(minimal.folder.rglob("*"))
    with closing(socket.create_server(("127.0.0.1", 0))) as notify:
        url = f"http://127.0.0.1:{notify.getsockname()[1]}"
        environment = {**minimal.environment, "PYTHONPATH": _ROOT, "EMAILOPS_NOTIFY_URL": url}
        with subprocess.Popen(
            [sys.executable, "-m", "emailops", *command.split()],
            cwd=minimal.folder,
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        ) as running:
            connection, _ = notify.accept()
            connection.recv(1)
            running.send_signal(signal.SIGTERM)
            _, said = running.communicate()
            connection.close()
    assert (running.returncode, said) == (130, "emailops: interrupted\n")
    assert set(minimal.folder.rglob("*")) == before


class TestOutputs:
    """`--out`, `--report` and `--observed`."""

    @pytest.mark.slow
    def test_a_device_stays_one(self, minimal):
        for device in ("/dev/null", "/dev/stdout"):
            before = Path(device).stat().st_mode
            assert shell(minimal, f"{RUN} plan --out {device}").returncode == 0
            assert Path(device).stat().st_mode == before

    @pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="this machine has no folder in memory")
    def test_a_file_in_memory_is_one_as_any_other(self, minimal):
        """A folder below /dev/ holds files, though most that stands there is a device."""
        with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
            for _ in range(2):
                ran = minimal.run("plan", "--out", f"{folder}/plan.json")
                assert ran.code == 0, ran.err
            assert [path.name for path in Path(folder).iterdir()] == ["plan.json"]

    def test_a_pipe_is_written_into(self, minimal):
        os.mkfifo(minimal.folder / "pipe")
        ran = shell(minimal, f"cat pipe > got & {RUN} plan --out pipe >/dev/null && wait")
        assert ran.returncode == 0
        assert json.loads((minimal.folder / "got").read_text())["digest"]
        assert stat.S_ISFIFO((minimal.folder / "pipe").stat().st_mode)

    def test_a_link_is_followed(self, minimal):
        (minimal.folder / "target.json").write_text("old")
        (minimal.folder / "link.json").symlink_to("target.json")
        assert minimal.run("plan", "--out", "link.json").code == 0
        assert (minimal.folder / "link.json").is_symlink()
        assert json.loads((minimal.folder / "target.json").read_text())["digest"]

    @pytest.mark.few(1)
    @pytest.mark.parametrize(("umask", "mode"), [("077", 0o600), ("022", 0o644), ("002", 0o664)])
    def test_a_new_file_gets_what_the_umask_leaves(self, minimal, umask, mode):
        assert shell(minimal, f"umask {umask}; {RUN} plan --out plan.json").returncode == 0
        assert stat.S_IMODE((minimal.folder / "plan.json").stat().st_mode) == mode

    def test_a_file_keeps_its_mode(self, minimal):
        (minimal.folder / "plan.json").write_text("")
        (minimal.folder / "plan.json").chmod(0o640)
        assert minimal.run("plan", "--out", "plan.json").code == 0
        assert stat.S_IMODE((minimal.folder / "plan.json").stat().st_mode) == 0o640

    @pytest.mark.parametrize(
        "path", ["state/emailops.yaml", "state/templates/new.md", "state/.emailops/log.jsonl", "state"]
    )
    def test_what_is_declared_or_noted_is_never_written_over(self, minimal, path):
        before = len(minimal.sandbox.requests)
        ran = minimal.run("plan", "--out", path)
        assert ran.code in (1, 64), ran.err
        assert len(minimal.sandbox.requests) == before, "nobody was asked"

    @pytest.mark.parametrize(
        ("consumer", "path", "options"),
        [
            ("recorded", "{stage}.yaml", ("--out", "state")),
            ("templates", "new.yaml", ("--out", "state")),
            (".emailops", "a.yaml", ("--out", "state")),
            ("web", "keys.yaml", ("--into", "state")),
            ("web", "emailops.yaml", ("--into", "state", "--force")),
        ],
    )
    def test_no_generated_file_becomes_a_declared_one(self, minimal, consumer, path, options):
        file = f"      {path}: {{format: yaml, settings: {{A: {{value: a}}}}}}\n"
        if consumer == "web":
            minimal.edit("emailops.yaml", "    files:\n", f"    files:\n{file}")
        else:
            entry = f"  {consumer}:\n    repository: https://git.example/a.git\n    sends: []\n    files:\n{file}"
            minimal.edit("emailops.yaml", "consumers:\n", f"consumers:\n{entry}")
        before = {held: held.read_bytes() for held in minimal.state.rglob("*") if held.is_file()}
        ran = minimal.run("generate", *((consumer,) if "--into" in options else ()), *options)
        assert ran.code in (3, 64), ran.out
        assert {held: held.read_bytes() for held in minimal.state.rglob("*") if held.is_file()} == before

    def test_nor_is_the_plan_that_is_applied(self, marketplace):
        drift(marketplace)
        planned(marketplace)
        (marketplace.folder / "same.json").hardlink_to(marketplace.folder / "plan.json")
        for path in ("plan.json", "./state/../plan.json", "same.json"):
            ran = marketplace.run("apply", "plan.json", "--report", path)
            assert (ran.code, "which is read" in ran.err) == (64, True)

    def test_a_report_that_cannot_be_written_is_found_before_the_first_write(self, marketplace):
        drift(marketplace)
        planned(marketplace)
        for path in ("state", "/proc/nowhere/report.json"):
            ran = marketplace.run("apply", "plan.json", "--report", path)
            assert ran.code == 1, ran.err
        assert not [request for request in marketplace.sandbox.requests if request.method != "GET"]


@pytest.mark.slow
@pytest.mark.parametrize("limit", ["-f 1", "-n 12"])
def test_a_machine_at_its_limits_is_told(marketplace, limit):
    ran = shell(marketplace, f"ulimit {limit}; {RUN} plan --out plan.json --only {UPDATES}")
    assert ran.returncode in (0, 1), ran.stderr
    assert "Traceback" not in ran.stderr
    assert not list(marketplace.folder.glob(".emailops-*"))


class TestForeignText:
    """What others wrote steers neither a terminal nor a CI, and begins no line."""

    TEXT = "a\n::set-output name=x::y\n##[error]b\r\x1b[31m\u202ec\u2028::d\x9b1m"

    def _changed(self, play):
        play.change_world(
            lambda world: (
                [
                    audience.update(name=f"{audience['name']}{self.TEXT}", permission_reminder=self.TEXT)
                    or audience["campaign_defaults"].update(from_name=self.TEXT)
                    for audience in world["mailchimp"]["accounts"][0]["audiences"]
                ]
                and [
                    template.update(body=self.TEXT, name=self.TEXT, version=9)
                    for template in world["notify"]["services"][0]["templates"]
                ]
            )
        )
        play.edit("emailops.yaml", "owns: declared", "owns: everything")

    @pytest.mark.few(1)
    @pytest.mark.parametrize(
        "command",
        [
            ("plan",),
            ("plan", "--format", "json"),
            ("plan", "--format", "markdown"),
            ("plan", "--format", "html"),
            ("drift",),
            ("drift", "--format", "json"),
            ("explain", "notify-template/reset_password", "--ask"),
            ("import", "mailchimp", "--stage", "production"),
            ("adopt", UPDATES, "7534b3e89a"),
        ],
        ids=" ".join,
    )
    def test_of_a_provider(self, marketplace, command):
        self._changed(marketplace)
        ran = marketplace.run(*command)
        assert ran.code in (0, 1, 2), ran.err
        for line in f"{ran.out}\n{ran.err}".split("\n"):
            assert line.replace("\t", "").isprintable(), repr(line)
            assert not line.lstrip().startswith("::"), line
            assert "##[" not in line

    def test_of_a_file_name(self, minimal):
        (minimal.state / "stages\n::error::x").mkdir()
        (minimal.state / "audiences").mkdir(exist_ok=True)
        (minimal.state / "audiences" / "a\n::error::y.yaml").write_text("x")
        for format_ in ("text", "json", "github"):
            ran = minimal.run("validate", "--format", format_)
            commands = [line for line in ran.out.split("\n") if line.lstrip().startswith("::")]
            assert all(line.startswith(("::error file=", "::warning file=")) for line in commands), commands
            assert bool(commands) is (format_ == "github")

    def test_of_the_command_line(self, minimal):
        ran = minimal.run("show", "\n::error::x")
        assert not [line for line in ran.err.split("\n") if line.lstrip().startswith("::")]

    def test_a_key_where_a_name_belongs_is_not_repeated(self, minimal):
        key = minimal.environment["NOTIFY_KEY_PERMITS"]
        commands = [
            ("probe", key),
            ("show", key),
            (key,),
            ("explain", key),
            ("plan", "--stage", key),
            ("init", "--stages", key),
        ]
        commands += [
            ("generate", key, "--out", "x"),
            ("adopt", key, "a"),
            ("plan", "--base", key),
            ("plan", f"--{key}"),
        ]
        for command in commands:
            ran = minimal.run(*command)
            assert ran.code != 70, ran.err
            assert key[-36:] not in ran.out + ran.err, command
