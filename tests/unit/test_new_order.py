"""A new order: StepPay's field rules, the JSON it takes, and what of its answer is trusted."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widget_server.domain.model import Expectation
from widget_server.domain.new_order import (
    InvalidOrder,
    NewOrder,
    Person,
    plain_amount,
    read_created,
    read_customer_id,
    read_new_order,
)
from widget_server.services.steppay_call import Posting

NOW = datetime(2026, 11, 23, 3, 16, tzinfo=UTC)
ITEM = {"productCode": "product_beans", "priceCode": "price_beans", "currency": "KRW", "quantity": 2}
PERSON = {"name": "canary 김달래", "email": "canary@shop.kr", "phone": "010-9876-5432"}
CANARIES = ("canary", "김달래", "9876-5432")


def read(customer: Any = None, items: Any = None, until: Any = None) -> NewOrder:
    return read_new_order(customer or {"id": 7}, [ITEM] if items is None else items, until, NOW)


def problems_of(**changes: Any) -> dict[str, list[str]]:
    with pytest.raises(InvalidOrder) as invalid:
        read(**changes)
    assert str(invalid.value) == "; ".join(sorted(invalid.value.problems))
    return invalid.value.problems


def test_an_order_becomes_the_json_that_steppay_takes() -> None:
    wanted = read({"code": "customer_a"}, [ITEM, {"productCode": "product_b", "priceCode": "price_b"}])
    assert wanted.members("customer_a") == {
        "customerCode": "customer_a",
        "items": [
            {
                **{"productCode": "product_beans", "priceCode": "price_beans", "currency": "KRW"},
                **{"minimumQuantity": 2, "maximumQuantity": 2},
            },
            {
                **{"productCode": "product_b", "priceCode": "price_b", "currency": "KRW"},
                **{"minimumQuantity": 1, "maximumQuantity": 1},
            },
        ],
    }
    assert (wanted.customer, wanted.currency) == ("customer_a", "KRW")
    assert read().members(7)["customerId"] == 7
    assert "customerCode" not in read().members(7)


def test_a_deadline_is_a_local_time_of_korea() -> None:
    until = datetime(2026, 12, 31, 15, 30, 5, 999, tzinfo=UTC)
    assert read(until=until).members(7)["purchaseDeadline"] == "2027-01-01T00:30:05"
    assert "purchaseDeadline" not in read().members(7)


def test_a_new_customer_becomes_what_guide_and_specification_want_together() -> None:
    rest = {"marketingSms": False, "marketingEmail": False, "marketingKakao": False, "attributes": {}}
    person = read(PERSON).customer
    assert isinstance(person, Person)
    assert person.members() == {**PERSON, **rest}
    short = read({"name": "a", "email": "a@b"}).customer
    assert isinstance(short, Person)
    assert short.members() == {"name": "a", "email": "a@b", **rest}


def test_no_repr_shows_a_customer() -> None:
    wanted = read(PERSON)
    assert isinstance(wanted.customer, Person)
    posting = Posting("new_customer", wanted.customer.members())
    shown = f"{wanted!r} {wanted} {wanted.customer!r} {posting!r} {posting}"
    assert not [mark for mark in CANARIES if mark in shown]
    assert repr(posting) == "Posting('new_customer')"


CUSTOMERS: list[tuple[Any, str]] = [
    *((given, "customer") for given in (None, 7, "customer_a", [], [7], {}, {"id": 7, "code": "a"}, {"name": "a"})),
    *((given, "customer") for given in ({"email": "a@b"}, {**PERSON, "address": "x"}, {"id": 1, "name": "a"})),
    *(({"id": value}, "customer.id") for value in (0, -1, True, "7", 7.0, None, 2**63)),
    *(({"code": value}, "customer.code") for value in ("", "a b", "a/b", None, 7, "a" * 256)),
    *(
        ({**PERSON, "name": value}, "customer.name")
        for value in ("", "  ", None, 7, "a\nb", "a\x7f", "\x1fa", "a" * 256)
    ),
    *(
        ({**PERSON, "email": value}, "customer.email")
        for value in ("", "a", "@b", "a@", "a b@c", "a@b\n", "a@b@c", "a@b\x00", None, 7)
    ),
    *(
        ({**PERSON, "phone": value}, "customer.phone")
        for value in ("", "1", "010-12-34", "phone", 1012345678, "０１０")
    ),
]


@pytest.mark.parametrize(("given", "field"), CUSTOMERS)
def test_a_customer_of_another_shape_is_named_by_its_field(given: Any, field: str) -> None:
    with pytest.raises(InvalidOrder) as invalid:
        read_new_order(given, [ITEM], None, NOW)
    [(name, sentences)] = invalid.value.problems.items()
    assert name == field
    assert all(sentence.startswith("Must be ") for sentence in sentences)
    assert not [mark for mark in CANARIES if mark in str(invalid.value.problems)]


@pytest.mark.parametrize(
    "phone", ["010-1234-5678", "01012345678", "02-123-4567", "+82 10-1234-5678", "82)10 1234 5678"]
)
def test_a_phone_number_is_taken_as_steppay_takes_it(phone: str) -> None:
    customer = read({**PERSON, "phone": phone}).customer
    assert isinstance(customer, Person)
    assert customer.phone == phone


def test_the_last_that_is_taken() -> None:
    assert read({"code": "a" * 255}).customer == "a" * 255
    assert read({"id": 2**63 - 1}).customer == 2**63 - 1
    assert len(read(items=[ITEM] * 100).items) == 100
    assert read(items=[{**ITEM, "quantity": 2**31 - 1}]).items[0].quantity == 2**31 - 1
    person = read({"name": "김 달래", "email": "a" * 250 + "@b.kr"}).customer
    assert isinstance(person, Person)
    assert person.name == "김 달래"


ITEMS: list[tuple[Any, str]] = [
    *((given, "items") for given in ([], None, "x", 7, {}, [ITEM] * 101, [ITEM, {**ITEM, "currency": "USD"}])),
    *(([given], "items[0]") for given in (None, 7, "x", {}, {"productCode": "a"}, {**ITEM, "amount": 1})),
    *(([ITEM, {**ITEM, "productCode": value}], "items[1].productCode") for value in ("", None, 7, "a b", "../x")),
    *(([{**ITEM, "priceCode": value}], "items[0].priceCode") for value in ("", None, 7)),
    *(([{**ITEM, "currency": value}], "items[0].currency") for value in ("krw", "", None, 410, "KRWW")),
    *(([{**ITEM, "quantity": value}], "items[0].quantity") for value in (0, -1, True, "1", 1.0, None, 2**31)),
]


@pytest.mark.parametrize(("given", "field"), ITEMS)
def test_an_item_of_another_shape_is_named_by_its_place(given: Any, field: str) -> None:
    with pytest.raises(InvalidOrder) as invalid:
        read_new_order({"id": 7}, given, None, NOW)
    assert list(invalid.value.problems) == [field]


@pytest.mark.parametrize(
    "until", ["2027-01-01", NOW.replace(tzinfo=None) + timedelta(days=1), NOW, NOW - timedelta(1), 7]
)
def test_a_deadline_is_aware_and_in_the_future(until: Any) -> None:
    assert list(problems_of(until=until)) == ["purchaseDeadline"]


def test_every_problem_is_named_at_once() -> None:
    found = problems_of(customer={"id": 0}, items=[{**ITEM, "quantity": 0, "priceCode": ""}], until=7)
    assert set(found) == {"customer.id", "items[0].quantity", "items[0].priceCode", "purchaseDeadline"}


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_whatever_is_given_there_is_an_order_or_an_invalid_order(given: Any) -> None:
    for arguments in (
        (given, [ITEM], None),
        ({"id": 7}, given, None),
        ({"id": 7}, [given], None),
        ({"id": 7}, [ITEM], given),
    ):
        with suppress(InvalidOrder):
            assert isinstance(read_new_order(*arguments, NOW), NewOrder)


CREATED = {"orderCode": "order_a", "code": "order_a", "orderId": 7, "paidAmount": 18000, "currency": "KRW", "items": []}


@pytest.mark.parametrize(
    ("changes", "amount"),
    [
        ({}, "18000"),
        ({"paidAmount": 0}, "0"),
        ({"paidAmount": Decimal("9.50")}, "9.50"),
        ({"currency": None, "items": [{"currency": "KRW"}]}, "18000"),
    ],
)
def test_the_price_of_a_new_order_is_steppays(changes: dict[str, Any], amount: str) -> None:
    assert read_created({**CREATED, **changes}, "KRW") == ("order_a", 7, Expectation(Decimal(amount), "KRW"))


@pytest.mark.parametrize(
    "changes",
    [
        *({"orderCode": value, "code": value} for value in (None, "", 7, "a b", "12345", "../x")),
        {"code": "order_b"},
        *({"orderId": value} for value in (None, 0, True, "7", 2**63)),
        *({"paidAmount": value} for value in (None, -1, True, "18000", 1.5, 10**15)),
        *({"currency": value} for value in ("USD", None, "krw", 410)),
        {"items": [{"currency": "USD"}]},
    ],
)
def test_an_answer_that_does_not_say_what_was_made_is_not_trusted(changes: dict[str, Any]) -> None:
    assert read_created({**CREATED, **changes}, "KRW") is None


def test_an_answer_with_one_name_of_the_code_is_enough() -> None:
    assert read_created({name: value for name, value in CREATED.items() if name != "code"}, "KRW")


@pytest.mark.parametrize(
    ("body", "number"), [({"id": 7}, 7), ({}, None), ({"id": "7"}, None), ({"id": True}, None), ({"id": 0}, None)]
)
def test_a_new_customer_has_a_number(body: dict[str, Any], number: int | None) -> None:
    assert read_customer_id(body) == number


def test_a_whole_amount_is_an_int_which_every_database_takes() -> None:
    amounts = [plain_amount(Decimal(text)) for text in ("18000", "18000.0", "1E+4", "9.50")]
    assert [(str(amount), type(amount)) for amount in amounts] == [
        ("18000", int),
        ("18000", int),
        ("10000", int),
        ("9.50", Decimal),
    ]
