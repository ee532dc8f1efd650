"""How a recipient stands in logs: by digests, never as they are written; and what a log aggregator is asked for them.

Apps and the receiver of callbacks log the SHA-256 of the recipient as it was given, so each spelling has its own.
Mailchimp's client logs Mailchimp's own id of a member, which is the same for capitals and small letters.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping

from emailops.clients.private import digest
from emailops.dataclass import dataclass
from emailops.declaration.addresses import cleaned, is_well_formed
from emailops.phone_numbers import UK
from emailops.private import Address
from emailops.questions.recipient import number


@dataclass(frozen=True, slots=True)
class LogHashes:
    """`digests` are of the recipient as it was given and as else it may be spelt; `member` is empty for a number."""

    digests: tuple[str, ...]
    member: str

    @property
    def all(self) -> tuple[str, ...]:
        return (*self.digests, self.member) if self.member else self.digests


def log_hashes(recipient: Address) -> LogHashes | None:
    """The digests of an address or a phone number; None for a text that is neither."""
    text = recipient.reveal().strip()
    spelt = spellings(text)
    if not spelt:
        return None
    member = ""
    if is_well_formed(text):
        member = hashlib.md5(cleaned(text).lower().encode(), usedforsecurity=False).hexdigest()
    return LogHashes(tuple(digest(spelling) for spelling in spelt), member)


def spellings(text: str) -> tuple[str, ...]:
    """How an address or a phone number may be spelt where it was sent to; none for a text that is neither."""
    if is_well_formed(text):
        return tuple(dict.fromkeys((cleaned(text), cleaned(text).lower())))
    found = number(text)
    if found is None:
        return ()
    national = [f"0{found.digits[2:]}"] if found.country == UK else []
    return tuple(dict.fromkeys((text, f"+{found.digits}", found.digits, *national)))


def queries(hashes: Iterable[str]) -> Mapping[str, str]:
    """The query that finds any of them, by the log aggregator that it is for."""
    wanted = tuple(hashes)
    return {aggregator: query(wanted) for aggregator, query in _QUERIES.items()}


def _kibana(hashes: tuple[str, ...]) -> str:
    """https://www.elastic.co/docs/explore-analyze/query-filter/languages/kql"""
    return " or ".join(f'"{each}"' for each in hashes)


def _cloudwatch(hashes: tuple[str, ...]) -> str:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html"""
    like = " or ".join(f'@message like "{each}"' for each in hashes)
    return f"fields @timestamp, @message | filter {like} | sort @timestamp desc"


def _splunk(hashes: tuple[str, ...]) -> str:
    """https://help.splunk.com/en/splunk-enterprise/search/search-manual"""
    return "search " + " OR ".join(f'"{each}"' for each in hashes)


def _grep(hashes: tuple[str, ...]) -> str:
    return f"grep -hF {' '.join(f'-e {each}' for each in hashes)} FILE"


_QUERIES: Mapping[str, Callable[[tuple[str, ...]], str]] = {
    "Kibana": _kibana,
    "CloudWatch Logs Insights": _cloudwatch,
    "Splunk": _splunk,
    "files": _grep,
}
