"""Accessible: WCAG 2.2 AA on every screen of the gallery and on every page, in every engine."""

from __future__ import annotations

import pytest

from tests.browser.axe import needs_axe
from tests.browser.demo_fixture import RunningDemo
from tests.browser.engines import WIDE, Page
from tests.browser.screens import PAGES, gallery_screens
from tests.browser.shopper import in_engines, wait_for
from tests.browser.test_accessibility import flaws_found
from tests.browser.test_admin import pay, sign_in

pytestmark = [needs_axe, pytest.mark.timeout(600)]
COLORS = ["color-contrast"]
ADMIN_PAGES = ("/admin", "/admin/orders", "/admin/deliveries", "/admin/subscriptions", "/admin/orders/order_unheard")


@in_engines()
def test_every_screen_of_the_gallery_is_accessible(demo: RunningDemo, page: Page, engine_name: str) -> None:
    """Colors do not depend on the engine: the dark ones are looked at in Chromium."""
    found = []
    for screen in gallery_screens():
        page.goto(screen.address(demo, "ko"))
        wait_for(page, lambda: page.has("html[data-screen-ready]"), "the screen")
        found += flaws_found(page, f"{screen.surface}/{screen.name}")
        if engine_name == "chromium":
            page.show_as(WIDE, dark=True)
            found += flaws_found(page, f"{screen.surface}/{screen.name}, dark", COLORS)
            page.show_as(WIDE, dark=False)
    assert not found, "\n".join(found)


@in_engines()
def test_every_page_is_accessible(demo: RunningDemo, page: Page) -> None:
    code = pay(demo, page)
    places = {name: address(demo, "ko") for name, address in PAGES.items()}
    places |= {
        "orders": f"{demo.urls.shop_url}/orders",
        "portal": f"{demo.urls.simulator_url}/portal",
        "gallery": f"{demo.urls.server_url}/playground/screens",
        "returned": f"{demo.urls.server_url}/v1/pay/{code}",
    }
    found = []
    for name, address in places.items():
        page.goto(address)
        found += flaws_found(page, name)
    sign_in(demo, page)
    for path in (*ADMIN_PAGES, f"/admin/orders/{code}"):
        page.goto(demo.urls.admin_url + path)
        found += flaws_found(page, path)
    assert not found, "\n".join(found)
