"""The playground as a merchant uses it: choose, pay at the simulator, watch, copy."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.axe import needs_axe
from tests.browser.demo_fixture import RunningDemo
from tests.browser.engines import Page, View
from tests.browser.shopper import choose, in_engines, pay_page, wait_for, wait_for_verdict
from tests.browser.test_accessibility import assert_accessible

REMEMBER_COPIES = """
Object.defineProperty(navigator, 'clipboard', { value: { writeText: async (text) => { window.copied = text; } } });
"""
NOTE_VIOLATIONS = """
document.addEventListener('securitypolicyviolation', ({ violatedDirective }) => {
  document.documentElement.dataset.violated = violatedDirective;
});
"""
TEXTS = ("tag", "node")


def open_playground(demo: RunningDemo, page: Page, query: str = "path=/pricing") -> None:
    """By way of the shop, which makes the order."""
    page.before_load(NOTE_VIOLATIONS)
    page.goto(f"{demo.urls.shop_url}/playground?{query}")
    wait_for(page, lambda: page.has("#pay"), "the playground with a fresh order")


def pick(page: Page, name: str, value: str) -> None:
    """Choose, and wait until the tag that is shown has run with it."""
    page.click(f'input[name="{name}"][value="{value}"]')
    wait_for(
        page, lambda: f'data-{name}="{value}"' in tag_that_runs(page) == text(page, "tag"), f"the tag with {value}"
    )
    wait_for(page, lambda: page.js("return typeof StepPayCheckout === 'object'"), "the widget")


def text(page: View, name: str) -> str:
    found: str = page.js(f"return document.getElementById('{name}').textContent")
    return found


def tag_that_runs(page: View) -> str:
    """As HTML writes it; an attribute without a value is written without one in the source."""
    found: str = page.js("return document.querySelector('script[data-steppay-checkout]').outerHTML")
    return found.replace('=""', "")


def events(page: View) -> list[str]:
    found: list[str] = page.js("return Array.from(document.querySelectorAll('#live li'), (one) => one.dataset.event)")
    return found


def main_events(page: View) -> list[str]:
    """Without `return`: the server may know of the payment before the shopper is back."""
    return [name for name in events(page) if name != "return"]


def violated(page: View) -> Any:
    return page.js("return document.documentElement.dataset.violated || null")


@in_engines("chromium")
def test_a_merchant_chooses_a_frame_pays_at_the_simulator_and_sees_paid(demo: RunningDemo, page: Page) -> None:
    open_playground(demo, page)
    pick(page, "locale", "en")
    pick(page, "theme", "dark")
    pick(page, "mode", "iframe")
    choose(start_frame(page), "paid")
    wait_for_verdict(page, "paid")
    assert main_events(page) == ["open", "ready", "result"]
    dialog = "document.querySelector('steppay-checkout')"
    wait_for(page, lambda: page.has("steppay-checkout"), "the screen, which comes with a settled document")
    assert page.js(f"return [{dialog}.lang, {dialog}.style.colorScheme]") == ["en", "dark"]
    assert page.js("return JSON.parse(document.getElementById('verdict-json').textContent).fulfill") is True
    assert (violated(page), page.errors) == (None, [])


def start_frame(page: Page) -> View:
    page.click("#pay")
    return pay_page(page, "iframe")


@in_engines("chromium")
@pytest.mark.parametrize("mode", ["redirect", "tab"])
def test_the_other_modes_come_back_to_the_playground_with_its_choices(demo: RunningDemo, page: Page, mode: str) -> None:
    open_playground(demo, page)
    pick(page, "mode", mode)
    page.click("#pay")
    choose(pay_page(page, mode), "paid")
    wait_for_verdict(page, "paid")
    assert main_events(page) == ["open", "ready", "result"]
    assert page.has(f'input[name="mode"][value="{mode}"]:checked')
    assert page.js("return location.search.includes('order_code')") is False
    assert violated(page) is None


@in_engines("chromium")
def test_without_a_chosen_mode_the_rule_of_the_chosen_page_decides(demo: RunningDemo, page: Page) -> None:
    open_playground(demo, page)  # the demo's rule for /pricing: a frame; for all other pages, this one too: a redirect
    assert "data-mode" not in text(page, "tag")
    choose(start_frame(page), "paid")
    wait_for_verdict(page, "paid")


@in_engines("chromium")
def test_a_fresh_test_order_keeps_the_choices(demo: RunningDemo, page: Page) -> None:
    open_playground(demo, page, "path=/pricing&mode=tab&lang=en")
    before = page.js("return document.getElementById('order').value")
    page.click("form [formaction]")
    wait_for(
        page, lambda: page.has("#order") and page.js("return document.getElementById('order').value") != before, "it"
    )
    assert page.has('input[value="tab"]:checked')
    assert page.has('html[lang="en"]')
    assert text(page, "rule").startswith('[[page]]\npath = "/pricing"')


@in_engines("chromium")
@pytest.mark.parametrize("name", TEXTS)
def test_a_copy_button_copies_the_text_and_without_a_clipboard_selects_it(
    demo: RunningDemo, page: Page, name: str
) -> None:
    page.before_load(REMEMBER_COPIES)
    open_playground(demo, page)
    if name == "node":
        page.click("#tab-node")
    page.click(f'[data-copy="{name}"]')
    wait_for(page, lambda: page.js("return window.copied") == text(page, name), "the copy")
    wait_for(page, lambda: text(page, "notice") == "복사했습니다.", "the word that it is copied")
    page.js("navigator.clipboard.writeText = () => Promise.reject(new Error('refused'))")
    page.click(f'[data-copy="{name}"]')
    wait_for(page, lambda: page.js("return getSelection().toString().trim()") == text(page, name), "the selection")


@in_engines("chromium")
def test_the_mode_is_chosen_by_keyboard_and_the_focus_stays(demo: RunningDemo, page: Page) -> None:
    open_playground(demo, page)
    page.js("document.querySelector('input[name=mode]:checked').focus()")
    page.tab.keyboard.press("ArrowRight")  # type: ignore[attr-defined] - Chromium's own page
    wait_for(page, lambda: 'data-mode="redirect"' in text(page, "tag"), "the next mode")
    assert page.js("return document.activeElement.value") == "redirect"


ENOUGH = "return [...document.querySelectorAll('.contrasts li')].map((one) => one.dataset.enough)"
PANELS = "return [...document.querySelectorAll('.panel')].filter((one) => !one.hidden).map((one) => one.id)"
IN_SIGHT = """
const box = document.querySelector('{}').getBoundingClientRect();
return box.top >= 0 && box.bottom <= innerHeight;
"""
SEEN = """
const card = document.querySelector('steppay-checkout').shadowRoot.querySelector('.card');
const button = card.querySelector('button');
return [card.querySelector('h2').textContent, getComputedStyle(card).borderRadius,
  getComputedStyle(button).backgroundColor, getComputedStyle(button).color, button.textContent];
"""


@in_engines("chromium")
def test_a_look_acts_on_the_preview_and_the_gallery_and_is_copied_and_kept(demo: RunningDemo, page: Page) -> None:
    look = {"accent": "#ffd43b", "radius": "4", "text_close": "계속 쇼핑하기"}
    open_playground(demo, page, "path=/pricing&mode=iframe&container=1")
    assert page.js(ENOUGH) == ["true", "true", "true"]
    for name in ("accent", "radius", "text_close"):
        page.js(f"const input = document.querySelector('[name={name}]'); input.value = '{look[name]}';")
    page.js("document.querySelector('[name=accent]').dispatchEvent(new Event('input', { bubbles: true }))")
    wait_for(page, lambda: "--steppay-accent: #ffd43b" in text(page, "style"), "the style sheet")
    assert page.js(ENOUGH) == ["true", "false", "true"]
    assert "StepPayCheckout.configure({ texts: " in text(page, "script")
    page.js("StepPayCheckout.open({ order: () => Promise.reject(), mode: 'iframe' })")
    shown = ["결제창을 열지 못했습니다", "4px", "rgb(255, 212, 59)", "rgb(0, 0, 0)"]
    wait_for(page, lambda: page.js(SEEN)[:4] == shown, "the look on the widget's screen")
    assert "계속 쇼핑하기" in page.js("return document.querySelector('steppay-checkout').shadowRoot.textContent")
    page.js("document.querySelector('steppay-checkout').shadowRoot.querySelector('.close').click()")
    assert page.has("#preview #checkout")
    page.js(
        "const one = document.getElementById('screen'); one.value = 'failed'; one.dispatchEvent(CHANGE)".replace(
            "CHANGE", "new Event('change', { bubbles: true })"
        )
    )
    phone = "document.getElementById('phone')"
    wait_for(page, lambda: "/failed?accent=%23ffd43b" in page.js(f"return {phone}.src"), "the phone's screen")
    page.goto(page.js("return document.getElementById('gallery').href"))
    inside = "document.querySelectorAll('iframe')[6].contentDocument"  # unopened: the last of the widget's own
    page.js("document.querySelectorAll('iframe')[6].scrollIntoView()")
    wait_for(page, lambda: page.js(f"return {inside}.documentElement.dataset.screenReady") == "", "the sample")
    assert page.js(SEEN.replace("document.", f"{inside}.", 1))[1:4] == ["16px 16px 0px 0px", *shown[2:]]


@in_engines("chromium")
def test_the_tabs_follow_the_keyboard_and_lines_that_changed_since_the_copy_are_marked(
    demo: RunningDemo, page: Page
) -> None:
    page.before_load(REMEMBER_COPIES)
    open_playground(demo, page)
    assert page.js(PANELS) == ["panel-html"]
    page.js("document.getElementById('tab-html').focus()")
    for key, name in (("ArrowRight", "flask"), ("End", "php"), ("ArrowRight", "html"), ("ArrowLeft", "php")):
        page.tab.keyboard.press(key)  # type: ignore[attr-defined]
        assert page.js(PANELS) == [f"panel-{name}"]
        assert page.js("return document.activeElement.id") == f"tab-{name}"
    page.click('[data-copy="php"]')
    wait_for(page, lambda: page.js("return window.copied") == text(page, "php"), "the copy")
    assert not page.has("mark")
    pick(page, "theme", "dark")
    assert page.js(PANELS) == ["panel-php"]
    assert page.js("return [...document.querySelectorAll('#php mark')].map((one) => one.textContent)") == [
        '    return "<script defer $pin" . \' data-steppay-checkout data-theme="dark"></script>\';'
    ]
    assert page.js("return document.getElementById('php-stale').hidden") is False


@in_engines("chromium")
def test_on_a_phone_payment_and_on_a_computer_preview_and_code_stay_in_sight(demo: RunningDemo, page: Page) -> None:
    page.tab.set_viewport_size({"width": 360, "height": 740})  # type: ignore[attr-defined]
    open_playground(demo, page)
    assert page.js(IN_SIGHT.format("#quick .pay-button"))
    page.tab.set_viewport_size({"width": 1280, "height": 900})  # type: ignore[attr-defined]
    page.js("scrollTo(0, document.documentElement.scrollHeight)")
    assert page.js(IN_SIGHT.format("#preview"))
    assert page.js(IN_SIGHT.format("#tab-php"))


@needs_axe
@in_engines("chromium")
@pytest.mark.parametrize("query", ["path=/pricing&mode=iframe", "lang=en&mode=popup"])
def test_the_playground_is_accessible(demo: RunningDemo, page: Page, query: str) -> None:
    open_playground(demo, page, query)
    assert_accessible(page)
    page.tab.set_viewport_size({"width": 320, "height": 700})  # type: ignore[attr-defined]
    assert page.js("return document.documentElement.scrollWidth") == 320
