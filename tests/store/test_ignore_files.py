"""What ignore files leave out, as the tools that read them decide, and the lines that bring a file back."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from emailops.errors import InvalidInput
from emailops.store.ignore_files import LeftOut, bring_back, cloud_foundry, docker, helm, left_out, paths_for
from tests.repositories import git

TREE = ("email_config.py", "app/email_config.py", "app/main/x.py", "build/lib/app/y.py", "a/b/c/d.py")
ALL = frozenset(TREE)

# Each answer is that of Docker's own client: what it sends of such a folder. `make test-extra` asks it again.
DOCKER = [
    ("*\n!app/\n", {"app/email_config.py", "app/main/x.py"}),
    ("*\n!app\n!email_config.py\n", {"email_config.py", "app/email_config.py", "app/main/x.py"}),
    ("*\n!app\napp/main\n", {"app/email_config.py"}),
    ("**\n!a/b/c/d.py\n", {"a/b/c/d.py"}),
    ("*/*\n!app/main\n", {"app/main/x.py", "email_config.py"}),
    ("!app\n*\n", set()),
    ("*/\n", set()),
    ("/\n*\n", set()),
    ("**/*.py\n", set()),
    ("***.py\n", set()),
    ("*.py\n", ALL - {"email_config.py"}),
    ("[a-e]*.py\n", ALL - {"email_config.py"}),
    ("[^a-d]*.py\n", ALL - {"email_config.py"}),
    ("email_config.p?\n", ALL - {"email_config.py"}),
    ("./email_config.py\n", ALL - {"email_config.py"}),
    ("a/../email_config.py\n", ALL - {"email_config.py"}),
    ("email\\_config.py\n", ALL - {"email_config.py"}),
    (" # x\n*.py\n", ALL - {"email_config.py"}),
    ("# c\n  *  \n! email_config.py\n", {"email_config.py"}),
    ("app\n", ALL - {"app/email_config.py", "app/main/x.py"}),
    ("/app/\n", ALL - {"app/email_config.py", "app/main/x.py"}),
    ("//app\n", ALL - {"app/email_config.py", "app/main/x.py"}),
    ("app/.\n", ALL - {"app/email_config.py", "app/main/x.py"}),
    ("**/app\n", {"email_config.py", "a/b/c/d.py"}),
    ("a/**\n", ALL - {"a/b/c/d.py"}),
    ("a/**/d.py\n", ALL - {"a/b/c/d.py"}),
    ("a/**/**/d.py\n", ALL - {"a/b/c/d.py"}),
    ("a**/d.py\n", ALL - {"a/b/c/d.py"}),
    ("**d.py\n", ALL - {"a/b/c/d.py"}),
    ("**/c/*\n", ALL - {"a/b/c/d.py"}),
    ("**/main/**\n", ALL - {"app/main/x.py"}),
    ("app/main/**\n!app/main\n", ALL - {"app/main/x.py"}),
    ("app/main\n!app/main/x.py\n", ALL),
    ("a/*/d.py\n", ALL),
    (".\n", ALL),
    ("..\n", ALL),
    ("email_config.py # c\n", ALL),
    ("", ALL),
]
# Helm's code: internal/ignore/rules.go and pkg/chart/loader/directory.go.
HELM = [
    ("*.py\n", set()),
    ("/*.py\n", ALL - {"email_config.py"}),
    ("# *.py\n\n", ALL),
    ("app/\n", {"email_config.py", "a/b/c/d.py"}),
    ("/app\n", ALL - {"app/email_config.py", "app/main/x.py"}),
    ("email_config.py\n", ALL - {"email_config.py", "app/email_config.py"}),
    ("app/*.py\n", ALL - {"app/email_config.py"}),
    ("a/*/d.py\n", ALL),
    ("a/b/c/[^a-c].py\n", ALL - {"a/b/c/d.py"}),
    ("?/b\n", ALL - {"a/b/c/d.py"}),
    ("*.py\n!email_config.py\n", set()),
    ("!*.py\n", {"email_config.py"}),
    ("**/x.py\n", ALL),
]
CLOUD_FOUNDRY = [
    ("*\n!/email_config.py\n", {"email_config.py"}),
    ("app/\n!/app/main/x.py\n", ALL - {"app/email_config.py", "build/lib/app/y.py"}),
    ("app\n", {"email_config.py", "a/b/c/d.py"}),
    ("/app\n", ALL - {"app/email_config.py", "app/main/x.py"}),
    ("a/**/d.py\n# x\n\n", ALL - {"a/b/c/d.py"}),
    ("!\n", ALL),
]
TABLES = [
    *((docker, ".dockerignore", *row) for row in DOCKER),
    *((helm, ".helmignore", *row) for row in HELM),
    *((cloud_foundry, ".cfignore", *row) for row in CLOUD_FOUNDRY),
]


@pytest.mark.parametrize(("tool", "name", "text", "kept"), TABLES)
def test_a_tool_keeps_what_it_would_keep(tool, name, text, kept):
    assert {path for path in TREE if tool.deciding(text.split("\n"), path) is None} == kept


def laid(folder: Path, files: dict[str, str]) -> Path:
    git(folder, "init", "--quiet")
    for path, text in {**dict.fromkeys(TREE, ""), **files}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(text.encode())
    return folder


def found(folder: Path, *paths: str, packaged: bool = True) -> list[LeftOut]:
    return left_out(folder, paths or TREE, os.environ, packaged=lambda _: packaged)


ONE = "a/b/c/d.py"


@pytest.mark.few(3)
@pytest.mark.parametrize(
    ("by", "text", "line", "added"),
    [
        (".dockerignore", "# what an image holds\n*\n!app/\n", 2, (f"!{ONE}",)),
        (".dockerignore", "\ufeff*\r\n!app/", 1, (f"!{ONE}",)),
        ("Dockerfile.dockerignore", "*\n", 1, (f"!{ONE}",)),
        ("a/.dockerignore", "*\n", 1, ("!b/c/d.py",)),
        (".cfignore", "*.txt\na/\n", 2, (f"!/{ONE}",)),
        ("a/b/.cfignore", "*\n", 1, ("!/c/d.py",)),
        (".gitignore", "*.py\n", 1, (f"!/{ONE}",)),
        (".gitignore", "a/b/c/d.py\n", 1, (f"!/{ONE}",)),
        (".gitignore", "a/\n", 1, ("!/a/", "/a/*", "!/a/b/", "/a/b/*", "!/a/b/c/", "/a/b/c/*", f"!/{ONE}")),
        (".gitignore", "c\n", 1, ("!/a/b/c/", "/a/b/c/*", f"!/{ONE}")),
        ("a/.gitignore", "c/\n", 1, ("!/b/c/", "/b/c/*", "!/b/c/d.py")),
        ("a/b/c/.gitignore", "*\n", 1, ("!/d.py",)),
    ],
)
def test_the_line_that_leaves_a_file_out_is_named_and_the_lines_that_bring_it_back_do(tmp_path, by, text, line, added):
    folder = laid(tmp_path, {by: text})
    left = found(folder, ONE)
    assert [(each.path, each.by, each.line, each.added) for each in left] == [(ONE, by, line, added)]
    assert bring_back(folder, lambda: found(folder, ONE)) == {by: list(added)}
    assert found(folder, ONE) == []
    others = {each.path for each in found(folder, *ALL - {ONE})}
    (folder / by).write_bytes(text.encode())
    assert {each.path for each in found(folder, *ALL - {ONE})} == others


def test_what_stood_in_an_ignore_file_stays_and_keeps_its_line_ends(tmp_path):
    folder = laid(tmp_path, {".dockerignore": "*\r\n!app/"})
    bring_back(folder, lambda: found(folder, "email_config.py", ONE))
    assert (folder / ".dockerignore").read_bytes() == b"*\r\n!app/\r\n!email_config.py\r\n!a/b/c/d.py\r\n"


def test_several_ignore_files_each_get_their_line(tmp_path):
    folder = laid(tmp_path, {".dockerignore": "*\n", ".gitignore": "*_config.py\n", ".cfignore": "/*\n"})
    assert bring_back(folder, lambda: found(folder, "email_config.py")) == {
        ".gitignore": ["!/email_config.py"],
        ".dockerignore": ["!email_config.py"],
        ".cfignore": ["!/email_config.py"],
    }
    assert found(folder, "email_config.py") == []


def test_helm_has_no_line_that_brings_a_file_back(tmp_path):
    folder = laid(tmp_path, {"a/.helmignore": "*.txt\n*.py\n"})
    [left] = found(folder, ONE)
    assert (left.why, left.remedy) == (
        "a/.helmignore:2 leaves it out: *.py",
        "take that line away, or narrow it: a/.helmignore has no line that brings a file back",
    )
    assert bring_back(folder, lambda: found(folder, ONE)) == {}


def test_a_file_that_is_not_packaged_is_looked_for_in_gitignore_only(tmp_path):
    folder = laid(tmp_path, {".dockerignore": "*\n", ".cfignore": "*\n", ".gitignore": "*_config.py\n"})
    assert [left.by for left in found(folder, "email_config.py", packaged=False)] == [".gitignore"]


def test_what_a_person_ignores_on_their_own_machine_is_not_the_repositorys(tmp_path):
    (tmp_path / "it").mkdir()
    folder = laid(tmp_path / "it", {})
    (folder / ".git/info/exclude").write_text("*.py\n")
    (tmp_path / "ignored").write_text("*.py\n")
    own = {**os.environ, "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.excludesFile"}
    own["GIT_CONFIG_VALUE_0"] = str(tmp_path / "ignored")
    assert left_out(folder, TREE, own, packaged=lambda _: True) == []


@pytest.mark.parametrize(
    ("by", "text", "shown", "added"),
    [
        (".gitignore", "d.py\n", "../../.gitignore", (f"!/{ONE}",)),
        ("a/.gitignore", "c/\n", "../.gitignore", ("!/b/c/", "/b/c/*", "!/b/c/d.py")),
        ("a/b/c/.gitignore", "*\n", "c/.gitignore", ("!/d.py",)),
    ],
)
def test_a_folder_inside_a_repository_is_asked_about_in_its_own_words(tmp_path, by, text, shown, added):
    folder = laid(tmp_path, {by: text}) / "a/b"
    assert [(each.path, each.by, each.added) for each in found(folder, "c/d.py")] == [("c/d.py", shown, added)]
    bring_back(folder, lambda: found(folder, "c/d.py"))
    assert found(folder, "c/d.py") == []


def test_where_there_is_no_repository_only_the_other_files_count(tmp_path):
    folder = laid(tmp_path, {".gitignore": "*\n", ".dockerignore": "*.py\n"})
    (folder / ".git").rename(folder / "was-git")
    assert [(left.path, left.by) for left in found(folder)] == [("email_config.py", ".dockerignore")]


def test_a_link_out_of_the_repository_is_not_followed_and_a_folder_is_no_ignore_file(tmp_path):
    (tmp_path / "outside").write_text("*\n")
    (tmp_path / "it").mkdir()
    folder = laid(tmp_path / "it", {})
    for name, to in ((".dockerignore", tmp_path / "outside"), (".helmignore", "nowhere"), ("a/.cfignore", ".cfignore")):
        (folder / name).symlink_to(to)
    (folder / ".cfignore").mkdir()
    assert found(folder) == []


def test_a_link_within_the_repository_is_the_file_that_it_leads_to(tmp_path):
    folder = laid(tmp_path, {"docker/ignore": "app\n"})
    (folder / "docker/also").symlink_to("ignore")
    (folder / ".dockerignore").symlink_to("docker/also")
    assert {left.path: left.why for left in found(folder)} == {
        "app/email_config.py": "docker/ignore:1 leaves it out: app",
        "app/main/x.py": "docker/ignore:1 leaves it out: app",
    }
    bring_back(folder, lambda: found(folder))
    assert found(folder) == []
    assert (folder / "docker/ignore").read_text() == "app\n!app/email_config.py\n!app/main/x.py\n"


def test_an_ignore_file_that_is_no_text_is_said(tmp_path):
    folder = laid(tmp_path, {})
    (folder / ".dockerignore").write_bytes(b"\xff\xfe*")
    with pytest.raises(InvalidInput, match=r"\.dockerignore cannot be read: UnicodeDecodeError"):
        found(folder)


def test_the_ignore_files_that_have_a_say_stand_beside_a_path_or_above_it():
    assert paths_for(["a/b.py"]) == sorted(
        above + name
        for above in ("", "a/")
        for name in (".gitignore", ".dockerignore", "Dockerfile.dockerignore", ".cfignore", ".helmignore")
    )
