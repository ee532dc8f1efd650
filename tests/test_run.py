"""The environment: which references may be read, which hosts may be spoken to, and that nothing secret shows."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from emailops.errors import InvalidInput, UsageError
from emailops.private import Address, Secret
from emailops.run import NOTIFY_HOST, Run, from_machine

HIDDEN = "5ec5e700-hidden"


def _settings(directory=Path("/nowhere"), **environment):
    return Run(environment, datetime(2026, 11, 24, 6, tzinfo=UTC), date(2026, 11, 24), directory)


# EMAILOPS_SECRETS (None: unset), a reference, whether it may be read.
ALLOWED = [
    (None, "env:NOTIFY_KEY", True),
    (None, "env:NOTIFY_KEY_STAGING", True),
    (None, "env:MAILCHIMP_KEY", True),
    (None, "env:MAILCHIMP_KEY_2", True),
    (None, "env:notify_key_staging", False),
    (None, "env:MY_NOTIFY_KEY", False),
    (None, "env:HOME", False),
    (None, "env:AWS_SECRET_ACCESS_KEY", False),
    (None, "env:", False),
    (None, "file:NOTIFY_KEY", False),
    (None, "file:/etc/passwd", False),
    ("", "env:NOTIFY_KEY", False),
    (" ", "env:NOTIFY_KEY", False),
    ("env:NOTIFY_KEY", "env:NOTIFY_KEY", True),
    ("env:NOTIFY_KEY", "env:NOTIFY_KEY_STAGING", False),
    ("env:NOTIFY_KEY_STAGING", "env:NOTIFY_KEY", False),
    ("NOTIFY_KEY", "env:NOTIFY_KEY", False),
    ("env:*", "env:NOTIFY_KEY", False),
    ("env:OTHER", "env:OTHER", True),
    ("env:A,env:OTHER", "env:OTHER", True),
    ("env:A env:OTHER", "env:OTHER", True),
    ("env:A,\n env:OTHER ,", "env:OTHER", True),
    ("env:A,env:OTHER", "env:A,env:OTHER", False),
    ("env:A", "", False),
    ("", "", False),
    (None, "", False),
]


@pytest.mark.parametrize(("allowed", "reference", "is_read"), ALLOWED)
def test_only_references_that_are_allowed_whole_are_read(tmp_path, allowed, reference, is_read):
    name = reference.partition(":")[2]
    environment = {name: HIDDEN} if name else {}
    if allowed is not None:
        environment["EMAILOPS_SECRETS"] = allowed
    secret, reason = _settings(tmp_path, **environment).secret(reference)
    assert (secret is not None) is is_read
    assert bool(reason) is not is_read
    assert HIDDEN not in reason
    if is_read:
        assert secret.reveal() == HIDDEN


@pytest.mark.parametrize(
    ("environment", "reference", "remedy"),
    [
        ({}, "env:DATABASE_URL", 'export EMAILOPS_SECRETS="env:DATABASE_URL"'),
        (
            {"NOTIFY_KEY_A": "a", "MAILCHIMP_KEY": "b", "OTHER": "c"},
            "env:DATABASE_URL",
            'export EMAILOPS_SECRETS="env:MAILCHIMP_KEY env:NOTIFY_KEY_A env:DATABASE_URL"',
        ),
        ({"EMAILOPS_SECRETS": " "}, "file:key", 'export EMAILOPS_SECRETS="file:key"'),
        ({"EMAILOPS_SECRETS": "env:A"}, "env:B", 'export EMAILOPS_SECRETS="$EMAILOPS_SECRETS env:B"'),
        ({}, "env:NOTIFY_KEY_TRIAL", "export NOTIFY_KEY_TRIAL, then run it again"),
        ({"EMAILOPS_SECRETS": "file:key"}, "file:key", "write it into key, then run it again"),
    ],
)
def test_what_is_not_here_has_a_remedy_of_its_own(tmp_path, environment, reference, remedy):
    with pytest.raises(InvalidInput, match=r"there is no token: ") as refused:
        _settings(tmp_path, **environment).required(reference, "there is no token")
    assert refused.value.remedy == remedy


class TestSecrets:
    def test_a_file_is_read_when_its_whole_reference_is_allowed(self, tmp_path):
        (tmp_path / "keys").mkdir()
        (tmp_path / "keys/notify").write_text(f"  {HIDDEN}\n")
        secret, _ = _settings(tmp_path, EMAILOPS_SECRETS="file:keys/notify").secret("file:keys/notify")
        assert secret.reveal() == HIDDEN
        assert _settings(tmp_path, EMAILOPS_SECRETS="file:keys").secret("file:keys/notify")[0] is None
        assert _settings(tmp_path, EMAILOPS_SECRETS="file:keys/notify").secret("file:./keys/notify")[0] is None

    @pytest.mark.parametrize("text", ["", " ", "\n\t"])
    def test_an_empty_one_is_none_and_the_reason_names_it(self, tmp_path, text):
        assert _settings(NOTIFY_KEY_A=text).secret("env:NOTIFY_KEY_A") == (None, "NOTIFY_KEY_A is not set")
        (tmp_path / "key").write_text(text)
        secret, reason = _settings(tmp_path, EMAILOPS_SECRETS="file:key").secret("file:key")
        assert secret is None
        assert "file:key" in reason

    def test_a_file_that_is_not_there_or_no_text_or_a_folder_is_none(self, tmp_path):
        (tmp_path / "binary").write_bytes(b"\xff\xfe")
        (tmp_path / "folder").mkdir()
        for name in ("missing", "binary", "folder"):
            secret, reason = _settings(tmp_path, EMAILOPS_SECRETS=f"file:{name}").secret(f"file:{name}")
            assert secret is None
            assert name in reason


HOSTS = [
    ("https://notify.example", True),
    ("https://notify.example:8443", True),
    ("https://notify.example/", True),
    ("HTTPS://Notify.Example", True),
    ("http://127.0.0.1:8025", True),
    ("http://localhost:8025", True),
    ("http://LOCALHOST", True),
    ("http://[::1]:8025", True),
    ("http://notify.example", False),
    ("http://127.0.0.1.evil.example", False),
    ("http://localhost.evil.example", False),
    ("http://10.0.0.1", False),
    ("http://0.0.0.0", False),
    ("http://127.0.0.1@evil.example", False),
    ("http://evil.example#@127.0.0.1", False),
    ("http://evil.example?@127.0.0.1", False),
    ("http://evil.example\\@127.0.0.1", False),
    ("https://user@notify.example", False),
    ("https://user:secret@notify.example", False),
    ("https://:secret@notify.example", False),
    ("https://@notify.example", False),
    ("https://notify.example?x=1", False),
    ("https://notify.example#x", False),
    ("https://", False),
    ("https:notify.example", False),
    ("//notify.example", False),
    ("notify.example", False),
    ("ftp://notify.example", False),
    ("file:///etc/passwd", False),
    ("javascript:alert(1)", False),
    ("https://[::1", False),
    ("https://notify.example:port", False),
    ("https://notify.example:99999", False),
    ("https://notify example", False),
    ("https://notify.example\r\nX-Header: 1", False),
]


@pytest.mark.parametrize(("url", "is_taken"), HOSTS)
@pytest.mark.parametrize("variable", ["EMAILOPS_NOTIFY_URL", "EMAILOPS_MAILCHIMP_URL"])
def test_another_host_is_https_or_on_this_machine_and_nothing_but_a_host(url, is_taken, variable):
    run = _settings(**{variable: url})

    def read():
        return run.notify_url if variable == "EMAILOPS_NOTIFY_URL" else run.mailchimp_url("us1")

    if is_taken:
        assert read().lower().startswith(url.lower().rstrip("/"))
    else:
        with pytest.raises(InvalidInput) as refused:
            read()
        assert variable in refused.value.message
        assert "secret" not in f"{refused.value.message} {refused.value.remedy}"
        assert refused.value.remedy


class TestHosts:
    def test_are_constants_unless_the_job_says_otherwise(self):
        assert _settings().notify_url == NOTIFY_HOST == "https://api.notifications.service.gov.uk"
        assert _settings().mailchimp_url("us7") == "https://us7.api.mailchimp.com/3.0/"
        assert _settings(EMAILOPS_NOTIFY_URL="", EMAILOPS_MAILCHIMP_URL="").notify_url == NOTIFY_HOST

    @pytest.mark.parametrize(
        "url", ["http://localhost:1", "http://localhost:1/", "http://localhost:1/3.0", "http://localhost:1/3.0/"]
    )
    def test_mailchimps_ends_as_its_client_needs_it(self, url):
        assert _settings(EMAILOPS_MAILCHIMP_URL=url).mailchimp_url("us1") == "http://localhost:1/3.0/"

    @pytest.mark.parametrize(
        "url", ["https://gateway.example/notify", "https://gateway.example/notify/", "http://[::1]:1/v2"]
    )
    def test_notifys_has_no_path_since_its_client_would_go_elsewhere(self, url):
        with pytest.raises(InvalidInput, match="path"):
            _ = _settings(EMAILOPS_NOTIFY_URL=url).notify_url


class TestPeople:
    def test_are_addresses_by_handle(self, tmp_path):
        (tmp_path / "people.json").write_text(json.dumps({"anna": "anna@people.example", "otto": None, "ida": 7}))
        people = _settings(tmp_path, EMAILOPS_PEOPLE="people.json").people()
        assert {handle: address.reveal() for handle, address in people.items()} == {"anna": "anna@people.example"}
        assert all(isinstance(address, Address) for address in people.values())
        assert "anna@" not in repr(people)

    @pytest.mark.parametrize("content", [b"{", b"[]", b"null", b'"anna@x"', b"\xff", b"[" * 99_999, b""])
    def test_a_file_of_another_form_is_an_error_that_holds_none_of_it(self, tmp_path, content):
        (tmp_path / "people.json").write_bytes(content + b" anna@people.example" * bool(content[:1] != b"["))
        with pytest.raises(InvalidInput) as refused:
            _settings(tmp_path, EMAILOPS_PEOPLE="people.json").people()
        said = f"{refused.value.message} {refused.value.remedy} {refused.value.__cause__}"
        assert "EMAILOPS_PEOPLE" in said
        assert "anna@" not in said

    def test_no_file_and_no_name_are_errors_that_name_the_variable(self, tmp_path):
        for environment in ({}, {"EMAILOPS_PEOPLE": ""}, {"EMAILOPS_PEOPLE": "missing"}, {"EMAILOPS_PEOPLE": "."}):
            with pytest.raises(InvalidInput, match="EMAILOPS_PEOPLE"):
                _settings(tmp_path, **environment).people()


class TestState:
    def test_is_named_or_beside_or_here(self, tmp_path):
        assert _settings(tmp_path).state == tmp_path
        (tmp_path / "state").mkdir()
        assert _settings(tmp_path).state == tmp_path, "a folder of that name need not be a state"
        (tmp_path / "state/emailops.yaml").touch()
        assert _settings(tmp_path).state == tmp_path / "state"
        assert _settings(tmp_path, EMAILOPS_STATE="other").state == tmp_path / "other"
        assert _settings(tmp_path, EMAILOPS_STATE="/abs").state == Path("/abs")


@pytest.mark.parametrize(
    ("environment", "is_pipeline"),
    [
        ({}, False),
        ({"JENKINS_URL": ""}, False),
        ({"JENKINS_URL": "https://ci.example"}, True),
        ({"EMAILOPS_PIPELINE": "1"}, True),
        ({"CI": "true"}, False),
    ],
)
def test_the_pipeline_that_applies_is_known_by_its_environment(environment, is_pipeline):
    assert _settings(**environment).is_pipeline is is_pipeline


def test_no_repr_shows_the_environment():
    run = _settings(NOTIFY_KEY_A=HIDDEN, PATH="/bin")
    for shown in (repr(run), str(run), f"{run}", repr([run])):
        assert HIDDEN not in shown
        assert "NOTIFY_KEY_A" not in shown


class TestThisMachine:
    def test_a_day_may_be_given_and_is_else_utcs(self):
        assert from_machine("2026-02-28").today == date(2026, 2, 28)
        run = from_machine()
        assert run.now.tzinfo is UTC
        assert run.today == run.now.date()

    @pytest.mark.parametrize("day", ["2026-02-29", "yesterday", "20261124T00", "2026-11-24 "])
    def test_a_day_that_is_none_is_a_usage_error(self, day):
        with pytest.raises(UsageError, match="--today"):
            from_machine(day)

    def test_a_secret_of_it_is_a_secret(self, monkeypatch):
        monkeypatch.setenv("NOTIFY_KEY_A", HIDDEN)
        secret, _ = from_machine().secret("env:NOTIFY_KEY_A")
        assert isinstance(secret, Secret)
        assert HIDDEN not in f"{secret} {secret!r}"


@pytest.mark.parametrize(("text", "seconds"), [(None, 60), ("", 60), ("0", 0), ("5", 5), ("9999", 9999)])
def test_patience_is_a_minute_or_what_the_environment_says(text, seconds):
    run = _settings(**({} if text is None else {"EMAILOPS_PATIENCE": text}))
    assert run.patience.seconds == seconds
    assert run.patience.pause is run.pause


@pytest.mark.parametrize("text", ["-1", "1.5", "1e3", "a minute", " 5", "5\n", "10000", "٣"])
def test_patience_of_another_form_is_an_error(text):
    with pytest.raises(InvalidInput) as refused:
        _ = _settings(EMAILOPS_PATIENCE=text).patience
    assert "EMAILOPS_PATIENCE" in refused.value.message
