"""A page in Chromium that is traced and throttled, and otherwise left alone.

Playwright's own pages are watched by DevTools' agents (network, console and more), which work on the page's thread:
with them the widget's `fetch` took 2.0 ms of it, without them 0.7. So here Playwright only starts the browser; the page
is made and spoken to through the browser's own session of the DevTools protocol.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_CATEGORIES = ["devtools.timeline", "v8"]
_PATIENCE, _PAUSE = 60, 0.02
"""Seconds: until we give up, and between two looks; the browser works on the core that looks."""


@contextmanager
def running(program: str) -> Iterator[Any]:
    """Playwright's browser."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only this measure needs it

    arguments = ["--disable-gpu", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


def trace(browser: Any, url: str, throttle: int, until: str) -> list[dict[str, Any]]:
    """The trace events of loading `url` in a fresh profile, until the promise `until` (JavaScript) is kept."""
    tab = _Tab(browser)
    try:
        tab.send("Emulation.setCPUThrottlingRate", {"rate": throttle})
        events = tab.start_tracing()
        tab.send("Page.navigate", {"url": url})
        tab.send("Runtime.evaluate", {"expression": until, "awaitPromise": True})
        tab.stop_tracing()
    finally:
        tab.close()
    return events


class _Tab:
    """A page in a profile of its own, with no agent on but those that we speak to."""

    def __init__(self, browser: Any) -> None:
        self._session = browser.new_browser_cdp_session()
        self._answers: dict[int, dict[str, Any]] = {}
        self._asked = 0
        self._traced = False
        self._profile = self._session.send("Target.createBrowserContext")["browserContextId"]
        about = {"url": "about:blank", "browserContextId": self._profile}
        self._page = self._session.send("Target.createTarget", about)["targetId"]
        attach = {"targetId": self._page, "flatten": False}
        self._id = self._session.send("Target.attachToTarget", attach)["sessionId"]
        self._session.on("Target.receivedMessageFromTarget", self._receive)
        self._session.on("Tracing.tracingComplete", lambda _: setattr(self, "_traced", True))

    def _receive(self, event: dict[str, Any]) -> None:
        message = json.loads(event["message"])
        if "id" in message:
            self._answers[message["id"]] = message

    def send(self, method: str, parameters: dict[str, Any]) -> None:
        self._asked += 1
        message = json.dumps({"id": self._asked, "method": method, "params": parameters})
        self._session.send("Target.sendMessageToTarget", {"sessionId": self._id, "message": message})
        self._wait(lambda: self._asked in self._answers, method)
        answer = self._answers[self._asked]
        if "error" in answer or "exceptionDetails" in answer["result"]:
            raise RuntimeError(f"Chromium, asked for {method}: {answer}")

    def start_tracing(self) -> list[dict[str, Any]]:
        """Filled when the tracing stops."""
        events: list[dict[str, Any]] = []
        self._session.on("Tracing.dataCollected", lambda part: events.extend(part["value"]))
        config = {"includedCategories": _CATEGORIES, "excludedCategories": ["*"]}
        self._session.send("Tracing.start", {"traceConfig": config, "transferMode": "ReportEvents"})
        return events

    def stop_tracing(self) -> None:
        self._session.send("Tracing.end")
        self._wait(lambda: self._traced, "the trace")

    def close(self) -> None:
        self._session.send("Target.disposeBrowserContext", {"browserContextId": self._profile})
        self._session.detach()

    def _wait(self, arrived: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + _PATIENCE
        while not arrived():
            if time.monotonic() > end:
                raise TimeoutError(f"Chromium did not answer: {what}")
            time.sleep(_PAUSE)
            self._session.send("Browser.getVersion")  # Playwright hands out what came while it waits for an answer
