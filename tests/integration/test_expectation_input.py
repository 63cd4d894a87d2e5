"""An expectation that is not exact is refused before it is stored, and each fault is named."""

from __future__ import annotations

import pytest

from tests.support.app_fixture import FakeStepPay, World
from tests.support.merchant import KEY, WON, bind, show

BAD_AMOUNTS: list[object] = ["10000", True, False, None, [], {}, -1, -0.01, 10**15, 1e16, 1.0000000000000002, 1e-16]
BAD_CURRENCIES: list[object] = [
    *("krw", "Krw", "", "KR", "KRWW", "KRW ", "KRW\n", " KRW", "ＫＲＷ", "₩"),
    *(None, 410, ["KRW"], {}),
]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["amount", "currency"]),
        ({"amount": 10000}, ["currency"]),
        ({"currency": "KRW"}, ["amount"]),
        *(({"amount": amount, "currency": "KRW"}, ["amount"]) for amount in BAD_AMOUNTS),
        *(({"amount": 10000, "currency": currency}, ["currency"]) for currency in BAD_CURRENCIES),
    ],
    ids=str,
)
def test_a_wrong_expectation_is_named_and_not_stored(keyed: World, body: dict[str, object], fields: list[str]) -> None:
    answer = bind(keyed, "order_15XqwcM1f", body)
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_request")
    assert sorted(answer.json["errors"]) == fields
    assert keyed.deps.expectations.find("order_15XqwcM1f") is None


@pytest.mark.parametrize(
    ("raw", "kind", "status", "code"),
    [
        (b"", "application/json", 400, "invalid_json"),
        (b"[]", "application/json", 400, "invalid_json"),
        (b'{"amount": NaN, "currency": "KRW"}', "application/json", 400, "invalid_json"),
        (b'{"amount": 1, "amount": 10000, "currency": "KRW"}', "application/json", 400, "invalid_json"),
        (b'{"amount": 1e9999999999999999999, "currency": "KRW"}', "application/json", 400, "invalid_json"),
        (b'{"amount": 1e400, "currency": "KRW"}', "application/json", 422, "invalid_request"),
        (b'{"amount": 10000, "currency": "KRW"}', "text/plain", 415, "unsupported_media_type"),
        (b'{"amount": 10000, "currency": "KRW"}'.ljust(4097), "application/json", 413, "too_large"),
    ],
    ids=lambda value: repr(value)[:50],
)
def test_an_expectation_is_strict_json(keyed: World, raw: bytes, kind: str, status: int, code: str) -> None:
    answer = keyed.client.put("/v1/orders/order_a/expectation", data=raw, content_type=kind, headers=KEY)
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert keyed.deps.expectations.find("order_a") is None


@pytest.mark.parametrize("code", ["183682", "abc", "a" * 65, "order a", "..%2e", "order_é", "order_a%0a", "１２３４"])
def test_a_path_that_names_no_order_code_is_refused(keyed: World, steppay: FakeStepPay, code: str) -> None:
    answers = [bind(keyed, code), *(show(keyed, code, query) for query in ("", "?refresh=1"))]
    assert {(answer.status_code, tuple(answer.json["errors"])) for answer in answers} == {(422, ("orderCode",))}
    assert steppay.calls() == []


def test_the_code_of_the_path_counts_not_one_in_the_body(keyed: World) -> None:
    assert bind(keyed, "order_a", {**WON, "orderCode": "order_b", "extra": 1}).json["orderCode"] == "order_a"
    assert keyed.deps.expectations.find("order_b") is None
