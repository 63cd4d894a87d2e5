"""What the keyboard, forced colours and the wish for less motion change about the widget's dialogs."""

from __future__ import annotations

from tests.browser.demo_fixture import RunningDemo
from tests.browser.engines import Page
from tests.browser.shopper import (
    choose,
    in_engines,
    open_shop,
    order_of,
    reach_pay_page,
    wait_for,
    wait_for_verdict,
)
from tests.browser.test_admin import sign_in

BORDERS = """
const buttons = ['.button.primary', '.button:not(.primary, [hidden])'].map((css) => document.querySelector(css));
return buttons.map((button) => getComputedStyle(button).borderTopWidth);
"""


@in_engines("chromium", "firefox")
def test_escape_pressed_again_and_again_never_leaves_a_dead_dialog(demo: RunningDemo, page: Page) -> None:
    """Chromium closes a dialog at the second Escape whatever the page says."""
    from tests.browser.engine_playwright import PlaywrightPage

    open_shop(demo, page)
    reach_pay_page(page, "iframe")
    assert isinstance(page, PlaywrightPage)
    page.js("document.querySelector('steppay-checkout').shadowRoot.querySelector('button').focus()")
    for _ in range(5):
        page.tab.keyboard.press("Escape")
    wait_for(
        page,
        lambda: page.js(
            "return [...document.querySelectorAll('steppay-checkout')]"
            ".every(({ shadowRoot }) => shadowRoot.querySelector('dialog').open)"
        ),
        "every dialog to be open",
    )
    demo.settle(order_of(page, "iframe"), "paid")
    page.js("dispatchEvent(new Event('focus'))")
    wait_for_verdict(page, "paid")
    page.click(".card .close")
    wait_for(page, lambda: page.js("return document.querySelector('steppay-checkout') === null"), "the dialog to go")


@in_engines("chromium")
def test_forced_colours_leave_every_word_border_and_focus_visible(demo: RunningDemo, page: Page) -> None:
    from tests.browser.engine_playwright import PlaywrightPage

    assert isinstance(page, PlaywrightPage)
    page.tab.emulate_media(forced_colors="active", reduced_motion="reduce")
    open_shop(demo, page)
    reach_pay_page(page, "iframe")
    page.click(".window .close")
    wait_for(page, lambda: page.has(".card .stay"), "the question")
    page.tab.keyboard.press("Tab")
    styles = page.js(
        "const host = [...document.querySelectorAll('steppay-checkout')].pop();"
        "const style = (css) => getComputedStyle(host.shadowRoot.querySelector(css));"
        "const focus = style(':focus-visible');"
        "const look = ({ color, backgroundColor, borderTopWidth }) => [color !== backgroundColor, borderTopWidth];"
        "return [look(style('.stay')), look(style('.quit'))].concat([[focus.outlineStyle, focus.outlineWidth]]);"
    )
    assert styles == [[True, "3px"], [True, "1px"], ["solid", "3px"]]  # the main one stands out without its color


@in_engines("chromium")
def test_forced_colours_leave_the_main_button_and_the_live_dot_on_our_other_pages(
    demo: RunningDemo, page: Page
) -> None:
    from tests.browser.engine_playwright import PlaywrightPage

    assert isinstance(page, PlaywrightPage)
    page.tab.emulate_media(forced_colors="active")
    page.goto(f"{demo.urls.server_url}/v1/pay/{demo.unpaid_order().code}")
    wait_for(page, lambda: page.js(BORDERS) == ["3px", "1px"], "the pay page's style")
    choose(page, "declined")
    wait_for(page, lambda: page.has("main[data-kind]"), "the return page")
    wait_for(page, lambda: page.js(BORDERS) == ["3px", "1px"], "the return page's style")
    sign_in(demo, page)
    assert page.js("return getComputedStyle(document.querySelector('#live'), '::before').forcedColorAdjust") == "none"


@in_engines("chromium")
def test_nothing_turns_with_reduced_motion(demo: RunningDemo, page: Page) -> None:
    from tests.browser.engine_playwright import PlaywrightPage

    assert isinstance(page, PlaywrightPage)
    open_shop(demo, page)
    page.js(
        "const real = window.fetch;window.fetch = (url) => (/screens/.test(url) ? real(url) : new Promise(() => {}));"
    )
    page.click("#pay-iframe")
    moving = (
        "const { shadowRoot } = document.querySelector('steppay-checkout');"
        "return getComputedStyle(shadowRoot.querySelector('.opening'), '::before').animationName;"
    )
    page.tab.emulate_media(reduced_motion="no-preference")
    wait_for(page, lambda: page.js(moving) == "turn", "the look to come")
    page.tab.emulate_media(reduced_motion="reduce")
    wait_for(page, lambda: page.js(moving) == "none", "it to stand still")
