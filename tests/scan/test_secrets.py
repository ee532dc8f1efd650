"""`scan secrets`: each sort of key is found, told without its value, and let be where somebody said why."""

from __future__ import annotations

import hashlib
import json

import pytest

from tests.playing import Play

SERVICE = "00000000-0000-4000-8000-000000000001"
OTHER = "9a1f3c52-7be4-4d06-8a2e-61c0f7b3d915"
SECRET = "c4e7a093-5b1d-4f82-9e36-0d7b28a1f5c4"
MAILCHIMP = "3f9c1a7e5b2d8046e1f7a3c9b5d02e84-us9"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiI5YTFmM2M1MiJ9.Qm9k7wX2vT5nL8pR"
TOKEN = "Zk3vT9qLm2Xw8RbN5hYc"
STAND_INS = (
    "not_a_real_key-00000000-fake-uuid-0000-000000000000",
    "not_a_real_key",
    "myToken",
    "myCallbackToken",
    "notify-api-key-00000000-0000-4000-8000-000000000001-00000000-0000-4000-8000-000000000002",
    "0123456789abcdef0123456789abcdef-us1",
    "11111111111111111111111111111111-us9",
    SERVICE,
    OTHER,
)


def tree(play: Play, files: dict[str, str]) -> None:
    for path, content in files.items():
        file = play.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)


def scanned(play: Play, *arguments: str, code: int = 3) -> dict[str, list]:
    ran = play.run("scan", "secrets", *arguments, "--format", "json")
    assert ran.code == code, ran.out + ran.err
    for value in (SECRET, MAILCHIMP, JWT, TOKEN):
        assert value not in ran.out
    return ran.json


def rules(told: dict[str, list]) -> list[str]:
    return [finding["rule"] for finding in told["findings"]]


@pytest.mark.few(3)
@pytest.mark.parametrize(
    ("line", "rule"),
    [
        (f"key = 'staging-{OTHER}-{SECRET}'", "secret-notify-key"),
        (f"key = '{OTHER}-{SECRET}'", "secret-notify-key"),
        (f"DM_NOTIFY_API_KEY={OTHER.upper()}-{SECRET.upper()}", "secret-notify-key"),
        (f"key = 'staging-{SERVICE}-{SECRET}'", "secret-declared"),
        (f"MAILCHIMP_API_TOKEN: {MAILCHIMP}", "secret-mailchimp-key"),
        (f"Authorization: Bearer {JWT}", "secret-signed-token"),
        ("-----BEGIN RSA PRIVATE KEY-----", "secret-private-key"),
        (f"DM_API_CALLBACK_AUTH_TOKENS = '{TOKEN}'", "secret-token"),
        (f"callback_auth_tokens: ['{TOKEN}']", "secret-token"),
        (f"export DM_API_CALLBACK_AUTH_TOKENS=myToken:{TOKEN}", "secret-token"),
    ],
)
def test_each_sort_is_found_and_its_value_is_not_shown(marketplace, line, rule):
    tree(marketplace, {"t/config.py": f"# a\n{line}\n"})
    [found] = scanned(marketplace, "t")["findings"]

    assert (found["rule"], found["line"]) == (rule, 2)


@pytest.mark.few(3)
@pytest.mark.parametrize("value", STAND_INS)
def test_a_stand_in_is_no_finding(marketplace, value):
    tree(marketplace, {"t/config.py": f"DM_NOTIFY_API_KEY = DM_API_CALLBACK_AUTH_TOKENS = '{value}'\n"})

    assert rules(scanned(marketplace, "t", code=0)) == []


def test_a_reference_to_a_secret_is_no_finding(marketplace):
    lines = ["os.environ['DM_API_CALLBACK_AUTH_TOKENS']", "DM_API_CALLBACK_AUTH_TOKENS={{ api.callback_auth_tokens }}"]
    lines += ["DM_NOTIFY_API_KEY = config.NOTIFY_KEY_2019_FOR_ALL", "DM_API_CALLBACK_AUTH_TOKENS: ${TOKENS_2019}"]
    tree(marketplace, {"t/a.py": "\n".join(lines)})

    assert rules(scanned(marketplace, "t", code=0)) == []


def test_a_key_that_this_run_may_read_is_told_by_name_even_if_it_looks_made_up(marketplace):
    held = marketplace.environment["NOTIFY_KEY_STAGING"]
    tree(marketplace, {"t/a.sh": f"KEY={held}\n"})
    [found] = scanned(marketplace, "t")["findings"]

    assert (found["rule"], found["message"]) == ("secret-declared", "a Notify key: the declared key staging")


def test_a_declared_pattern(marketplace):
    marketplace.edit(
        "emailops.yaml", "  own_domains:", "  secret_patterns: {smtp-password: 'smtp-[0-9a-z]{12}'}\n  own_domains:"
    )
    tree(marketplace, {"t/a.sh": "PASSWORD=smtp-7qk2m9xw4t8b\n"})

    assert rules(scanned(marketplace, "t")) == ["secret-smtp-password"]


def test_without_a_state_the_forms_are_known_all_the_same(marketplace):
    tree(marketplace, {"t/a.sh": f"KEY={MAILCHIMP}\n"})

    assert rules(
        scanned(marketplace, "a.sh", "--state", "../t", code=3) if False else scanned(marketplace, "t", "--state", "t")
    ) == ["secret-mailchimp-key"]


class TestWhatTakesAFindingBack:
    def test_a_pragma_and_a_waiver(self, marketplace):
        lines = [
            f"A = '{MAILCHIMP}'  # pragma: allowlist secret",
            "# pragma: allowlist nextline secret",
            f"B = '{OTHER}-{SECRET}'",
            f"C = '{MAILCHIMP}'  # emailops: allow mailchimp-key: revoked in 2019",
            f"D = '{MAILCHIMP}'",
        ]
        tree(marketplace, {"t/a.py": "\n".join(lines)})
        told = scanned(marketplace, "t")

        assert [finding["line"] for finding in told["findings"]] == [5]
        assert [waiver["reason"] for waiver in told["waived"]] == ["pragma: allowlist secret"] * 2 + ["revoked in 2019"]

    @pytest.mark.parametrize("part", [MAILCHIMP, MAILCHIMP.partition("-")[0]])
    def test_the_baseline_of_detect_secrets(self, marketplace, part):
        entry = {"type": "Hex High Entropy String", "hashed_secret": hashlib.sha1(part.encode()).hexdigest()}
        baseline = {"version": "1.4.0", "results": {"t/a.py": [{**entry, "line_number": 1}]}}
        tree(marketplace, {"t/a.py": f"A = '{MAILCHIMP}'\n", "t/b.py": f"A = '{MAILCHIMP}'\n"})
        tree(marketplace, {".secrets.baseline": json.dumps(baseline)})
        told = scanned(marketplace, "t")

        assert [finding["path"] for finding in told["findings"]] == ["t/b.py"]
        assert [waiver["reason"] for waiver in told["waived"]] == ["detect-secrets knows it"]

    def test_a_baseline_of_detect_secrets_in_the_folder_that_is_scanned(self, marketplace):
        digest = hashlib.sha1(f"{JWT.rpartition('.')[0]}.".encode()).hexdigest()  # as its own plug-in takes it
        entry = {"type": "JSON Web Token", "filename": "a.py", "hashed_secret": digest, "line_number": 1}
        baseline = {"version": "1.5.0", "results": {"a.py": [entry]}}
        tree(marketplace, {"t/a.py": f"A = '{JWT}'\n", "t/.secrets.baseline": json.dumps(baseline)})
        told = scanned(marketplace, "t", code=0)

        assert [(waiver["path"], waiver["reason"]) for waiver in told["waived"]] == [
            ("t/a.py", "detect-secrets knows it")
        ]

    def test_a_baseline_of_detect_secrets_that_is_broken(self, marketplace):
        tree(marketplace, {"t/a.py": "", ".secrets.baseline": "{"})

        assert "is not a baseline of detect-secrets" in marketplace.run("scan", "secrets", "t").err

    def test_a_baseline_holds_no_secret_does_not_find_itself_and_stays_sharp(self, marketplace):
        tree(marketplace, {"t/a.py": f"A = '{MAILCHIMP}'\n"})
        assert marketplace.run("scan", "secrets", "t", "--baseline", "t/known.json", "--update-baseline").code == 0
        assert MAILCHIMP not in (marketplace.folder / "t/known.json").read_text()
        assert scanned(marketplace, "t", "--baseline", "t/known.json", code=0)["findings"] == []
        tree(marketplace, {"t/b.py": f"B = '{OTHER}-{SECRET}'\n"})
        assert rules(scanned(marketplace, "t", "--baseline", "t/known.json")) == ["secret-notify-key"]


class TestHistory:
    def test_what_was_removed_is_told_with_its_commit_and_apart_from_the_tree(self, marketplace):
        tree(marketplace, {"a.py": f"A = '{MAILCHIMP}'\n", "b.py": f"B = '{OTHER}-{SECRET}'\n"})
        commit = marketplace.commit_all("One")
        tree(marketplace, {"a.py": "A = None\n"})
        marketplace.commit_all(f"The token was {JWT}")
        told = scanned(marketplace, "a.py", "b.py", "--history")
        found = {finding["rule"]: finding for finding in told["findings"]}

        assert sorted(found) == [
            "secret-mailchimp-key-in-history",
            "secret-notify-key",
            "secret-signed-token-in-history",
        ]
        assert found["secret-mailchimp-key-in-history"]["path"] == "a.py"
        assert f"in commit {commit[:7]}" in found["secret-mailchimp-key-in-history"]["message"]
        assert found["secret-signed-token-in-history"]["path"].startswith("the message of commit ")

    def test_paths_lead_to_a_repository_that_is_elsewhere(self, marketplace):
        tree(marketplace, {"other/app/a.py": f"A = '{MAILCHIMP}'\n"})
        marketplace.git("init", "--quiet", "other")
        marketplace.git("-C", "other", "add", "--all")
        marketplace.git("-C", "other", "commit", "--quiet", "--message", "One")
        (marketplace.folder / "other/app/a.py").unlink()
        [found] = scanned(marketplace, "other/app", "--history")["findings"]

        assert found["path"] == "other/app/a.py"

    def test_before_the_first_commit_there_is_nothing(self, marketplace):
        tree(marketplace, {"app/a.py": "A = 1\n"})
        marketplace.git("init", "--quiet", "app")

        assert scanned(marketplace, "app", "--history", code=0)["read"] == {"file": 1}

    def test_a_shallow_clone_is_refused(self, marketplace):
        tree(marketplace, {"a.py": "A = None\n"})
        marketplace.commit_all("One")
        tree(marketplace, {"a.py": "A = 1\n"})
        marketplace.commit_all("Two")
        marketplace.git("clone", "--quiet", "--depth=1", f"file://{marketplace.folder}", "shallow")
        ran = marketplace.run("scan", "secrets", "shallow", "--history")

        assert ran.code == 1
        assert "the clone is shallow" in ran.err

    def test_outside_of_git_there_is_none(self, marketplace):
        tree(marketplace, {"t/a.py": ""})

        assert marketplace.run("scan", "secrets", "t", "--history").code == 1
