"""`init`: from a key and four answers to a state whose first plan is empty."""

from __future__ import annotations

import shlex
import shutil

import pytest

from tests.stories.telling import WRITES, assert_plain_failure, template, tree
from tests.stories.terminal import on_a_terminal

ANSWERS = {
    "--service": "Permits",
    "--notify-key": "env:NOTIFY_KEY_TRIAL",
    "--stages": "development,staging,production",
    "--redirect-to": "sink@permits.example",
}
GRANTED = "cccccccc-0000-4000-8000-000000000001"


@pytest.fixture
def new(minimal):
    """Nothing declared yet; the service of the key NOTIFY_KEY_TRIAL holds two templates."""
    shutil.rmtree(minimal.state)
    return minimal


def _init(play, *more, without=(), **answers):
    given = {**ANSWERS, **{f"--{name.replace('_', '-')}": text for name, text in answers.items()}}
    arguments = [word for flag, text in given.items() if flag not in without for word in (flag, text)]
    return play.run("init", *arguments, *more)


def _hold(play, *templates):
    """Let the service hold just these."""
    play.change_world(lambda world: world["notify"]["services"][1].update(templates=list(templates)))


def _written(play):
    """Path -> content, but for the schemas that an editor reads, which Git ignores."""
    return {path: content for path, content in tree(play.folder).items() if ".emailops/" not in path}


def _text(name, body="Hello", **more):
    return {"id": GRANTED, "name": name, "subject": "News", "body": body, **more}


def _declared(play):
    """Names of declared templates."""
    text = (play.folder / "emailops.yaml").read_text().partition("\ntemplates:")[2]
    return [line.strip().partition(":")[0].strip("'\"") for line in text.splitlines()[1:]]


def _plan_is_empty(play):
    found = play.run("validate").out
    assert found.startswith("no errors")
    assert "warning" not in found
    ran = play.run("plan", "--detailed-exitcode")
    assert (ran.code, ran.err) == (0, "")
    assert "no changes" in ran.out
    assert "nothing to do" in ran.out


class TestWhatItWrites:
    def test_the_plan_after_it_is_empty(self, new):
        assert _init(new).code == 0
        new.commit_all()
        _plan_is_empty(new)
        assert "not known" not in new.run("plan").out

    @pytest.mark.parametrize("commits", [0, 1], ids=["outside Git", "on a branch that begins it"])
    def test_nothing_is_said_of_settings_that_no_consumer_reads(self, new, commits):
        for _ in range(commits):
            (new.folder / "README.md").write_text("Permits\n")
            new.commit_all()
            new.git("switch", "--quiet", "--create=begin")
        _init(new)
        ran = new.run("plan")
        assert "setting" not in ran.out
        assert "nothing to do" in ran.out

    def test_one_short_file_and_the_texts_and_nothing_else(self, new):
        ran = _init(new)
        assert set(_written(new)) == {"emailops.yaml", "templates/permit_granted.md", "templates/permit_refused.md"}
        lines = (new.folder / "emailops.yaml").read_text().splitlines()
        assert len(lines) <= 40
        assert f"{len(lines)} lines, 2 templates" in ran.out

    def test_a_text_is_as_notify_holds_it(self, new):
        _hold(new, _text("News", "One\r\n\r\nTwo ((name))\n"))
        _init(new)
        assert (new.folder / "templates/News.md").read_text() == "Subject: News\n\nOne\n\nTwo ((name))\n"

    def test_an_editor_finds_the_schema_and_git_ignores_it(self, new):
        _init(new)
        first = (new.folder / "emailops.yaml").read_text().splitlines()[0]
        assert first.startswith("# yaml-language-server: $schema=")
        assert (new.folder / first.partition("=")[2]).is_file()
        new.commit_all()
        assert not [path for path in new.git("ls-files").splitlines() if path.startswith(".emailops")]

    def test_a_team_that_redirects_nothing_says_why(self, new):
        assert _init(new, without=["--redirect-to"], redirect_none="all readers are known").code == 0
        new.commit_all()
        assert "redirect: {none: all readers are known}" in (new.folder / "emailops.yaml").read_text()
        _plan_is_empty(new)

    def test_it_names_the_key_and_does_not_hold_it(self, new):
        ran = _init(new)
        secret = new.environment["NOTIFY_KEY_TRIAL"]
        written = b"".join(tree(new.folder).values()).decode()
        assert "secret: env:NOTIFY_KEY_TRIAL" in written
        for part in (secret, secret[-36:]):
            assert part not in written + ran.out + ran.err

    def test_reads_only(self, new):
        _init(new)
        assert {request.method for request in new.sandbox.requests}.isdisjoint(WRITES)
        assert [request.path for request in new.sandbox.requests] == ["/v2/templates"]

    def test_into_a_folder_that_is_not_there_yet(self, new):
        ran = _init(new, "--state", "state")
        assert "state/emailops.yaml: " in ran.out
        assert set(_written(new)) == {f"state/{path}" for path in ("emailops.yaml", *_TEXTS)}
        _plan_is_empty(new)

    def test_undone_by_deleting_one_file_and_begun_anew(self, new):
        _init(new)
        (new.folder / "emailops.yaml").unlink()
        assert _init(new).code == 0
        _plan_is_empty(new)

    def test_names_the_three_commands_that_follow(self, new):
        _, _, following = _init(new).out.partition("next\n")
        assert [line.split()[0] for line in following.strip().splitlines()] == ["emailops"] * 3

    def test_the_three_commands_find_a_state_in_any_folder(self, new):
        _, _, following = _init(new, "--state", "a b").out.partition("next\n")
        for line in following.strip().splitlines():
            assert new.run(*shlex.split(line)[1:]).code == 0

    def test_what_nobody_could_know_is_left_to_do(self, new):
        _init(new)
        said = new.run("todo").out
        assert "whether they are live, team or test" in said
        assert "when they were made" in said

    def test_a_service_without_templates(self, new):
        _hold(new)
        assert _init(new).code == 0
        _plan_is_empty(new)

    @pytest.mark.parametrize("stages", ["production", "local,production", "development, preview ,staging,production"])
    def test_stages(self, new, stages):
        assert _init(new, stages=stages).code == 0
        _plan_is_empty(new)

    def test_a_key_in_a_file(self, new):
        (new.folder / "secret.txt").write_text(new.environment["NOTIFY_KEY_TRIAL"])
        new.environment["EMAILOPS_SECRETS"] = "file:secret.txt"
        assert _init(new, notify_key="file:secret.txt").code == 0
        _plan_is_empty(new)


_TEXTS = ("templates/permit_granted.md", "templates/permit_refused.md")

NAMES = [
    ("a name that an app reads is kept to the byte", ["reset_password"], ["reset_password"]),
    ("words", ["Permit granted – for a  year!"], ["permit-granted-for-a-year"]),
    ("accents", ["Café Ü"], ["cafe-u"]),
    ("what no name can hold", ["日本", "!!"], ["template", "template-2"]),
    ("what begins as a base would", ["_draft"], ["draft"]),
    ("two of one name", ["News", "News"], ["News", "News-2"]),
    ("two that differ in case only", ["News", "news"], ["News", "news-2"]),
    ("a number that is taken", ["News", "News-2", "News"], ["News", "News-2", "News-3"]),
    ("words of YAML", ["null", "no", "010", "~"], ["010", "no", "null", "template"]),
    ("a very long one", ["x" * 200], ["x" * 80]),
    ("a path", ["../../etc/passwd"], ["etc-passwd"]),
    ("a line that would be another key", ["a\nservice: Evil"], ["a-service-evil"]),
]


def _hold_titles(play, titles):
    """The first is the oldest."""
    ids = (f"cccccccc-0000-4000-8000-{number:012d}" for number in range(len(titles)))
    _hold(play, *(_text(title, id=id_) for title, id_ in zip(titles, ids, strict=False)))


@pytest.mark.few(2)
@pytest.mark.parametrize(("titles", "names"), [row[1:] for row in NAMES], ids=[row[0] for row in NAMES])
def test_names_are_readable_and_none_stands_twice(new, titles, names):
    _hold_titles(new, titles)
    assert _init(new).code == 0
    assert _declared(new) == sorted(names)


def test_all_such_names_at_once_leave_nothing_to_do(new):
    _hold_titles(new, [title for _, titles, _ in NAMES for title in titles])
    assert _init(new).code == 0
    _plan_is_empty(new)


SERVICES = [
    "Permits: the service",
    "#1",
    "null",
    "'quoted' \"twice\"",
    "Ünïcode 😀",
    "{a}",
    "- x",
    "mailchimp",
]


@pytest.mark.few(2)
@pytest.mark.parametrize("service", SERVICES)
def test_any_name_of_a_service(new, service):
    assert _init(new, service=service).code == 0
    assert new.plan()["service"] == service


ODD = [
    ("a text with an address", _text("News", "Write to jo@elsewhere.example"), "an address that may be a person's"),
    ("a subject with spaces around it", _text("News", subject=" News "), "no plain form"),
    ("a subject of two lines", _text("News", subject="a\nb"), "no plain form"),
    ("a text with a key", _text("News", f"key-{GRANTED}-{GRANTED}"), "what looks like a secret"),
]


@pytest.mark.parametrize(("held", "why"), [row[1:] for row in ODD], ids=[row[0] for row in ODD])
def test_a_text_that_cannot_be_kept_is_left_out_and_said(new, held, why):
    _hold(new, held)
    ran = _init(new)
    assert "not written: the text of News" in ran.out
    assert why in ran.out
    assert set(_written(new)) == {"emailops.yaml"}
    assert "jo@" not in ran.out + ran.err
    _plan_is_empty(new)


@pytest.mark.parametrize(
    "held",
    [
        _text("News", "Hello", type="sms", subject=None),
        _text("News", "Subject: not one", type="sms", subject=None),
        _text("News", "Dear", type="letter"),
        _text("News", ""),
        _text("News", "  indented\n\n---\n\n* list\n"),
    ],
    ids=["a text message", "one that begins as a subject would", "a letter", "no words", "Markdown"],
)
def test_texts_of_every_sort_leave_nothing_to_do(new, held):
    _hold(new, held)
    assert _init(new).code == 0
    _plan_is_empty(new)


class TestWithoutATerminal:
    @pytest.mark.parametrize("flag", ANSWERS)
    def test_a_missing_flag_is_named(self, new, flag):
        ran = _init(new, without=(flag,))
        assert ran.code == 64
        assert f"nobody can answer: {flag}\n" in ran.err
        assert tree(new.folder) == {}

    def test_all_missing_flags_are_named_at_once_each_with_a_value(self, new):
        ran = new.run("init")
        assert ran.code == 64
        assert all(f"{flag} " in ran.err for flag in ANSWERS)


class TestOnATerminal:
    def test_it_asks_at_most_four_questions_and_each_has_an_answer_at_hand(self, new):
        del new.environment["NOTIFY_KEY_PERMITS"]
        ran = on_a_terminal(new, "\n\n\n\n", "init")
        assert ran.code == 0, ran.out
        assert ran.out.count("]: ") == 4
        assert "[env:NOTIFY_KEY_TRIAL]" in ran.out, "the one key that is here"
        _plan_is_empty(new)

    def test_whoever_redirects_nothing_is_asked_why(self, new):
        words = [word for flag, answer in ANSWERS.items() if flag != "--redirect-to" for word in (flag, answer)]
        ran = on_a_terminal(new, "none\n\n", "init", *words)
        assert "Why nothing is redirected [no test makes addresses up]: " in ran.out
        _plan_is_empty(new)

    def test_it_does_not_ask_what_is_given(self, new):
        words = [word for answer in ANSWERS.items() for word in answer]
        assert "]: " not in on_a_terminal(new, "", "init", *words).out


REFUSED = [
    ("no production", {"stages": "development,staging"}, 1, "production"),
    ("a stage twice", {"stages": "production,production"}, 1, "twice"),
    ("a stage of a strange form", {"stages": "Production,production"}, 64, "Production"),
    ("no stage", {"stages": ""}, 64, "--stages is empty"),
    ("a stage that would write YAML", {"stages": "x: {},production"}, 64, "does not name stages"),
    ("no address", {"redirect_to": "nobody"}, 1, "address"),
    ("no redirect, and nobody to say why", {"redirect_to": "none"}, 64, "--redirect-none"),
    ("no redirect, for no reason", {"redirect_to": "none", "redirect_none": " "}, 64, "is empty"),
    ("a redirect and none", {"redirect_none": "no tests"}, 64, "exclude each other"),
    (
        "an address that a live key never stores",
        {"redirect_to": "simulate-delivered@notifications.service.gov.uk"},
        1,
        "",
    ),
    ("a key that is not set", {"notify_key": "env:NOTIFY_KEY_NEW"}, 1, "NOTIFY_KEY_NEW is not set"),
    ("a key that may not be read", {"notify_key": "env:HOME"}, 1, "EMAILOPS_SECRETS"),
    ("the key itself", {"notify_key": f"x-{GRANTED}-{GRANTED}"}, 64, "never the key itself"),
    ("a service of no name", {"service": " "}, 64, "--service is empty"),
    ("a service named by a person's address", {"service": "jo@elsewhere.example"}, 1, "may be a person's"),
]


@pytest.mark.parametrize(("answers", "code", "says"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_an_answer_that_makes_no_valid_state_is_refused_before_anything_is_written(new, answers, code, says):
    ran = _init(new, **answers)
    assert ran.code == code, ran.out + ran.err
    assert says in ran.err
    assert "Traceback" not in ran.err
    assert tree(new.folder) == {}
    for private in (GRANTED, "jo@"):
        assert private not in ran.err


THERE = [
    ("a state", "emailops.yaml", "format: 1\n"),
    ("a state in its folder", "state/emailops.yaml", "format: 1\n"),
    ("a section", "templates.yaml", "{}\n"),
    ("a section's folder", "audiences/news.yaml", "{}\n"),
    ("somebody's file where a text belongs", "templates/permit_granted.md", "Mine\n"),
    ("a file named nearly as a section is", "key.yaml", "{}\n"),
    ("a text of another template", "templates/mine.md", "Mine\n"),
]


@pytest.mark.parametrize(("path", "content"), [row[1:] for row in THERE], ids=[row[0] for row in THERE])
def test_what_is_there_is_named_and_left_as_it_is(new, path, content):
    (new.folder / path).parent.mkdir(exist_ok=True)
    (new.folder / path).write_text(content)
    assert_plain_failure(_init(new), path.rpartition("/")[2].partition(".")[0])
    assert tree(new.folder) == {path: content.encode()}


def test_a_key_that_notify_refuses(new):
    new.environment["NOTIFY_KEY_TRIAL"] = new.environment["NOTIFY_KEY_TRIAL"][:-1] + "f"
    assert_plain_failure(_init(new), "Notify refused the key")
    assert tree(new.folder) == {}


def test_what_is_no_key(new):
    new.environment["NOTIFY_KEY_TRIAL"] = "hunter2"
    ran = _init(new)
    assert_plain_failure(ran, "has the wrong form")
    assert "hunter2" not in ran.err


def test_with_mailchimp_the_account_is_declared_and_its_audiences_are_not_yet(marketplace):
    shutil.rmtree(marketplace.state)
    ran = _init(marketplace, "--mailchimp", "env:MAILCHIMP_KEY", notify_key="env:NOTIFY_KEY_DEVELOPMENT")
    assert ran.code == 0, ran.err
    assert "emailops import mailchimp" in ran.out
    assert "recorded" not in str(sorted(_written(marketplace)))
    _plan_is_empty(marketplace)


def test_a_designer_who_edits_a_template_next_is_seen(new):
    _init(new, notify_key="env:NOTIFY_KEY_PERMITS")
    new.change_world(lambda world: template(world, "permit_granted").update(version=2, body="Other words"))
    assert "+ Other words" in new.run("plan").out
