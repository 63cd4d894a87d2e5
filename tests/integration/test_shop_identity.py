"""What shoppers read of the shop on the return page and the pages of a payment link, and what leads on from there."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.support.app_fixture import COMPLETE, PAID, SHOP, STANDBY, UNPAID, FakeStepPay, World
from widget_server.config.shop import Contact
from widget_server.domain.opening import may_pay_again
from widget_server.domain.verdict_reasons import REASONS

NAME, LOGO, ORDERS = "달보드레 <b>&'\"커피", "https://www.shop.test/logo.svg", f"{SHOP}/my/orders"
PAGE = "aHR0cHM6Ly9zaG9wLnRlc3QvY2FydA"
"""https://shop.test/cart"""
SCREENS = Path(__file__).resolve().parents[2] / "static/js/src/screens.js"
# Read, not copied: a changed widget must not offer what the return page does not.
WIDGETS_RULE = re.compile(re.search(r"again = /(.+)/\.test\(key \+ verdict\.reason\)", SCREENS.read_text("utf-8"))[1])  # type: ignore[index]


@pytest.fixture
def client(world: World) -> FlaskClient:
    """With all four settings."""
    shop = {"shop_name": NAME, "shop_logo_url": LOGO, "shop_orders_url": ORDERS}
    return world.with_deps(settings=replace(world.settings, shop_support=Contact("02-1", "tel:021"), **shop))


def come_back(client: FlaskClient, checkout: str, query: str = "", lang: str = "ko") -> Any:
    return client.get(f"/v1/return/{checkout}?{query}", headers={"Accept-Language": lang})


def actions(page: Any) -> list[str]:
    """The addresses of the links, the primary one first."""
    links = re.findall(r'<a class="button( primary)?" href="([^"]*)"', page.text.partition("<noscript><a")[0])
    assert [bool(primary) for primary, _ in links].count(True) == 1
    return [unescape(address) for _, address in sorted(links, key=lambda link: not link[0])]


def assert_the_shops(page: Any, status: int) -> None:
    assert page.status_code == status
    assert "<b>" not in page.text
    (title,) = re.findall("<title>(.*)</title>", page.text)
    assert unescape(title).endswith(f" · {NAME}")
    assert f'<img src="{LOGO}" alt="" height="40">' in page.text
    policy = page.headers["Content-Security-Policy"]
    assert "img-src 'self' https://www.shop.test; connect-src 'self';" in policy


def test_CF_08_every_page_for_shoppers_says_whose_it_is_and_loads_nothing_but_the_logo(
    client: FlaskClient, world: World, steppay: FakeStepPay
) -> None:
    code = steppay.paid()
    checkout = world.create_checkout(code)
    pages = {
        "paid": (come_back(client, checkout), 200, False),
        "another order": (come_back(client, checkout, "order_code=order_x"), 400, True),
        "no checkout": (come_back(client, "A" * 22), 404, True),
        "outage": (come_back(client, world.create_checkout(steppay.order(500))), 503, True),
        "no order": (client.get("/v1/pay/order_1."), 404, True),
        "paid already": (client.get(f"/v1/pay/{code}"), 200, False),
    }
    for name, (page, status, asks) in pages.items():
        assert_the_shops(page, status)
        assert ('문의: <a class="link" href="tel:021">02-1</a>' in page.text) == asks, name


def test_without_settings_nothing_is_there(world: World, steppay: FakeStepPay) -> None:
    page = come_back(world.client, world.create_checkout(steppay.paid()))
    assert "<title>결제 완료</title>" in page.text
    assert not re.search(r'<header|<img|class="small|·', page.text)


def test_a_logo_alone_has_a_name_and_a_chat_opens_a_window_of_its_own(world: World, steppay: FakeStepPay) -> None:
    chat = Contact("pf.kakao.com", "https://pf.kakao.com/_x/chat?a=1&b=2")
    client = world.with_deps(settings=replace(world.settings, shop_logo_url=LOGO, shop_support=chat))
    page = come_back(client, world.create_checkout(steppay.unpaid()), "status=error", "en")
    assert 'alt="www.shop.test"' in page.text
    expected = (
        'Need help? <a class="link" href="https://pf.kakao.com/_x/chat?a=1&amp;b=2" target="_blank" rel="noopener'
    )
    assert expected in page.text


DEPOSIT = {**STANDBY, "paymentStatus": "VIRTUAL_BANK_STANDBY"}
CART = "https://shop.test/cart"
PAY = "/v1/pay/{code}?mode=tab&return=https%3A%2F%2Fshop.test%2Fcart"
AGAIN = "the page itself"
NEXT = [
    (PAID, COMPLETE, "success", "tab", [ORDERS, CART]),
    ({**PAID, "paidAmount": 0}, 404, "success", "iframe", [ORDERS, CART]),
    (PAID, {**COMPLETE, "paymentStatus": "CANCELED"}, "success", "redirect", [ORDERS, CART]),
    (UNPAID, DEPOSIT, "success", "tab", [ORDERS, CART]),
    (UNPAID, STANDBY, "error", "tab", [PAY, CART]),
    (UNPAID, STANDBY, "cancel", "tab", [PAY, CART]),
    (UNPAID, STANDBY, "cancel", "iframe", [CART]),  # the widget around the frame offers it
    (UNPAID, STANDBY, "success", "tab", [AGAIN, CART]),
    (PAID, STANDBY, "error", "tab", [AGAIN, CART]),
]


@pytest.mark.parametrize(("order", "receipt", "way", "mode", "expected"), NEXT)
def test_one_action_leads_on_by_the_verdict(
    *, client: FlaskClient, world: World, steppay: FakeStepPay, order: Any, receipt: Any, way: str, mode: str,
    expected: list[str],
) -> None:  # fmt: skip
    code = steppay.order(order, receipt)
    page = come_back(client, world.create_checkout(code, mode), f"status={way}&order_code={code}&page={PAGE}")
    found = [re.sub(r"^/v1/return/.*", AGAIN, address) for address in actions(page)]
    assert found == [address.format(code=code) for address in expected]
    assert ('data-checked="마지막 확인" data-now="방금" hidden' in page.text) == (AGAIN in expected)


def test_when_the_page_no_longer_asks_by_itself_an_unpaid_order_may_be_paid(
    client: FlaskClient, world: World, steppay: FakeStepPay
) -> None:
    code = steppay.unpaid()
    page = come_back(client, world.create_checkout(code), "status=success&round=9")
    first, second, _back = actions(page)
    assert first.startswith("/v1/return/")
    assert second == f"/v1/pay/{code}?mode=tab"
    assert "data-checked" not in page.text


@pytest.mark.parametrize("reason", REASONS)
def test_another_payment_is_offered_by_the_widgets_rule_and_never_where_money_may_have_come(reason: Any) -> None:
    kind = str(REASONS[reason].kind)
    verdict = {"verdict": kind, "reason": reason, "final": False, "paymentDate": None}
    key = reason if kind == "pending" else kind
    assert may_pay_again(verdict) == bool(WIDGETS_RULE.search(key + reason))
    assert not may_pay_again(verdict | {"paymentDate": "2026-11-01T10:05:00+09:00"})


@pytest.mark.parametrize(("lang", "date"), [("ko", "2026. 11. 1. 10:05"), ("en", "Nov 1, 2026, 10:05 KST")])
def test_a_receipt_has_the_time_of_payment(world: World, steppay: FakeStepPay, lang: str, date: str) -> None:
    assert f">{date}</dd>" in come_back(world.client, world.create_checkout(steppay.paid()), lang=lang).text
    unpaid = come_back(world.client, world.create_checkout(steppay.unpaid()), lang=lang)
    assert 'class="when"' not in unpaid.text
