"""What the documents show works as it stands there, and the symptoms they name are the ones that are seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.browser.documented import DOCS, EXAMPLE_ORDER, Shop, code_block, open_documented_shop
from tests.browser.engines import Page
from tests.browser.shopper import choose, in_engines, pay_page, wait_for

LINK = "a[data-steppay-order]"
READY = "return typeof StepPayCheckout === 'object'"
DIALOG = "const host = document.querySelector('steppay-checkout'); return host ? host.shadowRoot.textContent : ''"
WHOLE_POLICY = 2


@pytest.fixture
def shop(free_port: Callable[[], int], tmp_path: Path) -> Iterator[Shop]:
    with open_documented_shop(free_port, tmp_path) as running:
        running.order()
        yield running


def visit(shop: Shop, page: Page, path: str = "/cart") -> None:
    page.goto(shop.url + path)
    wait_for(page, lambda: page.js(READY), "the widget")


def heard(page: Page) -> list[str]:
    found: list[str] = page.js("return window.heard || []")
    return found


def wait_for_event(page: Page, line: str) -> None:
    wait_for(page, lambda: page.has("html") and line in heard(page), line)


def button(mode: str) -> str:
    return f'<button data-steppay-order="{EXAMPLE_ORDER}" data-mode="{mode}">pay</button>'


@in_engines("chromium")
@pytest.mark.parametrize(
    ("mode", "document"), [("redirect", "redirect"), ("tab", "tab"), ("popup", "modes"), ("iframe", "iframe")]
)
def test_the_example_of_each_mode_pays(shop: Shop, page: Page, mode: str, document: str) -> None:
    shop.show(code_block(f"widget/{document}.md", "html"))
    visit(shop, page)
    page.click(LINK)
    choose(pay_page(page, "tab" if mode == "popup" else mode), "paid")
    wait_for_event(page, "result paid payment_complete")


@in_engines("chromium")
def test_the_block_for_a_shop_builder_pays_even_when_it_is_pasted_twice(shop: Shop, page: Page) -> None:
    block = code_block("recipes/static-page.md", "html")
    shop.show(block + block, tag="")
    visit(shop, page)
    page.click(LINK)
    choose(pay_page(page, "tab"), "paid")
    wait_for_event(page, "result paid payment_complete")
    heard_once = [line for line in heard(page) if line != "return"]  # the server may know of the payment earlier
    assert heard_once == ["open", "ready", "result paid payment_complete"]


@in_engines("chromium")
def test_where_the_builder_removes_the_script_the_link_pays_and_the_return_page_shows_the_verdict(
    shop: Shop, page: Page
) -> None:
    shop.show(code_block("recipes/static-page.md", "html").partition("</script>")[2], tag="")
    page.goto(shop.url)
    page.click(LINK)
    choose(page, "paid")
    wait_for(page, lambda: page.has('main[data-kind="paid"]'), "the return page")


@in_engines("chromium")
def test_an_order_made_at_the_click_opens_inside_of_the_click(shop: Shop, page: Page) -> None:
    shop.show(code_block("recipes/static-page.md", "html", 2))
    visit(shop, page)
    page.click("#buy")
    choose(pay_page(page, "tab"), "paid")
    wait_for_event(page, "result paid payment_complete")


@in_engines("chromium")
def test_the_single_page_app_handles_a_button_that_was_added_later(shop: Shop, page: Page) -> None:
    shop.show('<div id="app"></div>')
    visit(shop, page)
    page.js(code_block("recipes/single-page-app.md", "js"))
    page.click(LINK)
    choose(page.frame(), "paid")
    wait_for(page, lambda: page.js("return document.querySelector('#app').textContent") == "paid", "the verdict")


@in_engines("chromium")
def test_the_single_page_app_that_starts_late_gets_the_return(shop: Shop, page: Page) -> None:
    shop.show('<div id="app"></div>' + code_block("widget/redirect.md", "html"))
    visit(shop, page)
    page.click(LINK)
    choose(page, "paid")
    wait_for_event(page, "result paid payment_complete")
    page.js("return (async () => {" + code_block("recipes/single-page-app.md", "js", 2) + "})()")
    assert page.js("return document.querySelector('#app').textContent") == "paid"
    assert sum(line.startswith("result") for line in heard(page)) == 1


@in_engines("chromium")
def test_the_custom_element_pays_and_its_events_bubble_through_it(shop: Shop, page: Page) -> None:
    element = f'<pay-button server="{shop.server_url}" order="{EXAMPLE_ORDER}" mode="iframe">pay</pay-button>'
    script = (DOCS / "examples/pay-button.js").read_text("utf-8")
    shop.show(f"<main>{element}<script>{script}</script></main>")
    visit(shop, page)
    page.js(
        "document.querySelector('pay-button').addEventListener('steppay:result',"
        " ({ detail }) => document.body.append(' element heard ' + detail.verdict))"
    )
    assert page.js(f"return document.querySelector('{LINK}').href") == f"{shop.server_url}/v1/pay/{EXAMPLE_ORDER}"
    page.click(LINK)
    choose(page.frame(), "paid")
    wait_for(page, lambda: "element heard paid" in page.js("return document.body.textContent"), "the element")


@in_engines("chromium")
def test_a_page_rule_is_the_one_of_the_path_that_is_shown(shop: Shop, page: Page) -> None:
    shop.show(f'<button data-steppay-order="{EXAMPLE_ORDER}">pay</button>')
    visit(shop, page)
    page.js("history.pushState(null, '', '/pricing')")  # its rule says: iframe
    page.click("button")
    wait_for(page, lambda: page.frame().has("[data-scenario]"), "the frame of /pricing")


@in_engines("chromium")
def test_the_documented_whole_policy_lets_a_framed_payment_through(shop: Shop, page: Page) -> None:
    policy = code_block("widget/csp.md", "", WHOLE_POLICY).strip().replace("https://pay.shop.kr", shop.server_url)
    shop.show(
        button("iframe"), headers={"Content-Security-Policy": policy.replace("frame-src https:", "frame-src http:")}
    )
    visit(shop, page)
    page.click("button")
    choose(page.frame(), "paid")
    wait_for_event(page, "result paid payment_complete")
    assert page.errors == []


@in_engines("chromium")
def test_words_and_colours_are_replaced_as_documented(shop: Shop, page: Page) -> None:
    shop.show(button("iframe") + f"<style>{code_block('widget/texts-and-theme.md', 'css')}</style>")
    visit(shop, page)
    page.js(code_block("widget/texts-and-theme.md", "js"))
    page.click("button[data-steppay-order]")
    choose(page.frame(), "paid")
    wait_for(page, lambda: "주문해 주셔서 감사합니다." in page.js(DIALOG), "our own words")
    look = (
        "const box = document.querySelector('steppay-checkout').shadowRoot.querySelector('dialog');"
        "return [getComputedStyle(box).borderRadius, getComputedStyle(box.querySelector('button')).backgroundColor]"
    )
    assert page.js(look) == ["0px", "rgb(11, 122, 75)"]


@in_engines("chromium")
def test_a_canceled_result_event_shows_no_screen_of_ours(shop: Shop, page: Page) -> None:
    shop.show(button("iframe"))
    visit(shop, page)
    page.js(code_block("widget/events.md", "js", 2))
    page.click("button")
    choose(page.frame(), "paid")
    wait_for(page, lambda: page.js("return location.pathname") == "/thank-you", "the shop's own page")


SYMPTOMS = [
    ("no frame-src", "iframe", EXAMPLE_ORDER, "ready", "새 탭 열기"),
    ("only digits", "iframe", "183682", "error invalid_request", "결제창을 열지 못했습니다"),
    ("no code", "tab", "", "error invalid_request", "결제창을 열지 못했습니다"),
]


@in_engines("chromium")
@pytest.mark.parametrize(("cause", "mode", "order", "event", "words"), SYMPTOMS, ids=[one[0] for one in SYMPTOMS])
def test_a_cause_has_the_symptom_that_the_table_names(
    *, shop: Shop, page: Page, cause: str, mode: str, order: str, event: str, words: str
) -> None:
    lines = {"connect-src": shop.server_url, "frame-src": "http:", "script-src": f"'self' {shop.server_url}"}
    policy = "; ".join(f"{name} {value}" for name, value in lines.items() if name not in cause)
    shop.show(
        button(mode).replace(EXAMPLE_ORDER, order),
        headers={"Content-Security-Policy": f"default-src 'none'; img-src 'self'; {policy}"},
    )
    visit(shop, page)
    page.click("button")
    wait_for_event(page, event)
    wait_for(page, lambda: words in page.js(DIALOG), words)


@in_engines("chromium")
def test_from_an_origin_that_is_not_allowed_payment_opens_and_the_browser_says_why(shop: Shop, page: Page) -> None:
    shop.show(button("iframe"))
    page.goto(shop.other_url + "/cart")
    wait_for(page, lambda: page.js(READY), "the widget")
    page.click("button")
    wait_for(page, lambda: page.has("[data-scenario]"), "the pay page in this window")
    assert any("/v1/checkouts" in line and "CORS" in line for line in page.errors), page.errors


@in_engines("chromium")
def test_under_a_policy_without_our_server_the_plain_link_pays(shop: Shop, page: Page) -> None:
    policy = f"default-src 'none'; img-src 'self'; script-src 'self' {shop.server_url}; frame-src http:"
    shop.show(button("iframe"), headers={"Content-Security-Policy": policy})
    visit(shop, page)
    page.click("button")
    wait_for(page, lambda: page.has("[data-scenario]"), "the pay page in this window")


@in_engines("chromium")
def test_open_outside_of_a_click_is_blocked_and_offers_a_button(shop: Shop, page: Page) -> None:
    """Called by the page itself: whatever a test calls counts as a gesture."""
    call = f"StepPayCheckout.open({{ order: '{EXAMPLE_ORDER}', mode: 'tab' }})"
    shop.show(f"<script>addEventListener('load', () => {call})</script>")
    page.goto(shop.url)
    wait_for_event(page, "blocked")
    wait_for(page, lambda: "결제창이 차단되었습니다" in page.js(DIALOG), "the button's dialog")


@in_engines("chromium")
def test_under_coop_the_closed_look_of_a_tab_changes_no_verdict(shop: Shop, page: Page) -> None:
    shop.show(button("tab"), headers={"Cross-Origin-Opener-Policy": "same-origin"})
    visit(shop, page)
    page.click("button")
    choose(pay_page(page, "tab"), "paid")
    wait_for_event(page, "result paid payment_complete")
