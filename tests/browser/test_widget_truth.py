"""What a page learns while it is unknown where the shopper is, and what it still learns afterwards."""

from __future__ import annotations

import pytest

from tests.browser.demo_fixture import RunningDemo
from tests.browser.engines import Page
from tests.browser.shopper import (
    choose,
    in_engines,
    leave,
    open_shop,
    order_of,
    reach_pay_page,
    results,
    screens,
    skip_the_wait,
    wait_for,
    wait_for_verdict,
)

COUNTER = """
window.asked = 0;
window.answered = [];
const real = window.fetch;
window.fetch = async (url, options) => {
  const what = url.split('/')[4];
  window.asked += what === 'verify';
  const answer = await real(url, options);
  const body = await answer.text();
  window.answered.push(what);
  return new Response(body, { status: answer.status });
};
"""
CURIOUS = "for (let turn = 0; turn < 50; turn++) dispatchEvent(new Event('focus'));"


def leave_and_wait(page: Page, mode: str) -> None:
    """The shopper gives up at the pay page, and the three minutes are over that the widget waits for an answer."""
    leave(page, mode, reach_pay_page(page, mode))
    wait_for(page, lambda: page.has("#live [data-event=pending]"), "StepPay to be asked")
    skip_the_wait(page)


@pytest.mark.parametrize("mode", ["tab", "iframe"])
@in_engines()
def test_a_failure_of_an_earlier_attempt_is_not_reported_for_this_one(demo: RunningDemo, page: Page, mode: str) -> None:
    """`closed` lies under COOP, and a dismissed dialog has a tab of its own: the shopper may still be paying."""
    open_shop(demo, page)
    demo.settle(order_of(page, mode), "declined")
    leave_and_wait(page, mode)
    wait_for_verdict(page, "unknown")
    assert page.has('#verdict[data-reason="not_returned"]')
    assert "failed" not in screens(page)
    assert "failed" not in page.js("return document.querySelector('#live').textContent")


@in_engines()
def test_a_payment_that_succeeds_after_the_result_still_reaches_the_page(demo: RunningDemo, page: Page) -> None:
    open_shop(demo, page)
    order_code = order_of(page, "tab")
    leave_and_wait(page, "tab")
    wait_for_verdict(page, "pending")
    demo.settle(order_code, "paid")
    skip_the_wait(page)
    wait_for_verdict(page, "paid")
    assert results(page) == ["pending", "paid"]


@in_engines("chromium")
def test_a_payment_that_ended_without_an_answer_is_asked_about_once_in_half_a_minute(
    demo: RunningDemo, page: Page
) -> None:
    open_shop(demo, page)
    leave_and_wait(page, "tab")
    wait_for_verdict(page, "pending")
    page.js(COUNTER + CURIOUS)
    wait_for(page, lambda: page.js("return window.answered.includes('verify')"), "StepPay to be asked again")
    page.js(CURIOUS)
    wait_for(page, lambda: page.js("return window.answered.at(-1) !== 'verify'"), "our server to be asked again")
    assert page.js("return window.asked") == 1


@in_engines("chromium", "firefox")
def test_a_return_that_was_not_paid_yet_is_found_paid_after_a_reload(demo: RunningDemo, page: Page) -> None:
    order = demo.unpaid_order()
    open_shop(demo, page, f"/?{order.back}")
    wait_for(page, lambda: page.has("#live [data-event=pending]"), "the first answer")
    demo.settle(order.code, "paid")
    open_shop(demo, page)
    wait_for_verdict(page, "paid")
    assert results(page) == ["paid"]


@in_engines("chromium")
def test_the_end_of_one_order_does_not_forget_the_other(demo: RunningDemo, page: Page) -> None:
    """Two orders on one page: the memory holds the later one, and the earlier one's end must not wipe it."""
    open_shop(demo, page)
    later = order_of(page, "iframe")
    reach_pay_page(page, "tab")
    reach_pay_page(page, "iframe")
    demo.settle(order_of(page, "tab"), "paid")
    page.js("dispatchEvent(new Event('focus'))")
    wait_for_verdict(page, "paid")
    demo.settle(later, "paid")
    open_shop(demo, page)
    wait_for(page, lambda: later in page.js("return document.querySelector('#verdict-json').textContent"), "the later")


SAVED = "window.cart = 'kept';"


@pytest.mark.parametrize("way", ["frame", "header"])
@in_engines("chromium")
def test_after_the_return_nothing_leads_to_a_second_payment(demo: RunningDemo, page: Page, way: str) -> None:
    """StepPay may have the money although it does not say so yet."""
    open_shop(demo, page)
    order_code = order_of(page, "iframe")
    frame = reach_pay_page(page, "iframe")
    page.js(SAVED)
    assert page.has(".window .link")
    choose(frame, "forged")
    wait_for(page, lambda: frame.has('main[data-kind="pending"] [data-back]'), "the return page")
    wait_for(page, lambda: not page.has(".window .link"), "the way to another payment page to go")
    if way == "frame":
        frame.click("[data-back]")
    else:
        page.click(".window .close")
    wait_for(page, lambda: page.has(".card .checking"), "the calm screen instead of a question")
    assert "leave" not in screens(page)
    assert not page.has(".window")
    if way == "header":
        more = "return document.querySelector('steppay-checkout').shadowRoot.querySelector('.text').textContent"
        first = page.js(more)
        wait_for(page, lambda: page.js(more) != first, "the words for who waits longer")
    assert page.js("return window.cart") == "kept"  # the shop's page was not loaded again
    demo.settle(order_code, "paid")
    page.js("dispatchEvent(new Event('focus'))")
    wait_for_verdict(page, "paid")
    assert page.has(".card .paid")
