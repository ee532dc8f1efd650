"""Git as people have it: whatever they have set for themselves, every command does and says the same."""

from __future__ import annotations

import os
import re
import subprocess

import pytest

from tests.cloning import BRANCH, git, on_a_branch, publish, remote_of
from tests.repositories import Repositories
from tests.slices import part
from tests.stories.telling import assert_plain_failure, planned

pytestmark = pytest.mark.slow

SETTINGS = {
    "colour everywhere": "[color]\n"
    + "".join(
        f"\t{what} = always\n" for what in ("ui", "branch", "diff", "grep", "status", "remote", "push", "transport")
    ),
    "signing with a key that is not there": (
        "[commit]\n\tgpgSign = true\n[tag]\n\tgpgSign = true\n[push]\n\tgpgSign = true\n[user]\n\tsigningKey = nobody\n"
        "[gpg]\n\tprogram = /bin/false\n[log]\n\tshowSignature = true\n"
    ),
    "signing where the other side can": "[push]\n\tgpgSign = if-asked\n",
    "a way of searching": "[grep]\n\tlineNumber = true\n\tcolumn = true\n\tfullName = true\n\tpatternType = perl\n",
    "a way of comparing": (
        "[diff]\n\tnoprefix = true\n\tmnemonicPrefix = true\n\trelative = true\n\trenames = copies\n"
        "\texternal = /bin/false\n\tignoreSubmodules = all\n"
    ),
    "a way of listing": (
        "[status]\n\tbranch = true\n\tshort = true\n\tshowStash = true\n\trelativePaths = true\n"
        "\tshowUntrackedFiles = no\n"
        "[core]\n\tquotePath = false\n\tpager = /bin/false\n[log]\n\tdecorate = full\n\tdate = relative\n"
        "[format]\n\tpretty = oneline\n"
    ),
    "hooks": "[core]\n\thooksPath = {hooks}\n[init]\n\ttemplateDir = {hooks}\n",
    "line ends": "[core]\n\tautocrlf = true\n\tsafecrlf = true\n",
    "names of their own": (
        "[clone]\n\tdefaultRemoteName = upstream\n\trejectShallow = true\n[init]\n\tdefaultBranch = trunk\n"
    ),
    "a way of pushing and fetching": (
        "[push]\n\tdefault = nothing\n\tfollowTags = true\n\trecurseSubmodules = check\n\tpushOption = ci.skip\n"
        "[fetch]\n\tprune = true\n\tpruneTags = true\n\trecurseSubmodules = true\n[submodule]\n\trecurse = true\n"
    ),
    "other letters": "[i18n]\n\tcommitEncoding = ISO-8859-1\n\tlogOutputEncoding = UTF-16\n",
    "a name that Git may not guess": "[user]\n\tuseConfigOnly = true\n",
    "a watcher": "[core]\n\tfsmonitor = /bin/false\n[gc]\n\tauto = 1\n[maintenance]\n\tauto = true\n",
}
COMMANDS = (
    ("plan", "--out", "plan.json"),
    ("plan", "--base", "HEAD"),
    ("apply", "plan.json"),
    ("log",),
    ("deliver",),
    ("deliver",),
    ("consumers",),
    ("drift", "--save"),
)
FILE = "emailops/settings"


@pytest.fixture
def play(minimal, tmp_path):
    (tmp_path / "remotes").mkdir()
    repositories = Repositories(tmp_path / "remotes", "https://git.example/")
    repositories.make("permits", {"app.py": "id = '51111111-1111-4111-8111-111111111111'\n"})
    minimal.environment |= repositories.environment
    root = minimal.state / "emailops.yaml"
    root.write_text(f"ledger: files\n{root.read_text()}")
    (minimal.state / "recorded").mkdir()
    (minimal.state / "recorded/shared.yaml").write_text("{}\n")
    return minimal


def _said(play):
    """What all commands say, without times, commits and digests, which no two runs share."""
    said = []
    for command in COMMANDS:
        ran = play.run(*command)
        text = re.sub(r"\d{4}-\d\d-\d\d|\d\d:\d\d(:\d\d)?|\b[0-9a-f]{4}-?[0-9a-f]{4,60}\b", "~", ran.out + ran.err)
        said.append((command, ran.code, text))
    return said


def test_without_settings_all_of_it_works(play):
    on_a_branch(play)
    assert [code for _, code, _ in _said(play)] == [0, 0, 6, 0, 0, 0, 0, 6]


@pytest.mark.parametrize("settings", part(list(SETTINGS), 3))
def test_with_settings_it_is_the_same(play, tmp_path, settings):
    on_a_branch(play)
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("pre-commit", "pre-push", "post-checkout", "post-index-change"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\nexit 1\n")
        (hooks / name).chmod(0o755)
    config = tmp_path / "gitconfig"
    config.write_text(SETTINGS[settings].format(hooks=hooks))
    play.environment["GIT_CONFIG_GLOBAL"] = str(config)
    said = _said(play)
    assert [code for _, code, _ in said] == [0, 0, 6, 0, 0, 0, 0, 6], said
    assert not [text for _, _, text in said if "\x1b" in text or "fatal" in text]
    assert not (tmp_path / "ran").exists(), "a hook of theirs has run"


def test_a_checkout_that_git_does_not_trust_is_told_with_what_mends_it(play):
    play.commit_all()
    distrusted = {"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1", "GIT_CONFIG_COUNT": None}
    ran = play.run("plan", **distrusted)
    command = f"git config --global --add safe.directory {play.folder}"
    assert_plain_failure(ran, "dubious ownership", command)
    trusted = {**os.environ, "HOME": str(play.folder)}
    subprocess.run(command.split(), check=True, env=trusted)
    assert play.run("plan", **distrusted, HOME=str(play.folder)).code == 0


def test_settings_that_git_cannot_read_are_told(play, tmp_path):
    play.commit_all()
    (tmp_path / "gitconfig").write_text("[core\n")
    ran = play.run("plan", GIT_CONFIG_GLOBAL=str(tmp_path / "gitconfig"))
    assert_plain_failure(ran, "bad config line 1", "git config --list --show-origin")


def test_no_repository_and_no_git_at_all_are_no_trouble(play):
    assert play.run("plan").code == 0
    assert play.run("plan", PATH=str(play.folder)).code == 0


def test_in_a_fork_the_ledger_is_where_its_branch_is(play):
    on_a_branch(play)
    fork = remote_of(play).with_name("fork.git")
    git(play.folder.parent, "clone", "--quiet", "--bare", "--template=", str(remote_of(play)), str(fork))
    git(fork, "branch", "-D", BRANCH)
    git(play.folder, "remote", "rename", "origin", "upstream")
    git(play.folder, "remote", "add", "origin", str(fork))
    planned(play)
    assert play.run("apply", "plan.json").code == 6
    assert git(fork, "branch", "--list", BRANCH) == ""
    assert len(play.run("log", "--format", "json").json["runs"]) == 1


def test_two_branches_of_a_ledger_are_one_too_many(play):
    on_a_branch(play)
    git(play.folder, "remote", "add", "other", str(remote_of(play)))
    assert_plain_failure(play.run("log"), "the remotes origin and other each have a branch emailops/ledger")


def test_a_ledger_is_not_begun_in_a_fork_by_chance(play):
    publish(play)
    git(play.folder, "remote", "add", "upstream", remote_of(play).as_uri())
    ran = play.run("ledger", "init")
    assert ran.code == 64
    assert "there are 2 remotes: origin, upstream" in ran.err
    assert play.run("ledger", "init", "--remote", "elsewhere").code == 1
    ran = play.run("ledger", "init", "--remote", "upstream")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("upstream has the branch emailops/ledger now")


def test_a_consumer_whose_default_branch_is_gone_is_told_so(play, tmp_path):
    git(tmp_path / "remotes/permits.git", "symbolic-ref", "HEAD", "refs/heads/gone")
    ran = play.run("deliver")
    assert ran.code == 1
    assert "the HEAD of the repository names a branch that is gone" in ran.out
