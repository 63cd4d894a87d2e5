"""The demo as a visitor tries it, with its worker: the static page's offers, and a renewal recovered."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.browser.axe import needs_axe
from tests.browser.demo_fixture import RunningDemo
from tests.browser.engines import Page
from tests.browser.shopper import (
    choose,
    in_engines,
    open_shop,
    order_of,
    pay_page,
    start_payment,
    wait_for,
    wait_for_verdict,
)
from tests.browser.test_accessibility import assert_accessible
from widget_server.demo.run import Ports, run_demo


@pytest.fixture(scope="module")
def demo(free_port: Callable[[], int]) -> Iterator[RunningDemo]:
    """Its events and its worker too: the shop learns of subscriptions by webhooks."""
    ports = Ports(free_port(), free_port(), free_port(), free_port())
    with run_demo(ports) as urls:
        yield RunningDemo(urls, f"http://127.0.0.1:{ports.simulator}")


BOUGHT = [
    ("beans-500g", "iframe", "index.html", "paid"),
    ("first-month-free", "tab", "index-tab.html", "no_charge"),
    ("drip-bags", "redirect", "index-redirect.html", "paid"),
]


@in_engines("chromium")
def test_the_static_page_sells_each_offer(demo: RunningDemo, page: Page) -> None:
    """One in each mode, by the keyboard. The shop's backend learns what was bought; a hint is ticked on the way."""
    for offer, mode, file, verdict in BOUGHT:
        page.goto(f"{demo.urls.brand_url}/{file}")
        page.click(f'[data-steppay-offer="{offer}"]')
        wait_for(page, lambda: page.has("#email"), "the form")
        page.press(*"Dallae", "Tab", *"dallae@brand.kr", *(("Tab", "3") if offer == "drip-bags" else ()), "Enter")
        place = pay_page(page, mode)
        wait_for(page, lambda place=place: place.has("[data-scenario]"), "the pay page")
        choose(place, "paid")
        wait_for(page, lambda verdict=verdict: page.has(f".card i.{verdict}"), f"the verdict {verdict}")
    open_shop(demo, page, "/orders?lang=en")
    wait_for(page, lambda: page.has("[data-order]:nth-of-type(3)"), "three webhooks")
    told = page.js(
        "return [...document.querySelectorAll('[data-order] header + .hint')].map((line) => line.textContent)"
    )
    assert sorted(line.partition(" · ")[2] for line in told) == ["₩0", "₩18,000", "₩36,000"]
    page.goto(demo.urls.shop_url)
    assert page.has('[data-try="orders"][data-done]')


KINDS = """
return [...document.querySelectorAll('#seen li')].map(
  ({ dataset }) => dataset.kind + ' ' + (dataset.state || dataset.verdict || ''));
"""


@needs_axe
@in_engines("chromium")
def test_beside_the_shopper_stands_what_the_server_saw(demo: RunningDemo, page: Page) -> None:
    """From the click to the webhook, at the price of the chosen quantity; then the button leads to the order."""
    open_shop(demo, page, "/?lang=en")
    page.js(
        "const select = document.querySelector('[name=quantity]'); select.value = '2';"
        "select.dispatchEvent(new Event('change', { bubbles: true }))"
    )
    wait_for(page, lambda: "36,000" in page.js("return document.querySelector('#pay-iframe').textContent"), "the price")
    order = order_of(page, "iframe")
    frame = start_payment(page, "iframe")
    wait_for(page, lambda: page.has('#seen [data-verdict="pending"]'), "the server to see an unpaid order")
    choose(frame, "paid")
    wait_for(page, lambda: page.has('#seen [data-state="delivered"]'), "the webhook")
    seen = page.js(KINDS)
    assert seen[:3] == ["bound ", "opened ", "verdict pending"]
    assert sorted(seen[3:]) == ["event ", "message delivered", "returned ", "verdict paid"]
    page.click(".card .close")
    page.click("#pay-iframe")
    wait_for(page, lambda: page.has("#order-title"), "the order's page")
    assert page.js("return location.pathname") == f"/orders/{order}"
    assert "× 2" in page.js("return document.querySelector('#order-title').textContent")
    assert_accessible(page)


def wait_for_door(page: Page, access: str) -> None:
    """Without a reload: the page asks by itself."""
    wait_for(page, lambda: page.has(f'.door[data-access="{access}"]'), f"access {access}")


@needs_axe
@in_engines("chromium")
def test_another_card_opens_the_members_page_again(demo: RunningDemo, page: Page) -> None:
    open_shop(demo, page, "/pricing")
    page.click("#pay-trial")
    choose(page.frame(), "paid")
    wait_for_verdict(page, "no_charge")
    page.goto(f"{demo.urls.shop_url}/members")
    wait_for_door(page, "true")
    page.click('[data-step="decline"]')
    wait_for(page, lambda: page.has('[data-status="UNPAID"]'), "the renewal to fail")
    assert page.has('.door[data-access="false"]')
    assert_accessible(page)
    page.click("#change-card")
    frame = pay_page(page, "iframe")
    wait_for(page, lambda: frame.has("[data-scenario]"), "the pay page")
    choose(frame, "paid")
    wait_for_door(page, "true")
    assert page.has('[data-status="ACTIVE"]')
    wait_for(page, lambda: page.has('[data-type="subscription.payment_method_changed"]'), "the shop to hear of it")
