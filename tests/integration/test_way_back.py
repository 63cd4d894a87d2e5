"""Shoppers always find back: to the shop's page they came from, and to their verdict while the database is away."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from sqlalchemy import select

from tests.integration.test_return_page import kind, refresh
from tests.support.app_fixture import COMPLETE, PAID, SHOP, STANDBY, UNPAID, FakeStepPay, World
from tests.support.database_failures import TROUBLES, Trouble
from tests.support.job_helpers import work
from widget_server.adapters.store.tables import checkouts

WWW = "https://www.shop.test"


def follow(world: World, code: str, query: str = "", **headers: str) -> str:
    """The link is followed; gives the address that StepPay leads back to, without the host."""
    answer = world.client.get(f"/v1/pay/{code}{query}", headers=headers)
    assert answer.status_code == 302, answer.text
    back = parse_qs(urlsplit(answer.headers["Location"]).query)["successUrl"][0]
    return back.partition("/v1/")[2]


def back_link(page: Any) -> str:
    (found,) = re.findall(r'href="([^"]*)" target="_top"', page.text)
    return str(found).replace("&amp;", "&")


PAGES = [
    (f"{SHOP}/item/5?color=red&status=sent&order_id=7", "", f"{SHOP}/item/5?color=red&status=sent&order_id=7"),
    (f"{WWW}/cart#sum", f"{SHOP}/", f"{WWW}/cart#sum"),
    ("", f"{SHOP}/item/5?a=b", f"{SHOP}/item/5?a=b"),
    ("", f"{WWW}/", f"{WWW}/"),
    ("", "", f"{SHOP}/"),
    ("https://evil.tld/x", "", f"{SHOP}/"),
    ("https://evil.tld/x", f"{WWW}/cart", f"{WWW}/cart"),
    ("https://shop.test@evil.tld/", "https://evil.tld/", f"{SHOP}/"),
    ("https://shop.test\\@evil.tld/", "", f"{SHOP}/"),
    ("javascript:alert(1)", "", f"{SHOP}/"),
    ("//evil.tld/", "", f"{SHOP}/"),
    ("/cart", "", f"{SHOP}/"),
    (f'{SHOP}/"><script>', "", f"{SHOP}/"),
    (f"{SHOP}/" + "x" * 2000, f"{WWW}/", f"{WWW}/"),
    ("https://shop-test.translate.goog/item", "https://shop-test.translate.goog/", f"{SHOP}/"),
]


@pytest.mark.parametrize(("told", "referer", "expected"), PAGES, ids=lambda value: value[:40])
def test_back_to_the_page_that_the_link_was_on(
    *, world: World, steppay: FakeStepPay, told: str, referer: str, expected: str
) -> None:
    code = steppay.order(UNPAID, "error")
    back = follow(world, code, f"?return={quote(told, safe='')}" if told else "", Referer=referer)
    page = world.client.get(f"/v1/{back}&order_id=&status=success")
    assert (page.status_code, kind(page), back_link(page)) == (200, "unknown", expected)
    again = world.client.get(refresh(page).partition("url=")[2])
    assert back_link(again) == expected
    steppay.order(PAID, COMPLETE, code)
    paid = world.client.get(f"/v1/pay/{code}?return={quote(told, safe='')}", headers={"Referer": referer})
    assert (kind(paid), back_link(paid)) == ("paid", expected)


@pytest.mark.parametrize(
    "page", ["!", "a", quote("ü"), "x" * 5000, "aHR0cHM6Ly9ldmlsLnRsZC8", "aHR0cHM6Ly9zaG9wLnRlc3QveA=="]
)
def test_a_forged_way_back_leads_to_the_shop(world: World, steppay: FakeStepPay, page: str) -> None:
    checkout = world.create_checkout(steppay.paid())
    answer = world.client.get(f"/v1/return/{checkout}?page={page}"[:4000])
    assert back_link(answer) == f"{SHOP}/"
    assert "evil" not in answer.text


@pytest.mark.parametrize("origin", ["https://shop-test.translate.goog", "null", "https://evil.tld"])
def test_a_page_that_is_not_listed_still_pays_and_the_order_is_followed(
    world: World, steppay: FakeStepPay, origin: str
) -> None:
    code = steppay.unpaid()
    back = follow(world, code, Origin=origin, Referer=f"{origin}/item")
    with world.engine.connect() as connection:
        assert connection.execute(select(checkouts.c.order_code, checkouts.c.origin)).all() == [(code, None)]
    steppay.order(PAID, COMPLETE, code)
    world.clock.now = world.clock.now.replace(hour=23)
    assert work(world) >= 1
    assert (world.deps.ledger.find_verdict(code) or {})["verdict"] == "paid"
    page = world.client.get(f"/v1/{back}")
    assert (kind(page), back_link(page)) == ("paid", f"{SHOP}/")


OUTCOMES = [
    (PAID, COMPLETE, "success", 200, "paid"),
    (UNPAID, STANDBY, "cancel", 200, "canceled"),
    (UNPAID, STANDBY, "error", 200, "failed"),
    (UNPAID, STANDBY, "success", 200, "pending"),
    (503, None, "cancel", 503, "unknown"),
    (404, None, "success", 404, "unknown"),
]


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.__name__)
@pytest.mark.parametrize(("order", "receipt", "way", "status", "shown"), OUTCOMES)
def test_the_verdict_is_shown_while_the_database_is_away(
    *, world: World, steppay: FakeStepPay, trouble: Trouble, order: Any, receipt: Any, way: str, status: int, shown: str
) -> None:
    code = steppay.order(order, receipt)
    checkout = world.create_checkout(code)
    with trouble(world):
        page = world.client.get(f"/v1/return/{checkout}?steppay_return={way}.{code}.{checkout}&order_code={code}")
    assert (page.status_code, page.mimetype, kind(page)) == (status, "text/html", shown)


def test_who_paid_while_the_database_was_away_reads_the_verdict_later(world: World, steppay: FakeStepPay) -> None:
    code = steppay.paid()
    page = world.client.get(f"/v1/return/{'N' * 22}?steppay_return=success.{code}.{'N' * 22}")
    assert (page.status_code, kind(page)) == (200, "paid")


@pytest.mark.parametrize(
    "mark", ["success.{code}.x", "success.{code}", "success..{id}", "success.183682.{id}", "{code}"]
)
def test_a_mark_of_another_checkout_or_of_no_order_names_nothing(world: World, steppay: FakeStepPay, mark: str) -> None:
    code = steppay.paid()
    page = world.client.get(f"/v1/return/{'N' * 22}?steppay_return={mark.format(code=code, id='N' * 22)}")
    assert (page.status_code, steppay.calls()) == (404, [])


def test_with_a_bound_amount_that_cannot_be_read_nothing_is_called_paid(keyed: World, steppay: FakeStepPay) -> None:
    code = steppay.paid()
    checkout = keyed.create_checkout(code)
    keyed.break_storage()
    page = keyed.client.get(f"/v1/return/{checkout}?steppay_return=success.{code}.{checkout}")
    assert (page.status_code, kind(page)) == (503, "unknown")
