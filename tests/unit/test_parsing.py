"""The edges of what is believed of StepPay's JSON: the last value that is read, and the first that is not."""

from __future__ import annotations

import string
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.unit.judging import CODE, NOW, ORDER, RECEIPT
from widget_server.domain.model import ID_KEY, ORDER_CODE, UNREADABLE, OrderType, PaymentStatus
from widget_server.domain.parsing import MalformedResponse, OrderMismatch, exact_amount, parse_order, parse_receipt

SIGNS = string.ascii_letters + string.digits


@pytest.mark.parametrize("name", ["orderCode", "code"])
@pytest.mark.parametrize("other", [CODE.upper(), CODE + " ", "", None, 7])
def test_each_name_of_the_order_must_be_the_one_asked_for(name: str, other: object) -> None:
    with pytest.raises(OrderMismatch, match=f"^{name}$"):
        parse_order(ORDER | {name: other}, CODE, NOW)


@pytest.mark.parametrize("number", [1, 2**62, 2**63 - 1])
def test_every_order_number_that_a_database_holds_is_read(number: int) -> None:
    assert parse_order(ORDER | {"orderId": number}, CODE, NOW).order_id == number


@pytest.mark.parametrize("twin", [8, "7", 7.0, True])
def test_two_numbers_are_two_orders(twin: object) -> None:
    with pytest.raises(OrderMismatch, match=r"^id$"):
        parse_order(ORDER | {"id": twin}, CODE, NOW)
    assert parse_order(ORDER | {"id": 7}, CODE, NOW).order_id == parse_order(ORDER | {"id": None}, CODE, NOW).order_id


@pytest.mark.parametrize(
    ("deadline", "read"),
    [
        ("2026-11-30T00:00:00", datetime(2026, 11, 29, 15, 0, tzinfo=UTC)),
        (None, None),
        ("soon", None),
        (7, None),
    ],
)
def test_the_purchase_deadline_is_read_where_it_can_be(deadline: object, read: datetime | None) -> None:
    assert parse_order(ORDER | {"purchaseDeadline": deadline}, CODE, NOW).purchase_deadline == read
    assert parse_order(ORDER, CODE, NOW).purchase_deadline is None


@pytest.mark.parametrize("name", ["paidAmount", "returnedAmount", "orderId", "type", "paymentDate"])
def test_what_is_missing_is_named_and_nothing_else(name: str) -> None:
    with pytest.raises(MalformedResponse, match=f"^{name}$"):
        parse_order({key: value for key, value in ORDER.items() if key != name}, CODE, NOW)


@pytest.mark.parametrize("value", ["one_time", " ONE_TIME", 7, None, ["ONE_TIME"], {"ONE_TIME": 1}], ids=repr)
def test_an_order_of_another_type_is_read_without_its_type(value: object) -> None:
    assert parse_order(ORDER | {"type": value}, CODE, NOW).type is None


def test_a_whole_order_is_read() -> None:
    order = parse_order(ORDER | {"returnedAmount": 5, "subscriptions": [{"id": 3}]}, CODE, NOW)
    assert (order.order_code, order.order_id, order.type) == (CODE, 7, OrderType.ONE_TIME)
    assert (order.amount, order.returned_amount, order.currency) == (10000, 5, "KRW")
    assert (order.id_key, order.subscription_ids) == (ORDER["idKey"], (3,))


@pytest.mark.parametrize(
    ("value", "is_exact"),
    [
        (0, True),
        (10**15 - 1, True),
        (10**15, False),
        (Decimal("0.0"), True),
        (Decimal("1e14"), True),
        (Decimal("1e15"), False),
        (Decimal("1e-15"), True),
        (Decimal("1e-16"), False),
        (Decimal("0.123456789012345"), True),
        (Decimal("1.23456789012345"), True),
        (Decimal("1.234567890123456"), False),
        (Decimal("-0.000000000000001"), False),
        (Decimal("sNaN"), False),
        (True, False),
        (1.0, False),
    ],
)
def test_fifteen_digits_are_exact_and_no_more(value: object, is_exact: bool) -> None:
    assert (exact_amount(value) == value) if is_exact else (exact_amount(value) is None)


@pytest.mark.parametrize(
    ("currency", "items", "read"),
    [
        ("KRW", [{"currency": "KRW"}, {"currency": "KRW"}], "KRW"),
        ("AZQ", None, "AZQ"),
        ("KRW", "items", "KRW"),
        ("KRW", [{}, None, "USD", {"currency": None}], "KRW"),
        (None, [{"currency": "USD"}], "USD"),
        (None, [{"currency": "USD"}, {"currency": "KRW"}], None),
        ("KRW", [{"currency": "KRW"}, {"currency": "USD"}], None),
        ("KRW", [{"currency": "krw"}], None),
        ("KRW", [{"currency": ["KRW"]}], None),
        (None, [], None),
        ("KR", [], None),
        ("KRWW", [], None),
    ],
)
def test_the_currency_is_the_one_that_everything_names(currency: object, items: object, read: str | None) -> None:
    assert parse_order(ORDER | {"currency": currency, "items": items}, CODE, NOW).currency == read


@pytest.mark.parametrize(
    ("subscriptions", "ids"),
    [
        ([{"id": 1}, 2, {"id": 3, "more": 4}], (1, 2, 3)),
        ([0, -1, True, "5", None, {"id": "6"}, {"id": 0}, {}, [7], 8.0], ()),
        ({"id": 1}, ()),
        (None, ()),
    ],
)
def test_subscriptions_are_numbers_from_one_on(subscriptions: object, ids: tuple[int, ...]) -> None:
    assert parse_order(ORDER | {"subscriptions": subscriptions}, CODE, NOW).subscription_ids == ids


def test_an_order_that_changes_a_card_may_name_its_subscription_as_its_parent() -> None:
    parent = {"subscriptions": [], "parentSubscription": {"id": 77}}
    changing = ORDER | parent | {"type": "PAYMENT_METHOD"}
    assert parse_order(changing, CODE, NOW).subscription_ids == (77,)
    assert parse_order(changing | {"subscriptions": [{"id": 5}]}, CODE, NOW).subscription_ids == (5,)
    assert parse_order(ORDER | parent, CODE, NOW).subscription_ids == ()


AGREEING = [
    ({}, True),
    ({"orderId": "7"}, True),
    ({"partnerOrderId": 7}, True),
    ({"partnerOrderId": "7"}, True),
    ({"partnerOrderId": CODE}, True),
    ({"orderCode": CODE}, True),
    ({"amount": 10000}, True),
    ({"amount": Decimal("10000.0"), "paidAmount": None}, True),
    ({"idKey": None, "orderId": None}, True),
    ({"idKey": "other"}, False),
    ({"orderId": 8}, False),
    ({"orderId": CODE}, False),
    ({"orderId": 7.0}, False),
    ({"orderId": Decimal("7e0")}, False),
    ({"orderCode": "order_other"}, False),
    ({"orderCode": 7}, False),
    ({"partnerOrderId": "order_other"}, False),
    ({"partnerOrderId": True}, False),
    ({"paidAmount": 9999}, False),
    ({"amount": 9999}, False),
    ({"amount": "10000"}, False),
]


@pytest.mark.parametrize(("told", "agrees"), AGREEING)
def test_a_receipt_agrees_when_all_that_it_names_is_the_orders(told: dict[str, object], agrees: bool) -> None:
    order = parse_order(ORDER, CODE, NOW)
    assert parse_receipt(RECEIPT | told, order, NOW).agrees == agrees
    if not {"paidAmount", "amount"} & set(told):
        unpaid = parse_order(ORDER | {"paymentDate": None}, CODE, NOW)
        assert parse_receipt(RECEIPT | told | {"paidAmount": 1, "amount": 2}, unpaid, NOW).agrees == agrees


def test_a_receipt_is_read_with_missing_distinguished_from_null() -> None:
    order = parse_order(ORDER, CODE, NOW)
    whole, empty = parse_receipt(RECEIPT, order, NOW), parse_receipt({}, order, NOW)
    assert (whole.status, whole.payment_date) == (PaymentStatus.COMPLETE, order.payment_date)
    assert (empty.status, empty.payment_date, empty.agrees) == (UNREADABLE, None, True)
    assert parse_receipt({"paymentStatus": None}, order, NOW).status is None
    assert parse_receipt({"paymentStatus": ["COMPLETE"]}, order, NOW).status is UNREADABLE


@pytest.mark.parametrize(
    ("text", "is_key"), [("a" * 8, True), ("a" * 64, True), (SIGNS, True), ("a" * 7, False), ("a" * 65, False)]
)
def test_a_key_has_eight_to_sixty_four_letters_and_digits(text: str, is_key: bool) -> None:
    assert bool(ID_KEY.fullmatch(text)) == is_key
    assert parse_order(ORDER | {"idKey": text}, CODE, NOW).id_key == (text if is_key else UNREADABLE)


@pytest.mark.parametrize("sign", [*"-_.!~ /%\n\x00é", "٧"])
def test_nothing_but_letters_and_digits_is_in_a_key(sign: str) -> None:
    assert not ID_KEY.fullmatch("a" * 8 + sign)


@pytest.mark.parametrize(
    ("text", "is_code"),
    [
        (SIGNS, True),
        ("_-_-", True),
        ("a" * 64, True),
        ("a123", True),
        ("123a", True),
        ("a" * 3, False),
        ("a" * 65, False),
        ("0000", False),
        ("9999", False),
        ("0123456789", False),
        *((f"order{sign}", False) for sign in ".!~ /%\n\x00é"),
    ],
)
def test_a_code_has_four_to_sixty_four_signs_and_is_never_a_number(text: str, is_code: bool) -> None:
    assert bool(ORDER_CODE.fullmatch(text)) == is_code
