"""A campaign: what was published since the last working day, as one Mailchimp campaign a route.

A title and an audience name one campaign. What is there is finished, and never made twice, so this can be run again at
any time. A route that cannot be mailed does not keep the others waiting: it is named at the end.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import closing, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from emailops.clients.errors import CampaignExists, ClientError, KeyRefused, OutcomeUnknown, Refused
from emailops.clients.mailchimp import Audience as Held
from emailops.clients.mailchimp import Campaign
from emailops.declaration.values import is_true
from emailops.errors import EmailopsError, Exit, GateError, LedgerError, UsageError
from emailops.mailings.account import StageAccount, connected
from emailops.mailings.answers import check_field, items
from emailops.mailings.campaign_claims import CampaignClaims
from emailops.mailings.layouts import rendered
from emailops.mailings.means import Errand
from emailops.mailings.patterns import LocalTime, Unfilled, compiled, words_of_day

_MONDAY = 0
_OVER_A_WEEKEND = 3
_CLAIMED = (
    "another run is sending it, or died at it, and it may still be on its way to Mailchimp; run it again in {} seconds"
)


class Route(StrEnum):
    """How the campaign of one route ended."""

    sent = "sent"
    already = "already sent"
    unsent = "would be sent"
    unknown = "unknown"
    failed = "failed"


@dataclass(frozen=True, slots=True)
class Issue:
    """The campaign of one route, as it would be."""

    route: str
    framework: str
    lot: str
    items: list[dict[str, Any]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class RouteReport:
    """What became of one route; `text` is the plain-text part of a dry run."""

    route: str
    status: Route
    items: int
    title: str = ""
    subject: str = ""
    audience: str = ""
    problem: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Mailed:
    """What became of each route of a campaign; of those days there was nothing else."""

    mailing: str
    stage: str
    first: date
    last: date
    routes: tuple[RouteReport, ...]

    @property
    def exit_code(self) -> Exit:
        """5 where some routes were mailed and some were not, 6 where only time can tell, 1 where none was."""
        failed = [told for told in self.routes if told.status is Route.failed]
        if failed:
            return Exit.ERROR if len(failed) == len(self.routes) else Exit.PARTIAL
        return Exit.PEOPLE if any(told.status is Route.unknown for told in self.routes) else Exit.OK


def mail(errand: Errand, since: date | None, *, dry_run: bool) -> Mailed:
    """Send what was published on the days since the last working day, or since `since`; a dry run sends nothing.

    The whole source is read before the first campaign is made. Raises UsageError for a day to come,
    InvalidInput, ProviderError and GateError.
    """
    time = LocalTime(errand.run.now, errand.run.today, errand.mailing.source.text("timezone"))
    first, last = days(errand.run.today, since)
    if first > last:
        raise UsageError(f"--since {first} is not before today, {errand.run.today}", "name a day that is over")
    endpoint = errand.mailing.endpoint
    found = items(endpoint, errand.stage.name, errand.words, errand.run) if endpoint else iter(())
    issues = _issues(errand, found, time, first, last)
    with connected(errand) if issues else nullcontext() as account:
        taken: set[tuple[str, str]] = set()
        told = [_told(errand, account, issue, time, taken, dry_run=dry_run) for issue in issues] if account else []
    return Mailed(errand.mailing.name, errand.stage.name, first, last, tuple(told))


def days(today: date, since: date | None) -> tuple[date, date]:
    """The first and the last day: up to yesterday, and on a Monday from Friday."""
    count = _OVER_A_WEEKEND if today.weekday() == _MONDAY else 1
    return since or today - timedelta(days=count), today - timedelta(days=1)


def _issues(errand: Errand, found: Iterator[dict[str, Any]], time: LocalTime, first: date, last: date) -> list[Issue]:
    """The items of those days by route, in the order in which the source has them."""
    group, published = errand.mailing.source.table("group"), errand.mailing.source.text("published")
    issues: dict[tuple[str, str], Issue] = {}
    entries = list(found)
    check_field(entries, published, "published")
    for entry in entries:
        day = _day(entry.get(published), time)
        if day is None or not first <= day <= last:
            continue
        framework, lot = (str(entry.get(group.text(name)) or "") for name in ("framework", "lot"))
        route = f"{framework}.{lot}" if group else errand.mailing.audience
        issues.setdefault((framework, lot), Issue(route, framework, lot, [])).items.append(entry)
    return list(issues.values())


def _day(value: Any, time: LocalTime) -> date | None:
    """The day of a time, in the zone; None for what is none: it was not published."""
    try:
        return time.local(value).date()
    except ValueError:
        return None


def _told(
    errand: Errand, account: StageAccount, issue: Issue, time: LocalTime, taken: set[tuple[str, str]], *, dry_run: bool
) -> RouteReport:
    """One route; whatever is wrong with it alone is told, and what is wrong with the key is raised."""
    try:
        is_routed = "group" in errand.mailing.source
        audience, held = account.routed(issue.framework, issue.lot) if is_routed else account.named()
        words = _words(errand, issue)
        title, subject = (compiled(errand.mailing.source.text(name), time)(words) for name in ("title", "subject"))
        html, text = (
            rendered(f"mailings/{errand.mailing.name}.{ending}", errand.mailing.texts.get(ending, ""), words, time)
            for ending in ("html", "txt")
        )
        if (held.id, title) in taken:
            # Where test audiences serve several frameworks, two campaigns of a day would be taken for one.
            title = f"{title} · {issue.framework}"
        taken.add((held.id, title))
        told = RouteReport(
            issue.route, Route.unsent, len(issue.items), title, subject, audience.resource.name, text=text
        )
        return _sent(errand, account, held, told, html, dry_run=dry_run)
    except KeyRefused:
        raise
    except OutcomeUnknown as error:
        return RouteReport(issue.route, Route.unknown, len(issue.items), problem=f"{error.message}; {error.remedy}")
    except Unfilled as error:
        return RouteReport(
            issue.route, Route.failed, len(issue.items), problem=f"there is no {error.column} for its title"
        )
    except (ClientError, EmailopsError) as error:
        if isinstance(error, GateError):
            raise
        return RouteReport(issue.route, Route.failed, len(issue.items), problem=f"{error.message}; {error.remedy}")


def _sent(
    errand: Errand, account: StageAccount, held: Held, told: RouteReport, html: str, *, dry_run: bool
) -> RouteReport:
    if dry_run:
        return _of_others(account, held, told) or told
    name = f"{held.id} {told.title}"
    with closing(CampaignClaims(errand.run.database)) as claims:
        seconds = claims.take(name, account.now())
        if seconds:
            return _of_others(account, held, told) or _as(told, Route.unknown, _CLAIMED.format(math.ceil(seconds)))
        try:
            return _finished(errand, account, held, told, html)
        except OutcomeUnknown:
            raise
        except (ClientError, EmailopsError):
            with suppress(LedgerError):  # a claim ends by itself, too
                claims.release(name)
            raise


def _of_others(account: StageAccount, held: Held, told: RouteReport) -> RouteReport | None:
    """What to say of a campaign that has gone out without us; None for one that has not."""
    there = account.client.campaigns.find(held, told.title)
    return _as(told, Route.already) if there is not None and there.has_gone_out else None


def _finished(errand: Errand, account: StageAccount, held: Held, told: RouteReport, html: str) -> RouteReport:
    """Make it or find it, fill it and send it; the claim is ours."""
    campaigns = account.client.campaigns
    campaign = _created(errand, account, held, told)
    if campaign.has_gone_out:
        return _as(told, Route.already)
    try:
        campaigns.set_content(campaign, html, text=told.text)
    except Refused:
        if campaigns.refreshed(campaign).has_gone_out:
            return _as(told, Route.already)
        raise
    return _as(told, Route.sent if campaigns.send(campaign).has_gone_out else Route.unknown)


def _created(errand: Errand, account: StageAccount, held: Held, told: RouteReport) -> Campaign:
    """The one with this title and audience: as it is, or new.

    Another machine with a send ledger of its own may make one at the same moment. So each looks again after it made
    its own, and before it sends anything. Raises Refused where there are two.
    """
    campaigns = account.client.campaigns
    sender, settings = errand.mailing.source.table("from"), errand.mailing.source.table("settings")
    try:
        made = campaigns.create(
            held,
            title=told.title,
            subject=told.subject,
            from_name=sender.text("name"),
            reply_to=sender.text("email"),
            settings={name: is_true(value) for name, value in settings.items()},
        )
    except CampaignExists as exists:
        return exists.campaign
    return campaigns.find(held, told.title) or made


def _words(errand: Errand, issue: Issue) -> Mapping[str, Any]:
    """What a title, a subject and a layout can say."""
    framework = errand.declaration.frameworks.get(issue.framework)
    named = {
        "framework": issue.framework,
        "framework_name": framework.title if framework else "",
        "lot": issue.lot,
        "lot_name": framework.lots.get(issue.lot, "") if framework else "",
    }
    return {**errand.words, **named, **words_of_day(errand.run.today), "items": issue.items, "stage": errand.stage.name}


def _as(told: RouteReport, status: Route, problem: str = "") -> RouteReport:
    return RouteReport(told.route, status, told.items, told.title, told.subject, told.audience, problem)
