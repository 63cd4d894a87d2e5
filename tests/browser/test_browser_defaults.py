"""What test tools allow and real browsers do not. A widget that relies on it would fail only for shoppers."""

from __future__ import annotations

from tests.browser.demo_fixture import RunningDemo
from tests.browser.engines import Page
from tests.browser.shopper import (
    choose,
    in_engines,
    open_shop,
    order_of,
    pay_page,
    reach_pay_page,
    start_payment,
    wait_for,
    wait_for_verdict,
)

# A script of the page itself has no click behind it, so no window may open.
OPEN_BY_ITSELF = """
const act = () => {{ {action} }};
if (document.readyState === 'complete') act();
else addEventListener('load', act);
"""
LISTEN = """
const bridge = document.createElement('iframe');
bridge.id = 'bridge';
bridge.src = '{url}';
document.body.append(bridge);
const opener = document.createElement('button');
opener.id = 'opener';
opener.textContent = 'open';
opener.onclick = () => open('{url}');
document.body.prepend(opener);
"""


@in_engines("chromium", "webkit")  # Playwright lets a script open windows in Firefox
def test_a_window_without_a_click_is_blocked(demo: RunningDemo, page: Page) -> None:
    page.before_load(OPEN_BY_ITSELF.format(action="window.blocked = open('about:blank') === null;"))
    open_shop(demo, page)
    wait_for(page, lambda: page.js("return 'blocked' in window"), "the checkout to open a window")
    assert page.js("return window.blocked")


@in_engines("chromium", "webkit")  # Playwright lets a script open windows in Firefox
def test_a_blocked_payment_window_opens_by_a_fresh_click(demo: RunningDemo, page: Page) -> None:
    order = demo.unpaid_order()
    page.before_load(OPEN_BY_ITSELF.format(action=f"StepPayCheckout.open({{ order: '{order.code}', mode: 'tab' }});"))
    open_shop(demo, page)
    page.click(".buttons button")
    choose(pay_page(page, "tab"), "paid")
    wait_for_verdict(page, "paid")


@in_engines("chromium", "firefox")
def test_a_pop_up_of_the_widget_server_cannot_broadcast_into_the_shop(demo: RunningDemo, page: Page) -> None:
    """Browsers divide storage by the page around it. So the widget polls, and tests must run with that division."""
    open_shop(demo, page)
    page.js(LISTEN.format(url=demo.urls.server_url + "/v1/return/unknown"))
    bridge = page.frame("#bridge")
    bridge.js("window.heard = []; new BroadcastChannel('test').onmessage = ({ data }) => heard.push(data);")
    page.click("#opener")
    window = wait_for(page, page.second_window, "the second window")
    wait_for(page, lambda: window.has("main"), "the widget server's page")
    window.js("new BroadcastChannel('test').postMessage('from the window');")
    bridge.js("new BroadcastChannel('test').postMessage('from inside');")
    wait_for(page, lambda: bridge.js("return heard.includes('from inside')"), "the message that may arrive")
    assert bridge.js("return heard") == ["from inside"]


@in_engines()
def test_after_back_the_sleeping_page_wakes_up_with_a_button_that_can_be_pressed(demo: RunningDemo, page: Page) -> None:
    open_shop(demo, page)
    page.js("addEventListener('pageshow', (event) => { window.woken = event.persisted; });")
    order_code = order_of(page, "redirect")
    leave_and_come_back(page)
    wait_for(page, lambda: page.js("return window.woken === true"), "the page as it was")
    assert not page.has("#pay-redirect[aria-busy]")
    assert order_of(page, "redirect") == order_code


@in_engines("chromium", "webkit")  # Playwright cannot click in a page that Firefox has woken up
def test_after_back_the_button_still_pays(demo: RunningDemo, page: Page) -> None:
    open_shop(demo, page)
    leave_and_come_back(page)
    choose(start_payment(page, "redirect"), "paid")
    wait_for_verdict(page, "paid")


def leave_and_come_back(page: Page) -> None:
    reach_pay_page(page, "redirect")
    page.back()
    wait_for(page, lambda: page.has("#pay-redirect"), "the shop")
