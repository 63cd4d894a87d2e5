"""The demo as a visitor tries it, with its worker: the static page's offers, and a renewal recovered."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.browser.demo_fixture import RunningDemo
from tests.browser.engines import Page
from tests.browser.shopper import choose, in_engines, open_shop, pay_page, wait_for, wait_for_verdict
from tests.browser.test_accessibility import assert_accessible
from widget_server.demo import Ports, run_demo


@pytest.fixture(scope="module")
def demo(free_port: Callable[[], int]) -> Iterator[RunningDemo]:
    """Its events and its worker too: the shop learns of subscriptions by webhooks."""
    ports = Ports(free_port(), free_port(), free_port(), free_port())
    with run_demo(ports) as urls:
        yield RunningDemo(urls, f"http://127.0.0.1:{ports.simulator}")


def wait_for_door(page: Page, access: str) -> None:
    """Without a reload: the page asks by itself."""
    wait_for(page, lambda: page.has(f'.door[data-access="{access}"]'), f"access {access}")


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
