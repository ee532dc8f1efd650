"""What the stories share: names of the Digital Marketplace's state, worlds made anew, and what a run left on disk."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from emailops.cli import main
from tests.playing import Play, Ran
from tests.world import accounts_for, declaration_of, environment_for

SCHEMAS = Path(__file__).parents[2] / "schemas"
AUDIENCE = "mailchimp-audience/"
TOLD = {"mailchimp-audience": "managed", "notify-template": "verified", "notify-guest-list": "attested"}
"""The kinds that these stories are about, by one control of each; a state holds others, and of these other facts."""
DOS5 = "mailchimp-audience/digital-outcomes-and-specialists-5.digital-outcomes"
DOS5_ID = "eebeddcc2b"
DOS6 = tuple(
    f"mailchimp-audience/digital-outcomes-and-specialists-6.{lot}"
    for lot in ("digital-outcomes", "digital-specialists", "user-research-participants")
)
DOS6_NAME = "Digital Outcomes and Specialists 6: Digital outcomes"
UPDATES = "mailchimp-audience/framework-updates"
UPDATES_ID = "7534b3e89a"
GUEST_LIST = "notify-guest-list/marketplace"
OTHER_TEAM = {"id": "0a0b0c0d0e", "name": "Another team's news"}
MARKETPLACE_KEYS = ("NOTIFY_KEY_DEVELOPMENT", "NOTIFY_KEY_PREVIEW", "NOTIFY_KEY_STAGING", "NOTIFY_KEY_PRODUCTION")
ALL_KEYS = (*MARKETPLACE_KEYS, "NOTIFY_KEY_CCS", "MAILCHIMP_KEY")
WRITES = ("POST", "PATCH", "PUT", "DELETE")
NO_KEYS: dict[str, str | None] = dict.fromkeys(ALL_KEYS)


@cache
def schema(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((SCHEMAS / f"{name}.schema.json").read_text()))


def assert_fits(name: str, document: Any) -> None:
    wrong = [f"{error.json_path}: {error.message}" for error in schema(name).iter_errors(document)]
    assert wrong == []


def actions(plan: Any) -> dict[str, str]:
    """Resource -> action, of the changes that these stories are about."""
    return {change["resource"]: change["action"] for change in _told(plan)}


def managed(plan: Any) -> dict[str, str]:
    """Resource -> action, of the changes that apply makes."""
    return {
        change["resource"]: change["action"]
        for change in plan["changes"]
        if change["control"] == "managed" and change["action"] not in ("person", "unknown")
    }


def change_of(plan: Any, resource: str, control: str = "") -> Any:
    """The one change of a resource by `control`, which these stories are about where none is named."""
    meant = control or TOLD.get(resource.partition("/")[0], "")
    found = [
        change for change in plan["changes"] if change["resource"] == resource and meant in ("", change["control"])
    ]
    assert len(found) == 1, [change["resource"] for change in plan["changes"]]
    return found[0]


def step_of(plan: Any, resource: str, control: str = "") -> Any:
    """The step of that change: steps stand in the order of the changes for a person."""
    for_people = [change for change in plan["changes"] if change["action"] == "person"]
    steps = dict(zip(map(id, for_people), plan["steps"], strict=True))
    return steps[id(change_of(plan, resource, control))]


def of_kind(plan: Any, kind: str) -> dict[str, str]:
    """Resource -> action, of the changes of one kind."""
    return {
        change["resource"]: change["action"] for change in plan["changes"] if change["resource"].startswith(f"{kind}/")
    }


def to_attest(plan: Any) -> list[str]:
    """The resources that somebody has to attest."""
    return [step["resource"] for step in plan["steps"] if step["then"].startswith("emailops attest")]


def part(text: str, heading: str) -> str:
    """The lines under a heading of a plan, up to the next empty line."""
    _, found, rest = text.partition(f"\n{heading}\n")
    assert found, text
    return rest.partition("\n\n")[0]


def _told(plan: Any) -> list[Any]:
    """The managed changes to audiences, the verified ones to templates, the attested ones to guest lists."""
    return [change for change in plan["changes"] if TOLD.get(change["resource"].partition("/")[0]) == change["control"]]


def statuses(report: Any) -> dict[str, str]:
    """Resource -> status, of all outcomes of an apply."""
    return {outcome["resource"]: outcome["status"] for outcome in report["outcomes"]}


def audience(world: Any, id_: str) -> Any:
    """In a sandbox's state, the audience with this id; editing it edits the state."""
    found = [audience for audience in world["mailchimp"]["accounts"][0]["audiences"] if audience["id"] == id_]
    assert len(found) == 1, id_
    return found[0]


def audiences(world: Any) -> list[Any]:
    listed: list[Any] = world["mailchimp"]["accounts"][0]["audiences"]
    return listed


def template(world: Any, name: str) -> Any:
    found = [template for template in world["notify"]["services"][0]["templates"] if template["name"] == name]
    assert len(found) == 1, name
    return found[0]


def named(play: Play, name: str) -> list[Any]:
    """The audiences that bear a name at Mailchimp now."""
    return [audience for audience in play.audiences() if audience["name"] == name]


def drift(play: Play, from_name: str = "DOS Team", id_: str = DOS5_ID) -> None:
    """Someone has changed an audience's from-name in Mailchimp's web page."""
    play.change_world(lambda world: audience(world, id_)["campaign_defaults"].update(from_name=from_name))


def make_world_anew(play: Play) -> None:
    """The world as the state declares it now, and keys for it."""
    declaration = declaration_of(play.state)
    play.sandbox.replace(accounts_for(declaration))
    play.environment.update(environment_for(declaration, play.sandbox.notify_url, play.sandbox.mailchimp_url))


def on_day(play: Play, day: str, *arguments: str) -> Ran:
    """A command line as on another day than the one that all others share."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.chdir(play.folder)
        for name, text in play.environment.items():
            patch.setenv(name, text)
        code = main([*arguments, "--today", day])
    return Ran(int(code), out.getvalue(), err.getvalue())


def attest_all(play: Play) -> None:
    """Somebody has taken every step that ends in an attestation."""
    ran = play.run("attest", *to_attest(play.plan()), "--by", "developers")
    assert ran.code == 0, ran.err


_SETTLED: dict[str, tuple[dict[str, bytes], Any]] = {}


def settled(play: Play) -> None:
    """Everything applied: a state and a world in which only people have something left to do.

    The same state in the same world comes to the same, so that each is applied once.
    """
    before = repr((play.sandbox.notify_url, tree(play.folder), play.sandbox.state()))
    if before not in _SETTLED or (play.folder / ".git").exists():
        planned(play)
        ran = play.run("apply", "plan.json")
        assert ran.code in (0, 6), ran.out
        _SETTLED[before] = tree(play.folder), play.sandbox.state()
        return
    files, world = _SETTLED[before]
    for path, content in files.items():
        (play.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (play.folder / path).write_bytes(content)
    play.sandbox.replace(world)


def planned(play: Play, *arguments: str, path: str = "plan.json") -> Any:
    """A plan that was written to a file."""
    ran = play.run("plan", "--out", path, *arguments)
    assert ran.code == 0, ran.err
    return json.loads((play.folder / path).read_text())


def add(play: Play, path: str, text: str) -> None:
    """Write at the end of a file of the state."""
    with (play.state / path).open("a") as file:
        file.write(text)


def people_file(play: Play, **addresses: str) -> dict[str, str]:
    """The variable that names a file of people's addresses, which is outside the state."""
    (play.folder / "people.json").write_text(json.dumps(addresses))
    return {"EMAILOPS_PEOPLE": "people.json"}


def said(play: Play, *runs: Ran) -> str:
    """All that these runs printed, and every file that emailops could have written."""
    files = [content for path, content in tree(play.folder).items() if path != "people.json"]
    assert files
    return "\n".join([*(f"{ran.out}\n{ran.err}" for ran in runs), *(text.decode(errors="replace") for text in files)])


def tree(folder: Path) -> dict[str, bytes]:
    """Every file under a folder with its bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def kept(play: Play) -> Any:
    """All that a run may change: what the providers hold, and the state's files but for lock and audit lines.

    Of what the last apply notes of the settings, the minute does not count: a clock moves on meanwhile.
    """
    files = {name: text for name, text in tree(play.state).items() if not name.endswith(("/lock", ".jsonl"))}
    if (noted := ".emailops/settings.json") in files:
        files[noted] = re.sub(rb'"made": "[0-9: -]+ UTC"', b"", files[noted])
    return {"world": play.sandbox.state(), "files": {k: v for k, v in files.items() if k != ".emailops/.gitignore"}}


@contextmanager
def nothing_written(play: Play) -> Iterator[None]:
    """What is done inside leaves providers and files as they were, and sends no request that writes."""
    before, sent = kept(play), len(play.sandbox.requests)
    yield
    assert [request for request in play.sandbox.requests[sent:] if request.method in WRITES] == []
    assert kept(play) == before


def assert_refused(ran: Ran, gate: str) -> Any:
    """An apply with --format json that a gate refused; gives the gate."""
    assert ran.code == 4, (ran.out, ran.err)
    assert_fits("report", ran.json)
    assert ran.json["gate"]["name"] == gate
    assert ran.json["outcomes"] == []
    assert ran.json["converged"] is False
    return ran.json["gate"]


def assert_plain_failure(ran: Ran, *fragments: str) -> None:
    """Ended with 1, said why on standard error, and showed no traceback."""
    assert ran.code == 1, f"{ran.code} {ran.out[:200]} {ran.err[-200:]}"
    assert "Traceback" not in ran.err
    assert ran.err.startswith("emailops: ")
    for fragment in fragments:
        assert fragment in ran.err, ran.err


def settings_of(plan):
    """What a plan says of values that consumers read, without the other declared facts."""
    return [row for row in plan["declared"] if row["sort"] == "setting"]
