"""An offer on a static page sells, by the widget's second file and its form. Nothing typed stays in the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask, request

from tests.browser.axe import needs_axe, start_axe, violations
from tests.browser.engines import Page
from tests.browser.hostile import LISTEN_PATH, HostileSite, hostile_site, reports
from tests.browser.shopper import MODES, choose, in_engines, pay_page, screens, wait_for
from tests.support.offer_scenarios import TEXT, write_offers
from widget_server.services import snippet
from widget_server.web.assets import widget

PAGE = """<!doctype html><html lang="ko"><head><meta charset="utf-8"><title>brand</title>
<link rel="icon" href="data:,"><script src="{server}{listen}"></script><script src="/note.js"></script>{tag}</head>
<body><main><h1>brand</h1><button id="buy" {attributes}>주문하기</button>
<a id="link" href="/elsewhere" {attributes}>주문하기</a></main></body></html>"""
# What leaves the form: every question, every event.
NOTE = """
window.told = [];
window.asked = [];
for (const name of ['open', 'ready', 'blocked', 'return', 'pending', 'result', 'close', 'error'])
  addEventListener('steppay:' + name, ({ detail }) => told.push(name + ' ' + JSON.stringify(detail)));
const real = fetch;
window.fetch = (url, more) => {
  asked.push([new URL(url).pathname, more && more.headers && more.headers['Idempotency-Key']]);
  return real(url, more);
};
"""
PERSON = {"name": "김카나리", "email": "canary@example.test"}
FORM = "const form = document.querySelector('steppay-checkout')?.shadowRoot.querySelector('form');"
SEEN = "return location.href + JSON.stringify([{...localStorage}, {...sessionStorage}, told])"


def brand_of(site: HostileSite) -> Flask:
    app = Flask("brand", static_folder=None)

    @app.get("/")
    def home() -> tuple[str, dict[str, str]]:
        server = site.settings.public_url
        attributes = " ".join(f'data-{name}="{value}"' for name, value in request.args.items() if "_" not in name)
        tag = snippet.tag(server, widget(server))
        html = PAGE.format(server=server, listen=LISTEN_PATH, tag=tag, attributes=attributes)
        return html, {"Content-Security-Policy": "; ".join(site.policy)} if site.policy else {}

    app.add_url_rule("/note.js", "note", lambda: (NOTE, {"Content-Type": "text/javascript"}))
    app.add_url_rule("/elsewhere", "elsewhere", lambda: "<title>elsewhere</title>")
    return app


@pytest.fixture(scope="module")
def shared_brand(free_port: Callable[[], int], tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostileSite]:
    ports, folder = (free_port(), free_port(), free_port()), tmp_path_factory.mktemp("brand")
    offers = {"WIDGET_OFFERS_FILE": str(write_offers(folder, TEXT.replace('origins = ["https://shop.test"]', "")))}
    with hostile_site(ports, folder, brand_of, more=offers) as site:
        yield site


@pytest.fixture
def brand(shared_brand: HostileSite) -> Iterator[HostileSite]:
    yield shared_brand
    shared_brand.reset()


def visit(brand: HostileSite, page: Page, offer: str, mode: str, **given: str) -> None:
    """The page is there, and the second file: the offer has been asked for."""
    page.goto(brand.page("", mode, **{"steppay-offer": offer}, **given))
    if not brand.policy:
        wait_for(page, lambda: f"/v1/offers/{offer}" in [path for path, _ in page.js("return asked")], "the offer")


def fill(page: Page, **values: str) -> None:
    wait_for(page, lambda: page.js(f"{FORM} return !!form"), "the form")
    for name, value in values.items():
        page.js(f"{FORM} form.elements[{name!r}].value = {value!r};")


def state(page: Page) -> dict[str, Any]:
    """What is wrong, by field, as a screen reader has it; what has the focus; what is said of the whole."""
    found: dict[str, Any] = page.js(
        f"{FORM} const root = form.getRootNode(); const of = (input) => root.getElementById(input.getAttribute("
        "'aria-describedby')).textContent; const wrong = [...form.querySelectorAll('[aria-invalid=true]')];"
        "return { wrong: Object.fromEntries(wrong.map((input) => [input.name, of(input)])), "
        "focus: root.activeElement.name, said: form.querySelector('[role=alert]').textContent }"
    )
    return found


def orders(page: Page) -> list[str]:
    """The keys of the orders that this document has asked for."""
    return [key for path, key in page.js("return asked") if path.endswith("/orders")]


@pytest.mark.parametrize("mode", MODES)
@in_engines()
def test_an_offer_sells_and_what_was_typed_stays_nowhere(brand: HostileSite, page: Page, mode: str) -> None:
    visit(brand, page, "beans", mode)
    page.click("#buy")
    fill(page, **PERSON, quantity="2")
    page.click("form .pay")
    place = pay_page(page, mode)
    wait_for(page, lambda: place.has("[data-scenario]"), "the pay page")
    assert "36,000" in place.js("return document.body.textContent")
    choose(place, "paid")
    wait_for(page, lambda: page.has("html[data-reports]") and page.js("return !!window.StepPayCheckout"), "the verdict")
    (report,) = reports(page)
    assert report.startswith("paid order_")
    traces = page.js(SEEN) + "".join(page.errors)
    assert not any(value in traces for value in PERSON.values())


@needs_axe
@in_engines("chromium")
def test_what_is_wrong_is_said_at_its_field_and_one_input_is_one_order(brand: HostileSite, page: Page) -> None:
    visit(brand, page, "trial", "tab")
    page.click("#buy")
    fill(page)
    page.press("Enter")
    wrong = "올바르게 입력해 주세요."
    assert state(page) == {"wrong": dict.fromkeys(("name", "email", "phone"), wrong), "focus": "name", "said": ""}
    start_axe(page)
    wait_for(page, lambda: violations(page) is not None, "axe")
    assert violations(page) == []
    fill(page, **PERSON, phone="+++++++++")
    page.click("form .pay")
    assert state(page)["focus"] == "phone"
    fill(page, phone="+1 (2) 3-4-5-6")  # what only the server knows to be wrong
    page.click("form .pay")
    wait_for(page, lambda: state(page)["wrong"], "the server's answer")
    assert state(page) == {"wrong": {"phone": wrong}, "focus": "phone", "said": ""}
    fill(page, phone="010-1234-5678")
    page.js(f"{FORM} window.submit = form.querySelector('.pay');")
    page.click("form .pay")
    page.js("submit.click(); submit.click();")
    choose(pay_page(page, "tab"), "paid")
    wait_for(page, lambda: reports(page), "the verdict")
    assert len(orders(page)) == 2 == len(set(orders(page))), "the refused one, and one"


@in_engines("chromium")
def test_what_the_page_knows_is_not_asked_and_a_double_click_orders_once(brand: HostileSite, page: Page) -> None:
    visit(brand, page, "beans", "tab", **PERSON, quantity="1")
    page.click("#buy")
    place = pay_page(page, "tab")
    page.js("document.querySelector('#buy').click();")
    choose(place, "paid")
    wait_for(page, lambda: reports(page), "the verdict")
    assert (len(orders(page)), page.js("return !!document.querySelector('form')")) == (1, False)


@in_engines("chromium")
def test_a_closed_form_leaves_nothing_and_a_blocked_window_still_sells(brand: HostileSite, page: Page) -> None:
    visit(brand, page, "beans", "tab", blocker="always", **PERSON)
    page.click("#buy")
    fill(page, quantity="9")
    page.press("Enter")
    assert state(page)["focus"] == "quantity"
    page.press("Escape")
    focus = "return document.querySelector('steppay-checkout') ? '' : document.activeElement.id"
    assert wait_for(page, lambda: page.js(focus), "the page") == "buy"
    page.click("#buy")
    fill(page, quantity="3")
    page.click("form .pay")
    wait_for(page, lambda: "blocked" in screens(page), "the screen")
    assert orders(page) == [], "not before there is a window"
    page.click(".card .newTab")
    choose(page, "paid")
    wait_for(page, lambda: page.has("html[data-reports]"), "the verdict")


@in_engines("chromium")
def test_without_the_second_file_the_link_is_followed_and_a_button_says_so(brand: HostileSite, page: Page) -> None:
    brand.policy.append("require-trusted-types-for 'script'")
    visit(brand, page, "beans", "tab")
    wait_for(page, lambda: page.js("return !!window.StepPayCheckout"), "the widget")
    page.click("#buy")
    wait_for(page, lambda: "unopened" in screens(page), "the screen")
    assert 'error {"code":"server_unavailable","recoverable":false}' in page.js("return told")
    page.click(".card .close")
    page.click("#link")
    wait_for(page, lambda: page.js("return document.title") == "elsewhere", "the link's page")
