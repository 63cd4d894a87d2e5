"""The transport matrix of one engine. Each has a test file of its own, so that the processes of a run share them.

However payment was opened and whatever cuts the pages off from each other: one verdict, the true one, once.
Storage of third parties is partitioned in every cell, as browsers ship it (see engine_playwright.py).
"""

from __future__ import annotations

import pytest

from tests.browser.engines import Page
from tests.browser.hostile import HostileSite
from tests.browser.matrix_cases import CUT_OFF, Cell, matrix, readable
from tests.browser.payment_steps import assert_reported_once, open_payment
from tests.browser.shopper import BAD_NEWS, choose, screens, wait_for

KEEP_THE_WINDOW = "const real = window.open; window.open = (...wishes) => (window.kept = real(...wishes));"
OTHERS = {"declined": "failed", "canceled": "canceled", "vbank": "pending", "refunded": "refunded"}
VERDICTS = {"paid": "paid", **OTHERS}
CUT_OFF_OUTCOMES = {
    "chromium": (("tab", "declined"), ("popup", "canceled")),
    "firefox": (("iframe", "vbank"), ("redirect", "refunded")),
    "webkit": (("popup", "declined"), ("tab", "vbank")),
}
"""Each outcome and each way where most is cut off. test_payment_flows.py has each pair of outcome and engine."""


def paid_cells(engine: str) -> pytest.MarkDecorator:
    return _each([(name, cell) for name, cell in matrix() if name == engine])


def other_cells(engine: str) -> pytest.MarkDecorator:
    """Other outcomes than paid, where most is cut off."""
    return _each([(engine, Cell(opening, CUT_OFF, extra=extra)) for opening, extra in CUT_OFF_OUTCOMES[engine]])


def _each(cells: list[tuple[str, Cell]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("engine_name", "cell"), cells, ids=readable)


def the_payment_is_reported_once(site: HostileSite, page: Page, cell: Cell) -> None:
    order_code, place = open_payment(site, page, cell)
    choose(place, "paid")
    assert_reported_once(site, page, "paid", order_code)
    assert not BAD_NEWS & set(screens(page))


def the_outcome_is_reported_once(site: HostileSite, page: Page, cell: Cell) -> None:
    order_code, place = open_payment(site, page, cell)
    choose(place, cell.extra)
    assert_reported_once(site, page, VERDICTS[cell.extra], order_code)


def the_window_looks_closed_while_the_shopper_pays(site: HostileSite, page: Page) -> None:
    """Why the matrix exists, and the proof that its headers do what they do to real shops."""
    page.before_load(KEEP_THE_WINDOW)
    _, place = open_payment(site, page, Cell("tab", ("pay",)))
    wait_for(page, lambda: page.js("return window.kept && window.kept.closed"), "the lie")
    wait_for(page, lambda: place.has("[data-scenario]"), "the pay page, as open as before")
