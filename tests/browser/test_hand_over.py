"""A page without a script of the shop's own: its form is submitted with the signed verdict, or its next page opens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask, request

from tests.browser.demo_fixture import RunningDemo
from tests.browser.engines import Page
from tests.browser.hostile import LISTEN_PATH, HostileSite, has_reported, hostile_site, reports
from tests.browser.shopper import choose, in_engines, pay_page, screens, wait_for
from tests.support.forged_tokens import claims_of
from widget_server.services import snippet
from widget_server.web.assets import widget

PAGE = """<!doctype html><html lang="ko"><head><meta charset="utf-8"><title>shop</title>
<script src="{server}{listen}"></script>{tag}</head><body><main>{body}</main></body></html>"""
LINK = (
    '<a class="pay" href="{server}/v1/pay/{order}" data-steppay-order="{order}" data-mode="{mode}"'
    ' data-success-url="{next}">pay</a>'
)
# A control named `submit` and one that no shopper has filled in: neither may lose a payment.
FORM = (
    '<form method="post" action="/done?form={order}"><input type="hidden" name="steppay-token">'
    '<input name="submit"><input name="note" required>{inside}</form>'
)
MODES = ("redirect", "tab", "popup", "iframe")
OTHERS = ("firefox", "webkit")
# Firefox and WebKit: the form of a page that is loaded anew, and of one that stayed, as it does beside a tab or pop-up.
FORMS = [*(("chromium", mode) for mode in MODES), *((name, mode) for name in OTHERS for mode in ("redirect", "iframe"))]
Posts = list[tuple[str, dict[str, Any]]]


def shop(site: HostileSite, posts: Posts) -> Flask:
    """`/?order=A&order=B&mode=&form=inside|beside&next=` shows a pay link for each order, with a form or without."""
    app = Flask("form_shop", static_folder=None)

    def page(body: str) -> str:
        server = site.settings.public_url
        return PAGE.format(server=server, listen=LISTEN_PATH, tag=snippet.tag(server, widget(server)), body=body)

    @app.get("/")
    def home() -> str:
        wish, server = request.args, site.settings.public_url
        parts = []
        for order in wish.getlist("order"):
            link = LINK.format(server=server, order=order, mode=wish["mode"], next=wish.get("next", ""))
            inside = FORM.format(order=order, inside=link)
            beside = FORM.format(order=order, inside="") + link
            parts.append({"inside": inside, "beside": beside}.get(wish.get("form", ""), link))
        return page("".join(parts))

    @app.post("/done")
    def done() -> str:
        posts.append((request.args["form"], claims_of(request.form["steppay-token"])))
        return page('<p id="done">done</p>')

    @app.get("/thanks")
    def thanks() -> str:
        return page('<p id="thanks">thanks</p>')

    return app


@pytest.fixture(scope="module")
def posts() -> Posts:
    return []


@pytest.fixture(scope="module")
def form_site(
    free_port: Callable[[], int], tmp_path_factory: pytest.TempPathFactory, posts: Posts
) -> Iterator[HostileSite]:
    ports = (free_port(), free_port(), free_port())
    with hostile_site(ports, tmp_path_factory.mktemp("form"), lambda site: shop(site, posts)) as site:
        yield site


def pay(site: RunningDemo, page: Page, mode: str, scenario: str, query: str, orders: int = 1) -> list[str]:
    """Opens the page with so many orders, pays the first one; gives their codes."""
    codes = [site.unpaid_order().code for _ in range(orders)]
    page.goto(f"{site.urls.shop_url}/?{'&'.join(f'order={code}' for code in codes)}&mode={mode}&{query}")
    page.click(".pay")
    choose(pay_page(page, mode), scenario)
    return codes


@pytest.mark.parametrize(("engine_name", "mode"), FORMS)
def test_a_page_without_a_script_of_its_own_fulfills_by_its_form(
    form_site: HostileSite, page: Page, posts: Posts, mode: str
) -> None:
    posts.clear()
    (code,) = pay(form_site, page, mode, "paid", "form=inside&next=/thanks")
    wait_for(page, lambda: page.has("#done"), "the form to arrive")
    assert [(form, claims["sub"], claims["verdict"]) for form, claims in posts] == [(code, code, "paid")]
    assert reports(page) == [f"paid {code}"]
    page.back()
    wait_for(page, lambda: page.has(".pay"), "the shop's page again")
    page.js("dispatchEvent(new Event('focus'))")
    page.goto(f"{form_site.urls.shop_url}/?order={code}&mode={mode}&form=inside")
    wait_for(page, lambda: page.has(".pay"), "the shop's page once more")
    assert len(posts) == 1


@pytest.mark.parametrize(
    ("engine_name", "mode"), [("chromium", "redirect"), ("webkit", "tab"), ("firefox", "popup"), ("chromium", "iframe")]
)
def test_a_payment_leads_to_the_success_url_without_a_screen(form_site: HostileSite, page: Page, mode: str) -> None:
    pay(form_site, page, mode, "paid", "next=thanks%3Fa%3D1")
    wait_for(page, lambda: page.has("#thanks"), "the next page")
    assert page.js("return location.search") == "?a=1"
    assert "paid" not in screens(page)


@pytest.mark.parametrize(
    ("scenario", "verdict"), [("declined", "failed"), ("partially_refunded", "partially_refunded")]
)
@in_engines("chromium")
def test_no_other_verdict_is_handed_over(
    form_site: HostileSite, page: Page, posts: Posts, scenario: str, verdict: str
) -> None:
    posts.clear()
    (code,) = pay(form_site, page, "iframe", scenario, "form=inside&next=/thanks")
    wait_for(page, lambda: page.has(f".card .{verdict}"), "the verdict's screen")
    assert (posts, reports(page)) == ([], [f"{verdict} {code}"])
    assert page.js("return document.forms[0].elements['steppay-token'].value") == ""


@in_engines("chromium")
def test_a_success_url_elsewhere_is_not_followed(form_site: HostileSite, page: Page) -> None:
    """tests/js/handOver.test.mjs has the other addresses."""
    for address in ("https%3A%2F%2Fevil.example%2F", "javascript%3Aalert(1)", "%2F%2Fevil.example"):
        pay(form_site, page, "iframe", "paid", f"next={address}")
        wait_for(page, lambda: page.has(".card .paid"), "the verdict's screen")


@in_engines("chromium")
def test_a_prevented_result_hands_nothing_over(form_site: HostileSite, page: Page, posts: Posts) -> None:
    posts.clear()
    page.before_load("addEventListener('steppay:result', (event) => event.preventDefault())")
    pay(form_site, page, "iframe", "paid", "form=inside&next=/thanks")
    wait_for(page, lambda: has_reported(page), "the report")
    assert (posts, page.has(".pay")) == ([], True)


@pytest.mark.parametrize(("where", "handed"), [("inside", True), ("beside", False)])
@in_engines("chromium")
def test_of_several_forms_only_the_one_around_the_order(
    form_site: HostileSite, page: Page, posts: Posts, where: str, *, handed: bool
) -> None:
    posts.clear()
    codes = pay(form_site, page, "redirect", "paid", f"form={where}", orders=2)
    wait_for(page, lambda: page.has("#done") if handed else page.has(".card .paid"), "the end")
    assert [form for form, _ in posts] == ([codes[0]] if handed else [])


@in_engines("chromium")
def test_the_only_form_of_the_page_is_taken_where_it_holds_no_pay_button(
    form_site: HostileSite, page: Page, posts: Posts
) -> None:
    posts.clear()
    (code,) = pay(form_site, page, "redirect", "paid", "form=beside")
    wait_for(page, lambda: page.has("#done"), "the form to arrive")
    assert [claims["sub"] for _, claims in posts] == [code]
