"""The items of a declared HTTP API: every page, or an error; nothing is sent of a listing that is not whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import requests

from emailops.clients.hosts import is_loopback
from emailops.declaration.mailings import PLACEHOLDER, Endpoint
from emailops.errors import InvalidInput, ProviderError, ShortRead, Unreachable
from emailops.private import Secret, hide_all
from emailops.providers.transport import MALFORMED, ReadingSession
from emailops.providers.wire import in_words
from emailops.run import Run

MOST_PAGES = 100_000


def items(endpoint: Endpoint, stage: str, words: Mapping[str, str], run: Run) -> Iterator[dict[str, Any]]:
    """Every item, with its inner fields by dotted names. Raises Unreachable, ProviderError, ShortRead, InvalidInput."""
    with closing(ReadingSession(_url(endpoint, stage), run.patience)) as session:
        for named in _asked(endpoint, stage, words, run):
            yield from _listed(endpoint, stage, named, run, session)


def item(endpoint: Endpoint, stage: str, words: Mapping[str, str], run: Run) -> dict[str, Any]:
    """The one item of an answer."""
    with closing(ReadingSession(_url(endpoint, stage), run.patience)) as session:
        answer = _answer(session, _first(endpoint, stage, words), header(endpoint, stage, run))
        found = field_at(answer, endpoint.items)
        if not isinstance(found, dict):
            raise ProviderError(f"{_shown(endpoint, stage)} gave no {endpoint.items}", "see `item` of the mailing")
        return flat(found)


def check_field(found: Sequence[Mapping[str, Any]], name: str, where: str) -> None:
    """Whether a field that the state names is in any item at all: one that was renamed would leave everybody out.

    Raises ProviderError.
    """
    if found and all(entry.get(name) is None for entry in found):
        message = f"none of the {len(found)} items of the source has the field {name}"
        raise ProviderError(message, f"see `{where}` of the mailing, and the API")


def field_at(value: Any, path: str) -> Any:
    """What stands at a dotted path; None where there is nothing."""
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def flat(item: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """An object with its inner fields by dotted names."""
    found: dict[str, Any] = {}
    for name, value in item.items():
        found[f"{prefix}{name}"] = value
        if isinstance(value, dict):
            found |= flat(value, f"{prefix}{name}.")
    return found


def _asked(endpoint: Endpoint, stage: str, words: Mapping[str, str], run: Run) -> Iterator[Mapping[str, str]]:
    """The words for each time that the endpoint is asked."""
    if endpoint.each is None:
        yield words
        return
    for outer in items(endpoint.each, stage, words, run):
        yield {**{name: str(value) for name, value in outer.items() if isinstance(value, str | int)}, **words}


def _listed(
    endpoint: Endpoint, stage: str, words: Mapping[str, str], run: Run, session: ReadingSession
) -> Iterator[dict[str, Any]]:
    """The items of every page. A page that comes twice would be a listing without an end, or mail sent twice."""
    url, told, given = _first(endpoint, stage, words), header(endpoint, stage, run), 0
    seen, pages = set[str](), set[int]()
    total: Any = None
    shown = _shown(endpoint, stage)
    while url:
        answer = _answer(session, url, told)
        found = field_at(answer, endpoint.items)
        if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
            raise ProviderError(f"{shown} gave no list of {endpoint.items}", "see `items` of the mailing's source")
        seen.add(url)
        page = hash(repr(found))
        if found and page in pages:
            raise ProviderError(f"{shown} gave the same page twice", "nothing was sent; see the API")
        pages.add(page)
        given += len(found)
        total = field_at(answer, endpoint.total) if endpoint.total else None
        for entry in found:
            values = flat(entry)
            if all(_same(values.get(name), wanted) for name, wanted in endpoint.only.items()):
                yield values
        url = _next(endpoint, answer, url, seen, shown)
    if isinstance(total, int) and given < total:
        raise ShortRead(f"{shown} counts {total} {endpoint.items} and gave {given}", "run it again; nothing was sent")


def _next(endpoint: Endpoint, answer: Any, url: str, seen: set[str], shown: str) -> str:
    """The next page, at the same host alone: the token goes with the request."""
    found = field_at(answer, endpoint.next) if endpoint.next else None
    if not found:
        return ""
    if not isinstance(found, str):
        raise ProviderError(f"{shown} gave a next page that is not an address", "see `next` of the mailing's source")
    then = urljoin(url, found)
    if urlsplit(then)[:2] != urlsplit(url)[:2]:
        raise ProviderError(f"{shown} sends to another host for its next page", "nothing was sent; see the API")
    if then in seen or len(seen) >= MOST_PAGES:
        raise ProviderError(f"{shown} gave the same page twice", "nothing was sent; see the API")
    return then


def _answer(session: ReadingSession, url: str, told: dict[str, str]) -> Any:
    shown = urlsplit(url).netloc
    try:
        answer = session.request("GET", url, headers=told)
    except requests.RequestException as error:
        raise Unreachable(
            f"the source did not answer: {hide_all(in_words(error, url))}", "run it again later"
        ) from None
    if answer.status_code != 200:
        remedy = "see the source's token" if answer.status_code in (401, 403) else "see the source's url and path"
        raise ProviderError(f"{shown} answered with {answer.status_code}", remedy)
    try:
        return answer.json()
    except MALFORMED:
        raise ProviderError(f"{shown} gave half a page, or no JSON", "run it again; nothing was sent") from None


def header(endpoint: Endpoint, stage: str, run: Run) -> dict[str, str]:
    """What each request says, with the token. Raises InvalidInput where that is not here."""
    told = {"Accept": "application/json"}
    reference = endpoint.token(stage)
    if reference:
        secret = run.required(reference, "the source's token is not here")
        told["Authorization"] = f"Bearer {_printable(secret)}"
    return told


def _printable(secret: Secret) -> str:
    text = secret.reveal()
    if not text.isascii() or not text.isprintable() or " " in text:
        raise InvalidInput("the source's token has a blank or a sign that no token has", "set it again")
    return text


def _url(endpoint: Endpoint, stage: str) -> str:
    url = endpoint.url(stage)
    if not url.startswith("https://") and not is_loopback(url):
        raise InvalidInput(f"the source has no https address at {stage}", "declare its url")
    return url


def _first(endpoint: Endpoint, stage: str, words: Mapping[str, str]) -> str:
    def fill(found: Any) -> str:
        name = found[1]
        if name not in words:
            raise InvalidInput(f"the path of the source needs {name}", f"give it with --set {name}=...")
        return quote(words[name], safe="")

    return f"{_url(endpoint, stage)}{PLACEHOLDER.sub(fill, endpoint.path)}"


def _shown(endpoint: Endpoint, stage: str) -> str:
    return f"{urlsplit(endpoint.url(stage)).netloc}{endpoint.path.partition('?')[0]}"


def _same(value: Any, wanted: str) -> bool:
    """As text: true and false are JSON's words."""
    if isinstance(value, bool):
        return wanted == ("true" if value else "false")
    return value is not None and str(value) == wanted
