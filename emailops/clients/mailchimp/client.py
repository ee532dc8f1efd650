"""One Mailchimp account (https://mailchimp.com/developer/marketing/docs/fundamentals/)."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from ..errors import InvalidAddress, Misconfigured, NoAudience, UnknownAudience
from ..hosts import MAILCHIMP_VARIABLE
from ..hosts import base_url as chosen_url
from ..keys import mailchimp_key
from ..settings import mapping
from ..templates import suggestion
from .audiences import Audience
from .campaigns import Campaigns
from .listings import listed
from .transport import Calls, OfficialMailChimp

_ID = re.compile(r"[0-9a-f]{10}")
_PAGE = 500


class MailchimpClient:
    """One for the whole app: threads may share it. Audiences are asked for by what they are declared as."""

    def __init__(
        self,
        key: str,
        *,
        audiences: Mapping[str, Mapping[str, str | None]] | None = None,
        named: Mapping[str, str] | None = None,
        base_url: str | None = None,
        any_host: bool = False,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """`audiences` are ids by framework and lot, None for a lot without one; `named` are ids by name.

        `pause` waits so many seconds before a call is repeated.
        Raises Misconfigured, of which WrongKey and WrongHost are.
        """
        text, datacentre = mailchimp_key(key)
        default = f"https://{datacentre}.api.mailchimp.com/3.0/"
        self._url = chosen_url(base_url, MAILCHIMP_VARIABLE, default, any_host=any_host)
        self._audiences = _checked(audiences or {})
        self._named = dict(named or {})
        self._official = OfficialMailChimp(text, base_url=self._url)
        self._calls = Calls(pause)
        self.campaigns = Campaigns(self._official, self._calls)

    @classmethod
    def from_settings(
        cls, settings: Any, *, key: str, audiences: str = "MAILCHIMP_AUDIENCES", **options: Any
    ) -> MailchimpClient:
        """From generated settings: a module, a class, a mapping or a Flask app; `audiences` names the setting."""
        return cls(key, audiences=mapping(settings, audiences) or {}, **options)

    def __repr__(self) -> str:
        return f"<MailchimpClient at {self._url}>"

    def audience(self, framework: str, lot: str) -> Audience:
        """Raises UnknownAudience, and NoAudience for a lot that is declared to have none."""
        if framework not in self._audiences:
            raise UnknownAudience(f"there is no framework {framework!r}", suggestion(framework, self._audiences))
        lots = self._audiences[framework]
        if lot not in lots:
            raise UnknownAudience(f"{framework} has no lot {lot!r}", suggestion(lot, lots))
        id_ = lots[lot]
        if id_ is None:
            raise NoAudience(f"the lot {lot} of {framework} has no audience")
        return self._audience(id_, f"{framework}/{lot}")

    def audience_named(self, name: str) -> Audience:
        """A single audience, such as the one of who wants to hear of new frameworks."""
        if name not in self._named:
            raise UnknownAudience(f"there is no audience {name!r}", suggestion(name, self._named))
        return self._audience(self._named[name], name)

    def audience_by_id(self, id_: str) -> Audience:
        """An audience that no setting names. Nobody checks that it is one of this stage."""
        if not isinstance(id_, str) or not _ID.fullmatch(id_):
            raise UnknownAudience("this is not the id of an audience", "it has ten characters, 0 to 9 and a to f")
        return self._audience(id_, id_)

    def audiences_of(self, address: str) -> list[Audience]:
        """Every audience of the account that holds the address, in whatever status; `name` is Mailchimp's."""
        if not isinstance(address, str) or "@" not in address:
            raise InvalidAddress("this is not an email address")
        ask = partial(self._official.lists.all, email=address, fields="lists.id,lists.name,total_items")
        # Whether the total counts only those that hold the address is not documented.
        found = listed(self._calls, ask, "lists", address, size=_PAGE, is_counted=False)
        return [self._audience(str(entry["id"]), str(entry["name"])) for entry in found]

    def _audience(self, id_: str, name: str) -> Audience:
        return Audience(id_, name, self._official, self._calls)


def _checked(audiences: Any) -> dict[str, dict[str, str | None]]:
    if not isinstance(audiences, Mapping) or not all(isinstance(lots, Mapping) for lots in audiences.values()):
        raise Misconfigured("audiences are not ids by framework and lot", "take them from the generated settings")
    return {framework: dict(lots) for framework, lots in audiences.items()}
