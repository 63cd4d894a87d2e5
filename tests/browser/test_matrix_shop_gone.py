"""The shop's page does not last as long as the payment: it is loaded again, or closed and opened another day.

Not every cell in every engine. A pop-up is a tab with a size; what the storage keeps is ours, not the engine's; each
other outcome than paid goes through the same lines: so each way, each outcome and each engine is here, in pairs.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.browser.engines import ENGINE_NAMES, Page, View
from tests.browser.hostile import HostileSite
from tests.browser.matrix import VERDICTS
from tests.browser.matrix_cases import CUT_OFF, OPENINGS, Cell, readable
from tests.browser.payment_steps import assert_reported_once, open_payment
from tests.browser.shopper import choose, wait_for

LOADED_AGAIN = [
    (engine, replace(cell, extra=f"shop loaded again while paying, {scenario}"))
    for cell, scenario, engines in (
        (Cell("tab"), "paid", ENGINE_NAMES),
        (Cell("tab", CUT_OFF), "paid", ENGINE_NAMES),
        (Cell("tab"), "declined", ("chromium",)),
        (Cell("popup", CUT_OFF), "canceled", ("firefox",)),
        (Cell("tab", ("pay",)), "vbank", ("webkit",)),
    )
    for engine in engines
]
STORE_NOTHING = [
    (engine, Cell(opening, extra="shop may store nothing"))
    for opening, engine in zip(OPENINGS, (*ENGINE_NAMES, "firefox"), strict=True)
]
SECOND_PAGE = """
const second = document.createElement('iframe');
second.onload = () => document.documentElement.setAttribute('data-second', '');
second.src = location.href;
document.body.append(second);
"""
"""In a frame of the same origin: a page of the shop with the same storage and locks, that every engine can open."""


def each(cell: Cell, extra: str, *others: tuple[str, Cell]) -> pytest.MarkDecorator:
    """The cell in every engine, and the others."""
    cells = [*((engine, cell) for engine in ENGINE_NAMES), *others]
    values = [(engine, replace(cell, extra=extra)) for engine, cell in cells]
    return pytest.mark.parametrize(("engine_name", "cell"), values, ids=readable)


def started(site: HostileSite, page: Page, cell: Cell) -> tuple[str, View]:
    order_code, place = open_payment(site, page, cell)
    wait_for(page, lambda: place.has("[data-scenario]"), "the pay page")
    return order_code, place


def reload_while_paying(site: HostileSite, page: Page, cell: Cell) -> str:
    """Gives the code of the order that is paid."""
    order_code, place = started(site, page, cell)
    page.goto(site.page(order_code, cell.opening))
    choose(place, "paid")
    wait_for(page, lambda: place.has('[data-kind="paid"]'), "the return page")
    place.close()
    return order_code


@each(Cell("popup"), "shop loaded again while paying and after")
def test_the_next_page_of_the_shop_learns_what_its_window_paid(site: HostileSite, page: Page, cell: Cell) -> None:
    order_code = reload_while_paying(site, page, cell)
    page.goto(site.page(order_code, cell.opening))
    assert_reported_once(site, page, "paid", order_code)


@pytest.mark.parametrize(("engine_name", "cell"), LOADED_AGAIN, ids=readable)
def test_a_shop_loaded_again_learns_what_its_window_says(site: HostileSite, page: Page, cell: Cell) -> None:
    """By asking alone: nothing tells the new page that its shopper is back."""
    order_code, place = started(site, page, cell)
    page.goto(site.page(order_code, cell.opening))
    scenario = cell.extra.partition(", ")[2]
    choose(place, scenario)
    assert_reported_once(site, page, VERDICTS[scenario], order_code)


@each(Cell("tab"), "shop opened again while paying")
def test_a_shop_opened_again_while_paying_learns_what_its_window_paid(
    site: HostileSite, page: Page, cell: Cell
) -> None:
    order_code, place = started(site, page, cell)
    page.reopen(site.page(order_code, cell.opening))
    choose(place, "paid")
    assert_reported_once(site, page, "paid", order_code)


@each(Cell("tab"), "a second page of the shop, opened while paying")
def test_of_two_pages_of_the_shop_one_shows_the_verdict(site: HostileSite, page: Page, cell: Cell) -> None:
    order_code, place = started(site, page, cell)
    page.js(SECOND_PAGE)
    wait_for(page, lambda: page.has("html[data-second]"), "the second page")
    choose(place, "paid")
    assert_reported_once(site, page, "paid", order_code)


@each(Cell("tab", CUT_OFF), "shop closed while paying", ("firefox", Cell("popup")))
def test_a_shop_opened_again_learns_what_its_window_paid(site: HostileSite, page: Page, cell: Cell) -> None:
    order_code, place = started(site, page, cell)
    page.close()
    choose(place, "paid")
    wait_for(page, lambda: place.has('[data-kind="paid"]'), "the return page")
    page.reopen(site.page(order_code, cell.opening))
    assert_reported_once(site, page, "paid", order_code)


def paid_without_a_return(site: HostileSite, page: Page, cell: Cell) -> str:
    """Gives the code of the order that StepPay has as paid while its pay page still shows."""
    order_code, _ = started(site, page, cell)
    site.settle(order_code, "paid")
    return order_code


@each(Cell("redirect"), "left after paying, shop loaded again")
def test_a_shop_loaded_again_finds_a_payment_that_never_came_back(site: HostileSite, page: Page, cell: Cell) -> None:
    order_code = paid_without_a_return(site, page, cell)
    page.goto(site.page(order_code, cell.opening))
    assert_reported_once(site, page, "paid", order_code)


@each(Cell("iframe"), "left after paying, shop opened again")
def test_a_shop_opened_again_finds_a_payment_that_never_came_back(site: HostileSite, page: Page, cell: Cell) -> None:
    order_code = paid_without_a_return(site, page, cell)
    page.reopen(site.page(order_code, cell.opening))
    assert_reported_once(site, page, "paid", order_code)


@pytest.mark.parametrize(("engine_name", "cell"), STORE_NOTHING, ids=readable)
def test_a_shop_that_may_store_nothing_learns_of_the_payment(site: HostileSite, page: Page, cell: Cell) -> None:
    order_code, place = open_payment(site, page, cell, storage="denied")
    choose(place, "paid")
    assert_reported_once(site, page, "paid", order_code)
