"""No output, plan file, report or note of the tool holds a secret or an address of a stranger."""

from __future__ import annotations

import json
import re

import pytest

from tests.stories.telling import (
    ALL_KEYS,
    DOS5_ID,
    DOS6_NAME,
    attest_all,
    audience,
    audiences,
    planned,
    template,
    tree,
)

# One address a place where a provider may give it back.
STRANGERS = {
    "from_email": "anna.drifted@people.example",
    "from_name": "otto.named@people.example",
    "subject": "ida.subject@people.example",
    "reminder": "emma.reminder@people.example",
    "company": "karl.company@people.example",
    "adopted": "nora.adopted@people.example",
    "undeclared": "paul.undeclared@people.example",
    "body": "rosa.body@people.example",
    "template subject": "max.subject@people.example",
    "template name": "lena.name@people.example",
    "member": "mia.member@people.example",
    "problem": "leo.problem@people.example",
}


def _plant(world):
    drifted = audience(world, DOS5_ID)
    drifted["campaign_defaults"] |= {
        "from_email": STRANGERS["from_email"],
        "from_name": f"Ask {STRANGERS['from_name']}",
        "subject": f"From {STRANGERS['subject']}",
    }
    drifted["permission_reminder"] = f"You wrote to {STRANGERS['reminder']}."
    drifted["contact"]["company"] = f"({STRANGERS['company']})"
    drifted["members"] = [{"email_address": STRANGERS["member"], "status": "subscribed"}]
    found = {"id": "abcdef0123", "name": DOS6_NAME, "campaign_defaults": {"from_email": STRANGERS["adopted"]}}
    audiences(world).append(found)
    audiences(world).append({"id": "abcdef0124", "name": f"List of {STRANGERS['undeclared']}"})
    template(world, "reset_password").update(
        version=4, body=f"Hello\n\nAsk {STRANGERS['body']}", subject=f"From {STRANGERS['template subject']}"
    )
    world["notify"]["services"][0]["templates"].append(
        {"id": "cccccccc-0000-4000-8000-000000000001", "name": f"Draft of {STRANGERS['template name']}"}
    )


@pytest.fixture
def planted(marketplace):
    marketplace.edit("emailops.yaml", "owns: declared", "owns: everything")
    (marketplace.state / "templates").mkdir()
    (marketplace.state / "templates/reset_password.md").write_text("Subject: Reset\n\nHello\n")
    marketplace.change_world(_plant)
    return marketplace


def _secrets(play):
    for name in ALL_KEYS:
        value = play.environment[name]
        yield value
        yield value[-36:] if name.startswith("NOTIFY") else value.partition("-")[0]


def _assert_clean(play, texts):
    for where, text in texts.items():
        for place, address in STRANGERS.items():
            assert address not in text, (where, place)
            local = re.split(r"[.@]", address)[0]
            assert f"{local}." not in text, (where, place, "half of it")
        for secret in _secrets(play):
            assert secret not in text, where


def _files(play):
    return {name: content.decode(errors="replace") for name, content in tree(play.folder).items()}


def test_of_every_command_in_every_format(planted):
    said = {}
    commands = [
        *(("plan", "--format", format_, "--out", "plan.json") for format_ in ("text", "json", "markdown")),
        *(("show", "plan.json", "--format", format_) for format_ in ("text", "json", "markdown")),
        ("validate", "--format", "json"),
        ("show", "mailchimp-audience/digital-outcomes-and-specialists-5.digital-outcomes"),
        ("show", "notify-template/reset_password"),
        ("adopt", "mailchimp-audience/digital-outcomes-and-specialists-6.digital-outcomes", "abcdef0123"),
        ("apply", "plan.json"),
        ("apply", "plan.json", "--format", "json"),
        ("plan", "--out", "plan.json"),
        ("apply", "plan.json", "--format", "json"),
        ("apply", "--stage", "shared", "--yes"),
        ("generate", "--out", "generated"),
        ("generate", "--check", "generated"),
    ]
    for command in commands:
        ran = planted.run(*command)
        assert ran.code not in (70, 64), (command, ran.err[-300:])
        said[f"{command} out"], said[f"{command} err"] = ran.out, ran.err
    attest_all(planted)
    # Something must have been shown, or the above proves nothing.
    assert "<an address at people.example>" in said["('plan', '--format', 'text', '--out', 'plan.json') out"]
    _assert_clean(planted, said | _files(planted))


FORMS = {
    "a problem": {"title": f"For {STRANGERS['problem']}", "status": 400, "detail": f"{STRANGERS['problem']} is fake."},
    "errors": {"status_code": 403, "errors": [{"error": "AuthError", "message": f"For {STRANGERS['problem']}"}]},
    "a page": f"<html>{STRANGERS['problem']}</html>",
    "a list": [STRANGERS["problem"]],
}
REFUSALS = [
    ("GET /3.0/lists", 400),
    ("GET /3.0/", 401),
    ("GET /v2/templates", 403),
    ("GET /v2/templates", 500),
    ("POST /3.0/lists", 400),
    ("PATCH /3.0/lists/*", 400),
]


@pytest.mark.few(1)
@pytest.mark.parametrize(("route", "status"), REFUSALS, ids=str)
def test_of_what_a_provider_says_when_it_refuses(planted, route, status):
    said = {}
    planned(planted)
    for form, body in FORMS.items():
        planted.sandbox.set_faults([{"route": route, "do": "status", "status": status, "body": body}])
        command = ("apply", "plan.json") if route.startswith("P") else ("plan",)
        ran = planted.run(*command)
        said[f"{form} out"], said[f"{form} err"] = ran.out, ran.err
        planted.sandbox.set_faults([])
        if route.startswith("P"):
            planned(planted)
    _assert_clean(planted, said | _files(planted))


def test_of_a_gate_that_shows_what_is_there_now(planted):
    planned(planted)
    address = "willi.moved@others.example"
    planted.change_world(lambda world: audience(world, DOS5_ID)["campaign_defaults"].update(from_email=address))
    ran = planted.run("apply", "plan.json", "--format", "json")
    assert ran.code == 4
    assert "<an address at others.example>" in ran.out
    assert "willi" not in ran.out + ran.err
    _assert_clean(planted, {"out": ran.out, "err": ran.err})


ODD = [
    "jürgen.odd@people.example",
    "odd.anna@bücher.example",
    "odd.anna@xn--bcher-kva.example",
    "Odd.Anna+tag@People.Example",
    "odd.o'brien@people.example",
    '"odd anna"@people.example',
    "odd.anna@people.co.example",
]


@pytest.mark.few(1)
@pytest.mark.parametrize("address", ODD)
def test_of_an_address_of_an_odd_form(marketplace, address):
    text = f"You wrote to <{address}>."
    marketplace.change_world(lambda world: audience(world, DOS5_ID).update(permission_reminder=text))
    ran = marketplace.run("plan", "--out", "plan.json")
    assert ran.code == 0
    assert "You wrote to" in ran.out
    plan = (marketplace.folder / "plan.json").read_text()
    assert "You wrote to <<an address at" in plan
    for part in (address, address.partition("@")[0]):
        assert part.lower() not in ran.out.lower()
        assert part.lower() not in plan.lower()


KEY = "preview-00000000-0000-4000-8000-000000000001-5ec5e700-0000-4000-8000-000000000001"
TYPED = "jo.bloggs@people.example"
MISTYPED = [
    *("validate --state", "plan --observed", "plan --base", "plan --stage", "plan --only", "generate --check"),
    *("generate --into", "generate --consumer", "deliver", "consumers", "show", "explain", "trace user-frontend"),
    *("trace user-frontend reset_password ada@example.com --stage", "attest notify-key/ccs --by", "attest", "accept"),
    *("review", "apply", "local-env user-frontend --into", "local-env --all", "local-env", "rotate", "leaver"),
    *("compare", "rules", "mail", "fingerprint", "adopt", "probe --stage", "unlock --id", "scan code --consumer"),
    *("ledger", "new-iteration", "rehearse --observed", "sandbox --accounts", "import", ""),
]
"""Where a name, a path or a pattern belongs, and an address, or a key, was pasted."""


@pytest.mark.parametrize("command", MISTYPED)
@pytest.mark.parametrize("typed", [TYPED, KEY], ids=["an address", "a key"])
def test_what_was_typed_in_the_place_of_a_name_or_a_path(marketplace, command, typed):
    ran = marketplace.run(*command.split(), typed)
    assert ran.code not in (0, 70)
    assert typed not in ran.out + ran.err
    assert KEY[-36:] not in ran.out + ran.err


def test_that_a_key_on_the_command_line_is_refused_before_anything_is_done(marketplace):
    ran = marketplace.run("plan", "--out", KEY)
    assert (ran.code, ran.out) == (64, "")
    assert "an argument holds what looks like a secret" in ran.err
    assert not (marketplace.folder / KEY).exists()


def test_that_the_declared_address_of_the_service_is_shown(planted):
    """A mask that hides everything would hide what a reviewer has to see."""
    [change] = [change for change in planned(planted)["changes"] if change["id"] == DOS5_ID]
    after = {field["name"]: field["after"] for field in change["fields"]}
    assert after["campaign_defaults.from_email"] == "do-not-reply@digitalmarketplace.service.gov.uk"


def test_that_the_sandbox_was_given_every_address(planted):
    held = json.dumps(planted.sandbox.state(), ensure_ascii=False)
    missing = [place for place, address in STRANGERS.items() if address not in held]
    assert missing == ["problem"]
