"""What every measure works with."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench import load
from bench.load import Window
from bench.machine import Cores
from bench.servers import Server, Starter
from bench.steppay import Upstream
from bench.workload import Verify


@dataclass
class Bench:
    """`quick`: only whether it works; the numbers say little then. `large`: also what takes long and much disk."""

    quick: bool
    large: bool
    folder: Path
    cores: Cores
    upstream: Upstream
    starter: Starter
    profiles: dict[str, Any] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)

    @property
    def rounds(self) -> int:
        return 2 if self.quick else 5

    @property
    def window_seconds(self) -> float:
        return 1.5 if self.quick else 2.0

    def warm(self, *servers: Server) -> None:
        for server in servers:
            self.say(f"warming {server.name}")
            server.get_warm(300 if self.quick else 20_000)

    def say(self, text: str) -> None:
        print(f"[{time.monotonic() - self.began:4.0f} s] {text}", file=sys.stderr, flush=True)


_FEW = 0.01
"""Refusals that a busy machine may cause; they are in the tables and do not count."""


@dataclass(frozen=True)
class Sample:
    """One window of one server. `cpu_us`: the server's CPU time for one answer, in microseconds."""

    window: Window
    cpu_us: float


def measure_once(server: Server, measure: Callable[[], Window]) -> Sample:
    before = server.cpu_seconds()
    window = measure()
    spent = server.cpu_seconds() - before
    if sum(window.wrong.values()) > max(_FEW * window.done, 3):
        raise RuntimeError(f"{server.name} answered wrongly: {dict(window.wrong)}")
    return Sample(window, spent / max(1, window.answered) * 1e6)


def take_turns(bench: Bench, servers: Sequence[Server], rounds: int | None = None) -> dict[str, list[Sample]]:
    """Short windows in turn, so that whatever else the machine does meets all alike."""
    turns: dict[str, list[Sample]] = {server.name: [] for server in servers}
    for number in range(rounds or bench.rounds):
        for server in (*servers[number % len(servers) :], *servers[: number % len(servers)]):
            measure = lambda: load.closed_loop(server.port, Verify, seconds=bench.window_seconds)  # noqa: B023, E731
            turns[server.name].append(measure_once(server, measure))
    return turns


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def ratio(over: Sequence[float], under: Sequence[float]) -> float:
    """The median of the rounds' own ratios: a slow moment of the machine is in both."""
    return median([one / max(other, 1e-9) for one, other in zip(over, under, strict=True)])
