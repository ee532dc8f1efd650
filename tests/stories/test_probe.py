"""A probe sends what it says, once, and turns what people attested into verified, contradicted or unknown."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from emailops.errors import LostAnswer, ProviderError, Unreachable
from emailops.private import Secret
from emailops.providers.notify import NotifyReader
from emailops.providers.sender import Sender
from emailops.run import Run
from emailops.sandbox import Sandbox
from emailops.tasks import probe as probes
from tests.playing import Play, play
from tests.providers.waiting import Waiting
from tests.stories.telling import nothing_written, tree
from tests.world import accounts_for, declaration_of

SAFE = "success@simulator.amazonses.com"
SMOKE = "simulate-delivered@notifications.service.gov.uk"
SEND, STATUS, TEMPLATES = "POST /v2/notifications/email", "GET /v2/notifications/*", "GET /v2/templates"
LISTED = [SAFE]


def _service(world):
    return world["notify"]["services"][0]


def _arrange(play, *, key=None, kind=None, guests=LISTED, trial=False, ends="delivered"):
    """What Notify really holds, and how a mail ends there."""

    def change(world):
        service = _service(world)
        service.update(guest_list=list(guests), trial=trial)
        for held in service["keys"]:
            if held["name"] == key and kind:
                held["kind"] = kind

    play.change_world(change)
    body = {"status": ends}
    play.sandbox.set_faults([{"route": STATUS, "do": "status", "status": 200, "body": body}])


def _probe(play, stage, *arguments, **environment):
    return play.run("probe", stage, "--yes", "--format", "json", *arguments, **environment)


def _results(ran):
    return {fact["field"]: fact["result"] for fact in ran.json["facts"] if fact["field"] != "answers"}


def _sent(play):
    return [request for request in play.sandbox.requests if request.method == "POST"]


V, C, U = "verified", "contradicted", "unknown"

# The stage (and so the declared key), how it really is at Notify: kind, trial, guest list, redirect target; exit code.
FACTS = [
    ("staging", {}, (V, U, U, V), 0),
    ("staging", {"guests": []}, (V, U, C, C), 2),
    ("staging", {"guests": ["success+1@simulator.amazonses.com"]}, (V, U, C, C), 2),
    ("staging", {"guests": [SAFE.upper()]}, (V, U, U, V), 0),
    ("staging", {"kind": "live"}, (C, U, U, U), 2),
    ("staging", {"kind": "test"}, (C, U, U, U), 2),
    ("staging", {"trial": True}, (V, U, U, V), 0),
    ("staging", {"kind": "live", "trial": True}, (C, C, U, V), 2),
    ("staging", {"ends": "permanent-failure"}, (V, U, U, C), 2),
    ("staging", {"ends": "temporary-failure"}, (V, U, U, U), 0),
    ("staging", {"ends": "technical-failure"}, (V, U, U, U), 0),
    ("preview", {}, (U, U, U, U), 0),
    ("preview", {"guests": []}, (U, U, U, U), 0),
    ("preview", {"kind": "live"}, (U, U, U, U), 0),
    ("preview", {"kind": "team"}, (C, U, U, V), 2),
    ("preview", {"kind": "team", "guests": []}, (C, U, C, C), 2),
    ("preview", {"trial": True}, (U, U, U, U), 0),
    ("production", {}, (U, U, U, U), 0),
    ("production", {"kind": "test"}, (U, U, U, U), 0),
    ("production", {"kind": "team"}, (C, U, U, V), 2),
    ("production", {"trial": True}, (V, C, U, V), 2),
    ("production", {"trial": True, "guests": []}, (V, C, C, C), 2),
    ("production", {"ends": "permanent-failure"}, (U, U, U, C), 2),
]


@pytest.mark.few(2)
@pytest.mark.parametrize(("stage", "world", "results", "code"), FACTS, ids=str)
def test_each_fact_is_proven_disproven_or_left_open(marketplace, stage, world, results, code):
    _arrange(marketplace, key=stage, **world)
    ran = _probe(marketplace, stage)
    assert _results(ran) == dict(zip(("kind", "trial", "holds", "redirect to"), results, strict=True))
    assert ran.code == code
    assert ran.json["counts"] == {
        result: [fact["result"] for fact in ran.json["facts"]].count(result) for result in (V, C, U)
    }
    assert all(fact["why"] for fact in ran.json["facts"])


def test_mail_to_a_team_member_proves_nothing_of_the_guest_list(marketplace):
    _arrange(marketplace, guests=[])
    marketplace.change_world(lambda world: _service(world).update(team_members=[SAFE]))
    ran = _probe(marketplace, "staging")
    assert _results(ran) == {"kind": V, "trial": U, "holds": U, "redirect to": V}
    assert "a guest's and a team member's cannot be told apart" in ran.out


def test_what_is_sent_is_what_was_said_and_once(marketplace):
    _arrange(marketplace)
    ran = marketplace.run("probe", "staging", "--yes")
    said, _, found = ran.out.partition("found\n")
    assert "key staging, declared team · service marketplace" in said
    assert said.index(SMOKE) < said.index(SAFE)
    assert "change_password_alert" in said
    assert [(mail.path, mail.status) for mail in _sent(marketplace)] == [
        ("/v2/notifications/email", 400),
        ("/v2/notifications/email", 201),
    ]
    (message,) = marketplace.sandbox.state()["messages"]
    assert (message["recipient"], message["reference"]) == (SAFE, "emailops probe staging")
    assert "verified      notify-key/staging" in found
    assert found.splitlines()[-1] == "3 verified, 0 contradicted, 2 unknown"
    assert ran.err == ""


def test_a_stage_that_redirects_nothing_has_no_safe_address_and_gets_the_smoke_test_only(marketplace):
    ran = marketplace.run("probe", "development", "--yes")
    assert "no safe address" in ran.out
    assert SAFE not in ran.out
    assert len(_sent(marketplace)) == 1
    assert set(_results(_probe(marketplace, "development"))) == {"kind", "trial"}


def test_the_text_of_a_contradiction_says_what_to_do(marketplace):
    _arrange(marketplace, guests=[])
    out = marketplace.run("probe", "staging", "--yes").out
    assert "contradicted  notify-guest-list/marketplace" in out
    assert "team-only API key" in out
    assert "next: correct" in out.splitlines()[-1]


def test_json_alone_is_on_standard_output_and_what_will_be_sent_is_said_beside_it(marketplace):
    _arrange(marketplace)
    ran = _probe(marketplace, "staging")
    assert [mail["to"] for mail in ran.json["mails"]] == [SMOKE, SAFE]
    assert {key: ran.json[key] for key in ("stage", "service", "key", "template")} == {
        "stage": "staging",
        "service": "marketplace",
        "key": "staging",
        "template": "change_password_alert",
    }
    assert SAFE in ran.err


def test_nothing_is_noted_in_the_state(marketplace):
    before = tree(marketplace.state)
    _arrange(marketplace)
    _probe(marketplace, "staging")
    assert tree(marketplace.state) == before


class TestConsent:
    def test_is_asked_for_and_without_a_terminal_is_an_option(self, marketplace):
        with nothing_written(marketplace):
            ran = marketplace.run("probe", "staging")
        assert ran.code == 64
        assert "--yes" in ran.err
        assert SAFE in ran.out

    @pytest.mark.parametrize(
        ("arguments", "code", "said"),
        [
            (("stagin",), 64, "did you mean staging?"),
            (("shared",), 64, "one of"),
            (("staging", "--wait", "-1"), 64, "--wait"),
            (("staging", "--wait", "1000"), 64, "--wait"),
            (("staging", "--template", "change_password"), 64, "did you mean change_password_alert?"),
            (("staging", "--template", "ccs.framework_statistics_snapshot"), 64, "there is no email template"),
        ],
    )
    def test_what_cannot_be_meant_is_a_usage_error(self, marketplace, arguments, code, said):
        with nothing_written(marketplace):
            ran = marketplace.run("probe", *arguments, "--yes")
        assert (ran.code, said in ran.err) == (code, True), ran.err


class TestTheKey:
    def test_that_is_revoked_is_contradicted_and_nothing_is_sent(self, marketplace):
        marketplace.change_world(lambda world: [key.update(revoked=True) for key in _service(world)["keys"]])
        ran = marketplace.run("probe", "staging")
        assert ran.code == 2
        assert "sends nothing: Notify refuses the key" in ran.out
        assert "contradicted  notify-key/staging" in ran.out
        assert _sent(marketplace) == []
        assert set(_results(_probe(marketplace, "staging")).values()) == {U}

    def test_of_another_service_is_stopped_by_the_gate(self, marketplace):
        other = marketplace.environment["NOTIFY_KEY_CCS"]
        ran = _probe(marketplace, "staging", NOTIFY_KEY_STAGING=other)
        assert ran.code == 4
        assert marketplace.sandbox.requests == []
        assert other[-36:] not in ran.err

    def test_that_is_not_here_is_an_error_that_names_the_variable(self, marketplace):
        ran = _probe(marketplace, "staging", NOTIFY_KEY_STAGING=None)
        assert ran.code == 1
        assert "NOTIFY_KEY_STAGING is not set" in ran.err

    def test_and_a_host_that_does_not_answer_is_an_error_and_nothing_is_sent(self, marketplace):
        marketplace.sandbox.set_faults([{"route": TEMPLATES, "do": "cut-before"}])
        ran = _probe(marketplace, "staging")
        assert (ran.code, ran.out) == (1, "")
        assert "Notify did not answer" in ran.err
        assert _sent(marketplace) == []


class TestAnswersThatSayNothing:
    @pytest.mark.few(2)
    @pytest.mark.parametrize(
        "fault",
        [
            {"do": "cut-before"},
            {"do": "cut-after"},
            {"do": "truncate"},
            {"do": "status", "status": 500},
            {"do": "status", "status": 503, "body": "<html></html>"},
            {"do": "status-after", "status": 201, "body": "<html></html>"},
            {"do": "status-after", "status": 201, "body": {}},
            {"do": "status", "status": 429},
            {"do": "status", "status": 400, "body": {"errors": ["team-only api key"]}},
            {"do": "status", "status": 403, "body": {"errors": [{"error": "AuthError", "message": "trial mode"}]}},
        ],
        ids=str,
    )
    def test_leave_everything_unknown_and_no_mail_is_sent_again(self, marketplace, fault):
        _arrange(marketplace)
        marketplace.sandbox.set_faults([{"route": SEND, **fault}])
        ran = _probe(marketplace, "staging")
        assert set(_results(ran).values()) == {U}
        assert ran.code == 0
        assert len(_sent(marketplace)) == 2

    def test_of_the_status_leave_only_the_redirect_target_unknown(self, marketplace):
        _arrange(marketplace)
        marketplace.sandbox.set_faults([{"route": STATUS, "do": "status", "status": 500}])
        assert _results(_probe(marketplace, "staging")) == {"kind": V, "trial": U, "holds": U, "redirect to": U}

    def test_do_not_repeat_an_address(self, marketplace):
        said = {"errors": [{"error": "BadRequestError", "message": "ask anna@people.example"}]}
        _arrange(marketplace)
        marketplace.sandbox.set_faults([{"route": SEND, "do": "status", "status": 400, "body": said}])
        ran = _probe(marketplace, "staging")
        assert "anna" not in ran.out + ran.err
        assert "an address at people.example" in ran.out


def test_a_mail_that_has_not_ended_in_time_is_unknown_and_named(marketplace):
    _arrange(marketplace, ends="sending")
    ran = _probe(marketplace, "staging", "--wait", "0")
    assert _results(ran)["redirect to"] == U
    (message,) = marketplace.sandbox.state()["messages"]
    assert message["id"] in ran.json["facts"][-1]["why"]


def test_a_smoke_test_address_on_the_guest_list_proves_nothing(marketplace):
    guest = f"    - {{address: {SMOKE}, why: odd, until: 2027-01-01}}\n"
    marketplace.edit("notify.yaml", "  callback:", f"{guest}  callback:")
    _arrange(marketplace, guests=[SAFE, SMOKE])
    assert _results(_probe(marketplace, "staging")) == {"kind": U, "trial": U, "holds": U, "redirect to": U}


class TestAServiceInTrialMode:
    def test_as_declared_lets_a_test_key_write_to_anybody(self, minimal):
        assert _results(_probe(minimal, "development")) == {"kind": U, "trial": U}

    def test_shows_that_a_test_key_is_live(self, minimal):
        def change(world):
            world["notify"]["services"][1].update(trial=True)
            world["notify"]["services"][1]["keys"][0].update(kind="live")

        minimal.change_world(change)
        ran = _probe(minimal, "development")
        assert (_results(ran), ran.code) == ({"kind": C, "trial": V}, 2)

    def test_that_lets_a_live_key_write_to_anybody_is_none(self, minimal):
        minimal.edit("emailops.yaml", "permits: {service_id", "permits: {trial: true, service_id")
        minimal.change_world(lambda world: _service(world).update(trial=False))
        ran = _probe(minimal, "production", "--wait", "0")
        assert ran.code == 2
        assert {field: result for field, result in _results(ran).items() if field in ("kind", "trial")} == {
            "kind": C,
            "trial": C,
        }


class TestTheTemplate:
    def _world(self, play, change):
        _arrange(play)
        play.change_world(lambda world: [change(template) for template in _service(world)["templates"]])

    def test_with_the_fewest_placeholders_is_sent_and_each_gets_a_harmless_value(self, marketplace):
        self._world(marketplace, lambda held: held.update(body="Dear ((name)), ((late??it is late)) ((Link))"))
        ran = marketplace.run("probe", "staging", "--yes")
        (message,) = marketplace.sandbox.state()["messages"]
        assert message["personalisation"] == {"name": "test", "late": "test", "Link": "test"}
        assert "name, late, Link: each is 'test'" in ran.out

    def test_with_sensitive_placeholders_is_sent_only_when_it_is_named(self, marketplace):
        self._world(marketplace, lambda held: held.update(archived=held["name"] != "reset_password"))
        refused = _probe(marketplace, "staging")
        assert refused.code == 1
        assert "--template reset_password" in refused.err
        assert _sent(marketplace) == []
        assert _probe(marketplace, "staging", "--template", "reset_password").code == 0
        assert marketplace.sandbox.state()["messages"][0]["personalisation"] == {"url": "test"}

    def test_that_is_nowhere_is_an_error(self, marketplace):
        other = {"id": "00000000-0000-4000-8000-00000000000f", "name": "other", "subject": "S", "body": "B"}
        marketplace.change_world(lambda world: _service(world).update(templates=[other]))
        ran = _probe(marketplace, "staging")
        assert ran.code == 1
        assert "lists no declared email template of marketplace" in ran.err

    def test_that_notify_does_not_list_is_an_error(self, marketplace):
        self._world(marketplace, lambda held: held.update(archived=held["name"] == "change_password_alert"))
        ran = _probe(marketplace, "staging", "--template", "change_password_alert")
        assert ran.code == 1
        assert "does not list" in ran.err
        assert _probe(marketplace, "staging").json["template"] != "change_password_alert"


def test_a_state_with_findings_is_not_probed(marketplace):
    marketplace.edit("stages/staging.yaml", "key: staging", "key: production")
    assert _probe(marketplace, "staging").code == 3
    assert marketplace.sandbox.requests == []


class TestWaiting:
    """The sandbox's clock goes on only as the probe pauses."""

    def _facts(self, folder, wait, then=None):
        with play(folder) as base:
            declaration = declaration_of(base.state)
            pauses = []
            accounts = accounts_for(declaration)
            accounts["notify"]["services"][0]["guest_list"] = LISTED
            started = datetime.now(UTC)
            with Sandbox(accounts, clock=lambda: started + timedelta(seconds=sum(pauses))) as sandbox:
                playing = Play(base.folder, sandbox, base.environment)
                environment = {**playing.environment, "EMAILOPS_NOTIFY_URL": sandbox.notify_url}
                run = Run(environment, started, date(2026, 11, 24), base.folder)
                run = replace(run, pause=pauses.append)
                facts = probes.probe(probes.intend(run, "staging"), run, wait)
        return facts[-1].result, pauses

    def test_is_until_the_mail_has_ended(self, tmp_path):
        assert self._facts(tmp_path, 60) == (V, [0, 1, 2])

    def test_is_no_longer_than_was_asked_for(self, tmp_path):
        assert self._facts(tmp_path, 2) == (U, [0, 1, 1])


# What the mail meets, and what it is then.
SENDING = [
    ({"do": "cut-before"}, LostAnswer),
    ({"do": "cut-after"}, LostAnswer),
    ({"do": "truncate"}, LostAnswer),
    ({"do": "status", "status": 503}, LostAnswer),
    ({"do": "status-after", "status": 504}, LostAnswer),
    ({"do": "status-after", "status": 201}, LostAnswer),
    ({"do": "status-after", "status": 201, "body": {"id": 7}}, LostAnswer),
    ({"do": "status-after", "status": 201, "body": {"id": "../templates"}}, LostAnswer),
]


@pytest.mark.parametrize(("fault", "error"), SENDING, ids=str)
def test_a_mail_whose_answer_is_lost_may_have_been_sent_and_is_not_sent_again(marketplace, fault, error):
    marketplace.sandbox.set_faults([{"route": SEND, **fault}])
    key = Secret(marketplace.environment["NOTIFY_KEY_STAGING"])
    service, url = "00000000-0000-4000-8000-000000000001", marketplace.sandbox.notify_url
    waiting = Waiting()
    template = _service(marketplace.sandbox.state())["templates"][0]["id"]
    with closing(Sender(key, url, service, str, patience=waiting.patience())) as sender, pytest.raises(error):
        sender.send(SAFE, template, {}, "a test")
    assert len(marketplace.sandbox.requests) == 1
    assert waiting.pauses == []


def test_a_host_that_is_not_there_was_sent_nothing(tmp_path):
    with play(tmp_path) as playing:
        key, url = Secret(playing.environment["NOTIFY_KEY_STAGING"]), playing.sandbox.notify_url
    service = "00000000-0000-4000-8000-000000000001"
    with closing(Sender(key, url, service, str, patience=Waiting().patience())) as sender, pytest.raises(Unreachable):
        sender.send(SAFE, service, {}, "a test")


@pytest.mark.parametrize("body", [{}, [], {"state": 1}], ids=str)
def test_a_status_that_cannot_be_read_is_an_error_of_ours(marketplace, body):
    marketplace.sandbox.set_faults([{"route": STATUS, "do": "status", "status": 200, "body": body}])
    key = Secret(marketplace.environment["NOTIFY_KEY_STAGING"])
    service, url = "00000000-0000-4000-8000-000000000001", marketplace.sandbox.notify_url
    with (
        closing(NotifyReader(key, url, service, str, patience=Waiting().patience())) as reader,
        pytest.raises(ProviderError),
    ):
        reader.status("00000000-0000-4000-8000-000000000009")
