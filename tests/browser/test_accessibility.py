"""Accessible: WCAG 2.2 AA on everything a shopper or a merchant's developer sees, in every engine."""

from __future__ import annotations

import re

from tests.browser.axe import needs_axe, start_axe, violations
from tests.browser.demo_fixture import RunningDemo
from tests.browser.engines import Page, View
from tests.browser.shopper import (
    RECORDER,
    choose,
    in_engines,
    open_shop,
    reach_pay_page,
    start_payment,
    wait_for,
    wait_for_verdict,
)

pytestmark = needs_axe
SETTLED = [("paid", "paid"), ("declined", "failed"), ("canceled", "canceled"), ("vbank", "pending")]


def assert_accessible(page: Page, view: View | None = None) -> None:
    place = view or page
    start_axe(place)
    wait_for(page, lambda: violations(place) is not None, "axe's answer")
    assert violations(place) == []


@in_engines()
def test_the_shop_and_the_documentation_are_accessible(demo: RunningDemo, page: Page) -> None:
    page.before_load(RECORDER)
    shop = demo.urls.shop_url
    for address in (shop, f"{shop}/?lang=en", f"{shop}/pricing", f"{demo.urls.server_url}/docs"):
        page.goto(address)
        assert_accessible(page)


@in_engines()
def test_the_payment_dialog_and_its_question_are_accessible(demo: RunningDemo, page: Page) -> None:
    open_shop(demo, page)
    reach_pay_page(page, "iframe")
    assert_accessible(page)
    page.click(".window button")
    wait_for(page, lambda: page.has(".card button"), "the question")
    assert_accessible(page)


@in_engines()
def test_the_verdict_screens_are_accessible(demo: RunningDemo, page: Page) -> None:
    for scenario, verdict in SETTLED:
        open_shop(demo, page)
        choose(start_payment(page, "redirect"), scenario)
        wait_for_verdict(page, verdict)
        assert_accessible(page)


@in_engines()
def test_the_screen_that_asks_the_server_is_accessible(demo: RunningDemo, page: Page) -> None:
    order = demo.unpaid_order()
    open_shop(demo, page, f"/?{order.back}")
    wait_for(page, lambda: page.has(".card .checking"), "the checking screen")
    assert_accessible(page)


@in_engines()
def test_the_return_page_is_accessible(demo: RunningDemo, page: Page) -> None:
    for scenario in ("paid", "declined", "forged"):
        order = demo.unpaid_order()
        page.goto(f"{demo.urls.server_url}/v1/pay/{order.code}")
        choose(page, scenario)
        wait_for(page, lambda: page.has("main[data-kind]"), "the return page")
        if scenario == "forged":
            stop_asking_again(page)
        assert_accessible(page)


def stop_asking_again(page: Page) -> None:
    """A return page that waits loads itself again, nine times at most."""
    address: str = page.js("return document.querySelector('.primary').href")
    page.goto(re.sub(r"round=\d+", "round=20", address))
