"""examples/flask-shop in a browser: it sells, refunds, renews and lets a trial customer in.

One PostgreSQL holds the shop's `orders` and `alembic_version` and the checkout's tables; gunicorn runs behind nginx,
and the checkout is below a path of the shop's own address. What the shop wrote for it is three lines and one handler.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.browser.engines import Page
from tests.browser.shopper import MODES, choose, in_engines, pay_page, wait_for
from tests.support.flask_shop import NEEDED, Shop, installed_shop

pytestmark = NEEDED
FILL = "document.querySelector('[name=%s]').value = '%s'"
SHOPPER = {"name": "김달래", "email": "dal@example.com"}


@pytest.fixture(scope="module")
def shop(free_port: Callable[[], int]) -> Iterator[Shop]:
    with installed_shop(free_port) as shop, shop.serving(), shop.working():
        yield shop


def order(shop: Shop, page: Page, product: str) -> str:
    """Press "주문하기"; the order's page and the widget are there then."""
    page.goto(f"{shop.url}/products/{product}")
    for field in SHOPPER.items():
        page.js(FILL % field)
    page.click("button#order")
    wait_for(page, lambda: page.js("return 'StepPayCheckout' in window"), "the widget")
    return str(page.js("return document.querySelector('#redirect').dataset.steppayOrder"))


def wait_for_state(page: Page, state: str) -> None:
    wait_for(page, lambda: page.has(f'#order[data-state="{state}"]'), f"the order to be {state}")


# Else the next page reports this payment over that of its own order: its shopper may be about to pay twice.
FORGET = "for (const store of [localStorage, sessionStorage]) store.removeItem('steppay:pending')"
LOOK_AGAIN = "if (!window.isLookingAgain) { window.isLookingAgain = true; location.replace(location.pathname); }"


def pay(shop: Shop, page: Page, mode: str, code: str) -> None:
    """Until the order's page says thanks, which it does from the shop's own record: the shopper may look again."""

    def is_thanked() -> bool:
        if page.has('#order[data-state="new"]') and shop.fulfilled(code):
            page.js(LOOK_AGAIN)
        return page.has('#order[data-state="done"]')

    page.click(f"#{mode}")
    place = pay_page(page, mode)
    is_there = "return document.readyState === 'complete' && !!document.querySelector('[data-scenario]')"
    wait_for(page, lambda: place.js(is_there), "the pay page")
    choose(place, "paid")
    wait_for(page, is_thanked, "the order's page to say thanks")
    page.js(FORGET)
    if mode == "tab":
        place.close()  # the shop's window is in front again


def club(shop: Shop, page: Page) -> str:
    page.goto(f"{shop.url}/club")
    return str(page.js("return document.querySelector('#club').dataset.member"))


@in_engines()
def test_the_shop_sells_refunds_renews_and_lets_a_trial_customer_in(shop: Shop, page: Page) -> None:
    codes = []
    for mode in MODES:
        codes.append(order(shop, page, "beans"))
        pay(shop, page, mode, codes[-1])
    assert [shop.fulfilled(code) for code in codes] == [1, 1, 1]

    shop.step(codes[-1], "refund")
    is_taken_back = f"SELECT 1 FROM fulfillments WHERE payment = '{codes[-1]}' AND is_taken_back"
    wait_for(page, lambda: shop.query(is_taken_back), "the shop to take it back")
    page.goto(f"{shop.url}/orders/{codes[-1]}")
    wait_for_state(page, "taken-back")

    assert club(shop, page) == "no"
    trial = order(shop, page, "trial")
    pay(shop, page, "redirect", trial)
    assert club(shop, page) == "yes"

    renewal = shop.step(trial, "renew")
    wait_for(page, lambda: shop.fulfilled(renewal), "the renewal")
    days = shop.query(f"SELECT max(until) - min(until) FROM fulfillments WHERE order_code = '{trial}'")
    assert days == [(31,)]
