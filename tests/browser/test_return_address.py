"""The shop's own address, by way of StepPay and back: every byte of it survives, and only our part of it is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from werkzeug.urls import iri_to_uri

from tests.browser.engines import Page
from tests.browser.hostile import HostileSite, has_reported, reports
from tests.browser.shopper import choose, in_engines, wait_for

FEW = [
    "/done?order_id=55&status=draft&key=k#/pay?order_id=55&status=x",
    "/done?q=%C0%CE&a=1;b=2&next=/a?b=1&order%5Fid=5&status=&status=",
]
ADDRESSES = json.loads((Path(__file__).parents[1] / "vectors/return-addresses.json").read_text("utf-8"))
# A handful of them: tests/js has all. Werkzeug, under the simulated StepPay, rewrites some in a redirect.
HANDFUL = [address for address in ADDRESSES if iri_to_uri(f"http://a{address}") == f"http://a{address}"][3::4]
SENT = """
window.sent = [];
const real = window.fetch;
window.fetch = (url, options) => {
  if (String(url).endsWith('/v1/verify')) window.sent.push(JSON.parse(options.body));
  return real(url, options);
};
"""
SERVER_DOWN = """
const real = window.fetch;
window.fetch = (url, options) =>
  /\\/v1\\/(checkouts$|pages)/.test(url) ? Promise.reject(new TypeError('down')) : real(url, options);
"""
KNOWN_RULE = "return performance.getEntriesByType('resource').some(({ name }) => name.includes('/v1/pages'))"


def at(site: HostileSite, page: Page, address: str) -> str:
    """Opens a page of the shop; gives its address as the browser writes it."""
    page.goto(site.urls.shop_url + address)
    href: str = page.js("return location.href")
    return href


def pay(site: HostileSite, page: Page, scenario: str = "paid") -> str:
    """The shopper presses the button of an order, and does something at the pay page. Gives the order's code."""
    code = site.unpaid_order().code
    page.js(f"document.querySelector('#pay').dataset.steppayOrder = '{code}'")
    page.click("#pay")
    choose(page, scenario)
    return code


def assert_back(page: Page, href: str, *told: str) -> None:
    wait_for(page, lambda: has_reported(page), "the report")
    assert reports(page) == list(told)
    assert page.js("return location.href") == href


@pytest.mark.parametrize("address", FEW)
@in_engines()
def test_the_pages_address_comes_back_byte_for_byte(site: HostileSite, page: Page, address: str) -> None:
    href = at(site, page, address)
    assert_back(page, href, f"paid {pay(site, page)}")


@in_engines("chromium")
def test_addresses_come_back_byte_for_byte_whichever_way_was_taken(site: HostileSite, page: Page) -> None:
    """One page for all of them: each return must have been cleaned and reported before the next."""
    told: list[str] = []
    ways = [("paid", "paid"), ("canceled", "canceled"), ("declined", "failed")]
    for number, address in enumerate(HANDFUL):
        scenario, verdict = ways[number % len(ways)]
        page.goto("about:blank")  # addresses that differ in their fragment alone are one document
        href = at(site, page, address)
        told.append(f"{verdict} {pay(site, page, scenario)}")
        wait_for(page, lambda: len(reports(page)) == len(told) if page.has("#pay") else False, address)
        assert (reports(page), page.js("return location.href")) == (told, href)


@pytest.mark.parametrize("address", FEW)
@in_engines("chromium")
def test_the_pages_address_comes_back_byte_for_byte_without_our_server(
    site: HostileSite, page: Page, address: str
) -> None:
    href = at(site, page, address)
    wait_for(page, lambda: page.js(KNOWN_RULE), "StepPay's address")
    page.js(SERVER_DOWN)
    assert_back(page, href, f"paid {pay(site, page)}")


WAYS = {
    "paid": ("success", "paid"),
    "declined": ("error", "failed"),
    "canceled": ("cancel", "canceled"),
}


@pytest.mark.parametrize("scenario", WAYS)
@in_engines("chromium", "firefox")
def test_the_shops_own_return_addresses_come_back_and_claim_what_steppay_said(
    site: HostileSite, page: Page, scenario: str
) -> None:
    way, verdict = WAYS[scenario]
    order = site.unpaid_order()
    page.before_load(SENT)
    at(site, page, "/")
    page.js(
        "const url = (way) => `${location.origin}/${way}?order_id=55&status=draft&status=x&order_code=MINE#status=y`;"
        f"StepPayCheckout.open({{ order: '{order.code}', mode: 'redirect',"
        " successUrl: url('success'), errorUrl: url('error'), cancelUrl: url('cancel') });"
    )
    choose(page, scenario)
    href = f"{site.urls.shop_url}/{way}?order_id=55&status=draft&status=x&order_code=MINE#status=y"
    assert_back(page, href, f"{verdict} {order.code}")
    sent: list[dict[str, Any]] = page.js("return window.sent")
    told = {"orderCode": order.code, "status": way} | ({} if way == "cancel" else {"orderId": str(order.id)})
    assert {name: value for name, value in sent[0].items() if name != "checkout"} == told


PHANTOMS = [
    "/orders?order_code={code}&status=paid&tab=2",
    "/orders?order_id=7&order_code={code}&status=success",
    "/orders?order_code=A-2026-001&status=shipped",
    "/orders?steppay_return=&order_code={code}&status=success",
    "/#/orders?order_code={code}&status=error",
]


@in_engines("chromium")
def test_a_page_without_a_return_is_left_alone(site: HostileSite, page: Page) -> None:
    code = site.unpaid_order().code
    page.before_load(SENT)
    for phantom in PHANTOMS:
        href = at(site, page, phantom.format(code=code))
        seen = page.js(
            "return StepPayCheckout.handleReturn().then((verdict) => [verdict, location.href, window.sent.length,"
            " document.querySelector('steppay-checkout'), noted('reports').length])"
        )
        assert seen == [None, href, 0, None, 0]


@in_engines("chromium")
def test_without_our_marker_the_order_that_this_browser_opened_comes_back(site: HostileSite, page: Page) -> None:
    """As where StepPay's own settings, or an opening without our server, name the return address."""
    at(site, page, "/")
    order = site.unpaid_order()
    page.js(f"StepPayCheckout.open({{ order: '{order.code}', mode: 'redirect' }})")
    wait_for(page, lambda: page.has("[data-scenario]"), "the pay page")
    site.settle(order.code, "paid")
    page.goto(
        f"{site.urls.shop_url}/done?order_id=55&x=1&order_id={order.id}&order_code={order.code}&status=success#top"
    )
    assert_back(page, f"{site.urls.shop_url}/done?order_id=55&x=1#top", f"paid {order.code}")
