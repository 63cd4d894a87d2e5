"""An order that is looked for at StepPay: what counts as ours, what does not, and what cannot be told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from widget_server.adapters.keys.keyed_hash import keyed_hash
from widget_server.adapters.keys.signing_keys import new_key
from widget_server.domain.new_order import Item, NewOrder, Person
from widget_server.domain.order_request import (
    canonical_text,
    is_wanted,
    listed_after,
    newest_listed,
    newest_order,
    orders_after,
)

WANTED = NewOrder(7, (Item("product_a", "price_a", 2), Item("product_b", "price_b", 1)), "KRW")


def line(letter: str, quantity: object, **more: Any) -> dict[str, Any]:
    return {
        "product": {"code": f"product_{letter}"},
        "price": {"code": f"price_{letter}"},
        "quantity": quantity,
        **more,
    }


GOOD = {"type": "ONE_TIME", "paymentDate": None, "items": [line("b", 1), line("a", 2), {"type": "TAX"}]}


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({}, True),
        ({"type": "RECURRING_INITIAL"}, True),
        ({"type": "RECURRING"}, False),
        ({"type": "PAYMENT_METHOD"}, False),
        ({"paymentDate": "2026-11-01T10:05:00"}, False),
        ({"items": [line("a", 2)]}, False),
        ({"items": [line("a", 1), line("b", 1)]}, False),
        ({"items": [line("a", 2), line("b", 1), line("b", 1)]}, False),
        ({"items": []}, None),
        ({"items": None}, None),
        ({"items": [line("a", 2), "text"]}, None),
        ({"items": [line("a", 2), line("b", None)]}, None),
        ({"items": [line("a", 2), line("b", 1, product=None)]}, None),
    ],
)
def test_only_an_unpaid_order_of_exactly_these_items_is_ours(changes: dict[str, Any], answer: bool | None) -> None:
    assert is_wanted({**GOOD, **changes}, WANTED) is answer


@pytest.mark.parametrize(
    ("customer", "newest", "after_5"),
    [
        ({"orderCount": 0, "orders": []}, 0, []),
        ({"orderCount": 3, "orders": [{"id": 9}, {"id": 4}, {"id": 7}]}, 9, [7, 9]),
        ({"orderCount": 2, "orders": [{"id": 9}]}, None, None),
        ({"orders": []}, None, None),
        ({"orderCount": 0}, None, None),
        ({"orderCount": 1, "orders": [{"id": "9"}]}, None, None),
        ({"orderCount": 1, "orders": [9]}, None, None),
        ({"orderCount": True, "orders": [{"id": 9}]}, None, None),
    ],
)
def test_a_list_that_may_be_short_says_nothing(
    customer: dict[str, Any], newest: int | None, after_5: list[int] | None
) -> None:
    assert (newest_order(customer), orders_after(customer, 5)) == (newest, after_5)


def test_equal_orders_have_one_text_and_others_another() -> None:
    until = datetime(2026, 12, 31, 15, tzinfo=UTC)
    korean = until.astimezone(timezone(timedelta(hours=9)))
    assert canonical_text(NewOrder(7, (), "KRW", until)) == canonical_text(NewOrder(7, (), "KRW", korean))
    buyers = (7, "7", Person("a", "b@c"), Person("a", "b@c", reuse=True), Person("a", "b@c", "010-1234-5678"))
    texts = {canonical_text(NewOrder(buyer, WANTED.items, "KRW")) for buyer in buyers}
    assert len(texts | {canonical_text(WANTED), canonical_text(NewOrder(7, WANTED.items[::-1], "KRW"))}) == 6


def test_a_host_with_a_newer_key_finds_what_another_has_stored() -> None:
    old, new = new_key(), new_key()
    before, added, activated, removed = map(keyed_hash, ([old], [old, new], [new, old], [new]))
    for stored, looking in ((before, added), (added, activated), (activated, added), (activated, removed)):
        assert stored("key order-1")[0] in looking("key order-1")
    assert before("key order-1")[0] == added("key order-1")[0] != keyed_hash([old])("key order-2")[0]


@pytest.mark.parametrize(
    ("page", "newest", "after_5"),
    [
        ({"content": [], "last": True}, 0, []),
        ({"content": [{"id": 9}, {"id": 7}, {"id": 4}], "last": False}, 9, [7, 9]),
        ({"content": [{"id": 9}, {"id": 7}], "last": True}, 9, [7, 9]),
        ({"content": [{"id": 9}, {"id": 7}], "last": False}, 9, None),
        ({"content": [{"id": 9}, {"id": 7}]}, 9, None),
        ({"content": [{"id": 9}, "text"], "last": True}, None, None),
        ({"content": {}}, None, None),
        ({}, None, None),
    ],
)
def test_a_page_of_all_orders_shows_those_after_a_number_or_does_not(
    page: dict[str, Any], newest: int | None, after_5: list[int] | None
) -> None:
    assert (newest_listed(page), listed_after(page, 5)) == (newest, after_5)


@pytest.mark.parametrize(
    ("customer", "answer"),
    [
        ({"code": "customer_1"}, True),
        ({"code": "customer_2"}, False),
        ({"id": 1}, None),
        ({"code": 1}, None),
        (None, None),
    ],
)
def test_of_all_orders_only_those_of_this_customer_are_ours(customer: object, answer: bool | None) -> None:
    wanted = replace(WANTED, customer="customer_1")
    assert is_wanted({**GOOD, "customer": customer}, wanted) is answer
