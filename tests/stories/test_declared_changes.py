"""Every declared fact that changes behaviour is a line of a plan, part of its digest, and asked about by `review`."""

from __future__ import annotations

import json
import random
from difflib import SequenceMatcher

import pytest

from emailops.plan import Sort
from emailops.schema import schema
from tests.stories.telling import settled

HOSTILE = "https://git.hostile.example/supplier-frontend.git"
SUCCESSOR = """\
production-2:
  extends: _key
  kind: live
  stages: [production]
  purpose: apps and scripts in production
  secret: env:NOTIFY_KEY_PRODUCTION_2
"""

APP = "consumers/_app.yaml"
ROOT = "emailops.yaml"
EDITS = {
    "a consumer's secret comes from another key": (
        [(APP, "DM_NOTIFY_API_KEY: notify", "DM_NOTIFY_API_KEY: {production: key production, staging: key staging}")],
        ("secret", "user-frontend", "preview", "DM_NOTIFY_API_KEY"),
    ),
    "a consumer's variable is renamed": (
        [("consumers/scripts.yaml", "DM_NOTIFY_API_KEY: notify", "NOTIFY_API_KEY: notify")],
        ("secret", "scripts", "production", "NOTIFY_API_KEY"),
    ),
    "production's key is rotated": (
        [
            ("keys.yaml", "functional-tests-preview:", f"{SUCCESSOR}\nfunctional-tests-preview:"),
            ("stages/production.yaml", "key: production", "key: production-2"),
            (ROOT, "live_keys: 2", "live_keys: 3"),
        ],
        ("secret", "user-frontend", "production", "DM_NOTIFY_API_KEY"),
    ),
    "a key is read from elsewhere": (
        [("keys.yaml", "env:NOTIFY_KEY_PRODUCTION", "file:/run/secrets/notify")],
        ("key", "production", "", "secret"),
    ),
    "a repository moves to another host": (
        [
            (
                "consumers/supplier-frontend.yaml",
                "https://github.com/Crown-Commercial-Service/digitalmarketplace-supplier-frontend.git",
                HOSTILE,
            )
        ],
        ("consumer", "supplier-frontend", "", "repository"),
    ),
    "a template is sent without redirects": (
        [
            (
                "consumers/scripts.yaml",
                "  - requirements_close\n  - awarded",
                "  - requirements_close\n  - application_made\n  - awarded",
            )
        ],
        ("consumer", "scripts", "", "unredirected"),
    ),
    "whose jobs are started": (
        [("consumers/jenkins.yaml", "starts: scripts", "starts: [scripts, api]")],
        ("consumer", "jenkins", "", "starts"),
    ),
    "a file is delivered elsewhere": (
        [("consumers/jenkins.yaml", "job_definitions/email_config.j2", "jobs/email_config.j2")],
        ("consumer", "jenkins", "", "file jobs/email_config.j2"),
    ),
    "files of ours are taken out of what an app ignores": (
        [(APP, "sends: [notify]", "sends: [notify]\nunignore: true")],
        ("consumer", "user-frontend", "", "unignore"),
    ),
    "an image need not hold a file any more": (
        [("consumers/scripts.yaml", "    format: python\n", "    format: python\n    packaged: false\n")],
        ("consumer", "scripts", "", "file dmscripts/email_config/{stage}.py"),
    ),
    "a setting moves to another class": (
        [
            (
                APP,
                "Live: {DM_NOTIFY_REDIRECT_DOMAINS_TO_ADDRESS: redirects}",
                "Deployed: {DM_NOTIFY_REDIRECT_DOMAINS_TO_ADDRESS: redirects}",
            )
        ],
        ("consumer", "user-frontend", "", "file email_config.py"),
    ),
    "more live keys are allowed": ([(ROOT, "live_keys: 2", "live_keys: 5")], ("policy", "", "", "live_keys")),
    "an apply needs a pipeline": (
        [(ROOT, "live_keys: 2", "apply_from: pipeline\n  live_keys: 2")],
        ("policy", "", "", "apply_from"),
    ),
    "a limit is declared": (
        [(ROOT, "live_keys: 2", "limits: {mailchimp-audience: {create: 3}}\n  live_keys: 2")],
        ("policy", "", "", "limits.mailchimp-audience.create"),
    ),
    "a difference is ignored": (
        [
            (
                ROOT,
                "policy:",
                "ignore:\n  - {resource: mailchimp-audience/*, field: name, why: for now, until: 2027-01-01}\npolicy:",
            )
        ],
        ("ignore", "mailchimp-audience/*", "", "name"),
    ),
    "an own domain is added": (
        [(ROOT, "own_domains: [", "own_domains: [example.co, ")],
        ("words", "", "", "own_domains"),
    ),
    "the Mailchimp account is all ours": (
        [(ROOT, "owns: declared", "owns: everything")],
        ("account", "Mailchimp", "", "owns"),
    ),
    "a stage is no longer deployed": (
        [("stages/production.yaml", "extends: _deployed", "extends: _deployed\ndeployed: false")],
        ("stage", "production", "production", "deployed"),
    ),
    "a stage redirects nothing": (
        [
            (
                "stages/production.yaml",
                "extends: _deployed",
                "extends: _deployed\nredirect: {none: no tests here, to: null, domains: null}",
            )
        ],
        ("stage", "production", "production", "redirects nothing"),
    ),
    "a test stage redirects nothing": (
        [
            (
                "stages/preview.yaml",
                "extends: _deployed",
                "extends: _deployed\nredirect: {none: no tests here, to: null, domains: null}",
            ),
        ],
        ("stage", "preview", "preview", "redirects nothing"),
    ),
    "a consumer calls a stage by another name": (
        [("consumers/scripts.yaml", "\nfiles:", "\nstage_names: {preview: pre}\nfiles:")],
        ("consumer", "scripts", "", "stage_names"),
    ),
    "a template has another id": (
        [("templates.yaml", "4ae02cdd-65fd-417f-8c24-61260229f9af", "4ae02cdd-65fd-417f-8c24-61260229f9b0")],
        ("template", "reset_password", "", "id"),
    ),
    "a column of dumps holds something else": (
        [("dumps.yaml", "pattern: '[0-9]+@user", "pattern: '.+@user")],
        ("dump", "users.email_address", "", "pattern"),
    ),
    "a mapping becomes a JSON text": (
        [
            (
                "consumers/scripts.yaml",
                "DEFAULT_REDIRECT_DOMAINS: redirects",
                "DEFAULT_REDIRECT_DOMAINS: {json_text: redirects}",
            )
        ],
        ("consumer", "scripts", "", "file dmscripts/email_config/{stage}.py"),
    ),
}


@pytest.fixture
def calm(marketplace):
    """A committed world without managed changes: its plan has nothing to approve."""
    settled(marketplace)
    (marketplace.state / ".emailops/settings.json").unlink()
    marketplace.commit_all()
    marketplace.git("switch", "--quiet", "--create", "work")
    return marketplace


def rows(plan):
    return {(row["sort"], row["subject"], row["stage"], row["name"]): row for row in plan["declared"]}


def change(play, edits):
    for path, old, new in edits:
        play.edit(path, old, new)


@pytest.mark.few(1)
@pytest.mark.parametrize("name", EDITS)
def test_it_is_a_line_of_the_plan_and_has_to_be_reviewed(calm, name):
    before = calm.plan()
    assert before["declared"] == []
    edits, row = EDITS[name]
    change(calm, edits)
    assert calm.run("plan", "--out", "plan.json").code == 0
    plan = json.loads((calm.folder / "plan.json").read_text())
    assert row in rows(plan)
    assert plan["change"] != before["change"]
    assert calm.run("review", "plan.json", "--reviewed", before["change"]).code == 4
    assert calm.run("review", "plan.json", "--reviewed", plan["change"]).code == 0


@pytest.mark.few(1)
@pytest.mark.parametrize("name", [name for name in EDITS if name != "an image need not hold a file any more"])
def test_it_says_the_very_line_that_was_edited(calm, name):
    edits, row = EDITS[name]
    before = {f"state/{path}": (calm.state / path).read_text().splitlines() for path, _, _ in edits}
    change(calm, edits)
    found = rows(calm.plan())[row]
    after = (calm.folder / found["path"]).read_text().splitlines()
    matcher = SequenceMatcher(None, before[found["path"]], after, autojunk=False)
    edited = {line for what, _, _, start, end in matcher.get_opcodes() if what != "equal" for line in range(start, end)}
    assert found["line"] - 1 in edited


GONE = {
    "a limit": ([(ROOT, "  live_keys: 2 ", "  # ")], ("policy", "", "", "live_keys")),
    "a variable of a consumer": (
        [("consumers/scripts.yaml", "  DM_NOTIFY_API_KEY: notify\n", "")],
        ("secret", "scripts", "staging", "DM_NOTIFY_API_KEY"),
    ),
}


@pytest.mark.few(1)
@pytest.mark.parametrize("name", GONE)
def test_what_is_gone_says_where_it_stood(calm, name):
    edits, row = GONE[name]
    path, old, _ = edits[0]
    before = (calm.state / path).read_text()
    line = before[: before.index(old.strip())].count("\n") + 1
    change(calm, edits)
    found = rows(calm.plan())[row]
    assert (found["after"], found["thing"]) == (None, "gone")
    assert (found["path"], found["line"]) == (f"state/{path}", line)
    assert f"was state/{path}:{line}" in calm.run("plan").out


def test_a_thing_that_was_there_before_is_not_shown_as_new(calm):
    """A key that gets a successor, beside the key that is new."""
    calm.edit("keys.yaml", "functional-tests-preview:", f"{SUCCESSOR}\nfunctional-tests-preview:")
    calm.edit(
        "keys.yaml",
        "secret: env:NOTIFY_KEY_PRODUCTION\n",
        "secret: env:NOTIFY_KEY_PRODUCTION\n  successor: production-2\n",
    )
    things = {(row["subject"], row["thing"]) for row in calm.plan()["declared"] if row["sort"] == "key"}
    assert things == {("production", "edited"), ("production-2", "new")}
    lines = calm.run("plan").out.splitlines()
    [production] = [line for line in lines if line.startswith("  ~ production      state/keys.yaml:")]
    assert "      + successor -> production-2" in lines[lines.index(production) :]


def test_a_variable_that_is_renamed_is_one_row_for_the_old_and_one_for_the_new(calm):
    calm.edit(APP, "DM_NOTIFY_API_KEY: notify", "NOTIFY_KEY: notify")
    lines = calm.run("plan").out.splitlines()
    below = lines[lines.index("keys that consumers hold") :]
    assert [line.split()[:2] for line in below if line.startswith(("  - ", "  + "))] == [
        ["-", "DM_NOTIFY_API_KEY"],
        ["+", "NOTIFY_KEY"],
    ]
    assert "      + staging -> staging" in below


def test_the_schemas_know_every_sort_of_declared_facts():
    for name in ("plan", "drift"):
        assert schema(name)["properties"]["declared"]["items"]["properties"]["sort"]["enum"] == [s.name for s in Sort]


@pytest.mark.few(1)
@pytest.mark.parametrize(
    ("name", "unsafe"),
    [
        ("a repository moves to another host", "git.hostile.example is a new host"),
        ("more live keys are allowed", "a limit is raised"),
        ("a template is sent without redirects", "mail would go to its very recipient"),
        ("a difference is ignored", "a difference is hidden"),
        ("a template has another id", "mail gets other references with the new id"),
        ("a test stage redirects nothing", "mail to addresses that tests make up would go out"),
        ("a stage redirects nothing", "mail to addresses that tests make up would go out"),
    ],
)
def test_what_takes_a_safeguard_away_reaches_production(calm, name, unsafe):
    edits, row = EDITS[name]
    change(calm, edits)
    found = rows(calm.plan())[row]
    assert found["reaches_production"]
    assert found["unsafe"].startswith(unsafe)


def test_a_host_that_the_job_lists_is_not_new(calm):
    edits, row = EDITS["a repository moves to another host"]
    change(calm, edits)
    calm.environment |= {"EMAILOPS_REPOSITORY_HOSTS": "github.com, git.hostile.example"}
    assert rows(calm.plan())[row]["unsafe"] == ""


def test_only_what_people_read_changes_nothing(calm):
    calm.edit("keys.yaml", "purpose: apps and scripts in staging", "purpose: whatever runs in staging")
    calm.edit("keys.yaml", "created: unknown", "created: 2024-05-01")
    calm.edit("consumers/scripts.yaml", "purpose: run from Jenkins", "purpose: started by Jenkins")
    assert calm.plan()["declared"] == []


def test_the_order_in_which_a_change_was_made_is_no_other_change(calm):
    """The same facts have the same digest, whichever way they came about."""
    digests = set()
    names = sorted(EDITS)
    for seed in range(2):
        calm.git("checkout", "--quiet", "--", ".")
        chosen = names[:3]
        random.Random(seed).shuffle(chosen)
        for name in chosen:
            change(calm, EDITS[name][0])
        digests.add(calm.plan()["change"])
    assert len(digests) == 1


class TestWhereADifferenceComesFrom:
    """What the base's own plan has on the same observation was open before."""

    def origins(self, plan):
        return {row["resource"]: row["origin"] for row in plan["changes"] if row["control"] == "managed"}

    def test_what_the_world_lacked_before_was_open_before(self, marketplace):
        marketplace.commit_all()
        marketplace.edit(
            "stages/_deployed.yaml", "    example.com:", "    example.org: invalid buyer\n    example.com:"
        )
        plan = marketplace.plan()
        assert len(plan["declared"]) == 21
        assert set(self.origins(plan).values()) == {"before"}

    def test_what_is_newly_declared_is_this_change(self, marketplace):
        marketplace.commit_all()
        text = (marketplace.state / "audiences/digital-outcomes-and-specialists-6.yaml").read_text()
        new = text.replace("Specialists 6", "Specialists 7")
        (marketplace.state / "audiences/digital-outcomes-and-specialists-7.yaml").write_text(new)
        origins = self.origins(marketplace.plan())
        assert {name: origin for name, origin in origins.items() if "-7." in name} == dict.fromkeys(
            (name for name in origins if "-7." in name), "this_change"
        )
        assert {origin for name, origin in origins.items() if "-6." in name} == {"before"}

    def test_an_attested_field_that_is_edited_is_this_change_and_what_nobody_attested_was_open_before(
        self, marketplace
    ):
        marketplace.commit_all()
        marketplace.edit(
            "notify.yaml",
            "- address: success@",
            "- {address: qa@user.marketplace.team, why: tests, until: 2027-01-01}\n    - address: success@",
        )
        steps = {
            row["resource"]: row["origin"] for row in marketplace.plan()["changes"] if row["control"] == "attested"
        }
        assert steps.pop("notify-guest-list/marketplace") == "this_change"
        assert set(steps.values()) == {"before"}

    def test_without_a_base_nobody_can_tell(self, minimal):
        assert {row["origin"] for row in minimal.plan()["changes"]} == {"unknown"}

    def test_a_renamed_audience_is_this_change(self, marketplace):
        settled(marketplace)
        (marketplace.state / ".emailops/settings.json").unlink()
        marketplace.commit_all()
        (marketplace.state / "audiences/framework-updates.yaml").rename(marketplace.state / "audiences/updates.yaml")
        marketplace.edit("consumers/supplier-frontend.yaml", "audience framework-updates", "audience updates")
        moved = "moved: {mailchimp-audience/framework-updates: mailchimp-audience/updates}\n"
        marketplace.edit("emailops.yaml", "policy:", f"{moved}policy:")
        assert self.origins(marketplace.plan()) == {"mailchimp-audience/updates": "this_change"}
