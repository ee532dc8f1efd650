"""A state is the same from a directory and from a commit; what else lies there is left alone."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from emailops.errors import InvalidInput
from emailops.store.git import merge_base, read_commit
from emailops.store.plumbing import Git
from emailops.store.state import load
from emailops.store.tree import read_directory
from tests.examples.laying import STATES, marketplace, minimal, write

WHO = (
    "-c",
    "user.name=t",
    "-c",
    "user.email=t@example.com",
    "-c",
    "commit.gpgsign=false",
    "-c",
    "init.defaultBranch=main",
)
ELSEWHERE = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}


def git(directory: Path, *arguments: str) -> str:
    command = ["git", "-C", str(directory), *WHO, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=ELSEWHERE).stdout.strip()


def _git(directory: Path) -> Git:
    return Git(directory, os.environ)


def commit(directory: Path, message: str = "x") -> str:
    git(directory, "add", "--all")
    git(directory, "commit", "--quiet", "--allow-empty", "--message", message)
    return git(directory, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path):
    git(tmp_path, "init", "--quiet")
    return tmp_path


@pytest.mark.parametrize("place", ["", "state", "deep/er/state"])
def test_a_commit_gives_what_the_directory_gave(repository, place):
    state = write(repository / place, marketplace())
    (repository / "README.md").write_text("not part of it")
    head = commit(repository)

    from_commit, from_directory = read_commit(_git(state), head), read_directory(state)

    assert from_commit == from_directory
    assert load(from_commit) == load(from_directory)


def test_a_commit_is_read_whatever_the_checkout_holds(repository):
    state = write(repository / "state", minimal())
    before = read_directory(state)
    head = commit(repository)
    (state / "people.yaml").write_text("changed: {}\n")
    (state / "stages.yaml").unlink()
    (state / "audiences.yaml").write_text("{}\n")

    assert read_commit(_git(state), head) == before
    assert read_directory(state) != before


@pytest.mark.parametrize("name", ["HEAD", "main", "v1", "HEAD~1", "main^{commit}"])
def test_a_commit_has_many_names(repository, name):
    write(repository, minimal())
    commit(repository)
    git(repository, "tag", "--annotate", "v1", "--message", "x")
    commit(repository)

    assert read_commit(_git(repository), name) == read_directory(repository)


def test_a_state_that_was_not_there_yet_is_empty(repository):
    (repository / "other").write_text("x")
    head = commit(repository)
    state = write(repository / "state", minimal())

    assert read_commit(_git(state), head).files == {}


@pytest.mark.parametrize("name", ["nowhere", "", "HEAD~5", "-p", "--help", "HEAD:state", "0" * 40])
def test_a_commit_that_is_not_there_is_said(repository, name):
    write(repository / "state", minimal())
    commit(repository)

    with pytest.raises(InvalidInput) as raised:
        read_commit(_git(repository / "state"), name)

    assert raised.value.message


def test_outside_of_git_it_is_said(tmp_path):
    with pytest.raises(InvalidInput):
        read_commit(_git(write(tmp_path, minimal())), "HEAD")


@pytest.mark.parametrize(
    ("path", "rule"),
    [("audiences/news.yml", "file-name"), ("emailops.yml", "file-name"), ("audience.yaml", "file-name")],
)
def test_a_file_is_found_wrong_in_a_commit_too(repository, path, rule):
    write(repository, minimal({path: "{}\n"}))
    head = commit(repository)

    assert [(finding.path, finding.rule) for finding in read_directory(repository).findings] == [(path, rule)]
    assert read_commit(_git(repository), head) == read_directory(repository)


def test_a_link_is_not_followed_in_a_commit_either(repository):
    state = write(repository / "state", minimal())
    (repository / "secret").write_text("developers: {}\n")
    (state / "people.yaml").unlink()
    (state / "people.yaml").symlink_to("../secret")
    (state / "audiences").symlink_to("..", target_is_directory=True)
    tree = read_commit(_git(state), commit(repository))

    assert sorted((finding.path, finding.rule) for finding in tree.findings) == [
        ("audiences", "file-link"),
        ("people.yaml", "file-link"),
    ]
    assert tree == read_directory(state)


def test_another_repository_inside_is_a_finding(repository):
    write(repository, minimal())
    head = commit(repository)
    git(repository, "update-index", "--add", "--cacheinfo", f"160000,{head},audiences/news.yaml")
    git(repository, "commit", "--quiet", "--message", "x")
    tree = read_commit(_git(repository), "HEAD")

    assert [(finding.path, finding.rule) for finding in tree.findings] == [("audiences/news.yaml", "file-kind")]


def test_an_object_that_is_lost_is_said(repository):
    write(repository, minimal())
    head = commit(repository)
    lost = git(repository, "rev-parse", "HEAD:people.yaml")
    (repository / ".git" / "objects" / lost[:2] / lost[2:]).unlink()

    with pytest.raises(InvalidInput) as raised:
        read_commit(_git(repository), head)

    assert lost in raised.value.message
    assert raised.value.remedy


@pytest.mark.parametrize("name", ["a b", "é", 'quo"te', "tab\there"])
def test_a_name_of_any_letters_comes_back_whole(repository, name):
    write(repository, minimal({f"audiences/{name}.yaml": "{audience: none, name: x, status: closed, lots: {a: A}}\n"}))
    head = commit(repository)

    assert read_commit(_git(repository), head) == read_directory(repository)


def test_a_file_that_may_be_run_is_a_file(repository):
    write(repository, minimal())
    (repository / "people.yaml").chmod(0o755)
    head = commit(repository)

    assert read_commit(_git(repository), head) == read_directory(repository)
    assert "people.yaml" in read_directory(repository).files


def test_what_is_none_of_our_business_is_left_alone(tmp_path):
    write(tmp_path, minimal())
    before = read_directory(tmp_path)
    for path in ("README.md", "docs/x.yaml", ".hidden.yaml", ".git/x.yaml", "notes.yaml", "app.py"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text("a: [")
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / ".permit_granted.md.swp").write_text("x")
    (tmp_path / "templates" / "notes.txt").write_text("x")

    assert read_directory(tmp_path) == before


def test_files_come_in_the_order_of_their_names():
    paths = list(read_directory(STATES / "digital-marketplace").files)

    assert [path for path in paths if path.startswith("stages/")] == [
        f"stages/{name}.yaml" for name in ("_deployed", "development", "preview", "production", "staging")
    ]


def test_the_base_of_a_branch_is_where_it_left_main(repository):
    write(repository, minimal())
    left = commit(repository)
    git(repository, "switch", "--quiet", "--create", "change")
    commit(repository)

    assert merge_base(_git(repository)) == left
    git(repository, "switch", "--quiet", "main")
    newer = commit(repository, "newer")
    assert merge_base(_git(repository)) == newer
    git(repository, "switch", "--quiet", "change")
    assert merge_base(_git(repository)) == left


def test_without_a_main_branch_there_is_no_base(repository, tmp_path_factory):
    commit(repository)
    git(repository, "branch", "--move", "trunk")

    assert merge_base(_git(repository)) is None
    assert merge_base(_git(tmp_path_factory.mktemp("outside"))) is None
