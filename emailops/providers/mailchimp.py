"""Reads and writes the audiences of one Mailchimp account (https://mailchimp.com/developer/marketing/api/lists/).

There is no code here that deletes an audience, a campaign or a member.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import requests
from mailchimp3 import MailChimp
from mailchimp3.mailchimpclient import MailChimpError

from emailops.canonical import composed, flat
from emailops.errors import GateError, InvalidInput, LostAnswer, ProviderError, Refused, Unreachable
from emailops.kinds.mailchimp_audience import nested
from emailops.patience import Patience
from emailops.private import Address, Mask, Secret, hide_secrets, mask_strangers, whole
from emailops.providers.listing import Listing
from emailops.providers.transport import MALFORMED, ReadingSession, WritingSession, together, was_never_sent
from emailops.providers.wire import in_words
from emailops.resource import Observed

MEMBERS_PAGE = 1000
PAGE = 500
"""Audiences a request: the documented limit is 1,000, at which the API has been seen to time out."""

_ERRORS = 5
_KEY = re.compile(r"[0-9a-f]{32}-(us[0-9]{1,3})")
_AUDIENCE_ID = re.compile(r"[0-9a-f]{10}")
_FIELDS = (
    "lists.id,lists.web_id,lists.name,lists.date_created,lists.contact,lists.permission_reminder,"
    "lists.campaign_defaults,lists.email_type_option,lists.double_optin,lists.stats.member_count,"
    "constraints,total_items"
)

CAMPAIGNS_PAGE = 100
_CAMPAIGN_FIELDS = (
    "campaigns.id,campaigns.send_time,campaigns.emails_sent,campaigns.recipients.list_id,campaigns.settings.title,"
    "campaigns.settings.subject_line,campaigns.report_summary.unique_opens,"
    "campaigns.report_summary.subscriber_clicks,total_items"
)


@dataclass(frozen=True, slots=True)
class SentCampaign:
    """One that was sent; opens and clicks are of people (https://mailchimp.com/developer/marketing/api/campaigns/)."""

    id: str
    sent: str
    title: str
    subject: str
    audience: str
    emails: int
    opens: int
    clicks: int


# It logs whole payloads, addresses included.
logging.getLogger("mailchimp3").addHandler(logging.NullHandler())
logging.getLogger("mailchimp3").propagate = False


class MailchimpReader:
    """Reads an account. The key is checked for its form before it can become a host name.

    Whatever Mailchimp says goes through `mask`; without one, audiences are whole, and all else holds no address.
    """

    session_class: type[ReadingSession] = ReadingSession

    def __init__(
        self, key: Secret, url: str, datacentre: str, mask: Mask | None, *, patience: Patience | None = None
    ) -> None:
        found = _KEY.fullmatch(key.reveal())
        if not found:
            raise InvalidInput("the Mailchimp key has the wrong form", "32 hex digits, a dash, and us with a number")
        if found[1] != datacentre:
            message = f"the Mailchimp key is of {found[1]}, the declared account is at {datacentre}"
            raise GateError("account", message, "use the key of the declared account")
        self._session = self.session_class(url, patience)
        self._client = _Client(self._session, key)
        self._client.base_url = url
        self._objects = mask or whole
        self._mask = mask or mask_strangers((), ())
        self._patience = patience or Patience()
        self._datacentre = datacentre

    @property
    def requests(self) -> int:
        """How many requests were sent."""
        return self._session.count

    @property
    def request_ids(self) -> list[str]:
        """METHOD path -> Mailchimp's own id of each request that was answered; its support asks for it."""
        return self._session.request_ids

    @property
    def clock(self) -> datetime | None:
        """What Mailchimp's clock said when it last answered."""
        return self._session.clock

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()

    def account_id(self) -> str:
        """The account behind the key."""
        with self._translated("GET /", writing=False):
            return str(self._mask(self._client.root.get(fields="account_id").get("account_id", "")))

    def audiences(self) -> tuple[tuple[Observed, ...], int | None]:
        """Every audience, and how many more the account may hold (None: no limit). Raises ShortRead."""
        found: list[Observed] = []
        room = None
        for page in self._audience_pages():
            with self._translated("GET /lists", writing=False):
                found += [self._observed(audience) for audience in self._objects(page["lists"])]
                room = _room(page.get("constraints") or {})
        return tuple(found), room

    def audiences_named(self, name: str) -> tuple[Observed, ...]:
        """Those of this name, out of a whole listing of which nothing else is looked at. Raises ShortRead."""
        found: list[Observed] = []
        for page in self._audience_pages():
            with self._translated("GET /lists", writing=False):
                named = [held for held in page["lists"] if _is_named(held["name"], name)]
                found += map(self._observed, self._objects(named))
        return tuple(found)

    def _audience_pages(self) -> Iterator[Mapping[str, Any]]:
        ask = partial(self._client.lists.all, count=PAGE, fields=_FIELDS)
        return self._pages("GET /lists", "audiences", ask, "lists", PAGE)

    def subscribers(self, audience_id: str, known: Mapping[str, Address]) -> tuple[dict[str, str], int]:
        """The status of each known address by name (absent when there is none), and how many others get mail here."""
        statuses = together([partial(self._status, audience_id, address) for address in known.values()])
        ours = {subscriber_hash(address) for address in known.values()}
        members = together([partial(self._members, audience_id, status) for status in ("subscribed", "pending")])
        others = sum(member not in ours for some in members for member in some)
        return dict(zip(known, statuses, strict=True)), others

    def merge_fields(self, audience_id: str) -> tuple[dict[str, Any], ...]:
        """Every merge field of an audience, as Mailchimp gives it. Raises ShortRead."""
        ask = partial(self._client.lists.merge_fields.all, audience_id, count=PAGE)
        pages = self._pages("GET merge fields", "merge fields", ask, "merge_fields", PAGE, "merge_id")
        return tuple(self._mask(field) for page in pages for field in page["merge_fields"])

    def campaigns_sent(self, since: datetime) -> tuple[SentCampaign, ...]:
        """Those that were sent since then, with how they were received. Raises ProviderError."""
        ask = partial(
            self._client.campaigns.all,
            get_all=False,
            count=CAMPAIGNS_PAGE,
            status="sent",
            since_send_time=since.isoformat(),
            fields=_CAMPAIGN_FIELDS,
        )
        pages = self._pages("GET campaigns", "campaigns", ask, "campaigns", CAMPAIGNS_PAGE)
        with self._translated("GET campaigns", writing=False):
            return tuple(self._campaign(campaign) for page in pages for campaign in page["campaigns"])

    def _campaign(self, campaign: Mapping[str, Any]) -> SentCampaign:
        settings, report = campaign.get("settings") or {}, campaign.get("report_summary") or {}
        return SentCampaign(
            _text(campaign["id"]),
            _text(campaign.get("send_time") or ""),
            self._mask(_text(settings.get("title") or "")),
            self._mask(_text(settings.get("subject_line") or "")),
            _text((campaign.get("recipients") or {}).get("list_id") or ""),
            int(campaign.get("emails_sent") or 0),
            int(report.get("unique_opens") or 0),
            int(report.get("subscriber_clicks") or 0),
        )

    def _status(self, audience_id: str, address: Address) -> str:
        try:
            with self._translated("GET a member", writing=False):
                member = self._client.lists.members.get(audience_id, subscriber_hash(address), fields="status")
                return str(self._mask(member["status"]))
        except Refused as error:
            if error.status == 404:
                return "absent"
            raise

    def _members(self, audience_id: str, status: str) -> Sequence[str]:
        ask = partial(
            self._client.lists.members.all,
            audience_id,
            count=MEMBERS_PAGE,
            status=status,
            fields="members.id,total_items",
        )
        pages = self._pages("GET members", f"{status} members", ask, "members", MEMBERS_PAGE)
        return [str(member["id"]) for page in pages for member in page["members"]]

    def _pages(
        self, what: str, items: str, ask: Callable[..., Any], name: str, size: int, id_: str = "id"
    ) -> Iterator[Mapping[str, Any]]:
        """A listing, page by page, of which nothing is missing. Raises ShortRead for one that is not whole."""
        listing = Listing("Mailchimp", items, size, self._patience)
        while not listing.is_whole:
            with self._translated(what, writing=False):
                page = ask(offset=listing.given)
                total, ids = int(page["total_items"]), [str(item[id_]) for item in page[name]]
            listing.take(total, ids)
            yield page

    def _observed(self, audience: Mapping[str, Any]) -> Observed:
        attributes = {name: value for name, value in flat(audience).items() if name.split(".")[0] not in _ASIDE}
        if any(not isinstance(value, _PLAIN) for name, value in attributes.items() if name in _WRITABLE):
            raise TypeError("a setting is neither a text nor a choice")
        return Observed(
            id=_text(audience["id"]),
            name=_text(audience["name"]),
            attributes={name: value for name, value in attributes.items() if isinstance(value, _PLAIN)},
            created=_text(audience.get("date_created") or ""),
            link=f"https://{self._datacentre}.admin.mailchimp.com/lists/members?id={audience.get('web_id', '')}",
            size=int((audience.get("stats") or {}).get("member_count", 0)),
        )

    @contextmanager
    def _translated(self, what: str, *, writing: bool) -> Iterator[None]:
        """Turns what the client raises into our errors. An answer to a write that cannot be read is a lost one."""
        lost = LostAnswer(f"Mailchimp's answer to {what} was lost", "emailops plan shows what is there now")
        sent = self._session.count
        try:
            yield
        except MailChimpError as error:
            problem = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
            status = getattr(problem.get("response"), "status_code", 0) or 0
            if writing and status >= 500:
                raise lost from None
            said = self._mask(_said(problem))
            message = f"Mailchimp refused {what} with {status}: {said}"
            title = self._mask(str(problem.get("title", "")))
            raise Refused(message, _remedy(status, writing=writing), status=status, title=title, said=said) from None
        except requests.RequestException as error:
            why = self._mask(in_words(error, self._session.url))
            if writing and not was_never_sent(error):
                raise LostAnswer(f"{lost.message}: {why}", lost.remedy) from None
            raise Unreachable(f"Mailchimp did not answer {what}: {why}", "run it again later") from None
        except MALFORMED as error:
            if writing and self._session.count == sent:
                message = f"the client refused to send {what}: {type(error).__name__}"
                raise ProviderError(message, "see the declared fields: one is missing or malformed") from None
            if writing:
                raise LostAnswer(f"{lost.message}: it could not be read", lost.remedy) from None
            message = f"Mailchimp's answer to {what} could not be read: {type(error).__name__}"
            raise ProviderError(message, "run it again; if it stays, the API has changed") from None


class MailchimpWriter(MailchimpReader):
    """Also creates and updates audiences. Made by apply only; `permit` is asked before every request that writes."""

    session_class = WritingSession

    def __init__(
        self,
        key: Secret,
        url: str,
        datacentre: str,
        mask: Mask | None,
        permit: Callable[[], None] | None = None,
        *,
        patience: Patience | None = None,
    ) -> None:
        super().__init__(key, url, datacentre, mask, patience=patience)
        self._session.permit = permit

    def create_audience(self, attributes: Mapping[str, Any]) -> str:
        """The id of a new audience. Raises Refused, Unreachable, or LostAnswer when it may exist all the same.

        An id is taken for ours only when an audience of the name that was sent is found under it.
        """
        body = nested({**_EMPTY, **attributes})
        with self._translated("POST /lists", writing=True):
            id_ = self._client.lists.create(body)["id"]
            if not isinstance(id_, str) or not _AUDIENCE_ID.fullmatch(id_):
                raise ValueError("no id of an audience")
        try:
            with self._translated(f"GET /lists/{id_}", writing=False):
                found = self._client.lists.get(id_, fields="id,name")
                name = str(found["name"]) if found["id"] == id_ else ""
        except ProviderError as error:
            message = f"Mailchimp says that it created {id_}, which cannot be seen: {error.message}"
            raise LostAnswer(message, error.remedy) from None
        if composed(name) != attributes.get("name"):
            message = f"Mailchimp says that it created {id_}, and that is another audience"
            raise LostAnswer(message, "emailops plan shows what is there now")
        return id_

    def update_audience(self, id_: str, attributes: Mapping[str, Any]) -> None:
        """Sends the audience as just read, overlaid with the managed fields."""
        with self._translated(f"GET /lists/{id_}", writing=False):
            current = flat(self._client.lists.get(id_))
        kept = {name: value for name, value in current.items() if name in _WRITABLE and value is not None}
        if any(hide_secrets(value) != value for value in kept.values() if isinstance(value, str)):
            message = f"Mailchimp's answer to GET /lists/{id_} holds what looks like a secret: nothing was sent back"
            raise ProviderError(message, "see the audience's settings in Mailchimp, and take it out there")
        with self._translated(f"PATCH /lists/{id_}", writing=True):
            self._client.lists.update(id_, nested({**_EMPTY, **kept, **attributes}))

    def subscribe(self, audience_id: str, address: Address) -> None:
        """Subscribe an address that was never there; who is there already, in whatever status, stays as they are.

        A tester has no name to give: without values for merge fields that the audience requires, too. The client has no
        way of its own to say so.
        """
        body = {"email_address": address.reveal(), "status_if_new": "subscribed"}
        path = f"lists/{audience_id}/members/{subscriber_hash(address)}?skip_merge_validation=true"
        with self._translated("PUT a member", writing=True):
            self._client._put(path, body)

    def create_merge_field(self, audience_id: str, body: Mapping[str, Any]) -> None:
        """Make a merge field. Raises Refused where its tag is there, LostAnswer when it may exist all the same."""
        with self._translated("POST a merge field", writing=True):
            if self._client.lists.merge_fields.create(audience_id, dict(body))["tag"] != body["tag"]:
                raise ValueError("another tag")

    def update_merge_field(self, audience_id: str, merge_id: str, body: Mapping[str, Any]) -> None:
        """Change what the body holds; everything else of the field stays."""
        with self._translated("PATCH a merge field", writing=True):
            self._client.lists.merge_fields.update(audience_id, merge_id, dict(body))


class _Client(MailChimp):  # type: ignore[misc]
    """mailchimp3 through our session; its own way out logs every payload and opens a connection a call."""

    def __init__(self, session: ReadingSession, key: Secret) -> None:
        super().__init__(mc_api=key.reveal(), mc_user="emailops")
        self._session = session

    def _make_request(self, **request: Any) -> requests.Response:
        return self._session.request(**request)


_ASIDE = frozenset({"id", "web_id", "date_created", "stats"})
_WRITABLE = frozenset(
    [f"contact.{name}" for name in ("company", "address1", "address2", "city", "state", "zip", "country", "phone")]
    + [f"campaign_defaults.{name}" for name in ("from_name", "from_email", "subject", "language")]
    + ["name", "permission_reminder", "email_type_option", "double_optin"]
    + ["use_archive_bar", "notify_on_subscribe", "notify_on_unsubscribe", "marketing_permissions"]
)


_EMPTY = {"contact.state": "", "contact.zip": "", "campaign_defaults.subject": ""}
"""What Mailchimp and its client want to be there, and what may be empty."""

_PLAIN = str | int | bool | None


def subscriber_hash(address: Address) -> str:
    """Mailchimp's id of a member: the MD5 of the lower-cased address."""
    return hashlib.md5(address.reveal().lower().encode(), usedforsecurity=False).hexdigest()


def _is_named(held: str, name: str) -> bool:
    """Whether both look the same, however their letters are composed."""
    return held == name or (not held.isascii() and composed(held) == name)


def _room(constraints: Mapping[str, Any]) -> int | None:
    limit = int(constraints.get("max_instances", -1))
    return None if limit < 0 else max(0, limit - int(constraints.get("current_total_instances", 0)))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _said(problem: Mapping[str, Any]) -> str:
    """What a problem document says. Which field is meant stands in `errors` alone."""
    said = str(problem.get("detail") or problem.get("title") or "no reason given")
    errors = problem.get("errors")
    fields = [
        f"{wrong.get('field') or 'it'}: {wrong.get('message')}"
        for wrong in (errors if isinstance(errors, list) else [])[:_ERRORS]
        if isinstance(wrong, dict)
    ]
    return f"{said} ({'; '.join(fields)})" if fields else said


def _remedy(status: int, *, writing: bool) -> str:
    if status == 401:
        return "the key is disabled, or of another datacentre"
    if status == 403 and writing:
        return "the account's plan has no room for another audience, or the key's user may not do this"
    if status == 429:
        return "too many connections at once; run it again in a minute"
    return "see the message; emailops plan shows what is there now"
