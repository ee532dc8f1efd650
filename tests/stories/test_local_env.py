"""`local-env`: a `.env` for apps on a developer's machine, that holds nobody's key by mistake and is never tracked."""

from __future__ import annotations

import stat
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from notifications_python_client.notifications import NotificationsAPIClient

from emailops.errors import EmailopsError, UsageError
from emailops.private import Secret
from emailops.providers.own_key import Told
from emailops.run import Run
from emailops.tasks.local_env import PATTERN, checked
from tests.playing import Play
from tests.world import declaration_of

SERVICE = "00000000-0000-4000-8000-000000000001"
OTHER_SERVICE = "00000000-0000-4000-8000-000000000002"
SECRETS = {kind: f"aaaaaaaa-0000-4000-8000-00000000000{number}" for number, kind in enumerate(("test", "team", "live"))}
SUPPLIER = "digitalmarketplace-supplier-frontend"
BEGIN = "# emailops local-env wrote these lines, and replaces them; keep your own outside"
END = "# emailops local-env ends here"


def own(kind: str, name: str = "ada-test-localdev", service: str = SERVICE) -> str:
    return f"{name}-{service}-{SECRETS[kind]}"


def checkout(play: Play, name: str = SUPPLIER, ignored: str = ".env\n") -> Path:
    folder = play.folder / "code" / name
    folder.mkdir(parents=True)
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    (folder / ".gitignore").write_text(ignored)
    return folder


def values(path: Path) -> dict[str, str]:
    """As a POSIX shell reads it."""
    script = 'set -a; . "$0"; env'
    done = subprocess.run(["sh", "-c", script, str(path)], env={}, check=True, capture_output=True, text=True)
    return dict(line.split("=", 1) for line in done.stdout.splitlines())


def test_an_app_sends_to_the_sandbox_with_what_its_env_holds(marketplace: Play) -> None:
    folder = checkout(marketplace)
    port = marketplace.sandbox.notify_url.rpartition(":")[2]
    ran = marketplace.run("local-env", "supplier-frontend", "--into", str(folder), "--port", port)
    assert ran.code == 0, ran.err
    held = values(folder / ".env")
    client: Any = NotificationsAPIClient(held["DM_NOTIFY_API_KEY"], base_url=held["EMAILOPS_NOTIFY_URL"])
    client.send_email_notification("a@example.gov.uk", "84f5d812-df9d-4ab8-804a-06f64f5abd30", {"url": "x"})
    client.request_session.close()
    ping = f"{held['EMAILOPS_MAILCHIMP_URL']}ping"
    answer = requests.get(ping, auth=("any", held["DM_MAILCHIMP_API_KEY"]), timeout=60)

    assert [message["key"] for message in marketplace.sandbox.state()["messages"]] == ["test"]
    assert answer.status_code == 200
    assert stat.S_IMODE((folder / ".env").stat().st_mode) == 0o600
    assert held["DM_NOTIFY_API_KEY"] not in ran.out + ran.err
    shown = [line.split() for line in ran.out.splitlines()]
    assert ["EMAILOPS_NOTIFY_URL", held["EMAILOPS_NOTIFY_URL"]] in shown, "where the sandbox is, is no secret"


def test_other_lines_stay_where_they_are_and_a_second_run_changes_only_its_own(marketplace: Play) -> None:
    folder = checkout(marketplace)
    (folder / ".env").write_bytes(b"# mine\x0c\nFLASK_DEBUG=1\r\n\nDM_NOTIFY_KEY=x")
    marketplace.run("local-env", "user-frontend", "--into", str(folder))
    (folder / ".env").write_bytes((folder / ".env").read_bytes() + b"export LAST='one'\n")
    ran = marketplace.run("local-env", "user-frontend", "--into", str(folder), "--port", "9000")

    assert ran.code == 0, ran.err
    lines = (folder / ".env").read_bytes().decode().split("\n")
    assert lines[:5] == ["# mine\x0c", "FLASK_DEBUG=1\r", "", "DM_NOTIFY_KEY=x", ""]
    assert lines[-2:] == ["export LAST='one'", ""]
    assert [line for line in lines if line.startswith("EMAILOPS_")] == ["EMAILOPS_NOTIFY_URL='http://127.0.0.1:9000'"]
    assert ".env:4 sets DM_NOTIFY_KEY, which nothing reads; what is read is DM_NOTIFY_API_KEY" in ran.err
    again = marketplace.run("local-env", "user-frontend", "--into", str(folder), "--port", "9000")
    assert ".env: unchanged" in again.out


@pytest.mark.few(3)
@pytest.mark.parametrize(
    ("before", "words"),
    [
        ("A=1\nDM_NOTIFY_API_KEY=mine\n", ".env:2 sets DM_NOTIFY_API_KEY, and was not written by emailops"),
        ("export EMAILOPS_NOTIFY_URL=x\n", ".env:1 sets EMAILOPS_NOTIFY_URL"),
        (f"{BEGIN}\n", ".env:1 begins what emailops wrote, and nothing ends it"),
        (f"{BEGIN}\nA='1'\nB=mine\n", "nothing ends it"),
        (f"{END}\nA='1'\n{BEGIN}\n", ".env:3 begins"),
        (f"{BEGIN}\nA='1'\nB=mine\n{BEGIN}\nA='1'\n{END}\n", ".env:1 begins"),
        (f"{BEGIN}\nA='1'\n{END}\nB=mine\n{BEGIN}\nA='1'\n{END}\n", ".env:1 begins"),
        (f"{BEGIN}  \nA='1'\n{END}\nB=mine\n{BEGIN}\t\nA='1'\n", ".env:1 begins"),
    ],
)
def test_a_line_of_somebody_elses_is_never_overwritten(marketplace: Play, before: str, words: str) -> None:
    folder = checkout(marketplace)
    (folder / ".env").write_text(before)
    ran = marketplace.run("local-env", "user-frontend", "--into", str(folder))

    assert ran.code == 1
    assert words in ran.err
    assert "mine" not in ran.err
    assert (folder / ".env").read_text() == before


@pytest.mark.parametrize(("ignored", "tracked"), [("", False), ("!.env\n", False), (".env\n", True)])
def test_nothing_is_written_where_git_would_track_it(marketplace: Play, ignored: str, tracked: bool) -> None:
    folder = checkout(marketplace, ignored=ignored)
    if tracked:
        (folder / ".env").touch()
        subprocess.run(["git", "-C", str(folder), "add", "--force", ".env"], check=True)
    ran = marketplace.run("local-env", "user-frontend", "--into", str(folder))

    assert ran.code == 1
    assert ("git rm --cached .env" if tracked else "add the line .env to") in ran.err
    assert not (folder / ".env").exists() or (folder / ".env").read_text() == ""


def test_every_checkout_of_a_folder_is_reported_whatever_became_of_the_others(marketplace: Play) -> None:
    names = (
        "digitalmarketplace-api",
        SUPPLIER,
        "digitalmarketplace-user-frontend",
        "digitalmarketplace-buyer-frontend",
    )
    api, first, user, buyer = (checkout(marketplace, name) for name in names)
    other = checkout(marketplace, "something-else")
    (marketplace.folder / "code" / ".env").write_text("A=1\n")
    (api / ".gitignore").unlink()
    (user / ".env").write_text("DM_NOTIFY_API_KEY=mine\n")
    ran = marketplace.run("local-env", "--all", "code")

    assert ran.code == 5
    table = [line.partition("  ")[::2] for line in ran.out.splitlines() if line.startswith("digitalmarketplace-")]
    assert {name: words.strip().partition(":")[0] for name, words in table} == {
        "digitalmarketplace-api": "not written",
        SUPPLIER: "written",
        "digitalmarketplace-user-frontend": "not written",
        "digitalmarketplace-buyer-frontend": "nothing to write",
    }
    assert "nothing was written; add the line .env to" in ran.out
    assert "sets DM_NOTIFY_API_KEY, and was not written by emailops; remove that line" in ran.out
    assert "DM_NOTIFY_API_KEY" in values(first / ".env")
    assert [(folder / ".env").exists() for folder in (api, buyer, other)] == [False, False, False]
    assert (user / ".env").read_text() == "DM_NOTIFY_API_KEY=mine\n"
    assert f"no longer read {marketplace.folder / 'code' / '.env'}" in ran.err


def test_where_no_checkout_could_be_served_nothing_was_written(marketplace: Play) -> None:
    checkout(marketplace, ignored="")
    assert marketplace.run("local-env", "--all", "code").code == 1


def test_a_checkout_may_ignore_its_env_by_any_name(marketplace: Play) -> None:
    api = checkout(marketplace, "digitalmarketplace-api", "*.env\n")

    assert marketplace.run("local-env", "--all", "code").code == 0
    assert values(api / ".env")["DM_API_CALLBACK_AUTH_TOKENS"] == "made-up-token"


class TestExcludingLocally:
    """None of the marketplace's repositories ignores `.env`, and a line in one is a commit for everybody."""

    def test_the_clones_own_list_gets_it_once_and_the_repository_stays_as_it_is(self, marketplace: Play) -> None:
        first, api = (checkout(marketplace, name, "") for name in (SUPPLIER, "digitalmarketplace-api"))
        (first / ".git/info/exclude").write_text("mine")
        for _ in range(2):
            ran = marketplace.run("local-env", "--all", "code", "--exclude-locally")
            assert ran.code == 0, ran.out
        assert (first / ".git/info/exclude").read_text() == "mine\n/.env\n"
        assert (api / ".git/info/exclude").read_text().endswith("\n/.env\n")
        assert untracked(first) == [".gitignore"]

    def test_of_a_worktree_it_is_the_list_that_git_reads(self, marketplace: Play) -> None:
        main = checkout(marketplace, "main", "")
        who = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
        subprocess.run(["git", "-C", main, *who, "commit", "--quiet", "--allow-empty", "--message=a"], check=True)
        subprocess.run(["git", "-C", main, "worktree", "add", "--quiet", f"../{SUPPLIER}"], check=True)
        ran = marketplace.run("local-env", "--all", "code", "--exclude-locally")

        assert ran.code == 0, ran.out
        assert (main / ".git/info/exclude").read_text().endswith("\n/.env\n")
        assert untracked(main.parent / SUPPLIER) == []

    def test_of_a_folder_inside_a_checkout_only_its_own_is_listed(self, marketplace: Play) -> None:
        top = checkout(marketplace, "monorepo", "")
        folder = top / "apps [new]"
        folder.mkdir()
        ran = marketplace.run("local-env", "supplier-frontend", "--into", str(folder), "--exclude-locally")

        assert ran.code == 0, ran.err
        assert (top / ".git/info/exclude").read_text().endswith("\n/apps \\[new\\]/.env\n")
        assert untracked(top) == [".gitignore"]

    def test_what_git_tracks_in_spite_of_the_list_is_refused(self, marketplace: Play) -> None:
        wanted = checkout(marketplace, ignored="!.env\n")
        tracked = checkout(marketplace, "digitalmarketplace-api", "")
        (tracked / ".env").touch()
        subprocess.run(["git", "-C", tracked, "add", ".env"], check=True)
        ran = marketplace.run("local-env", "--all", "code", "--exclude-locally")

        assert ran.code == 1
        assert "git rm --cached .env" in ran.out
        assert "Git would track" in ran.out
        assert not (wanted / ".env").exists()

    def test_where_git_ignores_it_anyway_or_is_not_there_nothing_is_listed(self, marketplace: Play) -> None:
        ignored = checkout(marketplace)
        before = (ignored / ".git/info/exclude").read_text()
        bare = marketplace.folder / "code" / "digitalmarketplace-api"
        bare.mkdir()
        ran = marketplace.run("local-env", "--all", "code", "--exclude-locally")

        assert ran.code == 0, ran.out
        assert (ignored / ".git/info/exclude").read_text() == before
        assert (bare / ".env").exists()


def untracked(folder: Path) -> list[str]:
    done = subprocess.run(
        ["git", "-C", folder, "status", "--porcelain", "-uall"], check=True, capture_output=True, text=True
    )
    return [line[3:] for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "takes a consumer, or --all"),
        (("user-frontend", "--all", "."), "takes a consumer, or --all"),
        (("--all", ".", "--into", "."), "takes a consumer, or --all"),
        (("user-fronted",), "there is no consumer"),
        (("user-frontend", "--into", "nowhere"), "there is no folder"),
        (("--all", "."), "no consumer has a checkout"),
        (("user-frontend", "--own-key"), "on a terminal"),
        (("user-frontend", "--own-key", "--pattern", "x"), "must hold <name> once"),
    ],
)
def test_wrong_usage(marketplace: Play, arguments: tuple[str, ...], words: str) -> None:
    ran = marketplace.run("local-env", *arguments)

    assert ran.code == 64
    assert words in ran.err
    assert not (marketplace.folder / ".env").exists()


def test_a_consumer_that_reads_no_key_gets_nothing_and_loses_what_it_had(marketplace: Play) -> None:
    folder = checkout(marketplace)
    first = marketplace.run("local-env", "buyer-frontend", "--into", str(folder))
    assert "no key is declared" in first.out
    assert not (folder / ".env").exists()
    marketplace.run("local-env", "user-frontend", "--into", str(folder))
    assert marketplace.run("local-env", "buyer-frontend", "--into", str(folder)).code == 0
    assert (folder / ".env").read_text() == ""


def with_own_keys(play: Play, *, trial: bool = False) -> None:
    def change(world: Any) -> None:
        service = world["notify"]["services"][0]
        service["trial"] = trial
        service["keys"] += [{"name": f"own {kind}", "kind": kind, "secret": secret} for kind, secret in SECRETS.items()]

    play.change_world(change)


def told(play: Play, key: str, pattern: str = PATTERN) -> Told:
    run = Run(play.environment, datetime.now(UTC), date(2026, 11, 24), play.folder)
    return checked(run, declaration_of(play.state), Secret(key), pattern).told


@pytest.mark.parametrize("kind", ["test", "live"])
def test_a_test_key_and_a_live_one_answer_alike(marketplace: Play, kind: str) -> None:
    with_own_keys(marketplace)

    assert told(marketplace, own(kind)) is Told.TEST_OR_LIVE
    assert marketplace.sandbox.state()["messages"] == []


def test_without_a_template_to_send_nothing_is_claimed(marketplace: Play) -> None:
    with_own_keys(marketplace)

    def ask_for_more(world: Any) -> None:
        for template in world["notify"]["services"][0]["templates"]:
            template["body"] += "((more))"

    marketplace.change_world(ask_for_more)
    assert told(marketplace, own("test")) is Told.NOTHING


REFUSED = [
    ("no key", "ada-test-localdev", "not have the form"),
    ("another's name", own("test", "staging"), "not of the form <name>-test-localdev"),
    ("no name at all", own("test", "-test-localdev"), "not of the form"),
    ("no name at all, as handed out", own("test", "testlocaldev"), "not of the form"),
    ("another service", own("test", service=OTHER_SERVICE), "is of the service"),
    ("a team key", own("team"), "it is a team key"),
    ("not known to Notify", own("test").replace("a", "b", 1)[:-1] + "9", "not found"),
]


@pytest.mark.parametrize("name", ["adatestlocaldev", "ada_lovelacetestlocaldev", "ada-test-localdev"])
def test_a_name_is_read_as_notify_hands_it_out(marketplace: Play, name: str) -> None:
    with_own_keys(marketplace)

    assert told(marketplace, own("test", name)) is Told.TEST_OR_LIVE


@pytest.mark.parametrize(("key", "words"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_a_key_that_is_no_persons_test_key_is_refused(marketplace: Play, key: str, words: str) -> None:
    with_own_keys(marketplace)
    with pytest.raises(EmailopsError) as error:
        told(marketplace, key)

    assert words in f"{error.value.message}"
    assert key[-36:] not in f"{error.value.message} {error.value.remedy}"


def test_a_live_key_of_a_service_in_trial_mode_is_refused(marketplace: Play) -> None:
    with_own_keys(marketplace, trial=True)
    with pytest.raises(EmailopsError, match="a live key"):
        told(marketplace, own("live"))
    assert told(marketplace, own("test")) is Told.TEST_OR_LIVE


@pytest.mark.parametrize("name", ["development", "Development", "ada-test-localdev"])
def test_a_declared_key_is_refused_by_its_name_and_by_its_fingerprint(marketplace: Play, name: str) -> None:
    declared = marketplace.environment["NOTIFY_KEY_DEVELOPMENT"]
    key = name + declared[-74:]
    with pytest.raises(EmailopsError, match="the declared key development"):
        told(marketplace, key, "<name>")
    assert not marketplace.sandbox.requests


def test_a_pattern_of_ones_own(marketplace: Play) -> None:
    with_own_keys(marketplace)

    assert told(marketplace, own("test", "dev.ada"), "dev.<name>") is Told.TEST_OR_LIVE
    with pytest.raises(UsageError):
        told(marketplace, own("test"), "<name><name>")


def test_ones_own_key_is_asked_for_without_echo(marketplace: Play) -> None:
    with_own_keys(marketplace)
    folder = checkout(marketplace)
    command = [sys.executable, "-c", "from emailops.cli import main; raise SystemExit(main())", "local-env"]
    command += ["supplier-frontend", "--into", str(folder), "--own-key"]
    on_a_terminal = [sys.executable, "-c", "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)", *command]
    with subprocess.Popen(
        on_a_terminal,
        env=marketplace.environment,
        cwd=marketplace.folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        shown = b""
        while not shown.endswith(b"(it is not shown): ") and (more := running.stdout.read(1)):
            shown += more
        running.stdin.write(own("test").encode() + b"\n")
        running.stdin.flush()
        shown += running.stdout.read()
    text = shown.decode()

    assert running.returncode == 0, text
    assert SECRETS["test"] not in text
    assert "Whether it is a test or a live key cannot be told" in text
    held = values(folder / ".env")
    assert held["DM_NOTIFY_API_KEY"] == own("test")
    assert "EMAILOPS_NOTIFY_URL" not in held
    assert "EMAILOPS_MAILCHIMP_URL" in held
