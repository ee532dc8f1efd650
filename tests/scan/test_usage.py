"""`scan usage`: what code reads and should not, or is said to read and does not, in every language."""

from __future__ import annotations

from typing import ClassVar

import pytest
import yaml

from tests.playing import Play

RESET = "4ae02cdd-65fd-417f-8c24-61260229f9af"
NEWS = "7534b3e89a"


def code(play: Play, files: dict[str, str], folder: str = "code") -> str:
    for path, content in files.items():
        file = play.folder / folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    return folder


def scanned(play: Play, files: dict[str, str], consumer: str = "user-frontend") -> list[dict]:
    ran = play.run("scan", "usage", code(play, files), "--consumer", consumer, "--format", "json")
    assert ran.code in (0, 3), ran.err
    return [finding for finding in ran.json["findings"] if finding["severity"] == "error"]


def told(found: list[dict]) -> list[tuple[int, str, str]]:
    return [(finding["line"], finding["rule"], finding["subject"]) for finding in found]


@pytest.mark.few(3)
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.py", "current_app.config['NOTIFY_TEMPLATES']['create_user_account']"),
        ("a.py", "templates = app.config['NOTIFY_TEMPLATES']; templates.get('create_user_account')"),
        ("a.py", "client.send_email(to, template_name_or_id='create_user_account')"),
        ("a.py", "client.send_email(to, 'create_user_account', {})"),
        ("a.rb", "CONFIG['NOTIFY_TEMPLATES']['create_user_account']"),
        ("a.rb", "NOTIFY_TEMPLATES.fetch(:create_user_account)"),
        ("a.js", "const id = config.NOTIFY_TEMPLATES['create_user_account']"),
        ("a.js", "const id = NOTIFY_TEMPLATES.create_user_account"),
        ("a.ts", "const id: string = NOTIFY_TEMPLATES['create_user_account']"),
        ("A.java", 'class A { String id = NOTIFY_TEMPLATES.get("create_user_account"); }'),
        ("job.yml.j2", "id: {{ NOTIFY_TEMPLATES['create_user_account'] }}"),
    ],
)
def test_a_template_that_is_read_and_not_declared(marketplace, name, text):
    [found] = scanned(marketplace, {name: f"\n{text}\n"})

    assert (found["line"], found["rule"]) == (2, "usage-template-undeclared")
    assert found["message"] == "create_user_account is read, and user-frontend does not declare it"


def test_a_template_of_no_name_that_is_declared(marketplace):
    [found] = scanned(marketplace, {"a.py": "config['NOTIFY_TEMPLATES']['framework_1_agreed']"})

    assert found["message"] == "the template framework_1_agreed is read, and there is none of this name"


def test_what_only_shares_a_name_with_a_template_is_none(marketplace):
    lines = ["url_for('.create_user_account')", "def create_user_account(): pass", "x['create_user_account']"]

    assert scanned(marketplace, {"a.py": "\n".join(lines)}) == []


def test_a_template_that_is_only_kept(marketplace):
    lines = "c['NOTIFY_TEMPLATES']['framework-application-question']"
    [found] = scanned(marketplace, {"a.py": lines}, "supplier-frontend")

    assert "supplier-frontend only keeps it" in found["message"]


@pytest.mark.few(3)
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.py", f"TEMPLATE = '{RESET}'"),
        ("a.rb", f"TEMPLATE = '{RESET.upper()}'"),
        ("a.js", f"const T = `{RESET}`"),
        ("a.ts", f"const T = '{RESET}'"),
        ("A.java", f'class A {{ String t = "{RESET}"; }}'),
        ("job.j2", f"{{% set notify_template_id = '{RESET}' %}}"),
        ("job.j2", f"id: {RESET}"),
        ("job.yml", f"id: {RESET}"),
        ("run.sh", f"--list {RESET}"),
    ],
)
def test_an_id_in_code(marketplace, name, text):
    [found] = scanned(marketplace, {name: f"\n{text}\n"})

    assert told([found]) == [(2, "usage-id", "notify-template/reset_password")]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.py", "client.send_email_notification(to, template_id='{id}')"),
        ("a.rb", "client.send_email(email_address: to, template_id: '{id}')"),
        ("a.js", "client.sendEmail('{id}', to)"),
        ("A.java", 'class A {{ void f() {{ client.sendEmail("{id}", to); }} }}'),
    ],
)
def test_a_template_that_is_sent_by_an_id_of_none_that_is_declared(marketplace, name, text):
    id_ = "9a1f3c52-7be4-4d06-8a2e-61c0f7b3d915"
    found = scanned(marketplace, {name: f"\n{text.format(id=id_)}\n"})

    assert told(found) == [(2, "usage-template-undeclared", id_)]
    assert found[0]["message"] == "a template is sent by an id, and none of this id is declared"


def test_an_id_of_an_audience_and_of_a_reply_to(marketplace):
    lines = f"LIST = '{NEWS}'\nREPLY = '24908180-b64e-513d-ab48-fdca677cec52'\nOTHER = '0123456789'\n"

    assert told(scanned(marketplace, {"a.py": lines})) == [
        (1, "usage-id", "mailchimp-audience/framework-updates"),
        (2, "usage-id", "notify-reply-to/enquiries"),
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.py", "os.environ['DM_NOTIFY_KEY']"),
        ("a.py", "os.getenv('DM_NOTIFY_KEY')"),
        ("a.rb", "ENV['DM_NOTIFY_KEY']"),
        ("a.rb", "ENV.fetch('DM_NOTIFY_KEY')"),
        ("a.js", "process.env.DM_NOTIFY_KEY"),
        ("a.ts", "process.env['DM_NOTIFY_KEY']"),
        ("A.java", 'class A { String k = System.getenv("DM_NOTIFY_KEY"); }'),
    ],
)
def test_a_variable_that_nothing_sets(marketplace, name, text):
    [found] = scanned(marketplace, {name: text})

    assert (found["rule"], found["remedy"]) == ("usage-setting-undeclared", "read DM_NOTIFY_API_KEY")


def test_a_setting_of_another_consumer(marketplace):
    [found] = scanned(marketplace, {"a.py": "config['DM_API_CALLBACK_AUTH_TOKENS']"})

    assert found["message"] == "DM_API_CALLBACK_AUTH_TOKENS is read, and user-frontend does not get it"


def test_a_literal_that_wins_over_a_generated_value(marketplace):
    lines = [
        "from app import email_config",
        "class Live(email_config.Live):",
        "    NOTIFY_TEMPLATES = {}",
        "    DEBUG = False",
    ]

    assert told(scanned(marketplace, {"config.py": "\n".join(lines)})) == [(3, "usage-override", "NOTIFY_TEMPLATES")]


class TestSendsWithoutRedirects:
    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("a.py", "client = DMNotifyClient(key, logger=log)"),
            ("a.py", "NotificationsAPIClient(key)"),
            ("a.rb", "Notifications::Client.new(key)"),
            ("a.js", "const c = new NotifyClient(key)"),
            ("A.java", "class A { Object c = new NotificationClient(key); }"),
        ],
    )
    def test_are_found(self, marketplace, name, text):
        [found] = scanned(marketplace, {name: text})

        assert found["rule"] == "usage-unredirected"

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("a.py", "DMNotifyClient(key, redirect_domains_to_address=DEFAULT_REDIRECT_DOMAINS)"),
            ("a.py", "DMNotifyClient()"),
            ("a.py", "partial(DMNotifyClient, redirect_domains_to_address=x)"),
            ("a.js", "new NotifyClient(key, {redirects: config.REDIRECTS})"),
        ],
    )
    def test_that_redirect_are_not(self, marketplace, name, text):
        assert scanned(marketplace, {name: text}) == []

    def test_what_is_declared_to_be_sent_so_may(self, marketplace):
        marketplace.edit("consumers/user-frontend.yaml", "templates:", "unredirected: [reset_password]\ntemplates:")
        files = {
            "a.py": "DMNotifyClient(key).send_email(to, 'reset_password')",
            "b.py": "DMNotifyClient(key).send_email(to, 'change_password_alert')",
        }
        [found] = scanned(marketplace, files)

        assert found["path"] == "code/b.py"
        assert found["message"].endswith("whoever it names, change_password_alert among it")


@pytest.mark.parametrize("name", ["a.py", "a.rb", "a.js", "a.sh", "a.yml"])
def test_a_retired_provider(marketplace, name):
    text = {"a.py": "import mandrill", "a.rb": "require 'mandrill'", "a.js": "const mandrill = require('mandrill')"}
    found = scanned(marketplace, {name: text.get(name, "MANDRILL_KEY=x")})

    assert {finding["rule"] for finding in found} == {"usage-retired"}


def test_what_is_declared_and_read_by_nothing_is_a_warning(marketplace):
    files = {"a.py": "config['NOTIFY_TEMPLATES']['reset_password']; config['DM_NOTIFY_API_KEY']"}
    ran = marketplace.run("scan", "usage", code(marketplace, files), "--consumer", "user-frontend", "--format", "json")
    warned = {
        (finding["rule"], finding["subject"]) for finding in ran.json["findings"] if finding["severity"] == "warning"
    }

    assert ran.code == 0
    assert ("usage-template-unread", "change_password_alert") in warned
    assert ("usage-setting-unread", "DM_NOTIFY_REDIRECT_DOMAINS_TO_ADDRESS") in warned
    assert not any(subject in ("reset_password", "DM_NOTIFY_API_KEY") for _, subject in warned)


def test_tests_and_generated_files_are_not_the_consumers_code(marketplace):
    marketplace.run("generate", "user-frontend", "--into", "code")
    files = {"tests/test_a.py": f"ID = '{RESET}'", "spec/a_spec.rb": f"ID = '{RESET}'", "a.test.js": f"'{RESET}'"}

    assert scanned(marketplace, files) == []


@pytest.mark.parametrize(
    ("name", "text"), [("a.py", r"A = '\ud800'"), ("a.js", r"a = '\ud800'"), ("b.rb", "a = '\0\x7f'")]
)
def test_a_text_that_is_none_does_no_harm(marketplace, name, text):
    assert scanned(marketplace, {name: text}) == []


def test_what_cannot_be_parsed_is_said_and_read_as_text(marketplace):
    ran = marketplace.run(
        *("scan", "usage", code(marketplace, {"a.py": f"print 'x'\nT = '{RESET}'"}), "--consumer", "user-frontend"),
        *("--format", "json"),
    )

    assert ran.json["unread"] == [{"path": "code/a.py", "why": "not Python 3, at line 1"}]
    assert [finding["rule"] for finding in ran.json["findings"] if finding["severity"] == "error"] == ["usage-id"]


class TestUpdate:
    FILES: ClassVar = {
        "app.py": "t = c['NOTIFY_TEMPLATES']; t['create_user_account'], t['framework-application-question']",
        "jobs/mail.py": "DMNotifyClient(key).send_email(to, 'create_user_account')",
    }

    def test_writes_what_the_code_says_and_then_finds_nothing(self, marketplace):
        folder = code(marketplace, self.FILES, "digitalmarketplace-supplier-frontend")
        assert marketplace.run("scan", "usage", folder).code == 3
        ran = marketplace.run("scan", "usage", folder, "--update")

        assert (ran.code, ran.out) == (0, "supplier-frontend: templates, keeps, unredirected written\n")
        text = (marketplace.state / "consumers/supplier-frontend.yaml").read_text()
        held = yaml.safe_load(text)
        assert held["templates"] == ["create_user_account", "framework-application-question"]
        assert held["keeps"][-1] == "framework_agreement_signature_page"
        assert held["unredirected"] == ["create_user_account"]
        assert "# An id is no secret." in text
        again = marketplace.run("scan", "usage", folder, "--format", "json")
        assert [finding for finding in again.json["findings"] if finding["severity"] == "error"] == []
        assert marketplace.run("scan", "usage", folder, "--update").out == "supplier-frontend says so already\n"

    def test_whose_code_it_is_must_be_known(self, marketplace):
        ran = marketplace.run("scan", "usage", code(marketplace, self.FILES))

        assert ran.code == 64
        assert "--consumer NAME says whose code it is" in ran.err
