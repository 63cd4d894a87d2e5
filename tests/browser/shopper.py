"""What a shopper does and sees, in the words of the tests. Everything waits for a condition, nothing for a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import pytest

from tests.browser.demo_fixture import RunningDemo
from tests.browser.engines import ENGINE_NAMES, Page, View

Found = TypeVar("Found")

MODES = ("redirect", "tab", "iframe")
BAD_NEWS = {"failed", "canceled", "mismatch"}
LIMIT = 90.0  # s; only a broken product waits so long, however busy the machine is

# Remembers every screen of the widget, also one that is gone within a moment. Each has an icon named after it.
RECORDER = """
if (!window.seenScreens) {
  window.seenScreens = [];
  const note = (node) => {
    if (node.nodeType !== 1) return;
    for (const icon of [node, ...node.querySelectorAll('i')])
      if (icon.localName === 'i') window.seenScreens.push(icon.className.split(' ').pop());
  };
  const follow = (root) => {
    root.childNodes.forEach(note);
    new MutationObserver((changes) => changes.forEach((change) => change.addedNodes.forEach(note)))
      .observe(root, { childList: true, subtree: true });
  };
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (options) {
    const root = attach.call(this, options);
    if (this.localName === 'steppay-checkout') follow(root);
    return root;
  };
  document.querySelectorAll('steppay-checkout').forEach((host) => follow(host.shadowRoot));
}
"""


def in_engines(*names: str) -> pytest.MarkDecorator:
    """Runs a test once in each engine; in all of them when none is named."""
    return pytest.mark.parametrize("engine_name", names or ENGINE_NAMES)


def wait_for(page: Page, condition: Callable[[], Found], what: str) -> Found:
    """The condition's first true answer. Between two documents there is nothing to ask: then it is not true yet."""
    end, problem = time.monotonic() + LIMIT, None
    while time.monotonic() < end:
        try:
            if found := condition():
                return found
            problem = None
        except page.passing_errors as error:
            problem = error
        page.pause(100)
    raise AssertionError(f"waited in vain for {what}; {problem or seen_by(page)}")


def seen_by(page: Page) -> str:
    return f"screens {screens(page)}, results {results(page)}" if page.has("html") else "the page is gone"


def screens(page: Page) -> list[str]:
    """The widget's screens in this document so far, oldest first."""
    found: list[str] = page.js("return window.seenScreens || []")
    return found


def results(page: Page) -> list[str]:
    """The verdicts the widget has reported to this page, as the shop's own script lists them."""
    entries = "document.querySelectorAll('#live [data-event=result]')"
    found: list[str] = page.js(f"return Array.from({entries}, (entry) => entry.textContent.split(' ')[1])")
    return found


def open_shop(demo: RunningDemo, page: Page, path: str = "/") -> None:
    page.before_load(RECORDER)
    page.goto(demo.urls.shop_url + path)


def start_payment(page: Page, mode: str) -> View:
    """Press the shop's button for this mode. Gives the place where the pay page shows."""
    press(page, mode)
    return pay_page(page, mode)


def press(page: Page, mode: str) -> None:
    """The shop has one button for each mode and shows that of the chosen one."""
    page.js(f"document.querySelector('#mode-{mode}').checked = true")
    page.click(f"#pay-{mode}")


def reach_pay_page(page: Page, mode: str) -> View:
    """As `start_payment`, and the pay page is there."""
    place = start_payment(page, mode)
    wait_for(page, lambda: place.has("[data-scenario]"), "the pay page")
    return place


def leave(page: Page, mode: str, place: View) -> None:
    """The shopper takes the payment away, unpaid as far as the page can see."""
    if mode == "tab":
        place.close()
    else:
        page.click(".window .close")
        page.click(".card .quit")
    wait_for(page, lambda: page.has("#live [data-event=close]"), "the widget to notice")


def pay_page(page: Page, mode: str) -> View:
    if mode == "redirect":
        return page
    if mode == "iframe":
        return page.frame()
    return wait_for(page, page.second_window, "the second window")


def choose(view: View, scenario: str) -> None:
    """Press a button of the simulated pay page; all but the first two are folded away."""
    if scenario not in ("paid", "canceled"):
        view.click("details:has([data-scenario]) summary")  # the shop, which a redirect leaves just now, has one too
    view.click(f'[data-scenario="{scenario}"]')


def wait_for_verdict(page: Page, verdict: str) -> None:
    wait_for(page, lambda: page.has(f'#verdict[data-verdict="{verdict}"]'), f"the shop to show {verdict}")


def skip_the_wait(page: Page) -> None:
    """The shopper looks at the page again three minutes later. The widget then reports what it knows."""
    page.js(
        "const now = Date.now; Date.now = () => now() + 200000;"
        "Object.defineProperty(document, 'hidden', { value: false, configurable: true });"
        "dispatchEvent(new Event('focus'));"
    )


def order_of(page: Page, mode: str) -> str:
    """The order code behind the shop's button for this mode."""
    found: str = page.js(f"return document.querySelector('#pay-{mode}').dataset.steppayOrder")
    return found
