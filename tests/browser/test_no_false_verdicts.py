"""Never "paid" unless StepPay says so, never "failed" because we do not know: as the shopper sees it."""

from __future__ import annotations

import pytest

from tests.browser.demo_fixture import RunningDemo
from tests.browser.engines import Page
from tests.browser.shopper import (
    BAD_NEWS,
    choose,
    in_engines,
    leave,
    open_shop,
    order_of,
    reach_pay_page,
    results,
    screens,
    skip_the_wait,
    start_payment,
    wait_for,
    wait_for_verdict,
)

PAID_SCREENS = {"paid", "no_charge"}
CALM_SCREENS = {"checking", "not_paid_yet"}

# What a pay page with this header does to us: our handle of its window says "closed" while the shopper still pays.
ASK_FOR_COOP = """
const real = window.fetch;
window.fetch = async (url, options) => {
  const answer = await real(url, options);
  if (!/\\/v1\\/checkouts$/.test(url)) return answer;
  const body = await answer.json();
  return new Response(JSON.stringify({ ...body, payUrl: body.payUrl + '&coop=1' }), { status: answer.status });
};
"""


def assert_calm_and_unpaid(page: Page) -> None:
    """First "checking", then in the end "not paid yet"; nothing else in between."""
    wait_for(page, lambda: "checking" in screens(page), "the checking screen")
    skip_the_wait(page)
    wait_for_verdict(page, "pending")
    assert set(screens(page)) <= CALM_SCREENS
    assert results(page) == ["pending"]


@in_engines()
def test_MX_02_RT_08_a_forged_return_address_never_shows_paid(demo: RunningDemo, page: Page) -> None:
    order = demo.unpaid_order()
    open_shop(demo, page, f"/?{order.back}")
    assert_calm_and_unpaid(page)


@in_engines("chromium", "firefox")
def test_a_forged_success_of_the_pay_page_never_shows_paid_after_a_redirect(demo: RunningDemo, page: Page) -> None:
    open_shop(demo, page)
    choose(start_payment(page, "redirect"), "forged")
    assert_calm_and_unpaid(page)


@pytest.mark.parametrize("mode", ["tab", "iframe"])
@in_engines()
def test_a_forged_success_of_the_pay_page_never_shows_paid(demo: RunningDemo, page: Page, mode: str) -> None:
    open_shop(demo, page)
    pay_page = start_payment(page, mode)
    choose(pay_page, "forged")
    wait_for(page, lambda: pay_page.has('[data-kind="pending"]'), "the return page to say that nothing is paid")
    wait_for(page, lambda: page.has("#live [data-event=return]"), "the widget to notice the return")
    skip_the_wait(page)
    wait_for_verdict(page, "pending")
    assert not PAID_SCREENS & set(screens(page))
    assert results(page) == ["pending"]


@in_engines()
def test_RT_08_closing_the_tab_without_paying_never_says_failed(demo: RunningDemo, page: Page) -> None:
    open_shop(demo, page)
    tab = reach_pay_page(page, "tab")
    tab.close()
    wait_for(page, lambda: "checking" in screens(page), "the widget to notice")
    skip_the_wait(page)
    wait_for_verdict(page, "pending")
    assert not (PAID_SCREENS | BAD_NEWS) & set(screens(page))


@in_engines()
def test_leaving_the_dialog_without_paying_never_says_failed(demo: RunningDemo, page: Page) -> None:
    open_shop(demo, page)
    frame = reach_pay_page(page, "iframe")
    leave(page, "iframe", frame)
    skip_the_wait(page)
    wait_for_verdict(page, "pending")
    assert not (PAID_SCREENS | BAD_NEWS) & set(screens(page))


@in_engines()
def test_a_tab_closed_right_after_paying_is_still_found_paid(demo: RunningDemo, page: Page) -> None:
    open_shop(demo, page)
    order_code = order_of(page, "tab")
    tab = reach_pay_page(page, "tab")
    demo.settle(order_code, "paid")
    tab.close()
    wait_for_verdict(page, "paid")


@in_engines()
def test_RT_08_a_pay_page_that_cuts_off_its_window_still_ends_in_paid(demo: RunningDemo, page: Page) -> None:
    open_shop(demo, page)
    page.js(ASK_FOR_COOP)
    tab = start_payment(page, "tab")
    choose(tab, "paid")
    wait_for_verdict(page, "paid")
    assert results(page) == ["paid"]
    assert not BAD_NEWS & set(screens(page))
    tab.close()
