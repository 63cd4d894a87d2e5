"""However payment was opened and whatever cuts the pages off from each other: one verdict, the true one, once.

Storage of third parties is partitioned in every cell, as browsers ship it (see engine_playwright.py).
"""

from __future__ import annotations

import pytest

from tests.browser.cells import CUT_OFF, Cell, matrix, readable
from tests.browser.engines import ENGINE_NAMES, Page
from tests.browser.hostile import Street
from tests.browser.journey import assert_reported_once, open_payment
from tests.browser.shopper import BAD_NEWS, choose, in_engines, screens, wait_for

PAID = list(matrix())
KEEP_THE_WINDOW = "const real = window.open; window.open = (...wishes) => (window.kept = real(...wishes));"
VERDICTS = {"declined": "failed", "canceled": "canceled", "vbank": "pending", "refunded": "refunded"}
OTHERS = [
    (engine, Cell(opening, CUT_OFF, extra=scenario))
    for engine in ENGINE_NAMES
    for opening, scenario in zip(("tab", "popup", "iframe", "redirect"), VERDICTS, strict=True)
]


@pytest.mark.parametrize(("engine_name", "cell"), PAID, ids=readable)
def test_the_shop_learns_of_the_payment_once(street: Street, page: Page, cell: Cell) -> None:
    order_code, place = open_payment(street, page, cell)
    choose(place, "paid")
    assert_reported_once(street, page, "paid", order_code)
    assert not BAD_NEWS & set(screens(page))


@pytest.mark.parametrize(("engine_name", "cell"), OTHERS, ids=readable)
def test_the_shop_learns_of_any_other_outcome_once(street: Street, page: Page, cell: Cell) -> None:
    order_code, place = open_payment(street, page, cell)
    choose(place, cell.extra)
    assert_reported_once(street, page, VERDICTS[cell.extra], order_code)


@in_engines()
def test_a_cut_off_window_says_closed_while_the_shopper_still_pays(street: Street, page: Page) -> None:
    """Why the matrix exists, and the proof that its headers do what they do to real shops."""
    page.before_load(KEEP_THE_WINDOW)
    _, place = open_payment(street, page, Cell("tab", ("pay",)))
    wait_for(page, lambda: page.js("return window.kept && window.kept.closed"), "the lie")
    wait_for(page, lambda: place.has("[data-scenario]"), "the pay page, as open as before")
