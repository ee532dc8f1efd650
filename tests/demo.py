"""`make demo`: the whole idea in twenty seconds, over real HTTP, on a copy of the Digital Marketplace's state.

A sandbox plays Mailchimp and Notify. It has drifted from the state, and a pull request of one line is on a branch.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from emailops.kinds import resources
from tests.world import STATES, accounts_for, declaration_of, environment_for

EMAILOPS = Path(sys.executable).parent / "emailops"
DRIFTED_AUDIENCE = "digital-outcomes-and-specialists-5.digital-outcomes"
DRIFTED_TEMPLATE = "reset_password"
TEXT = "Subject: Reset your password\n\nFollow this link within 24 hours to choose a new password:\n\n((url))\n"


def main() -> int:
    """Plays the story; ends with 1 when a step ends otherwise than the story says."""
    with tempfile.TemporaryDirectory(prefix="emailops-demo-") as name:
        checkout = Path(name) / "checkout"
        _branch_with_a_new_domain(checkout)
        accounts = Path(name) / "accounts.json"
        accounts.write_text(json.dumps(_drifted_accounts(checkout / "state")))
        with _sandbox(accounts) as urls:
            return _story(Demo(checkout, _environment(checkout, urls)))


class Demo:
    """Runs commands as a person would, in the checkout."""

    def __init__(self, checkout: Path, environment: dict[str, str]) -> None:
        self._checkout = checkout
        self._environment = environment
        self.went_as_told = True

    def says(self, *paragraphs: str) -> None:
        for paragraph in paragraphs:
            print(f"\n# {paragraph}", flush=True)

    def run(self, *arguments: str, ends_with: int = 0) -> None:
        print(f"\n$ {shlex.join(arguments)}", flush=True)
        command = [str(EMAILOPS), *arguments[1:]] if arguments[0] == "emailops" else list(arguments)
        code = subprocess.run(command, cwd=self._checkout, env=self._environment, check=False).returncode
        if code != ends_with:
            print(f"(ended with {code}, not {ends_with})", flush=True)
            self.went_as_told = False


def _story(demo: Demo) -> int:
    demo.says("One line of YAML on a branch: mail to a test domain must not reach anyone.")
    demo.run("git", "--no-pager", "diff", "--unified=0", "--no-color", "main", "--", "state/stages")
    demo.says("Is it well formed, and does it break a rule?")
    demo.run("emailops", "validate")
    demo.says("What would it do, to whom? The accounts have drifted, so there is more to see than one line.")
    demo.run("emailops", "plan", "--out", "plan.json")
    demo.says("Make what an API can make; the plan file is the consent. (6: steps for people remain.)")
    demo.run("emailops", "apply", "plan.json", ends_with=6)
    demo.says("Someone has entered the guest list in Notify's web page, and says so.")
    demo.run("emailops", "attest", "notify-guest-list/marketplace", "--by", "developers")
    demo.says("The files that apps and scripts read, with the new domain and the new ids.")
    demo.run("emailops", "generate", "--out", "generated")
    demo.run("grep", "-A4", "REDIRECT", "generated/user-frontend/email_config.py")
    demo.run(
        "grep", "-A4", '"digital-outcomes-and-specialists-6"', "generated/scripts/dmscripts/email_config/production.py"
    )
    demo.says("A second plan: only what is left for a person.")
    demo.run("emailops", "plan", "--detailed-exitcode", ends_with=6)
    return 0 if demo.went_as_told else 1


def _branch_with_a_new_domain(checkout: Path) -> None:
    """A repository whose main branch holds the state, and a branch that adds a redirect domain."""
    shutil.copytree(STATES / "digital-marketplace", checkout / "state")
    templates = checkout / "state" / "templates"
    templates.mkdir()
    (templates / f"{DRIFTED_TEMPLATE}.md").write_text(TEXT)
    _attest_all_but_the_guest_list(checkout / "state")
    (checkout / ".gitignore").write_text(".emailops/\n/plan.json\n/generated/\n")
    _git(checkout, "init", "--quiet", "--initial-branch=main")
    _git(checkout, "add", ".")
    _git(checkout, "commit", "--quiet", "--message=The state as it is")
    _git(checkout, "switch", "--quiet", "--create=one-more-domain")
    deployed = checkout / "state/stages/_deployed.yaml"
    lines = deployed.read_text().splitlines(keepends=True)
    number, last = [(n, line) for n, line in enumerate(lines) if ": approved admin" in line][-1]
    indent = last[: len(last) - len(last.lstrip())]
    lines.insert(number + 1, f"{indent}example.org: invalid buyer\n")
    deployed.write_text("".join(lines))


def _attest_all_but_the_guest_list(state: Path) -> None:
    """What people have seen in Notify's pages before the story begins."""
    names = [str(desired.resource) for desired in resources(declaration_of(state)) if desired.attested is not None]
    command = [str(EMAILOPS), "attest", *names, "--by", "developers", "--state", str(state)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    (state / "attestations/notify-guest-list/marketplace.yaml").unlink()


def _drifted_accounts(state: Path) -> dict[str, Any]:
    """The accounts as the state has them, and then as people left them."""
    declaration = declaration_of(state)
    accounts = accounts_for(declaration)
    drifted = declaration.ids[f"mailchimp-audience/{DRIFTED_AUDIENCE}"]
    for audience in accounts["mailchimp"]["accounts"][0]["audiences"]:
        if audience["id"] == drifted:
            audience["campaign_defaults"]["from_name"] = "DOS Team"
    for template in accounts["notify"]["services"][0]["templates"]:
        if template["name"] == DRIFTED_TEMPLATE:
            template["version"] += 1
            template["body"] = template["body"].replace("24 hours", "7 days")
    return accounts


@contextmanager
def _sandbox(accounts: Path) -> Iterator[dict[str, str]]:
    command = [str(EMAILOPS), "sandbox", "--accounts", str(accounts), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        try:
            yield json.loads(running.stdout.readline())
        finally:
            running.terminate()


def _environment(checkout: Path, urls: dict[str, str]) -> dict[str, str]:
    """A home of its own and no keys but the sandbox's."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TERM") if name in os.environ}
    keys = environment_for(declaration_of(checkout / "state"), urls["notify"], urls["mailchimp"])
    return {**kept, **keys, "HOME": str(checkout.parent), "GIT_CONFIG_NOSYSTEM": "1"}


def _git(checkout: Path, *arguments: str) -> None:
    person = ["-c", "user.name=Demo", "-c", "user.email=demo@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *person, *arguments], cwd=checkout, check=True)


if __name__ == "__main__":
    sys.exit(main())
