"""The promises of the verdict, held against thousands of random answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tests.support.hypothesis_settings import many
from tests.unit.judging import CODE, ID_KEY, NOW, ORDER, RECEIPT, judge
from widget_server.domain.claims import with_stored_claim, with_stored_status
from widget_server.domain.model import Claim, OrderType, PaymentStatus, Verdict
from widget_server.domain.parsing import MalformedResponse, OrderMismatch, parse_order
from widget_server.domain.verdict_json import verdict_body
from widget_server.domain.verdict_kinds import VerdictKind
from widget_server.domain.verdict_reasons import Finding

DATES = st.sampled_from([None, "2026-11-01T10:05:00", "2026-11-01T10:05:00.403711"])
STATUSES = st.sampled_from([None, "success", "error", "cancel"])
MOVED_BY_A_CLAIM = {VerdictKind.PENDING, VerdictKind.FAILED, VerdictKind.CANCELED}
# StepPay's own words for "not paid", "no handle" and "no status": nulling these says something, truthfully or not.
MEANT_NULLS = {
    ("order", "paymentDate"),
    ("order", "idKey"),
    ("receipt", "paymentStatus"),
    ("receipt", "paymentDate"),
}
MAY_BE_MISSING = {("receipt", "paymentDate")}
"""Every member of a receipt is optional: without a date it no longer contradicts an order that says "not paid"."""


@st.composite
def order_answers(draw: st.DrawFn) -> dict[str, object]:
    """An order as StepPay documents it, in any state."""
    amount = draw(st.sampled_from([0, 1, 10000, 420000]))
    return ORDER | {
        "type": draw(st.sampled_from([kind.value for kind in OrderType])),
        "paymentDate": draw(DATES),
        "paidAmount": amount,
        "returnedAmount": draw(st.integers(0, amount)),
        "idKey": draw(st.sampled_from([ID_KEY, ID_KEY, ID_KEY, None])),
    }


@st.composite
def receipt_answers(draw: st.DrawFn, order: Mapping[str, object]) -> object:
    """A receipt of that order as StepPay documents it, or none."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.sampled_from([404, "error"]))
    statuses = [None, *(status.value for status in PaymentStatus), "COMPLETE", "COMPLETE", "FAILED"]
    body = {"paymentStatus": draw(st.sampled_from(statuses)), "paymentDate": draw(DATES)}
    names = {"idKey": order["idKey"], "orderId": order["orderId"], "paidAmount": order["paidAmount"]}
    return body | {name: names[name] for name in draw(st.sets(st.sampled_from(sorted(names))))}


@st.composite
def exchanges(draw: st.DrawFn) -> tuple[dict[str, object], Any]:
    order = draw(order_answers())
    return order, draw(receipt_answers(order))


def concluded(order: Mapping[str, object], receipt: object, status: str | None) -> VerdictKind:
    """What the server says: an answer that cannot be used is `unknown`."""
    try:
        return judge(order, receipt, status=status).kind
    except MalformedResponse:
        return VerdictKind.UNKNOWN


@many
@given(exchanges(), STATUSES, STATUSES)
def test_what_the_browser_claims_only_moves_between_pending_failed_and_canceled(
    exchange: tuple[dict[str, object], Any], one: str | None, other: str | None
) -> None:
    kinds = {concluded(*exchange, one), concluded(*exchange, other)}
    assert len(kinds) == 1 or kinds <= MOVED_BY_A_CLAIM


@many
@given(exchanges(), STATUSES, STATUSES)
def test_a_stored_claim_does_what_the_same_claim_does_and_never_more(
    exchange: tuple[dict[str, object], Any], own: str | None, stored: str | None
) -> None:
    """An own status goes before the stored one; a stored verdict that is read later under a claim is the verdict that
    this claim would have made. Nothing but the kind, the reason and the pause moves."""
    try:
        told = body_of(exchange, own)
        direct = body_of(exchange, stored or own)
        fresh = body_of(exchange, with_stored_status(Claim(CODE, None, own), stored).status)
    except MalformedResponse:
        assume(False)
    assert fresh == body_of(exchange, own or stored)
    assert with_stored_claim(told, stored) == direct
    moved = {name for name in told if told[name] != direct[name]}
    assert moved <= {"verdict", "reason", "retryAfter"}
    assert not moved or {told["verdict"], direct["verdict"]} <= MOVED_BY_A_CLAIM


def body_of(exchange: tuple[dict[str, object], Any], status: str | None) -> dict[str, object]:
    order, receipt = exchange
    finding = judge(order, receipt, status=status)
    return verdict_body(Verdict(parse_order(order, CODE, NOW), finding, None, NOW))


@many
@given(exchanges(), st.text(max_size=64))
def test_an_unknown_claim_is_no_claim(exchange: tuple[dict[str, object], Any], status: str) -> None:
    assume(status not in ("error", "cancel"))
    assert concluded(*exchange, status) is concluded(*exchange, None)


DELETED = object()
JUNK = st.one_of(
    st.booleans(),
    st.integers(-(10**20), -1),
    st.floats(allow_nan=True),
    st.text(max_size=40),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=2),
    st.sampled_from([" COMPLETE", "complete", "PAID", "FAILED ", "ONE_time", "9999-01-01T00:00:00", "0", ""]),
)
DOCUMENTED = {status.value for status in PaymentStatus} | {kind.value for kind in OrderType}


def is_documented(name: str, value: object) -> bool:
    """A replaced value must be rubbish: a valid one would be another answer, not a broken one."""
    return isinstance(value, str) and (value in DOCUMENTED or (name == "idKey" and value.isalnum()))


@many
@given(exchanges(), STATUSES, st.data())
def test_a_broken_answer_never_creates_paid_and_never_failed(
    exchange: tuple[dict[str, object], Any], status: str | None, data: st.DataObject
) -> None:
    order, receipt = exchange
    part = data.draw(st.sampled_from(["order", "receipt"] if isinstance(receipt, dict) else ["order"]))
    whole = order if part == "order" else receipt
    name = data.draw(st.sampled_from(sorted(whole)))
    damage = data.draw(st.sampled_from([DELETED, None]) | JUNK)
    assume(not is_documented(name, damage))
    broken = {**whole, name: damage} if damage is not DELETED else {k: v for k, v in whole.items() if k != name}
    before = concluded(order, receipt, status)
    after = concluded(broken, receipt, status) if part == "order" else concluded(order, broken, status)
    assert after is not VerdictKind.PAID or before is VerdictKind.PAID
    meant = MEANT_NULLS if damage is None else MAY_BE_MISSING if damage is DELETED else ()
    if (part, name) not in meant:
        assert after is not VerdictKind.FAILED or before is VerdictKind.FAILED


@many
@given(exchanges(), st.sampled_from(["orderCode", "code"]), JUNK | st.none())
@example((ORDER, RECEIPT), "code", CODE.upper())
@example((ORDER, RECEIPT), "orderCode", CODE + " ")
def test_an_answer_about_another_order_is_refused(
    exchange: tuple[dict[str, object], Any], name: str, other: object
) -> None:
    order, receipt = exchange
    with pytest.raises(OrderMismatch):
        judge({**order, name: other}, receipt)
    with pytest.raises(OrderMismatch):
        judge({key: value for key, value in order.items() if key != name}, receipt)


@many
@given(exchanges())
def test_paid_needs_both_dates_complete_and_nothing_returned(exchange: tuple[dict[str, object], Any]) -> None:
    order, receipt = exchange
    all_there = (
        order["paymentDate"] is not None
        and isinstance(receipt, dict)
        and receipt["paymentStatus"] == "COMPLETE"
        and receipt["paymentDate"] is not None
        and order["returnedAmount"] == 0
        and order["paidAmount"] != 0
        and order["type"] != "PAYMENT_METHOD"
        and order["idKey"] is not None
    )
    assert (judge(order, receipt) == Finding(VerdictKind.PAID, "payment_complete")) == all_there
