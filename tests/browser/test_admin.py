"""The operator's pages as an operator uses them: with keys, without a script, while payments come in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.axe import needs_axe
from tests.browser.demo_fixture import RunningDemo
from tests.browser.engines import Engine, Page
from tests.browser.screenshot_gallery import is_blank
from tests.browser.shopper import choose, in_engines, wait_for
from tests.browser.test_accessibility import assert_accessible

FOCUS = "return document.activeElement.id"


def pay(demo: RunningDemo, page: Page, scenario: str = "paid") -> str:
    """A shopper pays by the plain link; gives the order's code."""
    order = demo.unpaid_order()
    page.goto(f"{demo.urls.server_url}/v1/pay/{order.code}")
    choose(page, scenario)
    wait_for(page, lambda: page.has("main[data-kind]"), "the return page")
    return order.code


def sign_in(demo: RunningDemo, page: Page) -> None:
    """By keyboard: the field has the focus."""
    page.goto(f"{demo.urls.admin_url}/admin")
    wait_for(page, lambda: page.js(FOCUS) == "key", "the focus in the field")
    page.js(f"document.getElementById('key').value = '{demo.urls.admin_key}'")
    page.press("Enter")
    wait_for(page, lambda: page.has("#alerts"), "the first page")


@in_engines()
def test_an_operator_signs_in_sees_a_payment_come_in_and_finds_it(
    demo: RunningDemo, page: Page, engine: Engine
) -> None:
    sign_in(demo, page)
    shopper = engine.new_page()
    code = pay(demo, shopper)
    shopper.end()
    link = f'#latest a[href="/admin/orders/{code}"]'
    wait_for(page, lambda: page.has(f"tr.fresh {link.removeprefix('#latest ')}"), "the payment, without a reload")
    assert page.js(FOCUS) == ""
    page.press("/")
    wait_for(page, lambda: page.js(FOCUS) == "code", "the focus in the search")
    page.js(f"document.getElementById('code').value = '{code[3:]}'")
    page.press("Enter")
    wait_for(page, lambda: page.has('#timeline [data-kind="verdict"]'), "the order's page")
    assert page.js("return location.pathname") == f"/admin/orders/{code}"
    assert page.has('#record [data-verdict="paid"]')
    assert page.has('#timeline [data-kind="returned"] [data-verdict="paid"]')
    page.goto(f"{demo.urls.admin_url}/admin/orders?show=paid&within=today")
    assert page.js("return document.querySelector('#recent option').value") == code
    page.click("#keys input")
    page.press("j")
    assert page.js("return document.activeElement.type") == "checkbox", "the keys are off"
    page.click("#keys input")
    page.press("j")
    page.press("Enter")
    wait_for(page, lambda: page.has("#timeline"), "the first order of the list")
    page.click(".out button")
    wait_for(page, lambda: page.has("#key"), "the way out")
    page.back()
    wait_for(page, lambda: page.has('input[name="next"][value^="/admin/orders/"]'), "nothing left to see")
    assert page.errors == []


@in_engines("chromium")
def test_without_javascript_everything_is_there(demo: RunningDemo, engine: Engine) -> None:
    page = engine.new_page(javascript=False)
    code = pay(demo, page)
    page.goto(f"{demo.urls.admin_url}/admin/orders/{code}")
    page.tab.fill("#key", demo.urls.admin_key)  # type: ignore[attr-defined] - Chromium's own page
    page.click(".door button")
    wait_for(page, lambda: page.has('#timeline [data-kind="verdict"]'), "the order that was asked for")
    assert page.tab.locator("#live").is_hidden()  # type: ignore[attr-defined]
    page.end()


@in_engines("chromium")
def test_an_operator_who_reads_is_left_alone_and_can_stop_the_refreshing(
    demo: RunningDemo, engine: Engine, page: Page
) -> None:
    pay(demo, page)
    sign_in(demo, page)
    page.js("document.querySelector('#hours summary').click(); document.querySelector('#latest a').focus();")
    page.js("window.before = ['latest', 'today'].map((id) => document.getElementById(id))")
    shopper = engine.new_page()
    pay(demo, shopper)
    shopper.end()
    wait_for(page, lambda: page.js("return document.getElementById('today') !== window.before[1]"), "new sums")
    assert page.js("return document.getElementById('latest') === window.before[0]")
    assert page.js("return document.querySelector('#hours details').open")
    page.click("#live")
    wait_for(page, lambda: page.has('#live[aria-pressed="false"]'), "the refreshing to stop")
    page.goto(f"{demo.urls.admin_url}/admin/orders")
    wait_for(page, lambda: page.has('#live[aria-pressed="false"]'), "the choice to be remembered")


@in_engines("chromium")
def test_an_alarm_reaches_an_operator_who_looks_elsewhere(demo: RunningDemo, page: Page) -> None:
    """The browser's own notification is replaced, which nothing here could see; and the alarm is put into the server's
    answer: a real one would stay in the demo of all tests."""
    sign_in(demo, page)
    page.js("""window.told = [];
        window.Notification = class { constructor(title) { window.told.push(title); } };
        Notification.permission = 'granted';
        Notification.requestPermission = () => Promise.resolve('granted');""")
    page.click("#notify")
    wait_for(page, lambda: page.has('#notify[aria-pressed="true"]'), "the switch")
    page.js("""const server = window.fetch;
        const alarm = '$&<ul><li data-alarm="parked" data-count="2"><b>two parked</b></li></ul>';
        window.fetch = (...call) => server(...call).then((answer) => answer.text())
            .then((html) => new Response(html.replace(/<section id="alerts"[^>]*>/, alarm)));
        Object.defineProperty(document, 'hidden', { get: () => true });""")
    wait_for(page, lambda: page.js("return window.told.join()") == "two parked", "the notification")
    assert page.has('#alerts [data-alarm="parked"]')


@needs_axe
@in_engines("chromium")
@pytest.mark.parametrize(("size", "dark"), [((1280, 900), False), ((360, 740), True)], ids=["wide", "narrow-dark"])
def test_the_pages_are_accessible_and_fit(
    demo: RunningDemo, engine: Engine, tmp_path: Path, size: tuple[int, int], *, dark: bool
) -> None:
    page = engine.new_page(size=size, dark=dark)
    page.goto(f"{demo.urls.admin_url}/admin/sign-in")
    assert_accessible(page)
    codes = [pay(demo, page, scenario) for scenario in ("paid", "declined", "vbank")]
    sign_in(demo, page)
    page.js("document.querySelector('#hours summary').click()")
    order = f"/admin/orders/{codes[0]}"
    lists = ("/admin/orders?show=opened_paid", "/admin/orders?code=order_unheard", "/admin/deliveries?show=parked")
    for path in ("/admin", *lists, order, "/admin/orders/order_unheard"):
        if path != "/admin":
            page.goto(demo.urls.admin_url + path)
        assert_accessible(page)
        assert page.js("return document.documentElement.scrollWidth") == size[0], path
        if path == order:
            assert page.js("return getComputedStyle(document.querySelector('.big .verdict')).fontSize") == "30px"
            assert page.has("[data-copy]:not([hidden])")
        picture = tmp_path / "page.png"
        page.screenshot(picture)
        assert not is_blank(picture)
    page.end()
