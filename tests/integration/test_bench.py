"""The bench measures what it says: its StepPay is believed by our own rules, its load notices wrong answers."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bench import load, report
from bench.benchmarks import MEASURES
from bench.benchmarks.p11_widget import covered
from bench.leak_detection import OVERDUE
from bench.leak_detection import judge as judge_growth
from bench.orders import KINDS, VERDICTS, new_code
from bench.peers.check import judge
from bench.result import MET, MISSED, Result, goal
from bench.upstream import TOKEN, Connection, StepPay
from bench.workload import Direct, Get, direct
from widget_server.domain import strict_json
from widget_server.domain.model import Claim
from widget_server.domain.parsing import parse_order, parse_receipt
from widget_server.domain.rules import decide

NOW = datetime.now(UTC)


def body_of(path: str) -> bytes:
    answer, _seconds = StepPay().answer(f"GET {path} HTTP/1.1\r\nSecret-Token: {TOKEN}\r\n\r\n".encode())
    return answer.partition(b"\r\n\r\n")[2]


@contextmanager
def serving(steppay: StepPay) -> Iterator[int]:
    """The bench's StepPay on a loop of its own; gives its port."""
    started: Future[tuple[int, asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def serve() -> None:
        loop, enough = asyncio.get_running_loop(), asyncio.Event()
        async with await loop.create_server(lambda: Connection(steppay), "127.0.0.1", 0) as server:
            started.set_result((server.sockets[0].getsockname()[1], loop, enough))
            await enough.wait()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    port, loop, enough = started.result(60)
    try:
        yield port
    finally:
        loop.call_soon_threadsafe(enough.set)
        thread.join()


def aside(measure: Callable[..., load.Window], *given: Any, **named: Any) -> load.Window:
    """Measured on a thread of its own: where a browser's test ran before, Playwright's loop runs on this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(measure, *given, **named).result()


@pytest.mark.parametrize("kind", KINDS)
def test_our_rules_and_the_peers_read_the_orders_of_the_bench_as_what_they_are(kind: str) -> None:
    code = new_code(kind)
    told, receipt = body_of(f"/api/v1/orders/{code}"), body_of(f"/api/payment/receipt/key{code[6:]}")
    assert 5_500 < len(told) < 7_000
    assert 800 < len(receipt) < 1_200
    order = parse_order(strict_json.loads(told), code, NOW)
    found = decide(Claim(code, status="success"), order, parse_receipt(strict_json.loads(receipt), order, NOW), None)
    assert found.kind.value == VERDICTS[kind]
    peer = judge(code, json.loads(told), json.loads(receipt))
    assert (peer["verdict"] == "paid") == (VERDICTS[kind] == "paid")


def test_the_load_asks_each_order_once_and_counts_every_answer() -> None:
    steppay = StepPay()
    with serving(steppay) as port:
        window = aside(load.closed_loop, port, direct, connections=4, count=40)
        steady = aside(load.open_loop, port, direct, rate=200, seconds=0.1)
        together = aside(load.burst, port, [[direct() for _ in range(5)]])
    assert (window.done, steady.done, together.done) == (40, 20, 5)
    assert steppay.calls == {"order": 65, "receipt": 65}
    assert len(window.latencies_ms) == 40


def test_a_wrong_answer_is_never_counted_as_done() -> None:
    unknown = Direct(b"GET /api/v1/orders/none HTTP/1.1\r\nSecret-Token: " + TOKEN.encode() + b"\r\n\r\n", None)
    with serving(StepPay()) as port:
        assert aside(load.closed_loop, port, lambda: unknown, connections=1, count=2).wrong == {"status 404": 2}
        assert aside(load.closed_loop, port, lambda: Get("/api/v1/orders/x"), connections=1, count=1).wrong == {
            "status 403": 1
        }


def test_the_page_keeps_what_people_wrote_around_the_measured_part(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n", "utf-8")
    goals = [goal("speed", 2.1, 2.0, " x", at_least=True), goal("added", 5, 4, " %")]
    result = Result("P1", "Speed", goals, [("a", "b"), ("1", "2")], bars=[("this server", 2.1)])
    report.put_into(page, report.markdown([result], "today"))
    text = page.read_text("utf-8")
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "old" not in text
    assert [one.state for one in goals] == [MET, MISSED]
    assert "| P1 | speed | ≥ 2 x | 2.1 x | met |" in text
    assert "this server" in report.plot([result])


def test_growth_is_distinguished_from_ups_and_downs() -> None:
    seen = [
        {"memory, MB": 100 + at / 10, "threads": at % 60.0, "rows of jobs": at % 60.0, OVERDUE: at // 600}
        for at in range(0, 900, 5)
    ]
    samples = [(number * 5.0, numbers) for number, numbers in enumerate(seen)]
    grown = {one.name: one.grows for one in judge_growth(samples)}
    assert grown == {"memory, MB": True, "threads": False, "rows of jobs": False, OVERDUE: True}


def test_every_goal_has_its_measure() -> None:
    assert list(MEASURES) == [*(f"P{number}" for number in range(1, 15)), "PROFILE"]


def test_the_scripts_time_is_that_of_the_main_thread_and_nothing_counts_twice() -> None:
    def event(name: str, thread: int, begin: int, took: int) -> dict[str, Any]:
        return {"name": name, "pid": 1, "tid": thread, "tts": begin, "tdur": took}

    events = [event("EvaluateScript", 1, 100, 50), event("v8.run", 1, 110, 40), event("FunctionCall", 1, 300, 7)]
    assert covered([*events, event("v8.compile", 2, 0, 1_000)]) == 57
    with pytest.raises(RuntimeError, match="does not show the script"):
        covered([])
