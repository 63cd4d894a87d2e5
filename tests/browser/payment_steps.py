"""A payment in one cell of the transport matrix."""

from __future__ import annotations

from tests.browser.engines import Page, View
from tests.browser.hostile import HostileSite, has_reported, reports
from tests.browser.matrix_cases import Cell
from tests.browser.shopper import pay_page, wait_for

MAIN_BUTTON = ".buttons button"
# Everything that makes the widget look again; then a question of our own, so that an answer to one that the widget may
# have asked has arrived as well.
NUDGE = """
for (const name of ['focus', 'online', 'visibilitychange']) dispatchEvent(new Event(name));
dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
fetch('%s/v1/verify', {
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ orderCode: '%s' }),
}).then(() => document.documentElement.setAttribute('data-asked', ''));
"""


def open_payment(site: HostileSite, page: Page, cell: Cell, **wishes: str) -> tuple[str, View]:
    """Gives the order's code, and the place where the pay page shows."""
    site.coop.update(cell.coop)
    order = site.unpaid_order()
    page.goto(site.page(order.code, cell.opening, blocker=cell.blocker, **wishes))
    page.click(MAIN_BUTTON if cell.blocker == "once" else "#pay")
    if cell.blocker == "always":
        page.click(MAIN_BUTTON)
    return order.code, pay_page(page, "redirect" if cell.blocker == "always" else cell.opening)


def assert_reported_once(site: HostileSite, page: Page, verdict: str, order_code: str) -> None:
    wait_for(page, lambda: has_reported(page), f"the report of {verdict}")
    page.js(NUDGE % (site.urls.server_url, order_code))
    wait_for(page, lambda: page.has("html[data-asked]"), "the server's answer")
    assert reports(page) == [f"{verdict} {order_code}"]
