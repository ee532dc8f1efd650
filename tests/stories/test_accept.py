"""`accept`: what a designer wrote in Notify becomes what is reviewed here, and nothing else of a file changes."""

from __future__ import annotations

import pytest
import yaml

from tests.stories.telling import actions, assert_plain_failure, nothing_written, step_of, template, tree

RESOURCE = "notify-template/reset_password"
BODY = "Hello\n\nFollow this link within 24 hours:\n\n((url))"


def _in_notify(play, name="reset_password", **fields):
    play.change_world(lambda world: template(world, name).update(fields))


def _edited(play, before):
    """The files that are not as they were."""
    after = tree(play.state)
    return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}


def test_takes_text_and_version_and_the_plan_after_it_has_no_such_change(marketplace):
    _in_notify(marketplace, version=4, body=BODY, subject="Reset it")
    before = tree(marketplace.state)
    ran = marketplace.run("accept", RESOURCE)
    assert ran.code == 0, ran.err
    assert _edited(marketplace, before) == {"templates.yaml", "templates/reset_password.md"}
    assert (marketplace.state / "templates/reset_password.md").read_text() == f"Subject: Reset it\n\n{BODY}\n"
    assert RESOURCE not in actions(marketplace.plan())


def test_a_plan_says_how_and_its_command_can_be_pasted(marketplace):
    _in_notify(marketplace, version=4)
    (way,) = step_of(marketplace.plan(), RESOURCE)["ways"]
    assert way["outcome"] == "keep theirs"
    words = way["act"].split()
    assert words[:3] == ["emailops", "accept", RESOURCE]
    assert marketplace.run(*words[1:3]).code == 0


def test_a_text_that_was_put_back_is_accepted_with_the_version_that_this_made(marketplace):
    marketplace.run("accept", RESOURCE)
    subject, body = (template(marketplace.sandbox.state(), "reset_password")[words] for words in ("subject", "body"))
    _in_notify(marketplace, version=2, body="Other words")
    step = step_of(marketplace.plan(), RESOURCE)
    assert body in [row["value"] for row in step["enter"]]
    assert [way["outcome"] for way in step["ways"]] == ["keep theirs", "put ours there"]
    _in_notify(marketplace, version=3, body=body, subject=subject)
    ran = marketplace.run("accept", RESOURCE)
    assert "version  1 -> 3" in ran.out
    assert RESOURCE not in actions(marketplace.plan())


def test_shows_the_words_that_changed(marketplace):
    _in_notify(marketplace, body=BODY)
    marketplace.run("accept", RESOURCE)
    _in_notify(marketplace, body=BODY.replace("24 hours", "7 days"), version=2)
    assert "within [24 hours -> 7 days]:" in marketplace.run("plan").out
    assert "within [24 hours -> 7 days]:" in marketplace.run("accept", RESOURCE).out


def test_what_is_as_notify_holds_it_is_said_and_left(marketplace):
    marketplace.run("accept", RESOURCE)
    with nothing_written(marketplace):
        assert "nothing to accept" in marketplace.run("accept", RESOURCE).out


def test_several_at_once_or_none(marketplace):
    _in_notify(marketplace, version=4)
    _in_notify(marketplace, "invite_contributor", version=5)
    with nothing_written(marketplace):
        assert_plain_failure(marketplace.run("accept", RESOURCE, "notify-template/invite_contributer"), "did you mean")
    assert marketplace.run("accept", RESOURCE, "notify-template/invite_contributor").code == 0
    plan = marketplace.plan()
    assert {RESOURCE, "notify-template/invite_contributor"}.isdisjoint(actions(plan))


ID = "4ae02cdd-65fd-417f-8c24-61260229f9af"
LINE = f"reset_password: {{extends: _link, id: {ID}}}\n"
LAYOUTS = [
    ("on one line", "N: {extends: _link, id: ID} # keep", "N: {extends: _link, id: ID, version: 4} # keep"),
    ("on one line, with it", "N: {version: 1, id: ID, extends: _link}", "N: {version: 4, id: ID, extends: _link}"),
    (
        "on lines",
        "N:\n  # base\n  extends: _link\n  id: ID # id\n\n# next",
        "N:\n  # base\n  extends: _link\n  id: ID # id\n  version: 4\n\n# next",
    ),
    (
        "on lines, with it",
        "N:\n  version: 1 # seen\n  id: ID\n  extends: _link",
        "N:\n  version: 4 # seen\n  id: ID\n  extends: _link",
    ),
    ("quoted", "'N': {'version': '1', id: ID, extends: _link}", "'N': {'version': 4, id: ID, extends: _link}"),
    (
        "after a letter of two bytes",
        "# é 😀\nN: {extends: _link, id: ID}",
        "# é 😀\nN: {extends: _link, id: ID, version: 4}",
    ),
]


@pytest.mark.few(1)
@pytest.mark.parametrize(("written", "edited"), [row[1:] for row in LAYOUTS], ids=[row[0] for row in LAYOUTS])
def test_layout_and_comments_stay(marketplace, written, edited):
    written, edited = (text.replace("ID", ID).replace("N", "reset_password") + "\n" for text in (written, edited))
    marketplace.edit("templates.yaml", LINE, written)
    _in_notify(marketplace, version=4)
    before = (marketplace.state / "templates.yaml").read_text()
    assert marketplace.run("accept", RESOURCE).code == 0
    assert (marketplace.state / "templates.yaml").read_text() == before.replace(written, edited)
    assert RESOURCE not in actions(marketplace.plan())


def test_a_line_that_stands_for_two_is_not_edited(marketplace):
    marketplace.edit("templates.yaml", LINE, LINE.replace("}", ", version: &reviewed 1}"))
    other = "invite_contributor: {extends: _link"
    marketplace.edit("templates.yaml", other, f"{other}, version: *reviewed")
    _in_notify(marketplace, version=4)
    with nothing_written(marketplace):
        assert_plain_failure(marketplace.run("accept", RESOURCE), "write {version: 4} there")


class TestOneStateInOneFile:
    RESOURCE = "notify-template/permits-trial.permit_granted"

    def _in_trial(self, play, **fields):
        play.change_world(lambda world: world["notify"]["services"][1]["templates"][0].update(fields))

    def test_versions_that_differ_stand_by_account(self, minimal):
        self._in_trial(minimal, version=3)
        before = tree(minimal.state)
        assert minimal.run("accept", self.RESOURCE).code == 0
        assert _edited(minimal, before) == {"emailops.yaml", "templates/permit_granted.md"}
        assert "    version: {permits: 1, permits-trial: 3}\n" in (minimal.state / "emailops.yaml").read_text()
        assert actions(minimal.plan()) == {}

    def test_versions_that_meet_again_are_one(self, minimal):
        self._in_trial(minimal, version=3)
        minimal.run("accept", self.RESOURCE)
        minimal.change_world(lambda world: template(world, "permit_granted").update(version=3))
        assert minimal.run("accept", "notify-template/permit_granted").code == 0
        assert "    version: 3\n" in (minimal.state / "emailops.yaml").read_text()
        assert actions(minimal.plan()) == {}


def test_in_a_folder_of_templates(marketplace):
    (marketplace.state / "templates").mkdir()
    file = marketplace.state / "templates.yaml"
    for name, entry in yaml.safe_load(file.read_text()).items():
        (marketplace.state / f"templates/{name}.yaml").write_text(yaml.safe_dump(entry))
    file.unlink()
    _in_notify(marketplace, version=4)
    before = tree(marketplace.state)
    ran = marketplace.run("accept", RESOURCE)
    assert ran.code == 0, ran.err
    assert _edited(marketplace, before) == {"templates/reset_password.yaml", "templates/reset_password.md"}
    assert RESOURCE not in actions(marketplace.plan())


REFUSED = [
    ("an address that may be a person's", {"body": "Write to jo@nhs.net"}, "an address at nhs.net"),
    ("a key", {"body": f"key-{ID}-{ID}"}, "looks like a secret"),
    ("a subject with spaces around it", {"subject": " Hello "}, "no plain form"),
    ("another type", {"type": "sms", "subject": None}, "of the type sms in Notify, and email here"),
    ("archived", {"archived": True}, "is not in the service's list"),
]


@pytest.mark.few(1)
@pytest.mark.parametrize(("held", "says"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_cannot_be_kept_is_refused(marketplace, held, says):
    _in_notify(marketplace, version=4, **held)
    with nothing_written(marketplace):
        ran = marketplace.run("accept", RESOURCE)
    assert_plain_failure(ran, says)
    assert "jo@" not in ran.err
    assert ID[-20:] not in ran.err.replace(RESOURCE, "")


def test_an_address_of_the_services_own_is_kept(marketplace):
    _in_notify(marketplace, version=4, body="Write to help@digitalmarketplace.service.gov.uk")
    assert marketplace.run("accept", RESOURCE).code == 0
    assert "help@" in (marketplace.state / "templates/reset_password.md").read_text()


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("notify-guest-list/marketplace",), 1, "only a notify-template"),
        (("reset_password",), 1, "no resource"),
        ((), 64, "RESOURCE"),
    ],
)
def test_what_is_no_template_is_refused(marketplace, arguments, code, says):
    with nothing_written(marketplace):
        ran = marketplace.run("accept", *arguments)
    assert ran.code == code
    assert says in ran.err


def test_without_a_key_it_says_which_is_missing(marketplace):
    names = [name for name in marketplace.environment if name.startswith("NOTIFY_KEY")]
    with nothing_written(marketplace):
        ran = marketplace.run("accept", RESOURCE, **dict.fromkeys(names))
    assert_plain_failure(ran, "no key for marketplace here")


class TestServicesThatShareWords:
    """A text stands once, whichever services hold the template: nobody's reviewed words are given up in passing."""

    TRIAL = "notify-template/permits-trial.permit_granted"
    LIVE = "notify-template/permit_granted"
    OLD = "Your permit is granted."
    NEW = "Your permit is granted.\n\nPrint it."

    @pytest.fixture
    def shared(self, minimal):
        """Both services hold the reviewed words; then a designer writes others in the test service."""
        self._hold(minimal, 0, body=self.OLD, subject="Permit")
        self._hold(minimal, 1, body=self.OLD, subject="Permit")
        assert minimal.run("accept", self.LIVE).code == 0
        assert actions(minimal.plan()) == {}
        self._hold(minimal, 1, body=self.NEW, version=2)
        return minimal

    def _hold(self, play, service, **fields):
        play.change_world(lambda world: world["notify"]["services"][service]["templates"][0].update(fields))

    def test_the_step_says_who_has_which_words_and_the_ways_on_a_line_each(self, shared):
        step = step_of(shared.plan(), self.TRIAL)
        assert step["why"] == "permits has the reviewed words, and permits-trial has others"
        ways = {way["outcome"]: way["act"] for way in step["ways"]}
        assert list(ways) == ["keep theirs", "promote them", "put ours there"]
        assert ways["keep theirs"].startswith(f"emailops accept {self.TRIAL} --from permits-trial ")
        assert ways["keep theirs"].endswith("its version 2")
        text = shared.run("plan").out
        assert "keep theirs" in text
        assert "put ours there" in text

    def test_the_step_holds_the_whole_words_to_paste_into_the_live_service(self, shared):
        step = step_of(shared.plan(), self.TRIAL)
        entered = {row["note"]: row["value"] for row in step["enter"]}
        assert entered["body to promote"] == self.NEW
        assert entered["body"] == self.OLD
        act = next(way["act"] for way in step["ways"] if way["outcome"] == "promote them")
        assert act.startswith("enter the words to promote in permits, at https://www.notifications.service.gov.uk/")
        self._hold(shared, 0, body=self.NEW, version=2)
        assert act.endswith(f"then emailops accept {self.TRIAL} --from permits-trial")
        assert shared.run("accept", self.TRIAL, "--from", "permits-trial").code == 0
        assert shared.run("accept", self.LIVE).code == 0
        assert actions(shared.plan()) == {}

    def test_accept_refuses_until_it_is_told_whose_to_take(self, shared):
        before = tree(shared.state)
        ran = shared.run("accept", self.TRIAL)
        assert_plain_failure(ran, "permits holds the reviewed words of permit_granted", "--from permits-trial")
        assert tree(shared.state) == before
        assert_plain_failure(shared.run("accept", self.TRIAL, "--from", "permits"), "--from permits-trial")

    def test_the_words_are_promoted_by_the_step_of_the_service_that_lacks_them(self, shared):
        assert shared.run("accept", self.TRIAL, "--from", "permits-trial").code == 0
        plan = shared.plan()
        assert list(actions(plan)) == [self.LIVE]
        step = step_of(plan, self.LIVE)
        assert step["why"] == "permits-trial has the reviewed words, and permits has others"
        assert self.NEW in [row["value"] for row in step["enter"]]
        assert [way["outcome"] for way in step["ways"]] == ["keep theirs", "put ours there"]
        self._hold(shared, 0, body=self.NEW, version=2)
        assert shared.run("accept", self.LIVE).code == 0
        assert actions(shared.plan()) == {}

    def test_words_that_both_hold_are_taken_without_a_word(self, shared):
        self._hold(shared, 0, body=self.NEW, version=2)
        assert "has these words, too" in step_of(shared.plan(), self.TRIAL)["why"]
        assert shared.run("accept", self.TRIAL).code == 0
        assert shared.run("accept", self.LIVE).code == 0
        assert actions(shared.plan()) == {}

    def test_the_designers_words_are_shown_where_a_reviewer_reads_them(self, shared):
        for format_ in ("text", "markdown", "html"):
            assert "+ Print it." in shared.run("plan", "--format", format_).out
