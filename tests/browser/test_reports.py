"""What is reported, and how often: a return whose address comes back, a page that is frozen, and a cancel or an error
that StepPay does not record."""

from __future__ import annotations

import pytest

from tests.browser.demo_fixture import Order
from tests.browser.engine_playwright import PlaywrightPage, PlaywrightView
from tests.browser.engines import Page, View
from tests.browser.hostile import HostileSite, has_reported, reports
from tests.browser.matrix_cases import Cell
from tests.browser.payment_steps import open_payment
from tests.browser.shopper import in_engines, wait_for

CHECKOUT = "A" * 22
RELOAD = "window.before = true; setTimeout(() => location.reload());"
RELOADED = "return !window.before && typeof StepPayCheckout === 'object'"
PUT_BACK = "history.replaceState(history.state, '', sessionStorage.returned);"
ASKED = "return StepPayCheckout.handleReturn().then((verdict) => verdict && verdict.verdict)"
# Holds the lock of whatever this shop remembers, as a page does that the browser has frozen.
FROZEN = """
const { checkout } = JSON.parse(localStorage['steppay:pending']);
navigator.locks.request('steppay:' + checkout, () => {
  document.documentElement.setAttribute('data-frozen', '');
  return new Promise(() => {});
});
"""
HURRY = """
const real = window.setTimeout;
window.setTimeout = (act, wait, ...more) => real(act, wait === 10000 ? 500 : wait, ...more);
"""


def returned(site: HostileSite, page: Page, order: Order, way: str = "success") -> str:
    """StepPay sends the shopper back. Gives the address without what was appended."""
    kept = f"{site.urls.shop_url}/done?order_id=55#top"
    back = f"&steppay_return={way}.{order.code}.{CHECKOUT}&order_id={order.id}&order_code={order.code}&status={way}"
    page.goto("about:blank")
    page.goto(kept.replace("#", f"{back}#"))
    page.js(f"sessionStorage.returned = {kept.replace('#', f'{back}#')!r}")
    return kept


@in_engines()
def test_a_return_whose_address_is_put_back_is_reported_once(site: HostileSite, page: Page) -> None:
    order = site.unpaid_order()
    site.settle(order.code, "paid")
    kept = returned(site, page, order)
    wait_for(page, lambda: has_reported(page), "the report")
    page.js(PUT_BACK)
    wait_for(page, lambda: page.js("return location.href") == kept, "the address to be cleaned again")
    page.js(PUT_BACK + RELOAD)
    wait_for(page, lambda: page.js(RELOADED), "the reload")
    wait_for(page, lambda: page.js("return location.href") == kept, "the address to be cleaned after a reload")
    assert page.js(ASKED) is None
    returned(site, page, order)
    assert page.js(ASKED) is None
    assert reports(page) == [f"paid {order.code}"]


@in_engines("chromium", "firefox")
def test_a_second_failure_at_the_same_address_is_reported_as_well(site: HostileSite, page: Page) -> None:
    """The shopper goes back to the pay page and tries again. A reload is no second failure."""
    order = site.unpaid_order()
    for expected in (1, 2):
        returned(site, page, order, "error")
        wait_for(page, lambda times=expected: len(reports(page)) == times, "the report")
    page.js(PUT_BACK + RELOAD)
    wait_for(page, lambda: page.js(RELOADED), "the reload")
    wait_for(page, lambda: "steppay_return" not in page.js("return location.href"), "the address to be cleaned")
    assert page.js(ASKED) is None
    assert reports(page) == [f"failed {order.code}"] * 2


@in_engines("chromium")  # tests/js has the rest; here the lock is a real one
def test_a_page_asks_although_another_one_that_follows_the_checkout_is_frozen(site: HostileSite, page: Page) -> None:
    order = site.unpaid_order()
    page.goto(site.page(order.code, "tab"))
    entry = f"JSON.stringify({{ orderCode: '{order.code}', checkout: '{CHECKOUT}', time: Date.now() }})"
    page.js(f"localStorage['steppay:pending'] = {entry}")
    frozen = page.js("window.other = open('/shop.css'); return true")
    assert frozen
    other = wait_for(page, page.second_window, "the other page")
    other.js(FROZEN)
    wait_for(page, lambda: other.has("[data-frozen]"), "the lock to be held")
    site.settle(order.code, "paid")
    page.before_load(HURRY)
    page.goto(site.page(order.code, "tab"))
    wait_for(page, lambda: has_reported(page), "the report")
    assert reports(page) == [f"paid {order.code}"]


def leave_unrecorded(place: View, way: str) -> None:
    """StepPay leads back and has recorded nothing: for this test it only names the address."""
    wait_for_place = f"const url = new URLSearchParams(location.search).get('{way}Url');"
    more = "" if way == "cancel" else " + '&status=error'"
    place.js(f"{wait_for_place} setTimeout(() => location.replace(url{more}))")


UNRECORDED = [("tab", "cancel"), ("popup", "error"), ("iframe", "cancel"), ("iframe", "error")]
VERDICTS = {"cancel": "canceled", "error": "failed"}


@pytest.mark.parametrize(("mode", "way"), UNRECORDED)
@in_engines("chromium")
def test_a_way_back_that_steppay_does_not_record_is_reported_at_once(
    site: HostileSite, page: Page, mode: str, way: str
) -> None:
    assert isinstance(page, PlaywrightPage)
    asked: list[str] = []
    page.context.on("request", lambda request: asked.append(request.url))
    order_code, place = open_payment(site, page, Cell(mode))
    wait_for(page, lambda: place.has("[data-scenario]"), "the pay page")
    leave_unrecorded(place, way)
    wait_for(page, lambda: has_reported(page), "the report")
    assert reports(page) == [f"{VERDICTS[way]} {order_code}"]
    assert sum(url.endswith("/v1/verify") for url in asked) <= 2


@in_engines("chromium")
def test_a_cancel_behind_a_foreign_page_is_reported_at_once(site: HostileSite, page: Page) -> None:
    """Around the shop stands a page of another origin, so the browser refuses to show our return page."""
    assert isinstance(page, PlaywrightPage)
    order = site.unpaid_order()
    page.goto(site.simulator)
    page.js(
        "document.body.innerHTML = '<iframe id=shop style=\"width: 1000px; height: 800px\"></iframe>';"
        f"document.querySelector('#shop').src = {site.page(order.code, 'iframe')!r}"
    )
    shop = page.frame("#shop")
    shop.click("#pay")
    place = PlaywrightView(page.tab, page.tab.frame_locator("#shop").frame_locator("iframe.frame"))
    wait_for(page, lambda: place.has("[data-scenario]"), "the pay page")
    leave_unrecorded(place, "cancel")
    wait_for(page, lambda: shop.has("html[data-reports]"), "the report")
    assert reports(shop) == [f"canceled {order.code}"]
