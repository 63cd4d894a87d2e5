"""Where payment shows: inside the shop's own element, in a window with a size, in a dialog."""

from __future__ import annotations

from tests.browser.demo_fixture import RunningDemo
from tests.browser.engines import Page, View
from tests.browser.shopper import choose, in_engines, open_shop, order_of, press, results, wait_for, wait_for_verdict

INSIDE = """
const place = document.createElement('section');
place.id = 'place';
document.querySelector('main').prepend(place);
document.querySelector('#pay-iframe').dataset.container = '#place';
"""
EMPTY = "return document.querySelector('#place').childElementCount === 0"


def pay_inside(page: Page) -> View:
    page.js(INSIDE)
    page.click("#pay-iframe")
    frame = page.frame()
    wait_for(page, lambda: frame.has("[data-scenario]"), "the pay page inside the shop's element")
    return frame


@in_engines()
def test_a_frame_inside_the_shops_element_pays_without_a_dialog_or_a_scroll_lock(demo: RunningDemo, page: Page) -> None:
    open_shop(demo, page)
    frame = pay_inside(page)
    place = page.js("return document.querySelector('#place').firstElementChild.localName")
    modal = page.js(
        "return document.querySelector('steppay-checkout').shadowRoot.querySelector('dialog:modal') !== null"
    )
    locked = page.js("return getComputedStyle(document.documentElement).overflow")
    assert (place, modal, locked) == ("steppay-checkout", False, "visible")
    choose(frame, "paid")
    wait_for_verdict(page, "paid")
    assert results(page) == ["paid"]
    wait_for(page, lambda: page.has(".card .paid"), "the verdict in the shop's element, where the payment page was")
    assert page.js(EMPTY) is False
    page.click(".card .close")
    wait_for(page, lambda: page.js(EMPTY), "the element to be empty")
    assert page.errors == []


@in_engines("chromium", "webkit")
def test_the_frame_inside_the_element_closes_with_a_question(demo: RunningDemo, page: Page) -> None:
    open_shop(demo, page)
    pay_inside(page)
    page.click(".window .close")
    page.click(".card .quit")
    wait_for(page, lambda: page.has("#live [data-event=close]"), "the session to hear that the shopper left")
    wait_for(page, lambda: page.js(EMPTY), "the element to be empty")


@in_engines("chromium")
def test_an_element_that_is_not_there_means_a_dialog(demo: RunningDemo, page: Page) -> None:
    open_shop(demo, page)
    page.js("document.querySelector('#pay-iframe').dataset.container = '#nowhere'")
    page.click("#pay-iframe")
    choose(page.frame(), "paid")
    wait_for_verdict(page, "paid")


@in_engines("chromium", "webkit")
def test_a_shop_that_throws_the_element_away_is_asked_about_and_can_pay_again(demo: RunningDemo, page: Page) -> None:
    open_shop(demo, page)
    pay_inside(page)
    page.js("document.querySelector('#place').remove()")
    wait_for(page, lambda: page.has("#live [data-event=close]"), "the widget to notice")
    page.click(".card .close")
    page.click("#pay-iframe")
    choose(page.frame(), "paid")
    wait_for_verdict(page, "paid")


@in_engines()
def test_a_frame_is_ready_when_it_has_loaded_and_only_once(demo: RunningDemo, page: Page) -> None:
    open_shop(demo, page)
    page.js(
        "document.addEventListener('steppay:ready', () => { window.spinning ="
        " document.querySelector('steppay-checkout').shadowRoot.querySelector('.opening') !== null; });"
    )
    page.click("#pay-iframe")
    wait_for(page, lambda: page.has("#live [data-event=ready]"), "the frame to be ready")
    assert page.js("return window.spinning") is False
    assert page.frame().has("[data-scenario]")
    choose(page.frame(), "paid")  # the return page loads in the same frame
    wait_for_verdict(page, "paid")
    assert page.js("return document.querySelectorAll('#live [data-event=ready]').length") == 1


@in_engines()
def test_a_popup_has_a_size_and_pays(demo: RunningDemo, page: Page) -> None:
    open_shop(demo, page)
    page.js(
        "const real = window.open; window.open = (...given) => { window.asked = given[2]; return real(...given); };"
        "document.querySelector('#pay-tab').dataset.mode = 'popup'"
    )
    press(page, "tab")
    popup = wait_for(page, page.second_window, "the second window")
    wait_for(page, lambda: popup.has("[data-scenario]"), "the pay page")
    wanted = dict(part.split("=") for part in page.js("return window.asked").split(","))
    assert (wanted["width"], wanted["height"]) == ("480", "760")
    centre = page.js("return [screenX + outerWidth / 2, screenY + outerHeight / 2]")
    assert [float(wanted["left"]) + 240, float(wanted["top"]) + 380] == centre
    assert popup.js("return window.opener === null")
    choose(popup, "paid")
    wait_for_verdict(page, "paid")
    assert results(page) == ["paid"]


@in_engines("webkit")  # a tab in every engine: test_no_false_verdicts.py
def test_a_popup_closed_right_after_paying_is_still_found_paid(demo: RunningDemo, page: Page) -> None:
    open_shop(demo, page)
    page.js("document.querySelector('#pay-tab').dataset.mode = 'popup'")
    order_code = order_of(page, "tab")
    press(page, "tab")
    popup = wait_for(page, page.second_window, "the second window")
    wait_for(page, lambda: popup.has("[data-scenario]"), "the pay page")
    demo.settle(order_code, "paid")
    popup.close()
    wait_for_verdict(page, "paid")
