"""Where the commands of a page run: a checkout with a state, and the world around it, each made by one function."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emailops import __version__
from tests.cloning import BRANCH, clone, git, on_a_branch, publish
from tests.docs import mail
from tests.docs.pages import ROOT
from tests.mailings.marketplace import brief, listed
from tests.mailings.source_api import source_api
from tests.playing import Play, play
from tests.repositories import Repositories
from tests.scan.dumps import TABLES, Rows, copy
from tests.world import accounts_for, declaration_of

TEXT = "Subject: Reset your password\n\nFollow this link within 24 hours to choose a new password:\n\n((url))\n"
DOS5, DOS6 = "digital-outcomes-and-specialists-5", "digital-outcomes-and-specialists-6"
SUPPLIER = "digitalmarketplace-supplier-frontend"
TOKEN = "ghp_0123456789abcdef0123456789abcdef0123"
NONCE = "0123456789abcdef"


@dataclass
class Scene:
    """A checkout and its world; `words` are those of a command line that stand for something, such as DIGEST.

    `kept` are keys that only a page's `export` puts into the environment.
    """

    play: Play
    words: dict[str, Callable[[], str]] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Where the state stands."""
        return self.play.state if self.play.state.exists() else self.play.folder

    def put_in(self, word: str) -> str:
        return self.words[word]() if word in self.words else word


@contextmanager
def nowhere(folder: Path) -> Iterator[Scene]:
    """For commands that need no state."""
    with play(folder, "minimal") as playing:
        yield Scene(playing)


@contextmanager
def first_day(folder: Path) -> Iterator[Scene]:
    """A folder with a wheel; keys of a Notify service with two templates, of another, and of a Mailchimp account."""
    with play(folder, "minimal") as playing:
        shutil.rmtree(playing.state)
        playing.environment["NOTIFY_KEY"] = playing.environment.pop("NOTIFY_KEY_PERMITS")
        playing.change_world(_permits_begins)
        playing.environment["MAILCHIMP_KEY"] = _ACCOUNT["api_keys"][0]
        wheel = folder / f"vendor/emailops-{__version__}-py3-none-any.whl"
        wheel.parent.mkdir()
        wheel.write_bytes(b"as pip wheel makes it")
        playing.git("init", "--quiet", "--initial-branch=main")
        yield Scene(playing, kept={"NOTIFY_KEY_TRIAL": playing.environment.pop("NOTIFY_KEY_TRIAL")})


@contextmanager
def permits(folder: Path) -> Iterator[Scene]:
    """The state in one file, some weeks after the first day."""
    with play(folder, "minimal") as playing:
        (folder / ".gitignore").write_text(".emailops/\n/build/\n/plan.json\n")
        _attest_all(playing)
        playing.commit_all()
        repositories = _repositories(folder, "https://git.example/")
        repositories.make("permits")
        playing.environment |= repositories.environment
        yield Scene(playing)


@contextmanager
def marketplace(folder: Path) -> Iterator[Scene]:
    """The worked example, all attested, with main committed; the world is as declared, but for iteration 6."""
    with play(folder) as playing:
        _settle(playing)
        yield _scene(playing)


@contextmanager
def messages(folder: Path) -> Iterator[Scene]:
    """The worked example; receipts of three messages to one person, a message that preview sent, and a log."""
    with play(folder) as playing:
        id_ = mail.send(playing, "preview", "success@simulator.amazonses.com", "reminder-2026-11")
        mail.keep_receipts(playing, "someone@example.gov.uk")
        (folder / "app.log.gz").write_bytes(gzip.compress(mail.log_about("someone@example.gov.uk").encode()))
        yield Scene(playing, {"ID": lambda: id_})


@contextmanager
def pull_request(folder: Path) -> Iterator[Scene]:
    """All is applied, and a branch adds an audience, a redirect domain and a guest."""
    with play(folder) as playing:
        _settle(playing)
        _apply(playing)
        shutil.rmtree(playing.state / ".emailops")  # so that a plan compares with main, as in a fresh checkout
        playing.git("switch", "--quiet", "--create=closings")
        (playing.state / "audiences/framework-closings.yaml").write_text(_AUDIENCE)
        playing.edit("stages/_deployed.yaml", "    user.market", "    example.org: invalid buyer\n    user.market")
        playing.edit("notify.yaml", "  callback:", f"{_GUEST}  callback:")
        yield _scene(playing)


@contextmanager
def drifted(folder: Path) -> Iterator[Scene]:
    """Someone changed an audience and someone else a template, in the providers' web pages."""
    with play(folder) as playing:
        (playing.state / "templates").mkdir()
        (playing.state / "templates/reset_password.md").write_text(TEXT)
        playing.sandbox.replace(accounts_for(declaration_of(playing.state)))
        _settle(playing)
        _apply(playing)
        playing.change_world(_drift)
        yield _scene(playing)


@contextmanager
def next_iteration(folder: Path) -> Iterator[Scene]:
    """While iteration 5 is the last one."""
    with play(folder) as playing:
        (playing.state / f"audiences/{DOS6}.yaml").unlink()
        five = playing.state / f"audiences/{DOS5}.yaml"
        five.write_text(re.sub(r"status:.*", "status: open", five.read_text()))
        playing.sandbox.replace(accounts_for(declaration_of(playing.state)))
        _settle(playing)
        yield _scene(playing)


@contextmanager
def pipeline(folder: Path) -> Iterator[Scene]:
    """`ledger: git`, the branch begun, and the worked example waiting for its apply."""
    with play(folder / "checkout") as playing:
        _attest_all(playing)
        on_a_branch(playing)
        assert playing.run("drift", "--observed", "observation.json").code in (0, 2, 6)
        yield _scene(playing)


@contextmanager
def mailings(folder: Path) -> Iterator[Scene]:
    """The worked example with the mailings of the page itself, people, and an API that has opportunities."""
    page = (ROOT / "docs/mailings.md").read_text(encoding="utf-8")
    declared = "".join(re.findall(r"```yaml\n(.*?)```", page, re.DOTALL))
    briefs = [brief(1, "2026-11-23"), brief(2, "2026-11-23", framework="another-framework")]
    with play(folder) as playing, source_api({"/briefs": listed("briefs", briefs)}) as api:
        declared = declared.replace("https://api.preview.example", api.url)
        (playing.state / "mailings.yaml").write_text(declared, encoding="utf-8")
        shutil.copytree(ROOT / "state/mailings", playing.state / "mailings")
        rows = (
            "email address,name,ends",
            "ann@user.marketplace.team,Ann,2026-12-31",
            "bob@user.marketplace.team,Bob,2027-01-31",
        )
        (folder / "people.csv").write_text("\n".join(rows))
        playing.environment |= {
            "API_TOKEN_PREVIEW": "made-up-token",
            "EMAILOPS_SECRETS": "env:NOTIFY_KEY_PREVIEW env:MAILCHIMP_KEY env:API_TOKEN_PREVIEW",
        }
        yield Scene(playing)


@contextmanager
def before_the_ledger(folder: Path) -> Iterator[Scene]:
    """A remote whose ledger's branch nobody has begun."""
    with play(folder / "checkout") as playing:
        publish(playing)
        yield _scene(playing)


@contextmanager
def dead_run(folder: Path) -> Iterator[Scene]:
    """An agent died and left its lease behind."""
    with play(folder / "checkout") as playing:
        _attest_all(playing)
        on_a_branch(playing)
        _leave_a_lease(playing)
        scene = _scene(playing)
        scene.words["NONCE"] = lambda: NONCE
        yield scene


@contextmanager
def lost_ledger(folder: Path) -> Iterator[Scene]:
    """The branch is gone from the remote, and no clone has it."""
    with play(folder / "checkout") as playing:
        _attest_all(playing)
        remote = on_a_branch(playing)
        git(remote, "update-ref", "-d", f"refs/heads/{BRANCH}")
        yield _scene(playing)


@contextmanager
def ambiguous(folder: Path) -> Iterator[Scene]:
    """Two audiences have the name of a declared one, whose id is not recorded."""
    with play(folder) as playing:
        _settle(playing)
        playing.edit("recorded/production.yaml", _recorded_line(playing, "framework-updates"), "")
        playing.change_world(_second_of_its_name)
        scene = _scene(playing)
        scene.words["ID"] = lambda: _id_in_the_world(playing)
        yield scene


@contextmanager
def developer(folder: Path) -> Iterator[Scene]:
    """A developer's machine with a checkout of one consumer, and messages in the sandbox's inbox."""
    with play(folder) as playing:
        code = playing.folder / "code" / SUPPLIER
        code.mkdir(parents=True)
        git(code, "init", "--quiet")
        (code / ".gitignore").write_text(".env\n")
        playing.run("drift", "--observed", "observation.json")
        (playing.folder / "accounts.json").write_text(json.dumps(accounts_for(declaration_of(playing.state))))
        yield Scene(playing)


@contextmanager
def tests_of_a_service(folder: Path) -> Iterator[Scene]:
    """The worked example, with a test suite that uses addresses of several sorts, and a generated file."""
    with play(folder) as playing:
        for path, text in _SUITE.items():
            file = playing.folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        assert playing.run("generate", "supplier-frontend", "--into", ".").code == 0
        yield Scene(playing)


@contextmanager
def dump(folder: Path) -> Iterator[Scene]:
    """The worked example, and a dump of which one column was not cleaned."""
    with play(folder) as playing:
        (playing.folder / "cleaned.sql").write_bytes(copy(_dumped()))
        yield Scene(playing)


@contextmanager
def leaks(folder: Path) -> Iterator[Scene]:
    """The worked example, a checkout with two keys in it, one of them in its history, and an app's code."""
    with play(folder) as playing:
        for path, text in _LEAKS.items():
            file = playing.folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        (playing.folder / ".gitignore").write_text("/state/\n")
        playing.commit_all("First")
        (playing.folder / "config.py").write_text("MAILCHIMP_KEY = None\n")
        playing.commit_all("Second")
        yield Scene(playing)


SCENES: dict[str, Callable[[Path], AbstractContextManager[Scene]]] = {
    "nowhere": nowhere,
    "first-day": first_day,
    "permits": permits,
    "marketplace": marketplace,
    "messages": messages,
    "pull-request": pull_request,
    "drifted": drifted,
    "next-iteration": next_iteration,
    "pipeline": pipeline,
    "before-the-ledger": before_the_ledger,
    "dead-run": dead_run,
    "lost-ledger": lost_ledger,
    "ambiguous": ambiguous,
    "developer": developer,
    "tests-of-a-service": tests_of_a_service,
    "mailings": mailings,
    "dump": dump,
    "leaks": leaks,
}


def _dumped() -> dict[str, tuple[tuple[str, ...], Rows]]:
    columns, rows = TABLES["contact_information"]
    uncleaned = [(number, "sales@company.co.uk", "") for number in range(3)]
    return {**TABLES, "contact_information": (columns, [*rows, *uncleaned])}


def _permits_begins(world: Any) -> None:
    """Two services with copies of two templates, and an account of Mailchimp's."""
    for service, first in zip(world["notify"]["services"], "ab", strict=True):
        service["templates"] = [
            {
                "id": f"{first * 8}-0000-4000-8000-00000000000{number}",
                "name": f"permit_{name}",
                "subject": subject,
                "body": "Dear ((name)),\n\nsee ((url)).",
            }
            for number, (name, subject) in enumerate(_TEXTS.items(), 1)
        ]
    world["mailchimp"] = {"accounts": [_ACCOUNT]}


def _scene(playing: Play) -> Scene:
    """With the digests of plan.json in place of their names."""

    def of_the_plan(digest: str) -> Callable[[], str]:
        return lambda: str(json.loads((playing.folder / "plan.json").read_text())[digest])

    return Scene(playing, {"DIGEST": of_the_plan("digest"), "CHANGE": of_the_plan("change")})


def _settle(playing: Play) -> None:
    """All is attested, and main holds it."""
    _attest_all(playing)
    (playing.folder / ".gitignore").write_text(".emailops/\n/build/\n/plan.json\n/observation.json\n")
    playing.commit_all()


def _apply(playing: Play) -> None:
    """Iteration 6 gets its audiences, and main their ids."""
    assert playing.run("plan", "--out", "plan.json").code == 0
    ran = playing.run("apply", "plan.json")
    assert ran.code in (0, 6), ran.err
    playing.commit_all("Applied")


_ATTESTED: dict[str, dict[str, str]] = {}


def _attest_all(playing: Play) -> None:
    """Once for each state; every other scene of that state gets copies."""
    files = {str(path.relative_to(playing.state)): path.read_text() for path in playing.state.rglob("*.*")}
    declared = repr(sorted(files.items()))
    if declared not in _ATTESTED:
        _attest(playing)
        written = sorted((playing.state / "attestations").rglob("*.yaml"))
        _ATTESTED[declared] = {str(path.relative_to(playing.state)): path.read_text() for path in written}
    for name, text in _ATTESTED[declared].items():
        (playing.state / name).parent.mkdir(parents=True, exist_ok=True)
        (playing.state / name).write_text(text)


def _attest(playing: Play) -> None:
    steps = [step["resource"] for step in playing.plan()["steps"] if step["then"].startswith("emailops attest")]
    ran = playing.run("attest", *steps, "--by", "developers")
    assert ran.code == 0, ran.err


def _repositories(folder: Path, prefix: str) -> Repositories:
    (folder / "remotes").mkdir()
    return Repositories(folder / "remotes", prefix)


def _drift(world: Any) -> None:
    for audience in world["mailchimp"]["accounts"][0]["audiences"]:
        if audience["name"] == "Digital Outcomes and Specialists 5: Digital outcomes":
            audience["campaign_defaults"]["from_name"] = "DOS Team"
    for template in world["notify"]["services"][0]["templates"]:
        if template["name"] == "reset_password":
            template.update(version=template["version"] + 1, body=template["body"].replace("24 hours", "7 days"))


def _leave_a_lease(playing: Play) -> None:
    other = clone(playing, "agent", f"--branch={BRANCH}")
    lease = {"nonce": NONCE, "who": "jenkins on agent-3 since 2026-11-24 05:10 UTC, build https://ci.example/17"}
    (other.folder / "lease.json").write_text(json.dumps(lease))
    git(other.folder, "add", "--force", "lease.json")
    other.commit_all()
    git(other.folder, "push", "--quiet", "origin", f"HEAD:{BRANCH}")


def _recorded_line(playing: Play, name: str) -> str:
    lines = (playing.state / "recorded/production.yaml").read_text().splitlines(keepends=True)
    return next(line for line in lines if line.startswith(f"mailchimp-audience/{name}:"))


def _second_of_its_name(world: Any) -> None:
    audiences = world["mailchimp"]["accounts"][0]["audiences"]
    first = next(audience for audience in audiences if "open for applications" in audience["name"])
    audiences.append({**first, "id": "0a0b0c0d0e"})


def _id_in_the_world(playing: Play) -> str:
    return next(str(found["id"]) for found in playing.audiences() if "open for applications" in found["name"])


_LEAKS = {
    "app/config.py": "KEY = 'staging-00000000-0000-4000-8000-000000000001-c4e7a093-5b1d-4f82-9e36-0d7b28a1f5c4'\n",
    "config.py": "MAILCHIMP_KEY = '3f9c1a7e5b2d8046e1f7a3c9b5d02e84-us9'\n",
    f"{SUPPLIER}/app/main.py": """\
from flask import current_app

client = DMNotifyClient(current_app.config["DM_NOTIFY_API_KEY"], logger=current_app.logger)
templates = current_app.config["NOTIFY_TEMPLATES"]
client.send_email(address, templates["framework-application-question"])
client.send_email(address, "84f5d812-df9d-4ab8-804a-06f64f5abd30")
""",
    f"{SUPPLIER}/app/mail.py": "".join(
        f"send_email(to, template_name_or_id={name!r})\n"
        for name in (
            *("confirmation_of_clarification_question", "create_user_account", "invite_contributor"),
            *("framework-application-started", "framework-clarification-question"),
        )
    ),
    f"{SUPPLIER}/config.py": "class Config:\n"
    + "".join(
        f"    {name} = None\n"
        for name in (
            *("DM_CLARIFICATION_QUESTION_EMAIL", "DM_COMPANY_DETAILS_CHANGE_EMAIL", "DM_ENQUIRIES_EMAIL_ADDRESS_UUID"),
            *("DM_MAILCHIMP_API_KEY", "DM_MAILCHIMP_OPEN_FRAMEWORK_NOTIFICATION_MAILING_LIST_ID"),
            *("DM_MAILCHIMP_USERNAME", "DM_NOTIFY_REDIRECT_DOMAINS_TO_ADDRESS"),
        )
    ),
}
_SUITE = {
    "features/sign_up.feature": """\
Feature: Sign up
  Scenario: A buyer signs up
    When I enter "buyer@example.gov.uk" in the "Email address" field
  Scenario: Someone else does
    When I enter "jane@digital.cabinet-office.gov.uk" in the "Email address" field
""",
    "features/steps.rb": """\
When "I sign up as {word}" do |name|
  fill_in :email, with: "#{name}@company.co.uk"
  expect(@email.id).to eq(@user.email)
end
""",
    "spec/mail_spec.rb": "let(:to) { 'jane@example.org' }\n",
}
_GUEST = """\
    - address: qa@user.marketplace.team
      why: the testers' accounts get their mail there
      until: 2027-03-31
"""
_AUDIENCE = """\
extends: _audience
audience:
  stages: [production]
  name: Digital Marketplace - closing soon
  permission_reminder: You get this because you asked to hear before a framework closes.
  campaign_defaults:
    subject: A framework closes soon
otherwise: framework-updates-test
"""
_TEXTS = {name: f"Your permit is {name}" for name in ("granted", "refused")}
_ACCOUNT: dict[str, Any] = {
    "name": "Permits",
    "account_id": "8d3a3db4d97663a9074efcc16",
    "api_keys": ["0123456789abcdef0123456789abcdef-us7"],
    "max_audiences": 9,
    "audiences": [
        {
            "id": "0a0b0c0d0e",
            "name": "Permit news",
            "date_created": "2024-03-01T09:00:00+00:00",
            "contact": {"company": "Permits", "address1": "1 Street", "city": "London", "zip": "N1", "country": "GB"},
            "permission_reminder": "You asked for it.",
            "campaign_defaults": {
                "from_name": "Permits",
                "from_email": "news@permits.example",
                "subject": "News",
                "language": "en",
            },
            "email_type_option": False,
            "double_optin": True,
        }
    ],
}
