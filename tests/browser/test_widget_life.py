"""One checkout's life in the page: clicks, waiting, two orders at once, and an end that leaves nothing behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.demo_fixture import RunningDemo
from tests.browser.engines import Page
from tests.browser.shopper import (
    choose,
    in_engines,
    open_shop,
    order_of,
    press,
    reach_pay_page,
    results,
    wait_for,
    wait_for_verdict,
)

if TYPE_CHECKING:
    from playwright.sync_api import Route

# Holds the widget's questions back until `window.go()`; remembers them.
HOLD = """
window.asked = [];
window.held = new Promise((resolve) => { window.go = resolve; });
const real = window.fetch;
window.fetch = async (url, options) => {
  window.asked.push(`${(options && options.method) || 'GET'} ${new URL(url).pathname}`);
  await window.held;
  return real(url, options);
};
"""
# Counts what a page must give back. Started before the widget is loaded a second time.
COUNT = """
window.listeners = new Map();
window.timers = new Set();
const on = window.addEventListener;
window.addEventListener = function (name, act, options) {
  const signal = options && options.signal;
  if (signal) {
    window.listeners.set(act + name, name);
    signal.addEventListener('abort', () => window.listeners.delete(act + name));
  }
  return on.call(window, name, act, options);
};
for (const [start, stop] of [['setTimeout', 'clearTimeout'], ['setInterval', 'clearInterval']]) {
  const [begin, end] = [window[start], window[stop]];
  window[start] = (act, wait) => {
    const id = begin(() => { if (start === 'setTimeout') window.timers.delete(id); act(); }, wait);
    window.timers.add(id);
    return id;
  };
  window[stop] = (id) => { window.timers.delete(id); end(id); };
}
StepPayCheckout.destroy();
const again = document.createElement('script');
again.src = document.querySelector('script[data-steppay-checkout]').src;
document.head.append(again);
"""
LEFT = """
return [window.listeners.size, window.timers.size, document.querySelectorAll('steppay-checkout').length,
  getComputedStyle(document.documentElement).overflow, document.querySelectorAll('[aria-busy]').length,
  'StepPayCheckout' in window];
"""
SCROLLING = "return getComputedStyle(document.documentElement).overflow"
NOTHING = [0, 0, 0, "visible", 0, False]
HEARD = """
window.heard = [];
for (const name of ['error', 'result'])
  document.addEventListener('steppay:' + name, ({ detail }) => window.heard.push(detail.code || detail.verdict));
"""


@in_engines()
def test_the_clicked_element_is_busy_until_payment_shows_and_a_double_click_pays_once(
    demo: RunningDemo, page: Page
) -> None:
    open_shop(demo, page)
    page.js(HOLD)
    press(page, "tab")
    assert page.js("return document.querySelector('#pay-tab').getAttribute('aria-busy')") == "true"
    page.js("document.querySelector('#pay-tab').click(); window.go()")
    tab = wait_for(page, page.second_window, "the second window")
    wait_for(page, lambda: tab.has("[data-scenario]"), "the pay page")
    wait_for(page, lambda: not page.has("[aria-busy]"), "the button to be free")
    assert page.js("return window.asked").count("POST /v1/checkouts") == 1


@in_engines("chromium", "webkit")
def test_two_orders_on_one_page_each_have_their_result(demo: RunningDemo, page: Page) -> None:
    open_shop(demo, page)
    reach_pay_page(page, "tab")
    reach_pay_page(page, "iframe")
    demo.settle(order_of(page, "tab"), "paid")
    demo.settle(order_of(page, "iframe"), "paid")
    page.js("dispatchEvent(new Event('focus'))")
    wait_for(page, lambda: results(page) == ["paid", "paid"], "both results")
    wait_for(page, lambda: page.has(".card .paid"), "the verdict's own dialog")
    assert page.js(SCROLLING) == "hidden"
    page.click(".card .close")
    wait_for(page, lambda: page.js(SCROLLING) == "visible", "the page to scroll")


@in_engines()
def test_a_result_over_the_leave_question_gives_the_page_its_scrolling_back(demo: RunningDemo, page: Page) -> None:
    open_shop(demo, page)
    reach_pay_page(page, "iframe")
    page.click(".window .close")
    wait_for(page, lambda: page.has(".card .stay"), "the question")
    demo.settle(order_of(page, "iframe"), "paid")
    page.js("dispatchEvent(new Event('focus'))")
    wait_for_verdict(page, "paid")
    page.click(".card .close")
    wait_for(page, lambda: page.js(SCROLLING) == "visible", "the page to scroll")
    assert page.js("return document.querySelector('steppay-checkout')") is None


STATES = {
    "waiting for the server": (HOLD, "iframe", "return window.asked.length > 0"),
    "blocked": ("window.open = () => null;", "tab", "return document.querySelector('steppay-checkout') !== null"),
    "paying in a dialog": ("", "iframe", "return document.querySelector('#live [data-event=ready]') !== null"),
    "paying in a tab": ("", "tab", "return document.querySelector('#live [data-event=ready]') !== null"),
    "failed to open": (
        "document.querySelector('#pay-iframe').dataset.steppayOrder = 'x';",
        "iframe",
        "return document.querySelector('#live [data-event=error]') !== null",
    ),
}


@pytest.mark.parametrize("state", STATES)
@in_engines("chromium", "firefox")  # WebKit's driver has a timer of its own in the page
def test_destroy_leaves_nothing_behind(demo: RunningDemo, page: Page, state: str) -> None:
    prepare, mode, reached = STATES[state]
    open_shop(demo, page)
    page.js(COUNT)
    wait_for(page, lambda: page.js("return 'StepPayCheckout' in window"), "the widget to load again")
    page.js(prepare)
    press(page, mode)
    wait_for(page, lambda: page.js(reached), state)
    page.js("StepPayCheckout.destroy()")
    assert page.js(LEFT) == NOTHING
    page.js("if (window.go) window.go()")
    wait_for(page, lambda: page.js("return window.timers.size === 0"), "no timer")
    assert page.js(LEFT) == NOTHING


@in_engines("webkit")  # Playwright at times loses Chromium altogether when a window closes while it opens
def test_destroy_while_opening_takes_the_empty_window_away(demo: RunningDemo, page: Page) -> None:
    open_shop(demo, page)
    page.js(HOLD)
    press(page, "tab")
    wait_for(page, page.second_window, "the empty window")
    page.js("StepPayCheckout.destroy()")
    wait_for(page, lambda: page.second_window() is None, "the empty window to go")


@in_engines("chromium", "webkit")
def test_an_abort_signal_that_fired_before_opens_nothing(demo: RunningDemo, page: Page) -> None:
    open_shop(demo, page)
    page.js(HEARD)
    verdict = page.js(
        "const signal = AbortSignal.abort(); let kept = 0; signal.onabort = () => { kept = 1; };"
        "const session = StepPayCheckout.open({ order: 'order_never', mode: 'iframe', signal });"
        "return session.result.then(({ verdict, reason }) => [verdict, reason, signal.onabort !== null]);"
    )
    assert verdict == ["unknown", "closed", True]
    assert page.js("return document.querySelector('steppay-checkout')") is None
    assert page.js("return window.heard") == ["closed"]


@in_engines("chromium")
def test_an_abort_while_opening_closes_quietly(demo: RunningDemo, page: Page) -> None:
    open_shop(demo, page)
    page.js(HOLD)
    reason = page.js(
        "const stop = new AbortController();"
        "const session = StepPayCheckout.open({ order: 'order_never', mode: 'iframe', signal: stop.signal });"
        "setTimeout(() => stop.abort());"
        "return session.result.then(({ reason }) => reason);"
    )
    assert reason == "closed"
    assert page.js("return document.querySelector('steppay-checkout')") is None


ORDERS = {
    "a rejected promise": "Promise.reject(new Error('sold out'))",
    "a function that rejects": "async () => { throw new Error('sold out'); }",
    "a function that throws": "() => { throw new Error('sold out'); }",
}


@pytest.mark.parametrize("order", ORDERS)
@in_engines("chromium")
def test_an_order_that_cannot_be_made_says_so_and_is_no_error_of_the_page(
    demo: RunningDemo, page: Page, order: str
) -> None:
    open_shop(demo, page, "/pricing")
    page.js(HEARD)
    page.js("history.pushState(null, '', '/elsewhere')")  # no rule yet, so the order waits before it is looked at
    reason = page.js(f"return StepPayCheckout.open({{ order: {ORDERS[order]} }}).result.then(({{ reason }}) => reason)")
    assert reason == "order_failed"
    assert page.js("return window.heard") == ["order_failed"]
    wait_for(page, lambda: page.has(".card .retry"), "the screen")
    assert page.errors == []


@in_engines("chromium", "webkit")
def test_the_rule_of_the_page_at_the_click_counts_not_the_one_fetched_at_load(demo: RunningDemo, page: Page) -> None:
    open_shop(demo, page)
    page.js(
        "history.pushState(null, '', '/pricing'); document.querySelector('#pay-iframe').removeAttribute('data-mode');"
    )
    page.click("#pay-iframe")
    choose(page.frame(), "paid")  # /pricing says iframe, / says redirect
    wait_for_verdict(page, "paid")


@in_engines("chromium")
def test_a_page_that_was_only_drawn_has_its_rule_before_the_click(demo: RunningDemo, page: Page) -> None:
    open_shop(demo, page)
    page.js(
        "window.asked = []; const real = window.fetch;"
        "window.fetch = (url, options) => { window.asked.push(url); return real(url, options); };"
    )
    page.js("history.pushState(null, '', '/pricing')")
    wait_for(
        page, lambda: page.js("return window.asked.some((url) => url.endsWith('path=%2Fpricing'))"), "the new rule"
    )


@in_engines("chromium")
def test_a_redirect_that_was_stopped_on_its_way_starts_over_with_the_next_click(demo: RunningDemo, page: Page) -> None:
    from tests.browser.engine_playwright import PlaywrightPage

    assert isinstance(page, PlaywrightPage)
    open_shop(demo, page)
    stopped: list[str] = []

    def stop(route: Route) -> None:
        stopped.append(route.request.url)
        route.fulfill(status=204)  # the browser stays where it is

    page.context.route("**/api/public/orders/*/pay**", stop, times=1)
    # By a script: the driver's own click waits for the way that it begins, and this one has no end.
    press = "setTimeout(() => document.querySelector('#pay-redirect').click())"
    page.js(press)
    wait_for(page, lambda: stopped, "the navigation")
    page.js(press)
    choose(page, "paid")
    wait_for_verdict(page, "paid")
