"""What the doctor says of an offer and of StepPay's product."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from widget_server.adapters.steppay.transport import RawResponse
from widget_server.doctor.offers import judge_answer, judge_product
from widget_server.doctor.page_buttons import judge_buttons, judge_offers
from widget_server.doctor.page_html import read_page
from widget_server.domain.offer import Offer

OFFER = Offer("a", "p", "q", "KRW", Decimal(9900), 1, 3, timedelta(minutes=30), ("https://a.kr",), "none", "", {})
PRICE = {"code": "q", "price": 9900, "type": "FLAT", "maximumPurchaseQuantity": 0}
PRODUCT = {"code": "p", "status": "SALE", "prices": [PRICE]}
TRIAL = {"enabledDemo": True, "demoPeriod": 7}
FIRST = {"enabledFirstSalePrice": True, "firstSalePrice": 3900}


def product(price: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    return PRODUCT | {"prices": [PRICE | (price or {})]} | changes


@pytest.mark.parametrize(
    ("amount", "body", "state", "says"),
    [
        (9900, product(), "ok", "9900 KRW"),
        (9900, product({"type": "ONE_TIME"}, **TRIAL), "ok", "9900 KRW"),
        (0, product(**TRIAL), "ok", "a free trial"),
        (9900, product(**TRIAL), "problem", "costs 0 (a free trial)"),
        (0, product(), "problem", "the offer's amount is 0, a new customer's order costs 9900"),
        (3900, product(FIRST), "ok", "first purchase"),
        (6000, product(FIRST), "ok", "first purchase"),
        (9900, product(FIRST), "problem", "costs 3900 or 6000 (a discount on the first purchase)"),
        (9900, product({"code": "other"}), "problem", "p has no price q; it has other"),
        (9900, product(prices=None), "problem", "it has none"),
        (9900, product(prices=[1, {"code": "canary <b>"}]), "problem", "it has none"),
        (9900, product(status="UNSOLD"), "problem", "does not sell p now (UNSOLD)"),
        (9900, product(status="canary!"), "problem", "does not sell p now"),
        (9900, product({"maximumPurchaseQuantity": 2}), "problem", "at most 2 pieces, the offer up to 3"),
        (9900, product({"type": "USAGE_BASED"}), "warning", "cannot be read (USAGE_BASED)"),
        (9900, product({"price": "canary"}), "skipped", "names no amount"),
    ],
)
def test_an_offer_is_judged_by_what_a_new_customer_pays(
    amount: int, body: dict[str, Any], state: str, says: str
) -> None:
    found = judge_product(replace(OFFER, amount=Decimal(amount)), body)
    assert (found.state, says in found.text) == (state, True), found
    assert "canary" not in str(found)


OF_PAGE = {"a": OFFER}


@pytest.mark.parametrize(
    ("html", "says"),
    [
        ('<button data-steppay-offer="a">', []),
        ('<button data-steppay-offer="a" data-quantity="3" data-mode="tab">', []),
        ('<button data-steppay-offer="b"><a data-steppay-offer="b">', ['"b", which WIDGET_OFFERS_FILE does not have']),
        ('<button data-steppay-offer="a" data-quantity="4">', ["data-quantity is not one of the offer's"]),
        ('<button data-steppay-offer="a" data-quantity="x">', ["data-quantity is not one of the offer's"]),
        ('<button data-steppay-offer="a" data-mode="frame">', ["data-mode"]),
        ('<template><button data-steppay-offer="b"></template>', []),
    ],
)
def test_each_offer_of_a_page_is_compared_with_the_file(html: str, says: list[str]) -> None:
    found = [one.text for one in judge_offers(read_page(html, "https://a.kr/"), OF_PAGE, "https://a.kr")]
    problems = [text for text in found if "may sell" not in text]
    assert len(problems) == len(says), found
    assert all(said in text for said, text in zip(says, problems, strict=True)), found


def test_an_offer_of_another_page_is_named_and_no_button_is_missed() -> None:
    page = read_page('<button data-steppay-offer="a">', "https://b.kr/")
    (found,) = judge_offers(page, OF_PAGE, "https://b.kr")
    assert (found.state, found.text) == ("problem", "a is not sold on https://b.kr")
    assert list(judge_buttons(page, "https://pay.a.kr")) == []


@pytest.mark.parametrize(
    ("status", "body", "state"),
    [(404, b"", "problem"), (403, b"canary", "skipped"), (200, b"canary", "skipped"), (200, b"[]", "skipped")],
)
def test_without_a_usable_answer_nothing_is_said_about_the_price(status: int, body: bytes, state: str) -> None:
    found = judge_answer(OFFER, RawResponse(status, {}, body))
    assert found.state == state
    assert "canary" not in str(found)
