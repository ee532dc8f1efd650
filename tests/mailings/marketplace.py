"""The worked example with its real mailings, and a stand-in for its Data API."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.mailings.source_api import SourceApi, pages, source_api
from tests.playing import Play

STATE = Path(__file__).parents[2] / "state"
TOKENS = {
    f"DATA_API_TOKEN_{stage}": f"data-api-token-{stage.lower()}" for stage in ("PREVIEW", "STAGING", "PRODUCTION")
}
KEYS = ("NOTIFY_KEY_PREVIEW", "NOTIFY_KEY_STAGING", "NOTIFY_KEY_PRODUCTION", "MAILCHIMP_KEY")
DOS6 = "digital-outcomes-and-specialists-6"
DOS5 = "digital-outcomes-and-specialists-5"


def brief(number: int, day: str, framework: str = DOS5, lot: str = "digital-outcomes", **more: Any) -> dict[str, Any]:
    """One opportunity, as the API gives it."""
    return {
        "id": number,
        "title": f"Opportunity {number}",
        "organisation": "Council",
        "location": "Leeds",
        "lotName": "Digital outcomes",
        "lotSlug": lot,
        "frameworkSlug": framework,
        "frameworkName": "Digital Outcomes and Specialists",
        "frameworkFramework": "digital-outcomes-and-specialists",
        "publishedAt": f"{day}T10:00:00.000000Z",
        "applicationsClosedAt": "2026-12-07T23:59:59.000000Z",
        "status": "live",
        **more,
    }


def listed(name: str, items: list[Any], size: int = 2) -> Any:
    """A listing that keeps the path that it was asked by."""

    def answer(path: str) -> tuple[int, Any]:
        return pages(name, re.sub(r"[?&]page=\d+", "", path), items, size)(path)

    return answer


@contextmanager
def with_mailings(play: Play, answers: dict[str, Any]) -> Iterator[SourceApi]:
    """The play with the state's own mailings, whose API is here at every stage."""
    for path in (STATE / "mailings.yaml", *sorted((STATE / "mailings").iterdir())):
        target = play.state / path.relative_to(STATE)
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(path.read_bytes())
    with source_api(answers) as api:
        mailings = play.state / "mailings.yaml"
        host = api.url.replace("127.0.0.1", "localhost")
        text = mailings.read_text()
        # Production's address has to be another than that of the other stages.
        text = text.replace("https://api.digitalmarketplace.service.gov.uk", host)
        mailings.write_text(re.sub(r"https://api\.\w+\.marketplace\.team", api.url, text))
        secrets = " ".join(f"env:{name}" for name in (*KEYS, *TOKENS))
        play.environment |= {**TOKENS, "EMAILOPS_SECRETS": secrets, "EMAILOPS_PIPELINE": "jenkins"}
        yield api


def campaigns(play: Play) -> list[dict[str, Any]]:
    """Every campaign that Mailchimp holds."""
    held: list[dict[str, Any]] = play.sandbox.state()["mailchimp"]["accounts"][0]["campaigns"]
    return held


def audience(play: Play, name: str) -> dict[str, Any]:
    """An audience by its id or name."""
    return next(held for held in play.audiences() if name in (held["id"], held["name"]))


def fill(play: Play, name: str, members: dict[str, str]) -> None:
    """Put people into an audience, each with a status."""

    def change(accounts: Any) -> None:
        for held in accounts["mailchimp"]["accounts"][0]["audiences"]:
            if name in (held["id"], held["name"]):
                held["members"] += [{"email_address": address, "status": status} for address, status in members.items()]

    play.change_world(change)
