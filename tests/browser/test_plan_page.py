"""A plan's page as reviewers see it: from any web server, and under Jenkins' policy, which drops scripts and styles.

https://www.jenkins.io/doc/book/security/configuring-content-security-policy/
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from .webdriver import Browser

GOLDEN = Path(__file__).parents[1] / "render/golden"
JENKINS = "sandbox; default-src 'none'; img-src 'self'; style-src 'self'"
HEADINGS = [
    *("Touches production", "Settings", "At the providers: production", "At the providers: shared"),
    *("For a person", "Taken since the base", "Not known", "Also there, and left alone", "To approve"),
]
DIGEST = re.compile(r"\b[0-9a-f]{64}\b")
NO_STYLE = "return getComputedStyle(document.body).maxWidth"
WIDE = "return document.documentElement.scrollWidth"


@contextmanager
def served(page: Path, policy: str) -> Iterator[str]:
    """The address of one page that comes with a policy."""
    content = page.read_bytes()

    class Connection(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(content)))
            if policy:
                self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Connection) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.mark.parametrize("policy", ["", JENKINS], ids=["styled", "jenkins"])
@pytest.mark.parametrize(("width", "height"), [(1280, 1600), (400, 2400)], ids=["desk", "phone"])
def test_everything_can_be_read(browser: Browser, shots: Path, policy: str, width: int, height: int) -> None:
    browser.resize(width, height)
    with served(GOLDEN / "plan.html", policy) as url:
        browser.open(url)
        browser.screenshot(shots / f"plan-{'jenkins' if policy else 'styled'}-{width}.png")
    assert browser.run(NO_STYLE) == ("none" if policy else "1120px")
    assert browser.text("h1").startswith("Digital Marketplace")
    assert browser.texts("h2") == HEADINGS
    assert "example.org -> success@simulator.amazonses.com" in browser.text("ins")
    assert len(DIGEST.findall(browser.text("main"))) == 2
    if not policy:
        assert browser.run(WIDE) <= width


@pytest.mark.parametrize("policy", ["", JENKINS], ids=["styled", "jenkins"])
def test_hostile_names_are_words(browser: Browser, shots: Path, policy: str) -> None:
    browser.resize(400, 2400)
    with served(GOLDEN / "hostile.html", policy) as url:
        browser.open(url)
        browser.screenshot(shots / f"plan-hostile-{'jenkins' if policy else 'styled'}.png")
    assert browser.run("return document.querySelectorAll('script, img, iframe, form').length") == 0
    assert browser.text("h1")
    if not policy:
        assert browser.run(WIDE) <= 400
