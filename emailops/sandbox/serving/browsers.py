"""What keeps web pages on the internet from reading or driving a sandbox through the browser of its developer.

https://owasp.org/www-community/attacks/DNS_Rebinding: a page's own name may be made to stand for this machine. The
providers' routes are open to any name, for there the key decides; to another site's page nothing is open.
"""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from emailops.sandbox.serving.wire import Call, Response

PROVIDERS = ("/v2/", "/3.0/")


def refusal(call: Call) -> Response | None:
    """What is wrong with a call that may come from another site's page; None for any other call.

    Every client names the host, and no browser lets a page of another site hide that it is one.
    """
    if not call.headers.get("host"):
        return Response(400, {"reason": "the header Host is missing"})
    if call.headers.get("sec-fetch-site") == "cross-site":
        return _refused("another site asks for this: open the address by itself")
    if f"{call.path}/".startswith(PROVIDERS):
        return None
    host, origin = call.headers["host"], call.headers.get("origin")
    if not _is_here(host):
        return _refused("this name may be anybody's: use localhost, or an address in digits")
    if call.method != "GET" and origin is not None and origin != f"http://{host}":
        return _refused("another site asks for this")
    return None


def _is_here(host: str) -> bool:
    """An address or a local name: only other names can be made to lie."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return name == "localhost" or name.endswith(".localhost") or _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _refused(reason: str) -> Response:
    return Response(403, {"reason": reason})
