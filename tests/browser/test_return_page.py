"""The return page in a browser: it asks in place, keeps the focus, and offers only what works."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.browser.axe import needs_axe
from tests.browser.demo_fixture import Order, RunningDemo
from tests.browser.engines import Engine, Page
from tests.browser.shopper import in_engines, wait_for
from tests.browser.test_accessibility import assert_accessible

MARK = "window.sameDocument = true"
SAME = "return window.sameDocument === true"
CHECKED = "const line = document.querySelector('[data-checked]'); return line && !line.hidden && line.innerText"
ICON = "return document.querySelector('link[rel=icon]').href"
FOCUSED = "const at = document.activeElement; return at === document.body ? '' : at.className + ' ' + at.textContent"
# What a screen reader waits for: changes inside a live region that was there before them.
LISTEN = """
window.heard = [];
new MutationObserver((changes) => {
  const added = changes.flatMap((change) => [...change.addedNodes]);
  if (added.length) heard.push(added.map((node) => node.textContent.trim()).filter(Boolean).join(' '));
}).observe(document.querySelector('[role=status]'), { childList: true, subtree: true, characterData: true });
"""


@pytest.fixture
def plain_page(engine: Engine) -> Iterator[Page]:
    page = engine.new_page(javascript=False)
    yield page
    page.end()


def come_back(demo: RunningDemo, page: Page, mode: str = "tab", settle: str | None = None) -> Order:
    order = demo.unpaid_order()
    address = f"{demo.checkout(order, mode)}?status=success&order_code={order.code}"
    if settle:
        demo.settle(order.code, settle)
    page.goto(address)
    wait_for(page, lambda: page.has("main[data-kind]"), "the return page")
    return order


@in_engines()
def test_a_page_that_waits_changes_in_place_says_so_and_keeps_the_focus(demo: RunningDemo, page: Page) -> None:
    order = come_back(demo, page)
    page.js(MARK)
    page.js(LISTEN)
    page.js("document.querySelector('[data-again]').focus()")
    wait_for(page, lambda: "round=2" in page.js("return document.querySelector('[data-again]').href"), "a question")
    assert page.js(SAME)
    assert "다시 확인" in page.js(FOCUSED) or "Check again" in page.js(FOCUSED)
    wait_for(page, lambda: re.search(r"\d초 전|\d seconds ago", page.js(CHECKED)), "the age of the answer")
    assert page.js("return heard") == []
    assert page.js(ICON).endswith("tone-warning.svg")
    demo.settle(order.code, "paid")
    wait_for(page, lambda: page.has('main[data-kind="paid"][data-tone="success"]'), "the verdict in place")
    wait_for(page, lambda: page.js("return heard.length > 0"), "the region to speak")
    assert page.js(SAME)
    focused = "return document.activeElement.getAttribute('role')"
    wait_for(page, lambda: page.js(focused) == "status", "the focus in the region")
    page.press("Tab")
    wait_for(page, lambda: page.js("return document.activeElement.closest('.actions') !== null"), "the next focus")
    assert page.js("return heard.join(' ')").count(page.js("return document.querySelector('h1').textContent")) == 1
    assert re.fullmatch("(결제 완료|Paid) · 달보드레 커피", page.js("return document.title"))
    assert page.js(ICON).endswith("tone-success.svg")
    assert page.js(CHECKED) is None
    assert page.has("[data-again]") is False


@in_engines()
def test_asking_by_hand_is_answered_aloud_without_a_reload(demo: RunningDemo, page: Page) -> None:
    come_back(demo, page)
    page.js(MARK)
    page.js(LISTEN)
    page.click("[data-again]")
    wait_for(page, lambda: page.js("return heard.length > 0"), "the region to speak")
    assert page.js(SAME)
    assert page.js("return document.activeElement.hasAttribute('data-again')")
    assert page.js("return document.querySelectorAll('h1').length") == 1


@needs_axe
@in_engines("chromium")
def test_the_page_that_changed_in_place_is_accessible(demo: RunningDemo, page: Page) -> None:
    order = come_back(demo, page)
    assert_accessible(page)
    demo.settle(order.code, "vbank")
    wait_for(page, lambda: page.has('main[data-reason="awaiting_deposit"]'), "the verdict in place")
    assert_accessible(page)
    page.goto(f"{demo.urls.server_url}/v1/pay/{order.code}")
    wait_for(page, lambda: page.has('main[data-reason="awaiting_deposit"]'), "the verdict instead of a pay page")
    assert_accessible(page)
    page.goto(f"{demo.urls.server_url}/v1/pay/{order.code}.")
    wait_for(page, lambda: page.has('main[data-kind="no_order"]'), "the page about the link")
    assert_accessible(page)


@in_engines("chromium")  # Firefox without scripts, as Playwright does it, still reads <noscript> as text
def test_without_a_script_it_loads_itself_again_and_can_be_stopped(demo: RunningDemo, plain_page: Page) -> None:
    order = come_back(demo, plain_page)
    plain_page.click("noscript a")
    wait_for(plain_page, lambda: not plain_page.has("noscript a"), "the page that waits for the shopper")
    assert not plain_page.has("meta[http-equiv=refresh]")
    demo.settle(order.code, "paid")
    plain_page.click("[data-again]")
    wait_for(plain_page, lambda: plain_page.has('main[data-kind="paid"]'), "the verdict")


@pytest.mark.parametrize("mode", ["tab", "popup"])
@in_engines("chromium", "firefox")
def test_a_window_that_cannot_be_closed_offers_the_shop_instead(demo: RunningDemo, page: Page, mode: str) -> None:
    """A window that the shopper opened, or one with more than one page behind it: the verdict's own action leads."""
    come_back(demo, page, mode, settle="paid")
    page.js("window.close = () => {};")
    assert page.js("return document.querySelector('.primary').hasAttribute('data-close')")
    page.click("[data-close]")
    wait_for(page, lambda: page.js("return document.querySelector('[data-close]').hidden"), "the button to go")
    assert page.js("return document.querySelector('.primary').href").endswith("/orders")
    assert page.js("return document.activeElement === document.querySelector('.primary')")
    assert page.js("return document.querySelectorAll('.primary').length") == 1


@in_engines("chromium")
def test_a_logo_that_does_not_load_leaves_no_gap(demo: RunningDemo, page: Page) -> None:
    page.before_load("""new MutationObserver(() => {
      const logo = document.querySelector('.shop img');
      if (logo && !logo.src.endsWith('/gone.svg')) logo.src = '/gone.svg';
    }).observe(document, { childList: true, subtree: true });""")
    come_back(demo, page, "redirect", settle="paid")
    wait_for(page, lambda: page.has(".shop") and not page.has(".shop img"), "the header without a logo")
    middle = "const { left, right } = document.querySelector(arguments[0]).getBoundingClientRect(); return left + right"
    shop, heading = (page.js(middle.replace("arguments[0]", f"'{name}'")) for name in (".shop span", "h1"))
    assert abs(shop - heading) < 2
