"""`import mailchimp`: audiences that exist become declared, and the plan after it changes nothing."""

from __future__ import annotations

import pytest
import yaml

from tests.stories.telling import (
    DOS5_ID,
    OTHER_TEAM,
    WRITES,
    actions,
    assert_plain_failure,
    audience,
    audiences,
    managed,
    nothing_written,
    tree,
)
from tests.stories.terminal import on_a_terminal
from tests.world import MAILCHIMP_KEY

NEWS = {
    "id": "0a0b0c0d0e",
    "name": "Permits news",
    "date_created": "2024-03-01T09:00:00+00:00",
    "contact": {"company": "Permits", "address1": "1 Street", "city": "London", "zip": "N1", "country": "GB"},
    "permission_reminder": "You asked for it.",
    "campaign_defaults": {
        "from_name": "Permits",
        "from_email": "permits@permits.example",
        "subject": "N",
        "language": "en",
    },
    "email_type_option": False,
    "double_optin": True,
}
JOBS = {**NEWS, "id": "0a0b0c0d0f", "name": "Jobs: {framework} *|LIST|*", "email_type_option": True}
TESTS = {**NEWS, "id": "0a0b0c0d10", "name": "Test", "permission_reminder": "null"}


NOBODY = """\
format: 1
service: Permits
stage_order: [production]
accounts: {notify: {permits: {service_id: 11111111-1111-4111-8111-111111111111}}}
stages: {production: {deployed: false}}
words: {own_domains: [permits.example]}
"""


def _news(**more):
    return {**NEWS, **more}


@pytest.fixture
def permits(minimal):
    """The one-file state, which declares no Mailchimp account, and an account with two audiences."""
    account = {"name": "Permits", "account_id": "permits", "api_keys": [f"{MAILCHIMP_KEY}-us7"], "max_audiences": 9}
    _hold(minimal, account, NEWS, TESTS)
    minimal.edit("emailops.yaml", "words:\n", "words:\n  own_domains: [permits.example]\n")
    minimal.environment["MAILCHIMP_KEY"] = f"{MAILCHIMP_KEY}-us7"
    return minimal


def _hold(play, account, *held):
    held = [{**audience, "members": []} for audience in held]
    play.change_world(lambda world: world.update(mailchimp={"accounts": [{**account, "audiences": held}]}))


def _hold_only(play, *held):
    _hold(play, play.sandbox.state()["mailchimp"]["accounts"][0], *held)


def _import(play, *more):
    return play.run("import", "mailchimp", "--key", "env:MAILCHIMP_KEY", "--stage", "production", *more)


def _nothing_managed(play):
    assert managed(play.plan()) == {}


class TestIntoAStateOfOneFile:
    def test_the_plan_after_it_changes_nothing(self, permits):
        ran = _import(permits)
        assert ran.code == 0, ran.err
        assert "2 imported" in ran.out
        _nothing_managed(permits)

    def test_the_ids_are_recorded(self, permits):
        _import(permits)
        recorded = yaml.safe_load((permits.state / "recorded/production.yaml").read_text())
        assert recorded == {"mailchimp-audience/permits-news": NEWS["id"], "mailchimp-audience/Test": TESTS["id"]}

    def test_what_they_share_stands_once(self, permits):
        _import(permits)
        text = (permits.state / "audiences.yaml").read_text()
        assert text.count("1 Street") == 1
        assert text.count("extends: _audience") == 2

    def test_the_account_is_declared_with_its_key_and_comments_stay(self, permits):
        permits.edit("emailops.yaml", "format: 1\n", "format: 1 # for ever\n")
        _import(permits)
        text = (permits.state / "emailops.yaml").read_text()
        assert "mailchimp: {account_id: permits, datacentre: us7, owns: declared, key: mailchimp}" in text
        assert "secret: env:MAILCHIMP_KEY" in text
        assert "format: 1 # for ever\n" in text
        assert MAILCHIMP_KEY not in text

    def test_names_the_files_to_commit(self, permits):
        said = _import(permits).out
        for path in ("state/emailops.yaml", "state/audiences.yaml", "state/recorded/production.yaml"):
            assert path in said

    def test_writes_nothing_to_mailchimp(self, permits):
        _import(permits)
        assert {request.method for request in permits.sandbox.requests}.isdisjoint(WRITES)

    def test_again_it_has_nothing_to_do(self, permits):
        _import(permits)
        with nothing_written(permits):
            assert "nothing to import" in _import(permits).out

    def test_only_what_is_meant(self, permits):
        _import(permits, "--only", "Permits*")
        _nothing_managed(permits)
        assert "Test" not in (permits.state / "audiences.yaml").read_text()

    def test_an_empty_account(self, permits):
        _hold_only(permits)
        with nothing_written(permits):
            assert _import(permits).code == 0


class TestStages:
    def test_each_serves_the_stages_that_were_said(self, permits):
        assert _import(permits, "--serves", f"{TESTS['id']}=development").code == 0
        declared = yaml.safe_load((permits.state / "audiences.yaml").read_text())
        assert declared["Test"]["audience"]["stages"] == ["development"]
        assert declared["permits-news"]["audience"]["stages"] == ["production"]
        assert (permits.state / "recorded/development.yaml").is_file()
        _nothing_managed(permits)

    def test_on_a_terminal_it_asks_for_each(self, permits):
        ran = on_a_terminal(permits, "\ndevelopment\n", "import", "mailchimp", "--key", "env:MAILCHIMP_KEY")
        assert ran.code == 0, ran.out
        assert "Permits news" in ran.out
        assert yaml.safe_load((permits.state / "audiences.yaml").read_text())["Test"]["audience"]["stages"] == [
            "development"
        ]

    def test_without_a_terminal_the_flag_is_named(self, permits):
        with nothing_written(permits):
            ran = permits.run("import", "mailchimp", "--key", "env:MAILCHIMP_KEY")
        assert ran.code == 64
        assert "--stage" in ran.err

    @pytest.mark.parametrize(
        ("serves", "code", "says"),
        [
            (f"{NEWS['id']}=produktion", 1, "did you mean production?"),
            (f"{NEWS['id']}=production,development", 1, "serves production and development"),
            ("0000000000=development", 1, "0000000000"),
            (NEWS["id"], 64, "--serves"),
            ("=", 64, "--serves"),
        ],
    )
    def test_that_cannot_be_are_refused(self, permits, serves, code, says):
        with nothing_written(permits):
            ran = _import(permits, "--serves", serves)
        assert ran.code == code
        assert says in ran.err


class TestIntoASectionThatIsThere:
    def test_a_folder_gets_a_file_each(self, marketplace):
        marketplace.change_world(lambda world: audiences(world).append({**_news(), "members": []}))
        marketplace.edit("emailops.yaml", "own_domains: [", "own_domains: [permits.example, ")
        before = tree(marketplace.state)
        ran = marketplace.run("import", "mailchimp", "--stage", "production")
        assert ran.code == 0, ran.err
        after = tree(marketplace.state)
        [line] = [path for path in after if path.startswith(".emailops/log/")]
        made = {"audiences/permits-news.yaml", ".emailops/.gitignore", ".emailops/lock", line}
        assert set(after) - set(before) == made
        assert {path for path in before if before[path] != after[path]} == {"recorded/production.yaml"}
        assert "mailchimp-audience/permits-news" not in actions(marketplace.plan())

    def test_a_section_of_one_file_keeps_its_words(self, permits):
        _import(permits, "--only", "Test")
        text = (permits.state / "audiences.yaml").read_text()
        (permits.state / "audiences.yaml").write_text(f"# ours\n{text}  otherwise: Test # itself\n# the end\n")
        assert _import(permits).code == 0
        assert (permits.state / "audiences.yaml").read_text().startswith(f"# ours\n{text}  otherwise: Test # itself\n")
        _nothing_managed(permits)

    def test_an_audience_whose_name_is_declared_is_for_the_plan_to_adopt(self, permits):
        _import(permits, "--only", "Test")
        (permits.state / "recorded/production.yaml").unlink()
        assert "nothing to import" in _import(permits, "--only", "Test").out
        assert managed(permits.plan()) == {"mailchimp-audience/Test": "adopt"}


@pytest.mark.few(2)
@pytest.mark.parametrize(
    "name",
    [
        "Jobs: {framework} *|LIST|*",
        "Jobs: #1 'a' \"b\" *|LIST|*",
        "news {2024}",
        "{framework_name}",
        "}{ {{lot}} {",
        "no",
        "\U0001f389",
        "Cafe\u0301",
        "long " * 60,
    ],
)
def test_a_strange_name_is_declared_as_it_is(permits, name):
    _hold_only(permits, {**JOBS, "name": name})
    ran = _import(permits)
    assert ran.code == 0, ran.err
    _nothing_managed(permits)


EMPTY = [
    ("subject", ("campaign_defaults", "subject")),
    ("postcode", ("contact", "zip")),
    ("street", ("contact", "address1")),
    ("language", ("campaign_defaults", "language")),
    ("sender", ("campaign_defaults", "from_email")),
    ("reminder", ("permission_reminder",)),
]


@pytest.mark.few(2)
@pytest.mark.parametrize("path", [row[1] for row in EMPTY], ids=[row[0] for row in EMPTY])
def test_what_is_empty_in_mailchimp_is_left_out_and_told(permits, path):
    held = _news(contact={**NEWS["contact"]}, campaign_defaults={**NEWS["campaign_defaults"]})
    *owner, last = path
    (held[owner[0]] if owner else held)[last] = ""
    _hold_only(permits, held, TESTS)
    ran = _import(permits)

    assert ran.code == 0, ran.err
    assert f"mailchimp-audience/permits-news\n      left out, since it is empty: {'.'.join(path)}\n" in ran.out
    _nothing_managed(permits)


@pytest.mark.parametrize("language", ["EN_US", "pt_PT", "es_ES", "fr_CA"])
def test_a_language_is_taken_as_mailchimp_writes_it(permits, language):
    _hold_only(permits, _sender(language=language))
    assert _import(permits).code == 0
    _nothing_managed(permits)


def test_what_is_left_out_stays_as_it_is_when_the_rest_changes(permits):
    _hold_only(permits, _sender(subject=""))
    _import(permits)
    permits.edit("audiences.yaml", "You asked for it.", "You asked.")
    assert managed(permits.plan()) == {"mailchimp-audience/permits-news": "update"}
    assert "converged" in permits.run("apply", "--stage", "production", "--yes").out
    held = audience(permits.sandbox.state(), NEWS["id"])
    assert (held["permission_reminder"], held["campaign_defaults"]["subject"]) == ("You asked.", "")


def _sender(**fields):
    return _news(campaign_defaults={**NEWS["campaign_defaults"], **fields})


REFUSED = [
    ("a sender at a stranger's domain", _sender(from_email="jo@nhs.net"), "nhs.net"),
    ("an address in its reminder", _news(permission_reminder="Ask jo@nhs.net"), "nhs.net"),
    ("an address as its name", _news(name="jo@nhs.net"), "nhs.net"),
    ("what looks like a key", _news(permission_reminder=f"{MAILCHIMP_KEY}-us7"), "looks like a secret"),
    ("a country by its name", _news(contact={**NEWS["contact"], "country": "England"}), "England"),
]


@pytest.mark.few(2)
@pytest.mark.parametrize(("held", "says"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_cannot_be_declared_is_told_and_does_not_stop_the_others(permits, held, says):
    _hold_only(permits, held, TESTS)
    ran = _import(permits)

    told = ran.out.partition("not imported\n")[2]
    assert ran.code == 5
    assert says in told
    assert held["id"] in told
    assert "jo@" not in ran.out
    assert yaml.safe_load((permits.state / "audiences.yaml").read_text()).keys() == {"Test"}
    _nothing_managed(permits)


@pytest.mark.parametrize(("held", "says"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_where_none_can_be_declared_nothing_is_written(permits, held, says):
    _hold_only(permits, held)
    with nothing_written(permits):
        ran = _import(permits)
    assert_plain_failure(ran, says)
    assert "jo@" not in ran.err


def test_of_a_name_that_two_bear_neither_is_taken(permits):
    _hold_only(permits, NEWS, TESTS, _news(id="0a0b0c0d11", name="Test"))
    ran = _import(permits)

    assert ran.code == 5
    assert "0a0b0c0d10 'Test'\n      0a0b0c0d11 'Test'\n" in ran.out
    assert yaml.safe_load((permits.state / "audiences.yaml").read_text()).keys() == {"permits-news"}


def test_a_senders_domain_once_declared_is_no_strangers(permits):
    _hold_only(permits, _sender(from_email="news@nhs.net"))
    remedy = _import(permits).err
    assert "own_domains: [nhs.net]" in remedy
    permits.edit("emailops.yaml", "own_domains: [", "own_domains: [nhs.net, ")
    assert _import(permits).code == 0
    _nothing_managed(permits)


class TestKeys:
    def test_without_an_account_or_a_key_it_names_the_flag(self, permits):
        assert_plain_failure(permits.run("import", "mailchimp", "--stage", "production"), "--key env:MAILCHIMP_KEY")

    def test_a_key_that_is_not_here(self, permits):
        del permits.environment["MAILCHIMP_KEY"]
        assert_plain_failure(_import(permits), "MAILCHIMP_KEY is not set")

    def test_of_a_strange_form_is_not_repeated(self, permits):
        permits.environment["MAILCHIMP_KEY"] = "hunter2"
        ran = _import(permits)
        assert_plain_failure(ran, "has the wrong form")
        assert "hunter2" not in ran.err

    def test_in_place_of_its_name_is_not_repeated(self, permits):
        ran = permits.run("import", "mailchimp", "--key", f"{MAILCHIMP_KEY}-us7", "--stage", "production")
        assert ran.code == 64
        assert MAILCHIMP_KEY not in ran.err

    def test_of_another_account_is_refused_by_the_gate(self, marketplace):
        marketplace.change_world(lambda world: audiences(world).append(OTHER_TEAM))
        marketplace.edit("emailops.yaml", "account_id: digital-marketplace-sandbox", "account_id: another")
        with nothing_written(marketplace):
            assert marketplace.run("import", "mailchimp", "--stage", "production").code == 4

    def test_no_owner_for_it(self, permits):
        (permits.state / "emailops.yaml").write_text(NOBODY)
        with nothing_written(permits):
            assert_plain_failure(_import(permits), "the key needs an owner")


def test_what_somebody_changes_afterwards_is_a_change(permits):
    _import(permits)
    permits.change_world(lambda world: audience(world, NEWS["id"]).update(permission_reminder="Another"))
    assert managed(permits.plan()) == {"mailchimp-audience/permits-news": "update"}


def test_nothing_but_the_two_providers_can_be_imported(minimal):
    assert minimal.run("import", "letters").code == 64


def test_the_recorded_ids_of_others_are_left_alone(marketplace):
    ran = marketplace.run("import", "mailchimp", "--stage", "production")
    assert "nothing to import" in ran.out
    assert DOS5_ID in (marketplace.state / "recorded/production.yaml").read_text()
