"""The page at /: every message, newest first, as text; nothing on it can run."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from emailops.sandbox.progress import history
from emailops.sandbox.wire import Call, Reply

if TYPE_CHECKING:
    from emailops.sandbox.world import Message, World

NOTHING_RUNS = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Sandbox inbox</title>
<style>
body {{ font: 1em/1.5 sans-serif; max-width: 50em; margin: 2em auto; padding: 0 1em }}
article {{ border-top: 1px solid; padding: 1em 0 }}
pre {{ white-space: pre-wrap; overflow-wrap: anywhere; font: inherit }}
</style>
</head>
<body>
<h1>Sandbox inbox</h1>
<p>{count}. Nothing here was delivered to anyone. <a href="/__sandbox__/state">All of it as JSON</a></p>
{messages}
</body>
</html>
"""
_MESSAGE = """<article>
<h2>{subject}</h2>
<p>To {recipient}, <time>{time}</time>, with a {key} key, {status}</p>
<pre>{body}</pre>
</article>
"""


def answer(world: World, call: Call) -> Reply:
    if call.method not in ("GET", "HEAD"):
        return Reply(405, b"This page can only be read.\n", "text/plain; charset=utf-8", {"Allow": "GET, HEAD"})
    number = len(world.messages)
    page = _PAGE.format(
        count=f"{number} message" if number == 1 else f"{number} messages",
        messages="".join(_shown(message, call) for message in reversed(world.messages.values())),
    )
    headers = {"Content-Security-Policy": NOTHING_RUNS, "Cache-Control": "no-store"}
    return Reply(200, page.encode("utf-8", "replace"), "text/html; charset=utf-8", headers)


def _shown(message: Message, call: Call) -> str:
    return _MESSAGE.format(
        subject=escape(message.subject or ""),
        recipient=escape(message.recipient),
        time=escape(message.created_at),
        key=escape(message.key),
        status=escape(history(message, call.now)[-1].status),
        body=escape(message.body),
    )
