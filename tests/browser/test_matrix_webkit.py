"""The transport matrix in WebKitGTK: see matrix.py."""

from __future__ import annotations

from tests.browser.engines import Page
from tests.browser.hostile import HostileSite
from tests.browser.matrix import (
    other_cells,
    paid_cells,
    the_outcome_is_reported_once,
    the_payment_is_reported_once,
    the_window_looks_closed_while_the_shopper_pays,
)
from tests.browser.matrix_cases import Cell
from tests.browser.shopper import in_engines


@paid_cells("webkit")
def test_the_shop_learns_of_the_payment_once(site: HostileSite, page: Page, cell: Cell) -> None:
    the_payment_is_reported_once(site, page, cell)


@other_cells("webkit")
def test_the_shop_learns_of_any_other_outcome_once(site: HostileSite, page: Page, cell: Cell) -> None:
    the_outcome_is_reported_once(site, page, cell)


@in_engines("webkit")
def test_a_cut_off_window_says_closed_while_the_shopper_still_pays(site: HostileSite, page: Page) -> None:
    the_window_looks_closed_while_the_shopper_pays(site, page)
