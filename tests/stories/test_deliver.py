"""Generated files into the consumers' repositories: pushed once, kept up to date, and nobody's work overwritten."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.repositories import Repositories, git

PREFIX = "https://git.example/"
BRANCH = "emailops/settings"
FILE = "permits/email/production.py"


@pytest.fixture
def repositories(minimal, tmp_path):
    """The one consumer of the minimal state, and a second one that reads the same."""
    (tmp_path / "remotes").mkdir()
    repositories = Repositories(tmp_path / "remotes", PREFIX)
    repositories.make("permits")
    repositories.make("worker")
    minimal.environment |= repositories.environment
    text = (minimal.state / "emailops.yaml").read_text()
    web = text[text.index("  web:") :]
    worker = web.replace("  web:", "  worker:").replace("permits.git", "worker.git").replace("permits/email", "email")
    (minimal.state / "emailops.yaml").write_text(text + worker)
    return repositories


def statuses(play, *arguments):
    done = play.run("deliver", "--format", "json", *arguments).json["deliveries"]
    return {row["consumer"]: row["status"] for row in done}


def test_each_consumer_gets_its_files_on_a_branch(minimal, repositories):
    ran = minimal.run("deliver")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "web  pushed: 2 new files\nworker  pushed: 2 new files\n\n2 pushed\n"
    assert repositories.branches("permits").keys() == {"main", BRANCH}
    made = repositories.read("permits", BRANCH, FILE)
    assert minimal.run("generate", "--out", "build").code == 0
    assert made == (minimal.folder / "build/web" / FILE).read_text()
    assert repositories.read("permits", BRANCH, "README.md") == "# permits\n"


def test_the_commit_says_what_changes_and_that_no_person_made_it(minimal, repositories):
    minimal.run("deliver")
    message = repositories.said("permits", BRANCH)
    assert message.startswith("Email settings: 2 new files\n\nThese files are generated")
    assert f"- {FILE}: new" in message
    for who in ("%an <%ae>", "%cn <%ce>"):
        assert repositories.said("permits", BRANCH, who) == "emailops <emailops@emailops.invalid>"


def test_a_host_that_the_job_does_not_list_is_not_asked(minimal, repositories):
    minimal.environment["EMAILOPS_REPOSITORY_HOSTS"] = "github.com"
    ran = minimal.run("deliver")
    assert ran.code == 1
    assert "EMAILOPS_REPOSITORY_HOSTS does not list git.example" in ran.out
    assert repositories.branches("permits").keys() == {"main"}
    assert "does not list git.example" in minimal.run("consumers").out
    minimal.environment["EMAILOPS_REPOSITORY_HOSTS"] = "github.com, git.example"
    assert minimal.run("deliver").code == 0


def test_nothing_is_pushed_when_nothing_changes(minimal, repositories):
    minimal.run("deliver")
    before = repositories.branches("permits")
    assert statuses(minimal) == {"web": "waiting", "worker": "waiting"}
    assert repositories.branches("permits") == before


def test_after_the_merge_it_is_up_to_date_whoever_else_has_worked_on_main(minimal, repositories):
    minimal.run("deliver")
    repositories.merge("permits", BRANCH)
    repositories.commit("permits", {"app.py": "x = 1\n"})
    before = repositories.branches("permits")
    assert statuses(minimal)["web"] == "current"
    assert repositories.branches("permits") == before


@pytest.mark.slow
def test_a_second_change_updates_the_open_branch_in_place_and_its_message_names_it(minimal, repositories):
    minimal.run("deliver")
    repositories.merge("permits", BRANCH)
    minimal.edit("emailops.yaml", "example.org: applicant", "example.net: applicant, example.org: applicant")
    assert statuses(minimal)["web"] == "pushed"
    first = repositories.branches("permits")[BRANCH]
    minimal.edit("emailops.yaml", "example.net: applicant", "example.com: applicant, example.net: applicant")
    assert statuses(minimal)["web"] == "pushed"
    assert repositories.branches("permits")[BRANCH] != first
    assert repositories.branches("permits").keys() == {"main", BRANCH}
    assert "example.com" in repositories.read("permits", BRANCH, FILE)
    assert "Email settings: ~ REDIRECTS (+ example.com, + example.net)" in repositories.said("permits", BRANCH)


def test_consumers_of_one_repository_share_the_branch(minimal, repositories):
    minimal.edit("emailops.yaml", "worker.git", "permits.git")
    assert statuses(minimal) == {"web": "pushed", "worker": "waiting"}
    for path in (FILE, "email/production.py"):
        assert "example.org" in repositories.read("permits", BRANCH, path)
    before = repositories.branches("permits")
    assert statuses(minimal, "worker") == {"worker": "waiting"}
    assert repositories.branches("permits") == before


def test_one_failure_does_not_stop_the_others(minimal, repositories):
    minimal.edit("emailops.yaml", "permits.git", "gone.git")
    ran = minimal.run("deliver")
    assert ran.code == 5
    assert ran.out.startswith("web  failed: git clone: ")
    assert "worker  pushed" in ran.out


def test_without_any_success_it_is_an_error(minimal, repositories):
    minimal.edit("emailops.yaml", "permits.git", "gone.git")
    assert minimal.run("deliver", "web").code == 1


def test_a_file_that_was_edited_by_hand_stays_and_force_overwrites_it(minimal, repositories):
    repositories.commit("permits", {FILE: "REDIRECTS = {}\n"})
    ran = minimal.run("deliver", "web")
    assert ran.code == 1
    assert f"failed: {FILE} stays as it is: emailops did not write it; move it away" in ran.out
    assert repositories.branches("permits").keys() == {"main"}
    assert minimal.run("deliver", "web", "--force").code == 0
    assert "example.org" in repositories.read("permits", BRANCH, FILE)


def test_a_branch_on_which_people_have_worked_is_theirs(minimal, repositories):
    minimal.run("deliver", "web")
    repositories.commit("permits", {FILE: "edited = 1\n"}, BRANCH)
    before = repositories.branches("permits")
    ran = minimal.run("deliver", "web")
    assert ran.code == 1
    assert f"someone else has committed to {BRANCH}" in ran.out
    assert repositories.branches("permits") == before


LINK, SUBMODULE, PLAIN = "120000", "160000", "100644"


@pytest.mark.few(1)
@pytest.mark.parametrize(
    ("path", "mode", "content", "said"),
    [
        (FILE, LINK, "../../app.py", f"{FILE} is a link"),
        (FILE, LINK, "/etc/hostname", f"{FILE} is a link"),
        (FILE, SUBMODULE, "", f"{FILE} is a submodule"),
        (f"{FILE}/x", PLAIN, "", f"{FILE} is a folder"),
        ("permits", LINK, "app", "permits is a link"),
        ("permits", LINK, "..", "permits is a link"),
        ("permits", SUBMODULE, "", "permits is a submodule"),
        ("permits", PLAIN, "", "permits is not a folder"),
        ("permits/email", LINK, "texts", "permits/email is a link"),
        ("permits/email", SUBMODULE, "", "permits/email is a submodule"),
        ("permits/email", PLAIN, "", "permits/email is not a folder"),
    ],
)
def test_what_is_no_file_at_a_path_or_on_the_way_to_it_is_named_and_nothing_is_pushed(
    minimal, repositories, path, mode, content, said
):
    repositories.replace("permits", path, mode, content)
    ran = minimal.run("deliver", "web")
    assert ran.code == 1
    assert f"web  failed: {said} in the repository; take it away there" in ran.out
    assert repositories.branches("permits").keys() == {"main"}
    held = minimal.run("consumers", "web")
    assert held.code == 1
    assert f"obstructed: {said} in the repository" in held.out


@pytest.mark.few(1)
@pytest.mark.parametrize("there", ["permits/x.py", "permits/email/x.py", "permits/email/x/y.py", "permits/x/y.py"])
def test_what_else_a_repository_holds_is_in_nobodys_way(minimal, repositories, there):
    repositories.commit("permits", {there: "x = 1\n"})
    assert statuses(minimal, "web") == {"web": "pushed"}
    assert repositories.read("permits", BRANCH, there) == "x = 1\n"
    assert "missing" in minimal.run("consumers", "web").out


def test_a_repository_without_a_commit_says_so(minimal, repositories):
    git(repositories.folder, "init", "--quiet", "--bare", "--initial-branch=main", "empty.git")
    minimal.edit("emailops.yaml", "permits.git", "empty.git")
    assert "web  failed: the repository has no commit yet; begin it" in minimal.run("deliver", "web").out
    assert "unreachable: the repository has no commit yet" in minimal.run("consumers", "web").out


def test_the_default_branch_may_have_any_name(minimal, repositories):
    bare = repositories.folder / "permits.git"
    git(bare, "branch", "--move", "main", "trunk")
    git(bare, "symbolic-ref", "HEAD", "refs/heads/trunk")
    assert statuses(minimal, "web") == {"web": "pushed"}
    assert git(bare, "merge-base", "trunk", BRANCH) == repositories.branches("permits")["trunk"]


@pytest.mark.slow
def test_line_ends_that_a_repository_asks_for_and_the_mode_of_a_file_are_no_difference(minimal, repositories):
    repositories.commit("permits", {".gitattributes": "* text=auto eol=crlf\n*.py filter=lfs\n"})
    minimal.run("deliver", "web")
    made = repositories.read("permits", BRANCH, FILE)
    file = repositories.folder / "permits-work" / FILE
    repositories.commit("permits", {FILE: made.replace("example.org", "example.net"), "x": "1"})
    file.chmod(0o755)
    repositories.commit("permits", {})
    assert minimal.run("deliver", "web", "--force").code == 0
    assert repositories.read("permits", BRANCH, FILE) == made
    assert git(repositories.folder / "permits.git", "ls-tree", BRANCH, FILE).startswith("100755 ")


def test_hooks_of_a_repository_and_of_the_machine_do_not_run(minimal, repositories, tmp_path):
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("post-checkout", "pre-push", "pre-commit", "commit-msg"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
        (hooks / name).chmod(0o755)
    (tmp_path / ".gitconfig").write_text(f"[core]\n\thooksPath = {hooks}\n[init]\n\ttemplateDir = {hooks}\n")
    assert minimal.run("deliver", "web").code == 0
    assert not Path(tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "repository",
    ["ext::sh -c touch% /tmp/x", "--upload-pack=touch x", "file:///etc", "/srv/git/x.git", "http://git.example/x.git"],
)
def test_an_address_that_is_none_is_a_finding(minimal, repositories, repository):
    minimal.edit("emailops.yaml", "https://git.example/permits.git", f'"{repository}"')
    ran = minimal.run("deliver")
    assert ran.code == 3
    assert "write where its code lives" in ran.err


def test_credentials_in_an_address_are_not_repeated(minimal, repositories):
    minimal.environment["GIT_CONFIG_KEY_0"] = "url.https://user:hunter2@127.0.0.1:9/.insteadOf"
    ran = minimal.run("deliver", "web")
    assert ran.code == 1
    assert "hunter2" not in ran.out + ran.err


class TestWaitingForAnId:
    @pytest.fixture
    def play(self, marketplace, tmp_path):
        (tmp_path / "remotes").mkdir()
        prefix = "https://github.com/Crown-Commercial-Service/"
        repositories = Repositories(tmp_path / "remotes", prefix)
        for name in ("scripts", "jenkins", "supplier-frontend"):
            repositories.make(f"digitalmarketplace-{name}")
        marketplace.environment |= repositories.environment
        return marketplace, repositories

    def test_only_files_that_read_it_are_held_back(self, play):
        marketplace, repositories = play
        ran = marketplace.run("deliver", "scripts", "supplier-frontend", "jenkins")
        assert ran.code == 0
        assert "supplier-frontend  pushed" in ran.out
        lots = "(digital-outcomes, digital-specialists, user-research-participants)"
        why = f"for apply: 3 ids of mailchimp-audience/digital-outcomes-and-specialists-6 {lots}"
        stages = ("development", "preview", "staging", "production")
        for said in (
            f"jenkins  held back\n    held back: job_definitions/email_config.j2 waits {why}\n",
            f"scripts  held back\n    held back: 4 files wait {why}\n"
            + "".join(f"      dmscripts/email_config/{stage}.py\n" for stage in stages),
        ):
            assert said in ran.out
        assert repositories.branches("digitalmarketplace-jenkins").keys() == {"main"}
        rows = marketplace.run("deliver", "jenkins", "--format", "json").json["deliveries"]
        assert (rows[0]["held"], len(rows[0]["waits_for"])) == (["job_definitions/email_config.j2"], 3)

    def test_they_follow_once_it_has_been_applied(self, play):
        marketplace, _ = play
        marketplace.run("deliver", "scripts", "jenkins")
        marketplace.run("plan", "--out", "plan.json")
        assert marketplace.run("apply", "plan.json").code in (0, 6)
        ran = marketplace.run("deliver", "scripts", "jenkins")
        assert "waits for" not in ran.out
        assert statuses(marketplace, "scripts", "jenkins") == {"scripts": "waiting", "jenkins": "waiting"}

    def test_after_an_apply_that_made_some_of_them_nobody_hears_of_the_framework_yet(self, play):
        marketplace, repositories = play
        lot = "mailchimp-audience/digital-outcomes-and-specialists-6.digital-outcomes"
        marketplace.run("plan", "--only", lot, "--out", "plan.json")
        assert marketplace.run("apply", "plan.json").code in (0, 6)
        ran = marketplace.run("deliver", "scripts", "jenkins")
        for said in ("job_definitions/email_config.j2 waits", "4 files wait"):
            assert f"held back: {said} for apply: 2 ids of" in ran.out
        assert repositories.branches("digitalmarketplace-jenkins").keys() == {"main"}


@pytest.mark.slow
class TestConsumers:
    def test_who_holds_which_version(self, minimal, repositories):
        minimal.run("deliver", "web")
        held = minimal.run("consumers", "--format", "json").json["files"]
        assert {(row["consumer"], row["status"], row["on_branch"]) for row in held} == {
            ("web", "missing", True),
            ("worker", "missing", False),
        }
        repositories.merge("permits", BRANCH)
        assert minimal.run("consumers", "web").out.endswith("\n2 of 2 files are up to date\n")

    def test_out_of_date_and_edited_are_told_apart(self, minimal, repositories):
        minimal.run("deliver")
        for name in ("permits", "worker"):
            repositories.merge(name, BRANCH)
        made = repositories.read("worker", "main", "email/production.py")
        repositories.commit("worker", {"email/production.py": made.replace("example.org", "example.net")})
        minimal.edit("emailops.yaml", "example.org: applicant", "example.net: applicant, example.org: applicant")
        out = minimal.run("consumers").out
        assert "web     permits/email/production.py   outdated: it is out of date: ~ REDIRECTS (+ example.net)" in out
        assert "worker  email/production.py           edited: it has been edited: its digest does not fit" in out

    def test_an_unreachable_repository_is_said_and_is_an_error(self, minimal, repositories):
        minimal.edit("emailops.yaml", "permits.git", "gone.git")
        ran = minimal.run("consumers")
        assert ran.code == 1
        assert ran.out.count("unreachable: git clone") == 1

    def test_a_file_that_the_state_no_longer_gives_is_named(self, minimal, repositories):
        minimal.run("deliver")
        repositories.merge("permits", BRANCH)
        minimal.edit("emailops.yaml", "worker.git", "permits.git")
        minimal.edit("emailops.yaml", "permits/email/{stage}", "permits/mail/{stage}")
        ran = minimal.run("consumers", "web")
        assert "web  permits/email/production.py   left: the state no longer gives it" in ran.out
        assert ran.out.endswith("0 of 2 files are up to date, 2 left over\n")

    def test_what_another_consumer_of_the_repository_gets_is_not_left_over(self, minimal, repositories):
        minimal.edit("emailops.yaml", "worker.git", "permits.git")
        minimal.run("deliver")
        repositories.merge("permits", BRANCH)
        assert minimal.run("consumers", "web").out.endswith("\n2 of 2 files are up to date\n")

    def test_it_pushes_nothing(self, minimal, repositories):
        minimal.run("consumers")
        assert repositories.branches("permits").keys() == {"main"}


def test_an_unknown_consumer_is_named(minimal, repositories):
    ran = minimal.run("deliver", "nobody")
    assert ran.code == 64
    assert "there is no consumer 'nobody'" in ran.err


def test_the_line_for_a_consumers_own_ci_finds_an_edited_file_without_the_state(minimal, repositories, tmp_path):
    minimal.run("deliver", "web")
    repositories.merge("permits", BRANCH)
    work = repositories.folder / "permits-work"
    repositories.commit("permits", {"app.py": "x = 1\n"})
    alone = {"EMAILOPS_STATE": None}
    assert minimal.run("generate", "--check", str(work), **alone).code == 0
    (work / FILE).write_text((work / FILE).read_text().replace("example.org", "example.net"))
    ran = minimal.run("generate", "--check", str(work), **alone)
    assert ran.code == 3
    assert f"{FILE}:1:1: generated-edited" in ran.out


@pytest.mark.slow
class TestLeftOutByPackaging:
    """An allow-list, as each of the marketplace's apps has one: what it does not name is in no image."""

    ALLOWED = "*\n!app/\n!application.py\n!config.py\n"
    OTHER = FILE.replace("production", "development")
    LINE = f"{FILE}: .dockerignore:1 leaves it out: *; add the line !{FILE} at the end of .dockerignore"

    @pytest.fixture
    def allowing(self, repositories):
        repositories.commit("permits", {".dockerignore": self.ALLOWED})
        return repositories

    def test_it_is_pushed_and_the_line_to_add_is_said_to_whoever_delivers_and_to_whoever_merges(
        self, minimal, allowing
    ):
        ran = minimal.run("deliver", "web")
        assert ran.code == 0
        assert f"    {self.LINE}\n" in ran.out
        assert "deliver adds such a line itself for a consumer that says unignore: true" in ran.out
        assert f"- {self.LINE}\n" in allowing.said("permits", BRANCH) + "\n"
        assert allowing.read("permits", BRANCH, ".dockerignore") == self.ALLOWED
        left_out = minimal.run("deliver", "web", "--format", "json").json["deliveries"][0]["left_out"]
        assert {"path": FILE, "by": ".dockerignore", "line": 1, "pattern": "*", "add": [f"!{FILE}"]} in left_out

    def test_it_is_said_again_while_nobody_has_added_it(self, minimal, allowing):
        minimal.run("deliver", "web")
        assert f"missing: it is not there; the branch {BRANCH} holds the new one\n    {self.LINE}\n" in (
            minimal.run("consumers", "web").out
        )
        allowing.merge("permits", BRANCH)
        again = minimal.run("deliver", "web").out
        assert again.startswith("web  up to date\n")
        assert f"    {self.LINE}\n" in again
        held = minimal.run("consumers", "web")
        assert f"current\n    {self.LINE}\n" in held.out
        assert len(minimal.run("consumers", "web", "--format", "json").json["files"][0]["left_out"]) == 1

    def test_deliver_adds_the_line_in_the_same_commit_where_the_consumer_says_so(self, minimal, allowing):
        minimal.edit("emailops.yaml", "  web:\n", "  web:\n    unignore: true\n")
        ran = minimal.run("deliver", "web")
        assert ran.out == "web  pushed: 2 new files\n\n1 pushed\n"
        assert allowing.read("permits", BRANCH, ".dockerignore") == f"{self.ALLOWED}!{self.OTHER}\n!{FILE}\n"
        assert f"- .dockerignore: + !{self.OTHER}, + !{FILE}" in allowing.said("permits", BRANCH)
        assert statuses(minimal, "web") == {"web": "waiting"}
        allowing.merge("permits", BRANCH)
        assert statuses(minimal, "web") == {"web": "current"}

    def test_an_ignore_file_that_is_a_link_is_the_file_that_it_leads_to(self, minimal, allowing):
        allowing.commit("permits", {"docker/allowed": self.ALLOWED})
        allowing.replace("permits", "docker/also", LINK, "allowed")
        allowing.replace("permits", ".dockerignore", LINK, "./docker/also")
        minimal.edit("emailops.yaml", "  web:\n", "  web:\n    unignore: true\n")
        assert statuses(minimal, "web") == {"web": "pushed"}
        assert allowing.read("permits", BRANCH, "docker/allowed") == f"{self.ALLOWED}!{self.OTHER}\n!{FILE}\n"
        assert allowing.read("permits", BRANCH, ".dockerignore") == "./docker/also"

    @pytest.mark.parametrize("to", ["../outside", "/etc/hostname", "nowhere", ".dockerignore", "app"])
    def test_one_that_leads_to_no_file_of_the_repository_leaves_nothing_out(self, minimal, allowing, to):
        allowing.replace("permits", ".dockerignore", LINK, to)
        assert minimal.run("deliver", "web").out == "web  pushed: 2 new files\n\n1 pushed\n"

    def test_a_file_that_is_up_to_date_gets_its_line_when_that_is_declared_later(self, minimal, allowing):
        minimal.run("deliver", "web")
        allowing.merge("permits", BRANCH)
        minimal.edit("emailops.yaml", "  web:\n", "  web:\n    unignore: true\n")
        assert "web  pushed: no longer left out by .dockerignore\n" in minimal.run("deliver", "web").out
        assert "~" not in allowing.said("permits", BRANCH)
        assert f"!{FILE}\n" in allowing.read("permits", BRANCH, ".dockerignore")

    def test_a_file_that_no_image_needs_says_so_and_is_left_alone(self, minimal, allowing):
        minimal.edit("emailops.yaml", "format: python", "packaged: false, format: python")
        assert minimal.run("deliver", "web").out == "web  pushed: 2 new files\n\n1 pushed\n"
        assert "# It is read in a checkout: nothing that is built of the repository needs it.\n" in (
            allowing.read("permits", BRANCH, FILE)
        )
        allowing.commit("permits", {".gitignore": "*.py\n"})
        assert f"add the line !/{FILE} at the end of .gitignore" in minimal.run("deliver", "web").out

    def test_consumers_of_one_repository_do_not_take_each_others_lines_away(self, minimal, allowing):
        minimal.edit("emailops.yaml", "worker.git", "permits.git")
        minimal.edit("emailops.yaml", "  web:\n", "  web:\n    unignore: true\n")
        assert statuses(minimal) == {"web": "pushed", "worker": "waiting"}
        text = allowing.read("permits", BRANCH, ".dockerignore")
        assert f"!{FILE}\n" in text
        assert "!email/" not in text

    def test_the_consumers_own_ci_finds_it_without_the_state(self, minimal, allowing):
        minimal.run("deliver", "web")
        allowing.merge("permits", BRANCH)
        allowing.commit("permits", {"app.py": "x = 1\n"})
        work = allowing.folder / "permits-work"
        ran = minimal.run("generate", "--check", str(work), EMAILOPS_STATE=None)
        assert ran.code == 3
        assert f".dockerignore:1:1: generated-left-out: it leaves out {FILE}: *\n    add the line !{FILE} at" in ran.out
        (work / ".dockerignore").write_text(f"{self.ALLOWED}!permits/email/*.py\n")
        assert minimal.run("generate", "--check", str(work), EMAILOPS_STATE=None).code == 0
