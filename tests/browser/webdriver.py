"""Chromium, driven over the WebDriver protocol as chromedriver speaks it.

https://www.w3.org/TR/webdriver2/ and https://chromedevtools.github.io/devtools-protocol/
"""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

KEYS = {"Enter": "\ue007", "Escape": "\ue00c", "Tab": "\ue004", "ArrowDown": "\ue015", "ArrowUp": "\ue013"}
PATIENCE = 10.0
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
_QUIET = (
    *("--headless=new", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-extensions", "--hide-scrollbars"),
    *("--disable-dev-shm-usage", "--force-color-profile=srgb"),
)


class Browser:
    """One window. What does not happen within PATIENCE seconds is an AssertionError."""

    def __init__(self, session: str) -> None:
        self._session = session

    def open(self, url: str) -> None:
        self._call("POST", "url", {"url": url})

    @property
    def url(self) -> str:
        return str(self._call("GET", "url"))

    @property
    def title(self) -> str:
        return str(self._call("GET", "title"))

    def texts(self, selector: str) -> list[str]:
        """What each of these elements shows to a reader."""
        script = "return [...document.querySelectorAll(arguments[0])].map(one => one.innerText)"
        return [str(text) for text in self.run(script, selector)]

    def text(self, selector: str) -> str:
        return "\n".join(self.texts(selector))

    def click(self, selector: str) -> None:
        self._call("POST", f"element/{self._find(selector)}/click", {})

    def type(self, selector: str, text: str) -> None:
        self._call("POST", f"element/{self._find(selector)}/value", {"text": text})

    def press(self, *keys: str) -> None:
        """Whatever has the focus gets them."""
        pressed = [{"type": kind, "value": KEYS.get(key, key)} for key in keys for kind in ("keyDown", "keyUp")]
        self._call("POST", "actions", {"actions": [{"type": "key", "id": "keyboard", "actions": pressed}]})

    def run(self, script: str, *arguments: Any) -> Any:
        return self._call("POST", "execute/sync", {"script": script, "args": list(arguments)})

    @contextmanager
    def inside(self, selector: str) -> Iterator[None]:
        """Within a frame."""
        self._call("POST", "frame", {"id": {_ELEMENT: self._find(selector)}})
        try:
            yield
        finally:
            self._call("POST", "frame", {"id": None})

    def windows(self) -> list[str]:
        return list(self._call("GET", "window/handles"))

    def devtools(self, command: str, **parameters: Any) -> Any:
        return self._call("POST", "goog/cdp/execute", {"cmd": command, "params": parameters})

    def resize(self, width: int, height: int) -> None:
        """The page's own size; narrower than a window can be, too."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.devtools("Emulation.setDeviceMetricsOverride", **size)

    def prefer(self, scheme: str) -> None:
        """Light or dark."""
        self.devtools("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def screenshot(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self._call("GET", "screenshot")))

    def wait(self, until: Callable[[], Any], what: str) -> None:
        ends = time.monotonic() + PATIENCE
        while not until():
            assert time.monotonic() < ends, f"{what}: {self.text('body')[:1000]}"
            time.sleep(0.05)

    def _find(self, selector: str) -> str:
        return str(self._call("POST", "element", {"using": "css selector", "value": selector})[_ELEMENT])

    def _call(self, method: str, command: str, body: Any = None) -> Any:
        answer = requests.request(method, f"{self._session}/{command}", json=body, timeout=30)
        value = answer.json()["value"]
        assert answer.ok, f"{command}: {value['error']}: {value['message']}"
        return value


@contextmanager
def chromedriver() -> Iterator[str]:
    """The address of a running driver, on a port that it chose."""
    program = shutil.which("chromedriver")
    assert program, "there is no chromedriver: make test-extra installs it"
    with subprocess.Popen([program, "--port=0"], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        try:
            for line in running.stdout:
                if "started successfully on port" in line:
                    yield f"http://127.0.0.1:{line.rstrip().rstrip('.').rpartition(' ')[2]}"
                    break
        finally:
            running.terminate()


@contextmanager
def window(driver: str, *, scripts: bool = True) -> Iterator[Browser]:
    """A new browser with nothing remembered, at the size of a desk."""
    arguments = [*_QUIET, *(["--no-sandbox"] if os.geteuid() == 0 else [])]  # Chromium's own sandbox needs another user
    options: dict[str, Any] = {"args": arguments}
    if program := shutil.which("chromium"):
        options["binary"] = program
    if not scripts:
        options["prefs"] = {"profile.managed_default_content_settings.javascript": 2}
    wanted = {"browserName": "chrome", "goog:chromeOptions": options, "unhandledPromptBehavior": "ignore"}
    answer = requests.post(f"{driver}/session", json={"capabilities": {"alwaysMatch": wanted}}, timeout=60)
    assert answer.ok, answer.text
    session = f"{driver}/session/{answer.json()['value']['sessionId']}"
    browser = Browser(session)
    browser.resize(1280, 900)
    try:
        yield browser
    finally:
        requests.delete(session, timeout=30)
