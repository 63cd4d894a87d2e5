"""P11: the widget in a browser: its bytes, and the time it takes from the page while that loads."""

from __future__ import annotations

import gzip
import os
import statistics
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from bench import chromium
from bench.benchmarks.comparison import OURS
from bench.benchmarks.p10_files import WIDGET
from bench.context import Bench, ratio
from bench.report import table
from bench.result import Result, goal, not_measured
from bench.servers import Server

MOST_BYTES, MOST_TIMES, SLOWER = 7_000, 2.5, 4
BUTTONS, _CALLS = 20, 6
LEAST = "the least: own tag, storage, one question"
_OF_THE_SCRIPT = {"EvaluateScript", "v8.compile", "v8.run", "FunctionCall", "v8.evaluateModule"}
_PLACES = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
_LEAST = "document.currentScript.src;try{localStorage.x}catch{}fetch('SERVER/v1/pages?path=%2Fshop')"
"""What any such script makes a fresh profile do: find its tag, open the storage, ask for the page's rule."""
_IDLE = """new Promise((done) => new PerformanceObserver((list) =>
  list.getEntries().some(({ name }) => name.includes('/v1/pages')) && requestIdleCallback(done)
).observe({ type: 'resource', buffered: true }))"""
"""The rule has arrived, which is the last thing that the widget does by itself, and nothing is left to do."""

Times = dict[tuple[str, int], list[float]]
"""Milliseconds of each load, by script and throttling."""


def measure(bench: Bench) -> Result:
    result = Result("P11", "The widget in the browser")
    size = len(gzip.compress(WIDGET.read_bytes(), 9, mtime=0))
    result.goals.append(goal("bytes with gzip, all modes", size, MOST_BYTES))
    what = f"main thread at load, Chromium {SLOWER} x throttled, as a multiple of the least script"
    program = os.environ.get("CHROMIUM") or next((place for place in _PLACES if os.path.exists(place)), None)
    if program is None:
        result.goals.append(not_measured(what, "Chromium is not installed"))
        return result
    server = bench.starter.ours(OURS)
    bench.say("P11: the widget in Chromium")
    try:
        times, calls = _load_times(server, program, 5 if bench.quick else 15)
    finally:
        bench.starter.stop(server)
    result.goals.append(goal(what, ratio(times[OURS, SLOWER], times[LEAST, SLOWER]), MOST_TIMES, " x"))
    result.rows = [("script", "throttled", "loads", "median ms", "fastest ms", "slowest ms")]
    for (name, throttle), found in times.items():
        summary = (statistics.median(found), min(found), max(found))
        by = f"{throttle} x" if throttle > 1 else "no"
        result.rows.append((name, by, str(len(found)), *(f"{value:.1f}" for value in summary)))
    result.notes.append(
        f"A page with {BUTTONS} marked buttons; compiling, first run and every call of the script until idle, by the "
        "thread's own clock. Throttled, that clock also counts most of the time in which the thread waits (the storage "
        "answers from another process): Chromium throttles by keeping the thread busy, also while it waits."
    )
    rows = [(name, f"{ms:.1f}") for name, ms in calls.most_common(_CALLS)]
    result.notes.append(
        "\n".join(table([(f"the widget's calls, {SLOWER} x throttled; they contain each other", "ms"), *rows]))
    )
    return result


def _load_times(server: Server, program: str, loads: int) -> tuple[Times, Counter[str]]:
    """Of the widget and of the least that a script with its duties could do, in turn; and what each of the widget's
    calls takes on average, in ms."""
    scripts = {OURS: "/v1/widget.js", LEAST: "/least.js"}
    times: Times = {(name, throttle): [] for throttle in (SLOWER, 1) for name in scripts}
    calls: Counter[str] = Counter()
    with _shop(server) as shop, chromium.running(program) as browser:
        for _ in range(loads + 1):
            for (name, throttle), found in times.items():
                script = scripts[name]
                events = chromium.trace(browser, f"{shop}/shop{script}", throttle, _IDLE)
                own = [event for event in events if _is_of(script, event)]
                found.append(covered(own) / 1000)
                if (name, throttle) == (OURS, SLOWER):
                    for event in own:
                        calls[_name_of(event)] += event["tdur"] / 1000 / (loads + 1)
    return {case: found[1:] for case, found in times.items()}, calls  # the first warms the browser up


def _name_of(event: dict[str, Any]) -> str:
    return f"{event['name']} {event.get('args', {}).get('data', {}).get('functionName', '')}".strip()


@contextmanager
def _shop(server: Server) -> Iterator[str]:
    """The origin of a shop whose page `/shop/any.js` loads the script `/any.js`."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Shop, server.url)) as shop:
        threading.Thread(target=shop.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{shop.server_port}"
        shop.shutdown()


class _Shop(BaseHTTPRequestHandler):
    def __init__(self, server_url: str, *arguments: Any) -> None:
        self._server_url = server_url
        super().__init__(*arguments)

    def do_GET(self) -> None:
        _, page, script = self.path.partition("/shop")
        if page:
            origin = self._server_url if script.startswith("/v1/") else ""
            self._answer("text/html", _page(origin + script))
        else:
            self._answer("text/javascript", _LEAST.replace("SERVER", self._server_url))

    def _answer(self, kind: str, text: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: Any) -> None:
        """Nothing reads it."""


def _page(script: str) -> str:
    html = f'<!doctype html><script defer src="{script}" data-steppay-checkout></script>'
    return html + "".join(f'<a href="#" data-steppay-order="order_bench{number}">pay</a>' for number in range(BUTTONS))


def _is_of(script: str, event: dict[str, Any]) -> bool:
    if event.get("name") not in _OF_THE_SCRIPT or "tdur" not in event:
        return False
    data = event.get("args", {}).get("data", {})
    url = data.get("url") or event["args"].get("fileName") or ""
    return url.endswith(script) and "/shop/" not in url


def covered(events: list[dict[str, Any]]) -> float:
    """Microseconds of the main thread's own time that at least one of the events covers: they contain each other.

    Each thread has a clock of its own; only the main thread evaluates.
    """
    main = {(event["pid"], event["tid"]) for event in events if event["name"] == "EvaluateScript"}
    total, end = 0.0, float("-inf")
    for event in sorted(events, key=lambda one: one["tts"]):
        if (event["pid"], event["tid"]) not in main:
            continue
        begin, stop = event["tts"], event["tts"] + event["tdur"]
        total += max(0.0, stop - max(begin, end))
        end = max(end, stop)
    if not total:
        raise RuntimeError("the trace does not show the script")
    return total
