"""A pull request for what was delivered: one a repository, brought up to date, and the token goes nowhere else."""

from __future__ import annotations

import pytest

from tests.github import github
from tests.repositories import Repositories

TOKEN = "ghp_0123456789abcdef0123456789abcdef0123"


@pytest.fixture
def hosting():
    with github() as hosting:
        yield hosting


@pytest.fixture
def play(minimal, tmp_path, hosting):
    """The minimal state's one consumer, at a host that has this API."""
    (tmp_path / "remotes").mkdir()
    repositories = Repositories(tmp_path / "remotes", "https://127.0.0.1/permits-team/")
    repositories.make("permits")
    minimal.edit("emailops.yaml", "https://git.example/permits.git", "https://127.0.0.1/permits-team/permits.git")
    minimal.environment |= repositories.environment
    minimal.environment |= {"EMAILOPS_GITHUB_URL": hosting.url, "GITHUB_TOKEN": TOKEN}
    minimal.environment |= {"EMAILOPS_SECRETS": "env:NOTIFY_KEY_PERMITS env:GITHUB_TOKEN"}
    return minimal


def deliver(play, **environment):
    return play.run("deliver", "--token", "env:GITHUB_TOKEN", **environment)


def test_it_is_opened_once_with_what_changes(play, hosting):
    ran = deliver(play)
    assert ran.out == "web  pushed: 2 new files\n    https://github.example/pull/1\n\n1 pushed\n"
    [pull] = hosting.pulls
    assert (pull["title"], pull["head"], pull["base"]) == ("Email settings: 2 new files", "emailops/settings", "main")
    assert "- permits/email/production.py: new" in pull["body"]
    assert pull["at"] == "/repos/permits-team/permits/pulls"
    assert set(hosting.tokens) == {f"Bearer {TOKEN}"}


def test_the_open_one_is_brought_up_to_date(play, hosting):
    deliver(play)
    play.edit("emailops.yaml", "example.org: applicant", "example.net: applicant, example.org: applicant")
    deliver(play)
    assert len(hosting.pulls) == 1
    assert hosting.requests[-1] == "PATCH /repos/permits-team/permits/pulls/1"


def test_where_nothing_changes_nobody_is_asked(play, hosting):
    deliver(play)
    Repositories(play.folder / "remotes", "").merge("permits", "emailops/settings")
    before = len(hosting.requests)
    assert "up to date" in deliver(play).out
    assert len(hosting.requests) == before


@pytest.mark.few(1)
@pytest.mark.parametrize("status", [401, 403, 404, 422, 500])
def test_a_refusal_leaves_the_branch_and_is_a_failure(play, hosting, status):
    hosting.fails = status
    ran = deliver(play)
    assert ran.code == 5
    assert ran.out.startswith("web  pushed: 2 new files\n    no pull request: ")
    assert f"GitHub refused GET /repos/permits-team/permits/pulls with {status}" in ran.out
    assert "emailops/settings" in Repositories(play.folder / "remotes", "").branches("permits")


def test_the_token_goes_to_no_host_that_only_the_state_names(play, hosting):
    play.edit("emailops.yaml", "https://127.0.0.1/permits-team", "https://evil.example/permits-team")
    play.environment["GIT_CONFIG_VALUE_0"] = "https://evil.example/permits-team/"
    ran = deliver(play)
    assert "https://evil.example/permits-team/permits.git is not at 127.0.0.1" in ran.out
    assert hosting.requests == []


def test_a_token_that_may_not_be_read_is_not_read(play, hosting):
    ran = deliver(play, EMAILOPS_SECRETS="env:NOTIFY_KEY_PERMITS")
    assert (ran.code, ran.out) == (1, "")
    assert "env:GITHUB_TOKEN is not in EMAILOPS_SECRETS" in ran.err


def test_a_token_that_was_typed_is_not_repeated(play, hosting):
    ran = play.run("deliver", "--token", "a-token-of-no-known-form")
    assert (ran.code, ran.out) == (64, "")
    assert "put the token into a variable: --token env:GITHUB_TOKEN" in ran.err
    assert "a-token-of-no-known-form" not in ran.err


def test_the_token_is_in_no_output(play, hosting):
    outputs = [deliver(play), deliver(play, EMAILOPS_GITHUB_URL="http://127.0.0.1:9")]
    assert all(TOKEN not in ran.out + ran.err for ran in outputs)
