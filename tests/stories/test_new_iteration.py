"""`new-iteration`: its few lines, what else the previous one has, and the way from there to its readers' files."""

from __future__ import annotations

import re

import pytest

from tests.stories.telling import (
    DOS6,
    actions,
    assert_plain_failure,
    make_world_anew,
    managed,
    named,
    settings_of,
    settled,
    tree,
)
from tests.stories.terminal import on_a_terminal

DOS = "digital-outcomes-and-specialists"
TITLE = "Digital Outcomes and Specialists"
NEW, OLD = f"{DOS}-6", f"{DOS}-5"
FILE = f"audiences/{NEW}.yaml"
LINES = "extends: _opportunities\nname: Digital Outcomes and Specialists 6\nstatus: open\n"
CLOSED = f"extends: _opportunities\nname: {TITLE} 5\nstatus: closed\n"
FIXED = f"""\
repository: https://git.example/new.git
sends: []
files:
  a.json:
    format: json
    settings: {{A: {{value: {OLD}}}}}
"""
ID = re.compile(r"\b[0-9a-f]{10}\b")


@pytest.fixture
def five(marketplace):
    """The state and the world while iteration 5 is the last, and open."""
    (marketplace.state / FILE).unlink()
    old = marketplace.state / f"audiences/{OLD}.yaml"
    old.write_text(re.sub(r"status:.*", "status: open", old.read_text()))
    make_world_anew(marketplace)
    return marketplace


def _new(play, *more, name=NEW, previous=OLD):
    return play.run("new-iteration", name, "--from", previous, *more)


class TestTheWholePath:
    def test_from_the_command_to_the_files_that_readers_get(self, five):
        settled(five)
        five.commit_all("Iteration 5")
        assert five.run("generate", "--out", "before").code == 0

        assert _new(five).code == 0
        five.edit(f"audiences/{OLD}.yaml", "status: open", "status: closing")
        five.git("add", "--all")
        touched = five.git("diff", "--cached", "--name-only", "--", "state").splitlines()
        difference = five.git("diff", "--cached", "--unified=0", "--", "state").splitlines()
        written = [line for line in difference if line.startswith("+") and not line.startswith("+++")]
        assert touched == [f"state/audiences/{OLD}.yaml", f"state/{FILE}"]
        assert len(written) == 4
        assert [line for line in written if ID.search(line)] == [], "ids that a person typed"
        five.commit_all("Iteration 6")

        plan = five.plan("--out", "plan.json")
        assert managed(plan) == dict.fromkeys(DOS6, "create")
        assert {setting["subject"] for setting in settings_of(plan)} == {"jenkins", "scripts"}
        assert five.run("apply", "plan.json").code in (0, 6)
        assert managed(five.plan()) == {}

        assert five.run("generate", "--out", "after").code == 0
        before, after = tree(five.folder / "before"), tree(five.folder / "after")
        assert {path for path in after if after[path] != before.get(path)} == {
            "jenkins/job_definitions/email_config.j2",
            *(
                f"scripts/dmscripts/email_config/{stage}.py"
                for stage in ("development", "preview", "staging", "production")
            ),
        }
        assert f'"{NEW}"' in after["jenkins/job_definitions/email_config.j2"].decode()
        made = {audience["id"] for title in TITLES for audience in named(five, title)}
        assert len(made) == 3
        in_production = after["scripts/dmscripts/email_config/production.py"].decode()
        assert made <= set(ID.findall(in_production))
        for stage in ("development", "preview", "staging"):
            elsewhere = after[f"scripts/dmscripts/email_config/{stage}.py"].decode()
            assert NEW in elsewhere
            assert made.isdisjoint(ID.findall(elsewhere))


TITLES = tuple(f"{TITLE} 6: {lot}" for lot in ("Digital specialists", "Digital outcomes", "User research participants"))


def test_writes_its_few_lines_and_nothing_else(five):
    before = tree(five.state)
    ran = _new(five)
    assert ran.code == 0, ran.err
    assert (five.state / FILE).read_text() == LINES
    assert {path: text for path, text in tree(five.state).items() if path != FILE} == before
    assert five.run("validate").code == 0
    assert set(actions(five.plan())) >= set(DOS6)


def _listed(ran):
    """[(file:line, its text)] of the checklist."""
    rows = (line.strip().removeprefix("[ ] ").partition("  ") for line in ran.out.splitlines() if "[ ] " in line)
    return [(place, text) for place, _, text in rows]


class TestTheChecklist:
    def test_names_the_status_and_every_line_of_every_reader_by_file_and_line(self, five):
        found = _listed(_new(five))
        assert (f"state/audiences/{OLD}.yaml:3", "status: open") in found
        assert any(text == f"{OLD}: template counterpart_signature_pages" for _, text in found)
        for place, text in found:
            path, _, line = place.partition(":")
            assert (five.folder / path).read_text().splitlines()[int(line) - 1].strip() == text

    @pytest.mark.parametrize(
        ("path", "text", "shown"),
        [
            ("templates/reset_password.md", f"Subject: S\n\nFor {OLD} only\n", f"For {OLD} only"),
            ("templates/reset_password.md", f"Subject: {TITLE} 5\n\nX\n", f"Subject: {TITLE} 5"),
            ("consumers/new.yaml", FIXED, f"settings: {{A: {{value: {OLD}}}}}"),
            (f"audiences/{OLD}.yaml", f"{CLOSED}lots: {{digital-outcomes: DO}}\n", "lots: ..."),
        ],
        ids=["a text", "a text that has it as its title", "a fixed value", "what it has otherwise than its base"],
    )
    def test_also_names(self, five, path, text, shown):
        (five.state / path).parent.mkdir(exist_ok=True)
        (five.state / path).write_text(text)
        ran = _new(five)
        assert ran.code == 0, ran.err
        assert shown in [row for place, row in _listed(ran) if place.startswith(f"state/{path}:")]

    def test_names_no_other_iteration_and_no_recorded_id(self, five):
        found = _listed(_new(five))
        assert not [text for _, text in found if f"{DOS}-4" in text]
        assert not [place for place, _ in found if "recorded" in place]

    def test_names_no_iteration_whose_name_only_begins_alike(self, five):
        found = _listed(_new(five, "--name", "Another", name="another", previous=DOS))
        assert not [text for _, text in found if OLD in text]

    def test_repeats_no_address(self, five):
        (five.state / "templates").mkdir()
        (five.state / "templates/reset_password.md").write_text(f"Subject: S\n\nAsk jo@nhs.net about {OLD}\n")
        assert "jo@" not in _new(five).out

    def test_says_in_which_settings_it_is_by_itself(self, five):
        said = _new(five).out.partition("what ")[0]
        assert "jenkins framework_slugs" in said
        assert "scripts MAILCHIMP_LIST_IDS" in said

    def test_of_a_closed_one_the_list_of_open_ones_says_nothing(self, five):
        assert "framework_slugs" not in _new(five, "--status", "closed").out


class TestItsName:
    @pytest.mark.parametrize(
        ("name", "previous", "title"),
        [
            (NEW, OLD, "Digital Outcomes and Specialists 6"),
            (f"{DOS}-10", f"{DOS}-2", "Digital Outcomes and Specialists 10"),
        ],
    )
    def test_follows_from_the_one_before(self, five, name, previous, title):
        assert _new(five, name=name, previous=previous).code == 0
        assert f"name: {title}\n" in (five.state / f"audiences/{name}.yaml").read_text()

    def test_after_one_without_a_number(self, five):
        (five.state / f"audiences/{DOS}-2.yaml").unlink()
        (five.state / "recorded/production.yaml").write_text("")
        assert _new(five, name=f"{DOS}-2", previous=DOS).code == 0
        assert "name: Digital Outcomes and Specialists 2\n" in (five.state / f"audiences/{DOS}-2.yaml").read_text()

    @pytest.mark.parametrize("name", ["g-cloud-13", f"{DOS}-six", f"{DOS}"])
    def test_that_does_not_follow_is_asked_for(self, five, name):
        ran = _new(five, name=name)
        assert (ran.code, "--name" in ran.err) == (64, True)

    def test_is_asked_for_on_a_terminal(self, five):
        ran = on_a_terminal(five, "The next one\n", "new-iteration", "next", "--from", OLD)
        assert ran.code == 0, ran.out
        assert "name: The next one\n" in (five.state / "audiences/next.yaml").read_text()


REFUSED = [
    ("one that is there", {"name": OLD}, "is declared already"),
    ("one after none", {"previous": f"{DOS}-9"}, "did you mean"),
    ("one after a single audience", {"previous": "framework-updates"}, "there is no framework"),
    ("a base", {"name": "_opportunities-2"}, "cannot be a name"),
    ("a path", {"name": "../../etc/passwd"}, "cannot be a name"),
]


@pytest.mark.parametrize(("arguments", "says"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_cannot_be_is_refused_and_nothing_is_written(five, arguments, says):
    before = tree(five.folder)
    assert_plain_failure(_new(five, "--name", "Another", **arguments), says)
    assert tree(five.folder) == before


def test_a_name_that_another_has_is_refused(five):
    before = tree(five.folder)
    assert_plain_failure(_new(five, "--name", "Digital Outcomes and Specialists 4"), "has the name")
    assert tree(five.folder) == before


def test_without_a_base_there_is_nothing_to_share(five):
    text = "name: Own\nstatus: closed\nlots: {a: A}\naudience: none\n"
    (five.state / "audiences/own-1.yaml").write_text(text)
    assert_plain_failure(
        _new(five, "--name", "Own 2", name="own-2", previous="own-1"), "extends no base", "audiences/own-1.yaml"
    )


def test_in_a_section_of_one_file_its_other_lines_stay(five):
    folder = five.state / "audiences"
    text = "# all of them\n"
    for path in sorted(folder.glob("*.yaml")):
        lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
        text += f"{path.stem}:\n" + "".join(f"  {line}\n" for line in lines)
        path.unlink()
    folder.rmdir()
    (five.state / "audiences.yaml").write_text(f"{text}\n# the end\n")
    ran = _new(five)
    assert ran.code == 0, ran.err
    entry = "".join(f"  {line}\n" for line in LINES.splitlines())
    assert (five.state / "audiences.yaml").read_text() == f"{text}{NEW}:\n{entry}\n# the end\n"
    assert set(DOS6) <= set(actions(five.plan()))
