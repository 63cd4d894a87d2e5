"""What a page is told when nobody knows where the shopper is, and what it still learns afterwards."""

from __future__ import annotations

import pytest

from tests.browser.engines import Page, View
from tests.browser.shopper import (
    in_engines,
    open_shop,
    order_of,
    results,
    screens,
    skip_the_wait,
    start_payment,
    wait_for,
    wait_for_verdict,
)
from tests.browser.stage import Stage


def leave(page: Page, mode: str, window: View) -> None:
    """The shopper takes the payment away, unpaid as far as the page can see."""
    if mode == "tab":
        window.close()
    else:
        page.click(".window .close")
        page.click(".card .quit")
    wait_for(page, lambda: page.has("#live [data-event=close]"), "the widget to notice")


@pytest.mark.parametrize("mode", ["tab", "iframe"])
@in_engines()
def test_a_failure_of_an_earlier_try_is_not_told_of_this_one(stage: Stage, page: Page, mode: str) -> None:
    """`closed` lies under COOP, and a dismissed dialog has a tab of its own: the shopper may still be paying."""
    open_shop(stage, page)
    stage.settle(order_of(page, mode), "declined")
    window = start_payment(page, mode)
    wait_for(page, lambda: window.has("[data-scenario]"), "the pay page")
    leave(page, mode, window)
    wait_for(page, lambda: page.has("#live [data-event=pending]"), "StepPay to be asked")
    skip_the_wait(page)
    wait_for_verdict(page, "unknown")
    assert page.has('#verdict[data-reason="not_returned"]')
    assert "failed" not in screens(page)
    assert "failed" not in page.js("return document.querySelector('#live').textContent")


@in_engines()
def test_a_payment_that_succeeds_after_the_result_still_reaches_the_page(stage: Stage, page: Page) -> None:
    open_shop(stage, page)
    order_code = order_of(page, "tab")
    tab = start_payment(page, "tab")
    wait_for(page, lambda: tab.has("[data-scenario]"), "the pay page")
    leave(page, "tab", tab)
    wait_for(page, lambda: page.has("#live [data-event=pending]"), "StepPay to be asked")
    skip_the_wait(page)
    wait_for_verdict(page, "pending")
    stage.settle(order_code, "paid")
    skip_the_wait(page)
    wait_for_verdict(page, "paid")
    assert results(page) == ["pending", "paid"]


@in_engines("chromium")
def test_a_payment_that_ended_without_an_answer_is_asked_about_once_in_half_a_minute(stage: Stage, page: Page) -> None:
    open_shop(stage, page)
    tab = start_payment(page, "tab")
    wait_for(page, lambda: tab.has("[data-scenario]"), "the pay page")
    leave(page, "tab", tab)
    wait_for(page, lambda: page.has("#live [data-event=pending]"), "StepPay to be asked")
    skip_the_wait(page)
    wait_for_verdict(page, "pending")
    page.js(
        "window.asked = 0; const real = window.fetch;"
        "window.fetch = (url, options) => { window.asked += /verify$/.test(url); return real(url, options); };"
        "for (let turn = 0; turn < 50; turn++) dispatchEvent(new Event('focus'));"
    )
    assert page.js("return window.asked") <= 1


@in_engines("chromium", "firefox")
def test_a_return_that_was_not_paid_yet_is_found_paid_after_a_reload(stage: Stage, page: Page) -> None:
    order = stage.unpaid_order()
    open_shop(stage, page, f"/?order_id={order.id}&order_code={order.code}&status=success")
    wait_for(page, lambda: page.has("#live [data-event=pending]"), "the first answer")
    stage.settle(order.code, "paid")
    open_shop(stage, page)
    wait_for_verdict(page, "paid")
    assert results(page) == ["paid"]


@in_engines("chromium")
def test_the_end_of_one_order_does_not_forget_the_other(stage: Stage, page: Page) -> None:
    """Two orders on one page: the memory holds the later one, and the earlier one's end must not wipe it."""
    open_shop(stage, page)
    later = order_of(page, "iframe")
    tab = start_payment(page, "tab")
    wait_for(page, lambda: tab.has("[data-scenario]"), "the first payment")
    frame = start_payment(page, "iframe")
    wait_for(page, lambda: frame.has("[data-scenario]"), "the second payment")
    stage.settle(order_of(page, "tab"), "paid")
    page.js("dispatchEvent(new Event('focus'))")
    wait_for_verdict(page, "paid")
    stage.settle(later, "paid")
    open_shop(stage, page)
    wait_for(page, lambda: later in page.js("return document.querySelector('#verdict-json').textContent"), "the later")
