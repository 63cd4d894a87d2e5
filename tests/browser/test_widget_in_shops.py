"""What shops do around the widget: scroll locks, modals with keys, odd selectors, broken elements, paid orders."""

from __future__ import annotations

import json
import urllib.request

import pytest

from tests.browser.engines import PAYMENT_FRAME, Page
from tests.browser.hostile import HostileSite, has_reported, reports
from tests.browser.shopper import choose, in_engines, wait_for

SCROLLING = "return getComputedStyle(document.documentElement).overflow"
FRAME = "document.querySelector('steppay-checkout').shadowRoot.querySelector('iframe')"


def reach_frame(site: HostileSite, page: Page, script: str = "") -> str:
    """The pay page of a new order is in our dialog; `script` ran before the click. Gives the order's code."""
    code = site.unpaid_order().code
    page.goto(site.page(code, "iframe"))
    page.js(script)
    page.click("#pay")
    wait_for(page, lambda: page.frame().has("[data-scenario]"), "the pay page")
    return code


def learned(site: HostileSite, order_code: str) -> str:
    """Our server asks StepPay and records the answer. Gives the verdict."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{site.urls.server_url.rsplit(':', 1)[1]}/v1/verify",
        data=json.dumps({"orderCode": order_code}).encode(),
        headers={"Content-Type": "application/json", "Origin": site.urls.shop_url},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        verdict: str = json.load(answer)["verdict"]
    return verdict


@pytest.mark.parametrize("mode", ["iframe", "tab", "redirect"])
@in_engines("chromium")
def test_a_paid_order_cannot_be_paid_again(site: HostileSite, page: Page, mode: str) -> None:
    """As in a second tab of the shop, which still shows the button."""
    code = site.unpaid_order().code
    page.goto(site.page(code, mode))
    site.settle(code, "paid")
    assert learned(site, code) == "paid"
    page.click("#pay")
    wait_for(page, lambda: page.has(".card .paid"), "the verdict")
    assert reports(page) == [f"paid {code}"]
    wait_for(page, lambda: page.second_window() is None, "the empty window to close")
    assert not page.has(PAYMENT_FRAME)


@in_engines("chromium")
def test_the_framed_pay_page_may_copy_and_reach_this_computer(site: HostileSite, page: Page) -> None:
    reach_frame(site, page)
    allowed = page.js(f"return {FRAME}.allow")
    assert all(f"{feature} *" in allowed for feature in ("payment", "clipboard-write", "local-network-access"))
    page.frame().click("summary")
    copied = "return navigator.clipboard.writeText('110-1').then(() => 'copied', ({ name }) => name)"
    assert page.frame().js(copied) == "copied"


LOCK = "const { style } = document.documentElement; const kept = style.overflow; style.overflow = 'hidden';"
DRAWERS = {
    "closes when we open": f"{LOCK} addEventListener('steppay:open', () => {{ style.overflow = kept; }});",
    "opens when we open": (
        f"addEventListener('steppay:open', () => {{ {LOCK}"
        "addEventListener('steppay:close', () => setTimeout(() => { style.overflow = kept; })); });"
    ),
}


@pytest.mark.parametrize("drawer", DRAWERS)
@in_engines("chromium")
def test_the_page_scrolls_again_beside_a_drawer_with_a_lock(site: HostileSite, page: Page, drawer: str) -> None:
    reach_frame(site, page, DRAWERS[drawer])
    wait_for(page, lambda: page.js(SCROLLING) == "hidden", "the lock")
    page.click(".window .close")
    page.click(".card .quit")
    wait_for(page, lambda: page.js(SCROLLING) == "visible", "the page to scroll")


@pytest.mark.parametrize("selector", ["#1pay", "[[", "#missing"])
@in_engines("chromium")
def test_payment_opens_in_a_dialog_when_the_container_is_not_found(
    site: HostileSite, page: Page, selector: str
) -> None:
    reach_frame(site, page, f"document.querySelector('#pay').dataset.container = '{selector}'")
    assert page.has("dialog.window:modal")
    assert page.errors == []


@in_engines("chromium")
def test_escape_in_our_dialog_is_no_key_of_the_shop(site: HostileSite, page: Page) -> None:
    hear = "window.keys = []; for (const name of ['keydown', 'keyup']) for (const early of [true, false])"
    reach_frame(site, page, f"{hear} document.addEventListener(name, ({{ key }}) => keys.push(key), early);")
    page.js("document.querySelector('steppay-checkout').shadowRoot.querySelector('.window .close').focus()")
    page.press("Escape")
    wait_for(page, lambda: page.has(".card .quit"), "our question")
    assert page.js("return keys") == []


REGION = """
new MutationObserver((changes) => {
  for (const { addedNodes } of changes)
    for (const { localName, shadowRoot } of addedNodes)
      if (localName === 'steppay-checkout') {
        const dialog = shadowRoot.querySelector('dialog');
        window.region ??= [dialog.firstChild.ariaLive, dialog.textContent];
      }
}).observe(document, { childList: true, subtree: true });
"""


@in_engines("chromium")
def test_the_live_region_is_there_before_its_text(site: HostileSite, page: Page) -> None:
    order = site.unpaid_order()
    page.before_load(REGION)
    page.goto(f"{site.page(order.code, 'redirect')}&{order.back}")
    wait_for(page, lambda: page.has(".card .title"), "the screen")
    assert page.js("return region") == ["polite", ""]


THROW = "() => { throw new Error('of the shop'); }"
BROKEN = {
    "the button's focus": f"document.querySelector('#pay').focus = {THROW};",
    "removal of an element": f"document.querySelector('steppay-checkout').remove = {THROW};",
    "style sheets": f"Object.defineProperty(document, 'adoptedStyleSheets', {{ get: () => [], set: {THROW} }});",
    "the screen": f"Element.prototype.replaceChildren = {THROW};",
}


@pytest.mark.parametrize("what", BROKEN)
@in_engines("chromium")
def test_a_result_is_reported_whatever_breaks_on_the_screen(site: HostileSite, page: Page, what: str) -> None:
    code, other = site.unpaid_order().code, site.unpaid_order().code
    page.goto(site.page(code, "iframe"))
    page.js(
        "const origin = document.querySelector('#pay');"
        f"window.session = StepPayCheckout.open({{ order: '{code}', mode: 'iframe' }}, origin);"
    )
    wait_for(page, lambda: page.frame().has("[data-scenario]"), "the pay page")
    page.js(BROKEN[what])
    choose(page.frame(), "paid")
    wait_for(page, lambda: has_reported(page), "the result")
    assert reports(page) == [f"paid {code}"]
    assert page.js("return session.result.then(({ verdict }) => verdict)") == "paid"
    page.js(
        "const link = document.querySelector('#pay');"
        f"link.dataset.mode = 'redirect'; link.dataset.steppayOrder = '{other}'; link.click();"
    )
    wait_for(page, lambda: page.has("[data-scenario]"), "the next pay page")
