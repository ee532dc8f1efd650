"""Writing generated files and checking them, without losing anybody's work."""

from __future__ import annotations

import os

import pytest

from emailops.errors import InvalidInput
from emailops.generate import FORMATS, Generated
from emailops.generate.format import Header
from emailops.store.generated import check_checkout, write_into, write_out

HEADER = Header("consumers/app.yaml", ("consumers/app.yaml",), "app")


def python(to: str) -> str:
    return FORMATS["python"].write(HEADER, {"": {"TO": to}})


def file(path: str = "email/config.py", to: str = "a", consumer: str = "app") -> Generated:
    return Generated(consumer, path, None, "python", python(to), ())


PENDING = Generated("app", "pending.py", None, "python", None, ("mailchimp-audience/news",))


def test_files_go_into_a_folder_a_consumer(tmp_path):
    written = write_out([file(), file(consumer="web"), PENDING], tmp_path)

    assert written == [tmp_path / "app/email/config.py", tmp_path / "web/email/config.py"]
    assert written[0].read_text() == python("a")


def test_files_of_one_consumer_go_into_its_checkout(tmp_path):
    assert write_into([file(), PENDING], tmp_path) == [tmp_path / "email/config.py"]
    with pytest.raises(InvalidInput, match="one checkout cannot hold the files of app, web"):
        write_into([file(), file(consumer="web")], tmp_path)


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_what_has_not_changed_is_not_written_again(tmp_path, ends):
    path = tmp_path / "email/config.py"
    path.parent.mkdir()
    path.write_bytes(python("a").replace("\n", ends).encode())
    before = path.stat().st_ino

    assert write_into([file()], tmp_path) == []
    assert path.stat().st_ino == before
    assert write_into([file(to="b")], tmp_path) == [path]
    assert path.read_text() == python("b")


@pytest.mark.parametrize(
    ("there", "why"),
    [
        ("TO = 'mine'\n", "emailops did not write it"),
        (python("a").replace('"a"', '"mine"'), "it has been edited: its digest does not fit"),
        ("", "it is empty"),
        (b"\xff", "emailops did not write it"),
    ],
    ids=["another's", "edited", "empty", "not text"],
)
def test_somebodys_work_is_not_overwritten_unless_told(tmp_path, there, why):
    path = tmp_path / "email/config.py"
    path.parent.mkdir()
    path.write_bytes(there if isinstance(there, bytes) else there.encode())
    files = [file("a.py"), file()]

    with pytest.raises(InvalidInput, match=f"{path} stays as it is: {why}") as refusal:
        write_into(files, tmp_path)

    assert "--force" in refusal.value.remedy
    assert not (tmp_path / "a.py").exists(), "nothing is written before all is known"
    assert write_into(files, tmp_path, force=True) == [tmp_path / "a.py", path]
    assert path.read_text() == python("a")


@pytest.mark.parametrize(
    "path", ["../a.py", "b/../../a.py", "b/../a.py", "/etc/a.py", ".", ".git/hooks/a.py", "b/.GIT/a.py", "a\0.py"]
)
def test_a_path_that_leaves_the_directory_is_refused(tmp_path, path):
    checkout = tmp_path / "checkout"
    for write in (write_into, write_out):
        with pytest.raises(InvalidInput, match=r"outside|cannot be a path"):
            write([file("first.py"), file(path)], checkout, force=True)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("target", ["..", "/", ".git"])
def test_a_link_out_of_the_directory_is_not_followed(tmp_path, target):
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    (checkout / "email").symlink_to(target)

    with pytest.raises(InvalidInput, match="email is a link in"):
        write_into([file()], checkout, force=True)
    with pytest.raises(InvalidInput, match="email is a link in"):
        check_checkout(checkout, [file()])


def test_a_circle_of_links_and_a_folder_in_the_way_are_refused(tmp_path):
    (tmp_path / "circle").symlink_to("circle")
    (tmp_path / "email/config.py").mkdir(parents=True)

    for path, says in (("circle/a.py", "circle is a link"), ("email/config.py", "cannot be")):
        with pytest.raises(InvalidInput, match=says):
            write_into([file("first.py"), file(path)], tmp_path, force=True)
    assert not (tmp_path / "first.py").exists()


@pytest.mark.parametrize(
    ("link", "to"), [("email", "real"), ("email/config.py", "../real/config.py"), ("email/config.py", "/nowhere")]
)
def test_a_link_in_the_checkout_is_named_and_what_it_leads_to_is_left_alone(tmp_path, link, to):
    (tmp_path / "real").mkdir()
    (tmp_path / link).parent.mkdir(exist_ok=True)
    (tmp_path / link).symlink_to(to)

    with pytest.raises(InvalidInput, match=f"{link} is a link in"):
        write_into([file("first.py"), file()], tmp_path, force=True)
    with pytest.raises(InvalidInput, match=f"{link} is a link in"):
        check_checkout(tmp_path, [file()])
    assert [*(tmp_path / "real").iterdir()] == []
    assert not (tmp_path / "first.py").exists()


def test_the_checkout_itself_may_be_behind_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "checkout").symlink_to("real")

    assert write_into([file()], tmp_path / "checkout") == [tmp_path / "real/email/config.py"]
    assert check_checkout(tmp_path / "checkout", [file()]) == []


def test_without_a_state_only_edited_files_are_found(tmp_path):
    write_into([file(), file("long.py", to="a" * 2000), file("lib/node_modules/a.py")], tmp_path)
    (tmp_path / "hand.py").write_text("TO = 'mine'\n")
    (tmp_path / "essay.txt").write_text("\n" * 5 + "# Generated by emailops: do not edit.\n")
    (tmp_path / "linked.py").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "pipe")

    assert check_checkout(tmp_path) == []

    for name in ("email/config.py", "lib/node_modules/a.py"):
        (tmp_path / name).write_text(python("a") + "MORE = 1\n")
    (found,) = check_checkout(tmp_path)

    assert (found.path, found.line, found.column, found.rule, found.severity) == (
        "email/config.py",
        1,
        1,
        "generated-edited",
        "error",
    )
    assert found.message == "it has been edited: its digest does not fit"


def test_with_a_state_missing_and_outdated_ones_are_found_too(tmp_path):
    write_into([file("edited.py"), file("old.py"), file("same.py")], tmp_path)
    (tmp_path / "edited.py").write_text("")
    (tmp_path / "same.py").write_bytes(python("a").replace("\n", "\r\n").encode())
    files = [file("edited.py"), file("old.py", to="b"), file("same.py"), file("absent.py"), PENDING]

    assert [(finding.path, finding.rule, finding.message) for finding in check_checkout(tmp_path, files)] == [
        ("absent.py", "generated-missing", "it is not there"),
        ("edited.py", "generated-edited", "it is empty"),
        ("old.py", "generated-outdated", "it is out of date: ~ TO"),
    ]


def test_a_checkout_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(InvalidInput, match="cannot be read: no such file"):
        check_checkout(tmp_path / "nowhere")
