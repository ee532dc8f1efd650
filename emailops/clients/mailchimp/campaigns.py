"""Campaigns: created, filled, checked and sent (https://mailchimp.com/developer/marketing/api/campaigns/)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

from ..addresses import is_email_address
from ..campaign import Campaign
from ..errors import CampaignExists, CampaignNotReady, OutcomeUnknown, Refused, WrongCall
from ..private import masked
from .audiences import Audience
from .listings import listed
from .transport import Calls

PAGE = 100
_QUIET = {"opens": False, "html_clicks": False, "text_clicks": False, "goal_tracking": False, "ecomm360": False}


class Checklist(NamedTuple):
    """Whether a campaign can be sent, and what Mailchimp has against it."""

    is_ready: bool
    problems: tuple[str, ...]


class Campaigns:
    """Made by a `MailchimpClient`. A title and an audience name one campaign: nothing here makes a second."""

    def __init__(self, official: Any, calls: Calls) -> None:
        self._campaigns = official.campaigns
        self._calls = calls

    def find(self, audience: Audience, title: str) -> Campaign | None:
        """The campaign with this title to this audience: of several the one that has gone out.

        Raises Refused where there are several, and none has.
        """
        found = [campaign for campaign in self._of(audience) if campaign.title == title]
        found = [campaign for campaign in found if campaign.has_gone_out] or found
        if len(found) > 1 and not found[0].has_gone_out:
            message = f"there are {len(found)} campaigns {title!r} to {audience.name}"
            raise Refused(message, "delete in Mailchimp's pages all but one")
        return found[0] if found else None

    def create(
        self,
        audience: Audience,
        *,
        title: str,
        subject: str,
        from_name: str,
        reply_to: str,
        settings: Mapping[str, Any] | None = None,
        tracking: Mapping[str, bool] | None = None,
    ) -> Campaign:
        """A draft. `settings` are more of Mailchimp's; nobody is tracked unless `tracking` says so.

        Raises CampaignExists, and OutcomeUnknown where the answer was lost and no such campaign shows yet.
        """
        if not is_email_address(reply_to):
            raise WrongCall("reply_to is not an email address", "answers go there: write a whole address")
        existing = self.find(audience, title)
        if existing is not None:
            raise CampaignExists(existing)
        named = {"title": title, "subject_line": subject, "from_name": from_name, "reply_to": reply_to}
        body = {
            "type": "regular",
            "recipients": {"list_id": audience.id},
            "settings": {**(settings or {}), **named},
            "tracking": {**_QUIET, **(tracking or {})},
        }
        try:
            create = partial(self._campaigns.create, body)
            return self._calls.once(lambda: _campaign(create()), "create a campaign", reply_to)
        except OutcomeUnknown as lost:
            created = self.find(audience, title)
            if created is None:
                remedy = "look in three minutes with campaigns.find; Mailchimp may still be at it"
                raise OutcomeUnknown(lost.message, remedy) from None
            return created

    def set_content(self, campaign: Campaign, html: str, *, text: str | None = None) -> None:
        """What people read. Mailchimp makes the plain text of the HTML when you give none."""
        body = {"html": html} if text is None else {"html": html, "plain_text": text}
        put = partial(self._campaigns.content.update, campaign.id, body)
        self._calls.repeat(put, "set the content of a campaign")

    def checklist(self, campaign: Campaign) -> Checklist:
        ask = partial(self._campaigns.send_checklist.get, campaign.id)
        return self._calls.repeat(lambda: _checklist(ask()), "check a campaign")

    def refreshed(self, campaign: Campaign) -> Campaign:
        """The same campaign as it is now."""
        ask = partial(self._campaigns.get, campaign.id)
        return self._calls.repeat(lambda: _campaign(ask()), "look at a campaign")

    def send(self, campaign: Campaign) -> Campaign:
        """Send it now, once: to one that has gone out nothing is done. Nothing brings it back.

        Raises CampaignNotReady, and OutcomeUnknown where Mailchimp may be sending it: look at its status, and do not
        send it again before three minutes have passed.
        """
        now = self.refreshed(campaign)
        if now.has_gone_out:
            return now
        checked = self.checklist(campaign)
        if not checked.is_ready:
            raise CampaignNotReady(checked.problems)
        try:
            self._calls.once(partial(self._campaigns.actions.send, campaign.id), "send a campaign")
        except (OutcomeUnknown, Refused):
            now = self.refreshed(campaign)
            if not now.has_gone_out:
                raise
            return now
        return self.refreshed(campaign)

    def _of(self, audience: Audience) -> Iterator[Campaign]:
        fields = "campaigns.id,campaigns.status,campaigns.settings.title,campaigns.recipients.list_id,total_items"
        ask = partial(self._campaigns.all, list_id=audience.id, fields=fields)
        found = map(_campaign, listed(self._calls, ask, "campaigns", size=PAGE))
        return (campaign for campaign in found if campaign.audience_id == audience.id)


def _campaign(entry: Mapping[str, Any]) -> Campaign:
    title, audience_id = entry.get("settings", {}).get("title", ""), entry.get("recipients", {}).get("list_id", "")
    return Campaign(str(entry["id"]), str(title), str(audience_id), str(entry["status"]))


def _checklist(answer: Mapping[str, Any]) -> Checklist:
    wrong = [item for item in answer.get("items", []) if item.get("type") == "error"]
    problems = (": ".join(str(item[part]) for part in ("heading", "details") if item.get(part)) for item in wrong)
    return Checklist(bool(answer["is_ready"]), tuple(map(masked, problems)))
