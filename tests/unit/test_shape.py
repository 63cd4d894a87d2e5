"""What could not be read is named by member and shape; nothing of a value may be in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.judging import CODE, NOW, ORDER, RECEIPT
from widget_server.domain.parsing import parse_order, parse_receipt
from widget_server.domain.shape import shape_of, unread_in_order, unread_in_receipt


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ("2026-11-01T10:05", "9999-99-99A99:99"),
        ("2026-11-01 10:05:00+09:00", "9999-99-99?99:99:99+99:99"),
        ("1 Nov 2026", "9?Aaa?9999"),
        ("홍길동", "???"),
        ("", ""),
        ("x" * 41, "a" * 40 + "..."),
        (None, "null"),
        (True, "boolean"),
        (1790000000, "number"),
        ({"year": 2026}, "object"),
        ([2026, 11, 1], "array"),
    ],
)
def test_a_shape_says_what_kind_of_text_it_was(value: object, shape: str) -> None:
    assert shape_of(value) == shape


@given(st.text())
def test_a_shape_has_no_letter_and_no_digit_of_the_value(value: str) -> None:
    assert set(shape_of(value)) <= set("9Aa:.+/_-?")


def test_each_member_that_could_not_be_read_is_named() -> None:
    body = ORDER | {"paymentDate": "2014-11-01T10:05", "purchaseDeadline": "tomorrow", "type": "GIFT"}
    assert unread_in_order(body, parse_order(body, CODE, NOW)) == [
        ("order.paymentDate", "9999-99-99A99:99 (out of range)"),
        ("order.purchaseDeadline", "aaaaaaaa"),
        ("order.type", "AAAA"),
    ]
    order = parse_order(ORDER, CODE, NOW)
    receipt = RECEIPT | {"paymentDate": 7, "paymentStatus": "DONE"}
    assert unread_in_receipt(receipt, parse_receipt(receipt, order, NOW)) == [
        ("receipt.paymentDate", "number"),
        ("receipt.paymentStatus", "AAAA"),
    ]


def test_of_what_steppay_documents_nothing_is_named() -> None:
    order = parse_order(ORDER, CODE, NOW)
    assert unread_in_order(ORDER, order) == []
    assert unread_in_receipt(RECEIPT, parse_receipt(RECEIPT, order, NOW)) == []
