"""The one recogniser of addresses: every form in which code, data and prose write one, and none of what looks like one.

It goes from @ to @, in whatever form that stands, and reads what is before and after. A dump of gigabytes is looked
through by `dump_blocks` for places worth a look; what stands there is for this module alone to say.
https://www.rfc-editor.org/rfc/rfc5322#section-3.4.1 and https://www.rfc-editor.org/rfc/rfc6531
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

from emailops.scan.lookalikes import Surroundings, is_lookalike, is_put_together
from emailops.scan.top_level import is_top_level


class AddressForm(StrEnum):
    """Whether an address stands there whole, or only its domain does and code adds the rest."""

    whole = "whole"
    built = "built"


class Spotted(NamedTuple):
    """An address in a text: where its @ begins and its domain ends, and what it says. `domain` is as the DNS has it."""

    at: int
    end: int
    local: str
    domain: str
    form: AddressForm


AT = re.compile(
    rb"@|%(?:25)*40|\\+u(?:\{0*40\}|0040)|\\+x40|&(?:amp;)?(?:#0*64|#[xX]0*40|commat);|\xef\xbc\xa0", re.IGNORECASE
)
"""Every form of @: as it is, in a URL, in JSON and in code, in HTML, and as wide as East Asian letters."""
RARE = (b"%40", b"%2540", b"u0040", b"u{", b"x40", b"40;", b"64;", b"ommat;", b"OMMAT;", b"\xef\xbc\xa0")
"""One of these is part of each form but the first: for a quick look."""

_PLAIN_AT = re.compile(rb"@(?<=[\w.+!#$%&*^~'\"`)\]}>\x80-\xff-]@)(?=[A-Za-z0-9\[\x80-\xff])")
"""An @ between what can stand before and behind one: it leaves out decorators, and what a program calls @name."""
_BEFORE, _AFTER = 400, 300
_MARKS = "\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u064b-\u065f\u0900-\u0dff\u0e31-\u0e4e\u200c\u200d\ufffd"
"""What belongs to a letter of many scripts, and is none itself; and what could not be read."""
_LETTER = rf"[^\W_{_MARKS}]|[{_MARKS}]"
_WORD = rf"\w{_MARKS}"
_DOMAIN = re.compile(
    rf"((?:(?:{_LETTER})(?:[{_WORD}-]{{0,61}}(?:{_LETTER}))?[.\u3002\uff0e\uff61])+"
    rf"(?:xn--[a-z0-9-]{{1,59}}|[^\W\d_][{_MARKS}]*(?:[^\W\d_][{_MARKS}]*){{1,62}}))(?![^\W_])",
    re.IGNORECASE,
)
_LITERAL = re.compile(r"\[(?:IPv6:[0-9a-f:.]{2,45}|\d{1,3}(?:\.\d{1,3}){3})\]", re.IGNORECASE)
_REVERSED_LOCAL = re.compile(rf"(?:[{_WORD}.+!#$%&*^~-]|(?<=\w)''?(?=\w))+")
_STRING_PREFIX = re.compile(r"(?:[bfru]|br|fr|rb|rf)'", re.IGNORECASE)
_ESCAPED = re.compile(r"[nrtbfv]|u[0-9a-f]{4}|x[0-9a-f]{2}|[0-7]{3}", re.IGNORECASE)
_QUOTED_LOCAL = re.compile(r'"((?:\\.|[^"\\\r\n]){1,64})"\Z')
_ESCAPED_QUOTED_LOCAL = re.compile(r'\\+"([^"\r\n]{1,64})\\+"\Z|""([^"\r\n]{1,64})""\Z')
_CODE_ESCAPE = re.compile(r"\\u\{?([0-9a-fA-F]{2,6})\}?|\\x([0-9a-fA-F]{2})")


def addresses(content: bytes, *, in_code: bool = False) -> Iterator[Spotted]:
    """Every address in a text, in order. In source code decorators, operators and calls are told from addresses."""
    is_coded = any(part in content for part in RARE)
    if not is_coded and b"@" not in content:
        return
    for found in (AT if is_coded else _PLAIN_AT).finditer(content):
        spotted = _spotted(content, found, in_code=in_code)
        if spotted is not None:
            yield spotted


def _spotted(content: bytes, found: re.Match[bytes], *, in_code: bool) -> Spotted | None:
    form = found[0]
    start = max(content.rfind(b"\n", max(0, found.start() - _BEFORE), found.start()) + 1, found.start() - _BEFORE, 0)
    before = content[start : found.start()].decode(errors="replace")
    rest = content[found.end() : found.end() + _AFTER]
    after = rest.decode(errors="replace")
    if form != b"@":
        before, after = _decoded(before, form), _decoded(after, form)
    domain = _DOMAIN.match(after)
    literal = None if domain else _LITERAL.match(after)
    if domain is None and literal is None:
        return None
    name = domain[1] if domain else str(literal and literal[0])
    name = name[:-1] if name[-1] == "E" and after.startswith("<gt>", len(name)) else name  # E<gt> is POD for >
    local, is_quoted = _local(before, in_code=in_code)
    there = Surroundings(before, local, name, after[len(name) :], is_plain=form == b"@", in_code=in_code)
    if not is_quoted and (not local or is_put_together(there)):
        return _built(found, there) if domain else None
    whole = name if literal or (is_quoted and is_top_level(_last(name))) else _accepted(there)
    if not whole or is_lookalike(there):
        return None
    return Spotted(found.start(), _end(found, whole), local, as_in_dns(whole), AddressForm.whole)


def _built(found: re.Match[bytes], there: Surroundings) -> Spotted | None:
    if not is_put_together(there) or not is_top_level(_last(there.domain)) or is_lookalike(there):
        return None
    return Spotted(found.start(), _end(found, there.domain), "", as_in_dns(there.domain), AddressForm.built)


def _end(found: re.Match[bytes], domain: str) -> int:
    """Where it ends, as near as an encoded one lets us say: nothing between here and there is another address."""
    return found.end() + len(domain.encode())


def _local(before: str, *, in_code: bool) -> tuple[str, bool]:
    """The local part at the end of what is before the @, and whether it stands in quotes of its own."""
    if before.endswith('"'):
        escaped = _ESCAPED_QUOTED_LOCAL.search(before)
        if escaped:
            return escaped[1] or escaped[2], True
        quoted = _QUOTED_LOCAL.search(before)
        if quoted and before.count('"') % 2 == 0:
            return quoted[1], True
        return "", False
    reversed_local = _REVERSED_LOCAL.match(before[::-1])
    local = reversed_local[0][::-1] if reversed_local else ""
    if local and before[: -len(local)].endswith("\\"):
        local = _ESCAPED.sub("", local, count=1) if _ESCAPED.match(local) else local
    if in_code:
        local = _STRING_PREFIX.sub("", local, count=1) if _STRING_PREFIX.match(local) else local
    local = local.lstrip(".-'")
    return (local if any(map(_says_something, local)) else ""), False


def _says_something(character: str) -> bool:
    return character.isalnum() or character == "\ufffd"


def _accepted(there: Surroundings) -> str:
    """The domain, or so much of it as can be one: an address is often kept with a word behind it. Empty for none."""
    labels = re.split(r"[.\u3002\uff0e\uff61]", there.domain)
    if is_top_level(labels[-1]) or there.stands_alone:
        return there.domain
    if there.in_code:
        return ""
    for count in range(len(labels) - 1, 1, -1):
        if is_top_level(labels[count - 1]) and len(labels[count - 1]) > 1:
            return ".".join(labels[:count])
    return ""


def _last(domain: str) -> str:
    return re.split(r"[.\u3002\uff0e\uff61]", domain)[-1]


@lru_cache(maxsize=10_000)
def as_in_dns(domain: str) -> str:
    """A domain as the network spells it, in lower case; as it stands where it cannot be spelled."""
    plain = re.sub(r"[\u3002\uff0e\uff61]", ".", domain).lower()
    if plain.isascii():
        return plain
    try:
        return plain.encode("idna").decode("ascii")
    except UnicodeError:
        return plain


def _decoded(text: str, form: bytes) -> str:
    """What stands beside an encoded @ is encoded in the same way."""
    if form.startswith(b"%"):
        return unquote(unquote(text) if b"25" in form else text, errors="replace")
    if form.startswith(b"&"):
        return html.unescape(html.unescape(text) if b"amp" in form else text)
    if form.startswith(b"\\"):
        return _CODE_ESCAPE.sub(lambda found: _character(found[1] or found[2]), text)
    return text


def _character(digits: str) -> str:
    code = int(digits, 16)
    return chr(code) if code <= 0x10FFFF and not 0xD800 <= code < 0xE000 else "\ufffd"
