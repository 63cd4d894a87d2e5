"""The cells of the transport matrix: every way of opening payment, under everything that cuts pages off.

What a header does to a window depends on the engine: a tab under each of them runs in every engine. The other cells run
in one engine each, spread so that every engine meets every way, every header and every blocker
(tests/unit/test_matrix_pairs.py). Every way without a header runs in every engine, too: in test_csp.py.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.browser.engines import ENGINE_NAMES

OPENINGS = ("redirect", "tab", "popup", "iframe")
CUT_OFF = ("shop", "pay", "return")
COOP = ((), ("shop",), ("pay",), ("return",), CUT_OFF)
BLOCKERS = ("none", "once", "always")
"""`once`: no window without a fresh click, as when a script opens it. `always`: no window at all."""


@dataclass(frozen=True)
class Cell:
    opening: str
    coop: tuple[str, ...] = ()
    blocker: str = "none"
    extra: str = ""

    @property
    def id(self) -> str:
        cut = "COOP " + ("everywhere" if len(self.coop) > 1 else "".join(self.coop) or "nowhere")
        blocked = "" if self.blocker == "none" else f"blocked {self.blocker}"
        return ", ".join(filter(None, (self.opening, cut, blocked, self.extra)))


# What does not exist, or shows nothing that a cell beside it does not show: the reason, and which cells.
LEFT_OUT: dict[str, Callable[[str, Cell], bool]] = {
    "only a tab and a pop-up open a window that could be blocked": (
        lambda _engine, cell: cell.opening in ("redirect", "iframe") and cell.blocker != "none"
    ),
    "after a redirect StepPay leads straight to the shop's page: there is no return page of ours": (
        lambda _engine, cell: cell.opening == "redirect" and cell.coop == ("return",)
    ),
    "without any window the widget redirects, so single COOP headers are the redirect's cells again": (
        lambda _engine, cell: cell.blocker == "always" and len(cell.coop) == 1
    ),
    "a blocked pop-up differs from a blocked tab in its size alone, so single COOP headers are the tab's cells": (
        lambda _engine, cell: cell.opening == "popup" and cell.blocker == "once" and len(cell.coop) == 1
    ),
    "the driver lets scripts open windows in Firefox, so nothing is blocked only once": (
        lambda engine, cell: engine == "firefox" and cell.blocker == "once"
    ),
}

SPREAD = "what is no plain tab runs in one engine a cell, and each pair of engine and header, way or blocker is there"


def in_every_engine(cell: Cell) -> bool:
    return cell.opening == "tab" and (cell.blocker == "none" or (cell.blocker == "always" and not cell.coop))


def matrix() -> Iterator[tuple[str, Cell]]:
    turns = list(ENGINE_NAMES)
    for opening, blocker, coop in itertools.product(OPENINGS, BLOCKERS, COOP):
        cell = Cell(opening, coop, blocker)
        engines = [name for name in turns if not any(left_out(name, cell) for left_out in LEFT_OUT.values())]
        if engines and not in_every_engine(cell):
            engines = engines[:1]
            turns.sort(key=engines.__contains__)  # the engine that had this turn comes last
        yield from ((engine, cell) for engine in engines)


def readable(value: object) -> str | None:
    """The name of a parameter in a test's id."""
    return value.id if isinstance(value, Cell) else None
