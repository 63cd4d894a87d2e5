"""However payment was opened and whatever cuts the pages off from each other: one verdict, the true one, once.

Storage of third parties is partitioned in every cell, as browsers ship it (see engine_playwright.py).
"""

from __future__ import annotations

import pytest

from tests.browser.cells import Cell, matrix
from tests.browser.engines import ENGINE_NAMES, Page, View
from tests.browser.hostile import NUDGE, Street, has_reported, reports
from tests.browser.shopper import BAD_NEWS, choose, pay_page, screens, wait_for

PAID = list(matrix())
CUT_OFF = ("shop", "pay", "return")
OTHERS = [
    (engine, Cell(opening, CUT_OFF, extra=scenario), scenario, verdict)
    for engine in ENGINE_NAMES
    for opening, scenario, verdict in (
        ("tab", "declined", "failed"),
        ("popup", "canceled", "canceled"),
        ("iframe", "vbank", "pending"),
        ("redirect", "refunded", "refunded"),
    )
]
MAIN_BUTTON = ".card button"


def named(values: object) -> str | None:
    return values.id if isinstance(values, Cell) else None


def open_payment(street: Street, page: Page, cell: Cell, **wishes: str) -> tuple[str, View]:
    """Gives the order's code, and the place where the pay page shows."""
    street.coop.update(cell.coop)
    order = street.unpaid_order()
    page.goto(street.page(order.code, cell.opening, blocker=cell.blocker, **wishes))
    page.click(MAIN_BUTTON if cell.blocker == "once" else "#pay")
    if cell.blocker == "always":
        page.click(MAIN_BUTTON)
    return order.code, pay_page(page, "redirect" if cell.blocker == "always" else cell.opening)


def assert_reported_once(page: Page, expected: str) -> None:
    wait_for(page, lambda: has_reported(page), f"the report of {expected}")
    page.js(NUDGE)
    assert reports(page) == [expected]


@pytest.mark.parametrize(("engine_name", "cell"), PAID, ids=named)
def test_the_shop_learns_of_the_payment_once(street: Street, page: Page, cell: Cell) -> None:
    order_code, place = open_payment(street, page, cell)
    choose(place, "paid")
    assert_reported_once(page, f"paid {order_code}")
    assert not BAD_NEWS & set(screens(page))


@pytest.mark.parametrize(("engine_name", "cell", "scenario", "verdict"), OTHERS, ids=named)
def test_the_shop_learns_of_any_other_outcome_once(
    street: Street, page: Page, cell: Cell, scenario: str, verdict: str
) -> None:
    order_code, place = open_payment(street, page, cell)
    choose(place, scenario)
    assert_reported_once(page, f"{verdict} {order_code}")
