"""P11: the widget in a browser: its bytes, and the time it takes from the page while that loads."""

from __future__ import annotations

import gzip
import json
import os
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bench.context import Bench
from bench.measures.p10_files import WIDGET
from bench.measures.side_by_side import OURS
from bench.result import Result, goal, not_measured
from bench.servers import Server

MOST_BYTES, MOST_MS, SLOWER = 6_000, 10, 4
BUTTONS = 20
_OF_THE_SCRIPT = {"EvaluateScript", "v8.compile", "v8.run", "FunctionCall", "v8.evaluateModule"}
_LEAST = "try{localStorage.x}catch{}fetch('/v1/pages?path=%2Fleast')"
"""What any such script makes a fresh profile do: open the storage, ask for the page's rule."""
_PLACES = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")


def measure(bench: Bench) -> Result:
    result = Result("P11", "The widget in the browser")
    size = len(gzip.compress(WIDGET.read_bytes(), 9, mtime=0))
    result.goals.append(goal("bytes with gzip, all modes", size, MOST_BYTES))
    what = f"main thread at load, Chromium {SLOWER} x throttled"
    program = os.environ.get("CHROMIUM") or next((place for place in _PLACES if os.path.exists(place)), None)
    if program is None:
        result.goals.append(not_measured(what, "Chromium is not installed"))
        return result
    server = bench.starter.ours(OURS)
    bench.say("P11: the widget in Chromium")
    try:
        ours, least = _load_times(server, program, 5 if bench.quick else 15)
    finally:
        bench.starter.stop(server)
    result.goals.append(goal(what, statistics.median(ours), MOST_MS, " ms"))
    result.rows = [("script", "loads", "median ms", "fastest ms", "slowest ms")]
    for name, times in ((OURS, ours), ("two lines: the storage, one question", least)):
        told = (statistics.median(times), min(times), max(times))
        result.rows.append((name, str(len(times)), *(f"{value:.1f}" for value in told)))
    result.notes.append(
        f"A page with {BUTTONS} marked buttons; compiling, first run and every call of the script until idle."
    )
    return result


def _load_times(server: Server, program: str, loads: int) -> tuple[list[float], list[float]]:
    """Of the widget, and of the least that a script with its duties could do, in turn."""
    ours: list[float] = []
    least: list[float] = []
    with _chromium(program) as browser:
        for _ in range(loads + 1):
            ours.append(_load_once(browser, server, "/v1/widget.js"))
            least.append(_load_once(browser, server, "/least.js"))
    return ours[1:], least[1:]  # the first warms the browser up


@contextmanager
def _chromium(program: str) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only this measure needs it

    arguments = ["--disable-gpu", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


def _load_once(browser: Any, server: Server, script: str) -> float:
    """ms of the main thread for the script, in a fresh profile."""
    url, tab = f"{server.url}/shop", browser.new_page()
    html = f'<!doctype html><script defer src="{script}" data-steppay-checkout></script>'
    html += "".join(f'<a href="#" data-steppay-order="order_bench{number}">pay</a>' for number in range(BUTTONS))
    tab.route(url, lambda route: route.fulfill(body=html, content_type="text/html"))
    tab.route("**/least.js", lambda route: route.fulfill(body=_LEAST, content_type="text/javascript"))
    tab.context.new_cdp_session(tab).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    browser.start_tracing(page=tab, categories=["devtools.timeline", "v8", "disabled-by-default-v8.compile"])
    with tab.expect_response("**/v1/pages*"):  # the last thing that the widget does by itself
        tab.goto(url)
    tab.wait_for_load_state("networkidle")
    events = json.loads(browser.stop_tracing())["traceEvents"]
    tab.close()
    return _covered([event for event in events if _is_of(script, event)]) / 1000


def _is_of(script: str, event: dict[str, Any]) -> bool:
    if event.get("name") not in _OF_THE_SCRIPT or "tdur" not in event:
        return False
    data = event.get("args", {}).get("data", {})
    return script in (data.get("url") or event["args"].get("fileName") or "")


def _covered(events: list[dict[str, Any]]) -> float:
    """Microseconds of the thread's own time that at least one of the events covers: they contain each other."""
    total, end = 0.0, float("-inf")
    for event in sorted(events, key=lambda one: one["tts"]):
        begin, stop = event["tts"], event["tts"] + event["tdur"]
        total += max(0.0, stop - max(begin, end))
        end = max(end, stop)
    return total
