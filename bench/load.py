"""The load: keep-alive connections on one event loop, every answer checked. Several times as fast as any server here;
the report says how busy it was."""

from __future__ import annotations

import asyncio
import math
import re
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.event_loop import run
from bench.workload import Step, UnexpectedResponse

_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
_PATIENCE_SECONDS = 30.0
_LONGEST_SECONDS = 600.0
_AFTER_TROUBLE_SECONDS = 1.0
_MOST_CONNECTIONS = 2_000
Make = Callable[[], Step]


@dataclass
class Window:
    """What was seen: `seconds` of wall clock, the load's own CPU time, latencies in ms of what went right. `answered`
    also has what was answered before and after the window: the server worked for it."""

    seconds: float = 0.0
    own_cpu_seconds: float = 0.0
    done: int = 0
    answered: int = 0
    wrong: Counter[str] = field(default_factory=Counter)
    latencies_ms: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return self.done / self.seconds

    def percentile(self, part: float) -> float:
        """ms; `part` from 0 to 1."""
        ordered = sorted(self.latencies_ms)
        return ordered[max(0, math.ceil(part * len(ordered)) - 1)] if ordered else math.nan


class Connection(asyncio.Protocol):
    """One connection with at most one request on its way. `done(connection, problem)` is called at its end."""

    def __init__(self) -> None:
        self._received = b""
        self._expected = 0
        self._ask: Step | None = None
        self._done: Callable[[Connection, str], None] = lambda _self, _problem: None

    def connection_made(self, transport: Any) -> None:  # uvloop's transports are no asyncio.Transport
        self.transport = transport

    def send(self, ask: Step, done: Callable[[Connection, str], None]) -> None:
        self._ask, self._done = ask, done
        self._received, self._expected = b"", 0
        self.transport.write(ask.raw)

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._expected:
            end = self._received.find(b"\r\n\r\n") + 4
            if end < 4:
                return
            length = _LENGTH.search(self._received, 0, end)
            self._expected = end + (int(length[1]) if length else 0)
            self._head_bytes = end
        if len(self._received) >= self._expected:
            self._take()

    def _take(self) -> None:
        ask, end, received = self._ask, self._head_bytes, self._received
        if ask is None:
            return
        try:
            following = ask.take(int(received[9:12]), received[:end], received[end:])
        except UnexpectedResponse as wrong:
            self._end(str(wrong))
        except (ValueError, KeyError, TypeError) as error:
            self._end(type(error).__name__)
        else:
            if following is None:
                self._end("")
            else:
                self.send(following, self._done)

    def _end(self, problem: str) -> None:
        self._ask = None
        self._done(self, problem)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._ask is not None:
            self._end("connection lost")


async def connect(port: int, number: int, host: str = "127.0.0.1") -> list[Connection]:
    loop = asyncio.get_running_loop()
    made: list[Connection] = []
    while len(made) < number:  # fifty at a time: no server's queue of new connections is longer than a hundred
        some = min(50, number - len(made))
        pairs = await asyncio.gather(*(loop.create_connection(Connection, host, port) for _ in range(some)))
        made += [protocol for _transport, protocol in pairs]
    return made


class _Counting:
    """Writes down how each request ended. Nothing before `self.begins` counts."""

    def __init__(self) -> None:
        self.window = Window()
        self.begins = self._cpu = 0.0

    def begin(self, begins: float) -> None:
        self.begins, self._cpu = begins, time.process_time()

    def note(self, started: float, problem: str) -> None:
        now = time.perf_counter()
        self.window.answered += 1
        if now < self.begins:
            return
        if problem:
            self.window.wrong[problem] += 1
        else:
            self.window.done += 1
            self.window.latencies_ms.append((now - started) * 1000)

    def end(self) -> Window:
        self.window.seconds = time.perf_counter() - self.begins
        self.window.own_cpu_seconds = time.process_time() - self._cpu
        return self.window


def closed_loop(
    port: int,
    make: Make,
    *,
    host: str = "127.0.0.1",
    connections: int = 32,
    seconds: float = 2.0,
    ramp: float = 0.0,
    count: int = 0,
) -> Window:
    """Each connection asks again as soon as it is answered, a second after a refusal; for `seconds` after `ramp`, or
    until `count` were asked."""
    made = connect(port, connections, host)
    return run(_closed(made, make, seconds=seconds, ramp=ramp, count=count))


async def _closed(
    connecting: Awaitable[list[Connection]], make: Make, *, seconds: float, ramp: float, count: int
) -> Window:
    loop, counting, all_done = asyncio.get_running_loop(), _Counting(), asyncio.Event()
    made = await connecting
    started: dict[Connection, float] = {}
    left = [count or -1]
    ends = time.perf_counter() + (ramp + seconds if not count else _LONGEST_SECONDS)

    def next_one(connection: Connection, problem: str) -> None:
        counting.note(started.pop(connection), problem)
        if problem and not count:
            loop.call_later(_AFTER_TROUBLE_SECONDS, ask_on, connection)
        else:
            ask_on(connection)
        if not started:
            all_done.set()

    def ask_on(connection: Connection) -> None:
        if time.perf_counter() < ends and left[0] and not connection.transport.is_closing():
            left[0] -= 1
            started[connection] = time.perf_counter()
            connection.send(make(), next_one)

    counting.begin(time.perf_counter() + ramp)
    for connection in made:
        ask_on(connection)
    if count:
        await asyncio.wait_for(all_done.wait(), _LONGEST_SECONDS)
    else:
        await asyncio.sleep(ramp + seconds)
    window = counting.end()
    await _drain(all_done, started, counting)
    _close(made)
    return window


async def _drain(all_done: asyncio.Event, started: dict[Connection, float], counting: _Counting) -> None:
    """What is still on its way may end, so that it does not disturb the next window; it does not count."""
    counting.begins = math.inf
    if started:
        try:
            await asyncio.wait_for(all_done.wait(), _PATIENCE_SECONDS)
        except TimeoutError:
            counting.window.wrong["no answer"] += len(started)


def open_loop(port: int, make: Make, *, rate: float, seconds: float) -> Window:
    """`rate` requests a second whatever the server does; latency counts from when each was due."""
    return run(_Steady(port, make).run(rate, seconds))


class _Steady:
    """An open loop: a request that is due and finds no idle connection gets a new one, up to `_MOST_CONNECTIONS`."""

    def __init__(self, port: int, make: Make) -> None:
        self._port, self._make = port, make
        self._counting, self._all_done = _Counting(), asyncio.Event()
        self._made: list[Connection] = []
        self._idle: list[Connection] = []
        self._started: dict[Connection, float] = {}
        self._overdue: deque[float] = deque()

    async def run(self, rate: float, seconds: float) -> Window:
        self._made = await connect(self._port, 64)
        self._idle.extend(self._made)
        begins = time.perf_counter()
        self._counting.begin(begins)
        for number in range(int(rate * seconds)):
            # Whole milliseconds: the loop's timers know no less, and rounding must not look like a slow server.
            due = begins + round(number / rate, 3)
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            await self._ask(due)
        self._all_done.clear()
        await self._wait_for_the_rest()
        window = self._counting.end()
        _close(self._made)
        return window

    async def _wait_for_the_rest(self) -> None:
        if self._started:
            try:
                await asyncio.wait_for(self._all_done.wait(), _PATIENCE_SECONDS)
            except TimeoutError:
                self._counting.window.wrong["no answer"] += len(self._started) + len(self._overdue)

    async def _ask(self, due: float) -> None:
        while self._idle and self._idle[-1].transport.is_closing():  # silent for too long: servers close those
            self._made.remove(self._idle.pop())
        if not self._idle and len(self._made) < _MOST_CONNECTIONS:
            (new,) = await connect(self._port, 1)
            self._made.append(new)
            self._idle.append(new)
        if self._idle:
            self._start(self._idle.pop(), due)  # the newest: it is the least likely to be closed
        else:
            self._overdue.append(due)

    def _start(self, connection: Connection, due: float) -> None:
        self._started[connection] = due
        connection.send(self._make(), self._finish)

    def _finish(self, connection: Connection, problem: str) -> None:
        self._counting.note(self._started.pop(connection), problem)
        if self._overdue and not connection.transport.is_closing():
            self._start(connection, self._overdue.popleft())
        elif not connection.transport.is_closing():
            self._idle.append(connection)
        if not self._started:
            self._all_done.set()


def burst(port: int, batches: Sequence[Sequence[Step]]) -> Window:
    """Each batch: all of its requests at the same moment, each on a connection of its own."""
    return run(_at_once(port, batches))


async def _at_once(port: int, batches: Sequence[Sequence[Step]]) -> Window:
    counting = _Counting()
    made = await connect(port, max(map(len, batches)))
    counting.begin(time.perf_counter())
    for batch in batches:
        await _one_batch(counting, made, batch)
    window = counting.end()
    _close(made)
    return window


async def _one_batch(counting: _Counting, made: Sequence[Connection], batch: Sequence[Step]) -> None:
    all_done, began = asyncio.Event(), time.perf_counter()
    on_their_way = set(made[: len(batch)])

    def finish(connection: Connection, problem: str) -> None:
        counting.note(began, problem)
        on_their_way.discard(connection)
        if not on_their_way:
            all_done.set()

    for connection, ask in zip(made, batch, strict=False):
        connection.send(ask, finish)
    await asyncio.wait_for(all_done.wait(), _PATIENCE_SECONDS)


def _close(connections: Sequence[Connection]) -> None:
    for connection in connections:
        connection.transport.close()
