"""Without a mouse and without seeing: the focus, the keys, the names, and what is spoken."""

from __future__ import annotations

from typing import Any

from tests.browser.demo_fixture import RunningDemo
from tests.browser.engines import Page
from tests.browser.shopper import (
    choose,
    in_engines,
    open_shop,
    order_of,
    reach_pay_page,
    start_payment,
    wait_for,
    wait_for_verdict,
)

HOST = "document.querySelector('steppay-checkout:last-of-type')"
FOCUS = """
const host = document.activeElement;
const inside = host && host.shadowRoot ? host.shadowRoot.activeElement : null;
const [page, dialog] = [host || {}, inside || {}];
return [page.localName, page.id, dialog.localName, dialog.textContent].map((text) => text || '');
"""
BROWSER = "body"
"""What a page sees as focused while the focus is in the browser's own bars."""


def await_focus(page: Page, label: str, element: str = "button") -> None:
    """On a button or a link in the widget's dialog, which a verdict's event comes a tick before."""
    wait_for(page, lambda: focus(page)[2:] == [element, label], f"the focus on {label}")


def focus(page: Page) -> list[str]:
    """Element and id in the page; element and text in the widget's dialog."""
    found: list[str] = page.js(FOCUS)
    return found


def in_dialog(page: Page, expression: str) -> Any:
    """A property of the dialog on top, which a verdict's event comes a tick before."""
    wait_for(page, lambda: page.js(f"return !!({HOST} && {HOST}.shadowRoot.querySelector('dialog'))"), "a dialog")
    return page.js(f"const dialog = {HOST}.shadowRoot.querySelector('dialog'); return {expression};")


def open_dialog(demo: RunningDemo, page: Page, lang: str = "ko") -> None:
    open_shop(demo, page, f"/?lang={lang}")
    reach_pay_page(page, "iframe")


def failed_verdict(demo: RunningDemo, page: Page) -> None:
    open_shop(demo, page, "/?lang=en")
    choose(start_payment(page, "iframe"), "declined")
    wait_for_verdict(page, "failed")
    await_focus(page, "Try again")


@in_engines()
def test_the_focus_goes_into_the_dialog_and_back_to_the_button_and_the_verdict_is_spoken(
    demo: RunningDemo, page: Page
) -> None:
    open_shop(demo, page, "/?lang=en")
    page.js("document.querySelector('#pay-iframe').focus();")
    page.press("Enter")
    frame = page.frame()
    wait_for(page, lambda: frame.has("[data-scenario]"), "the pay page")
    wait_for(page, lambda: focus(page)[0] == "steppay-checkout", "the focus in the dialog")
    in_dialog(page, "window.box = dialog")
    choose(frame, "paid")
    wait_for_verdict(page, "paid")
    await_focus(page, "View orders", "a")
    assert in_dialog(page, "dialog === window.box && document.querySelectorAll('steppay-checkout').length") == 1
    page.press("Tab")
    await_focus(page, "Close")
    assert in_dialog(page, "dialog.querySelector('h2.title').parentNode.ariaLive") == "polite"
    assert in_dialog(page, "dialog.ariaLabel.includes(dialog.querySelector('.title').textContent)") is False
    assert in_dialog(page, "dialog.textContent.match(/[✓×–↺…!?]/)") is None  # signs are drawn, not written
    assert in_dialog(page, "getComputedStyle(dialog).display") != "none"
    page.press("Enter")
    wait_for(page, lambda: not page.has("steppay-checkout"), "the dialog to go")
    wait_for(page, lambda: focus(page)[1] == "pay-iframe", "the focus back on the button")


@in_engines()
def test_tab_stays_in_a_verdict_and_never_reaches_the_page_behind(demo: RunningDemo, page: Page) -> None:
    failed_verdict(demo, page)
    seen = []
    for key in ["Tab"] * 5 + ["Shift+Tab"] * 5:
        page.press(key)
        seen.append(focus(page))
    assert {place[0] for place in seen} <= {"steppay-checkout", BROWSER}
    assert {place[3] for place in seen if place[2] == "button"} == {"Try again", "Close"}


@in_engines()
def test_enter_presses_the_main_button_of_a_verdict(demo: RunningDemo, page: Page) -> None:
    failed_verdict(demo, page)
    order_code = order_of(page, "iframe")
    page.press("Enter")
    frame = page.frame()
    wait_for(page, lambda: frame.has("[data-scenario]"), "the pay page again")
    assert order_code in in_dialog(page, "dialog.querySelector('iframe').src")


@in_engines()
def test_escape_asks_while_paying_and_enter_keeps_paying(demo: RunningDemo, page: Page) -> None:
    open_dialog(demo, page, "en")
    assert_named(page, "Close", "Payment")
    page.js(f"{HOST}.shadowRoot.querySelector('button').focus();")
    page.press("Escape")
    await_focus(page, "Continue paying")
    page.press("Enter")
    wait_for(page, lambda: not page.has(".card"), "the question to go")
    assert page.has(".window iframe")
    assert not page.has("#live [data-event=close]")


@in_engines()
def test_escape_answers_the_question_with_keep_paying(demo: RunningDemo, page: Page) -> None:
    open_dialog(demo, page)
    assert_named(page, "닫기", "결제")
    page.frame().js("document.documentElement.dataset.typed = 'a card number'")
    size = page.frame().js("return [innerWidth, innerHeight]")
    page.click(".window button")
    wait_for(page, lambda: page.has(".card .stay"), "the question")
    assert page.frame().js("return [innerWidth, innerHeight]") == size
    page.press("Escape")
    wait_for(page, lambda: not page.has(".card"), "the question to go")
    assert page.has(".window iframe")
    assert page.frame().has("[data-typed]")


def assert_named(page: Page, close: str, frame: str) -> None:
    """The dialog, its frame and its buttons; `close`: the name of the one that closes."""
    assert in_dialog(page, "[dialog.ariaLabel, dialog.querySelector('iframe').title]") == [frame, frame]
    names = page.names()
    assert ("button", close) in names
    assert [name for role, name in names if role in ("button", "link") and not name] == []
