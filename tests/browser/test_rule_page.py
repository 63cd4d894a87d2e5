"""Where neither the button nor the script tag names a mode, the server's rule for the page decides."""

from __future__ import annotations

from tests.browser.demo_fixture import RunningDemo
from tests.browser.engines import Page
from tests.browser.shopper import choose, in_engines, open_shop, wait_for_verdict


@in_engines("chromium", "webkit")
def test_the_pricing_page_pays_in_a_dialog_because_its_rule_says_so(demo: RunningDemo, page: Page) -> None:
    open_shop(demo, page, "/pricing")
    assert page.js("return document.querySelector('#pay-rule').dataset.mode === undefined")
    page.click("#pay-rule")
    choose(page.frame(), "paid")
    wait_for_verdict(page, "paid")
