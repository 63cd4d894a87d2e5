"""The gallery shows the real screens, holds them still, and leaves the focus, the storage and the server alone."""

from __future__ import annotations

from typing import Any

from tests.browser.axe import needs_axe
from tests.browser.demo_fixture import RunningDemo
from tests.browser.engines import Page
from tests.browser.shopper import in_engines, wait_for
from tests.browser.test_accessibility import assert_accessible
from tests.browser.test_playground import NOTE_VIOLATIONS, violated

READY = "html[data-screen-ready]"
TITLES = {
    "widget/slow": "조금 더 걸리고 있습니다. 이 창을 닫아도 결제는 사라지지 않습니다.",
    "widget/leave": "결제를 중단하시겠습니까?",
    "widget/blocked": "결제창이 차단되었습니다",
    "widget/unopened": "결제창을 열지 못했습니다",
    "widget/opening": "결제창을 여는 중입니다",
    "widget/awaiting_deposit": "입금을 기다리고 있습니다",
    "return/unidentified": "주문을 확인할 수 없습니다",
}
SHOWN = """
const roots = [document, ...[...document.querySelectorAll('steppay-checkout')].map((host) => host.shadowRoot)];
return {
  text: roots.map((root) => (root.body || root).textContent).join(' '),
  moving: roots.flatMap((root) => root.getAnimations()).filter((one) => one.playState === 'running').length,
  ribbon: getComputedStyle(document.getElementById('sample')).display,
};
"""


@in_engines("chromium")
def test_each_of_the_widgets_own_screens_is_shown_and_stands_still(demo: RunningDemo, page: Page) -> None:
    page.before_load(NOTE_VIOLATIONS)
    for single, title in TITLES.items():
        page.goto(f"{demo.urls.server_url}/playground/screens/{single}?lang=ko&theme=dark")
        wait_for(page, lambda: page.has(READY), single)
        shown: dict[str, Any] = page.js(SHOWN)
        assert title in shown["text"]
        assert (shown["moving"], shown["ribbon"]) == (0, "block")
        assert violated(page) is None
    page.goto(f"{demo.urls.server_url}/playground/screens")
    assert page.js("return Object.keys(localStorage)") == []


@needs_axe
@in_engines("chromium")
def test_the_gallery_is_accessible_and_keeps_the_focus_although_dialogs_open_in_it(
    demo: RunningDemo, page: Page
) -> None:
    page.goto(f"{demo.urls.server_url}/playground/screens?lang=en&theme=dark&width=360")
    first = "document.querySelector('iframe').contentDocument"
    wait_for(page, lambda: page.js(f"return {first}.querySelector('html[data-screen-ready]') !== null"), "a screen")
    assert page.js("return document.activeElement.localName") == "body"
    assert page.js(f"return getComputedStyle({first}.documentElement).colorScheme") == "dark"
    assert_accessible(page)
    page.tab.set_viewport_size({"width": 320, "height": 700})  # type: ignore[attr-defined]
    assert page.js("return document.documentElement.scrollWidth") == 320
