"""A payment in one cell of the transport matrix."""

from __future__ import annotations

from tests.browser.cells import Cell
from tests.browser.engines import Page, View
from tests.browser.hostile import Street, has_reported, reports
from tests.browser.shopper import pay_page, wait_for

MAIN_BUTTON = ".card button"
# Everything that makes the widget look again.
NUDGE = """
for (const name of ['focus', 'online', 'visibilitychange']) dispatchEvent(new Event(name));
dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
"""


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
