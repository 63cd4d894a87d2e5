"""Order codes with a fixed outcome, as the test modes of other payment services have card numbers.

`order_test_paid` is a paid order of 10,000 won, `order_test_paid_18000` one of 18,000 won, `order_test_paid_18000-a`
and `-b` are two of them. An order has its outcome from the first time that its code is asked for. `verdict` and
`reason` are what a widget server answers where nothing was bound; a test asks a real one for each row.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from widget_server.demo.simulator.catalogue import OrderType, Product
from widget_server.demo.simulator.payments import NotPossible, pay
from widget_server.demo.simulator.records import Order
from widget_server.demo.simulator.scenarios import SCENARIOS, Destination, Effect
from widget_server.demo.simulator.store import Store

PREFIX = "order_test_"
WON = 10_000
TRIAL_DAYS = 30
_CODE = re.compile(rf"{PREFIX}([a-z_]+?)(?:_([1-9][0-9]{{1,9}}))?(?:-[A-Za-z0-9]{{1,20}})?")


@dataclass(frozen=True, slots=True)
class Outcome:
    """One row. `effect` brings an unpaid order there; `kind` and `is_trial` say which orders can have it."""

    name: str
    korean: str
    english: str
    verdict: str
    reason: str
    effect: Effect
    returns_to: Destination = "success"
    kind: OrderType | None = None
    is_trial: bool = False

    @property
    def code(self) -> str:
        return PREFIX + self.name


def _stay_unpaid(_store: Store, order: Order) -> None:
    if order.payment_date is not None:
        raise NotPossible("the order is already paid")


def _pay_a_tenth(store: Store, order: Order) -> None:
    """A price that was changed on the way to StepPay."""
    order.items = tuple(
        replace(item, product=replace(item.product, amount=max(1, item.product.amount // 10))) for item in order.items
    )
    pay(store, order)


def _pay_and_answer(order_part: Any, receipt_part: Any) -> Effect:
    """Paid, and StepPay's API answers so (control.py, `answer`)."""

    def effect(store: Store, order: Order) -> None:
        pay(store, order)
        order.canned = {"order": order_part, "receipt": receipt_part}

    return effect


_NO_RECEIPT = {"paymentStatus": "STANDBY", "paymentDate": None}
_CANCELING = {"paymentStatus": "CANCEL_PROGRESS", "paymentDate": None}

_TABLE = (
    Outcome("paid", "결제 완료", "Paid in full", "paid", "payment_complete", pay),
    Outcome("failed", "카드 승인 거절", "Card declined, nothing paid", "failed", "payment_failed",
            SCENARIOS["declined"].effect, "error"),
    Outcome("canceled", "구매자가 취소", "Canceled by the shopper before payment", "canceled", "shopper_canceled",
            SCENARIOS["canceled"].effect, "cancel"),
    Outcome("pending", "아직 결제되지 않음", "Not paid yet", "pending", "not_paid_yet", _stay_unpaid),
    Outcome("awaiting_deposit", "가상계좌 입금 대기", "Virtual account, the deposit is awaited", "pending",
            "awaiting_deposit", SCENARIOS["vbank"].effect),
    Outcome("awaiting_bank_debit", "CMS 출금 대기", "Bank debit, the debit is awaited", "pending",
            "awaiting_bank_debit", SCENARIOS["cms"].effect),
    Outcome("cancel_in_progress", "취소 처리 중", "Paid, a cancellation is being processed", "pending",
            "cancel_in_progress", _pay_and_answer(None, _CANCELING)),
    Outcome("lagging", "결제 완료, 주문 반영 지연", "Paid, StepPay's order does not show it yet", "pending",
            "order_lagging", _pay_and_answer({"paymentDate": None}, None)),
    Outcome("refunded", "전액 환불", "Paid, then refunded in full", "refunded", "refunded",
            SCENARIOS["refunded"].effect),
    Outcome("partially_refunded", "절반 환불", "Paid, then half of it refunded", "partially_refunded",
            "partially_refunded", SCENARIOS["partially_refunded"].effect),
    Outcome("amount_differs", "금액의 10분의 1만 결제", "Paid, but only a tenth of the amount", "paid",
            "payment_complete", _pay_a_tenth),
    Outcome("free_trial", "무료 체험 시작", "A free trial began, nothing charged", "no_charge", "zero_amount", pay,
            kind="RECURRING_INITIAL", is_trial=True),
    Outcome("subscription", "구독 첫 결제", "The first payment of a subscription", "paid", "payment_complete", pay,
            kind="RECURRING_INITIAL"),
    Outcome("renewal", "구독 다음 달 결제", "The next payment of a subscription", "paid", "payment_complete", pay,
            kind="RECURRING"),
    Outcome("payment_method", "결제수단 등록", "A payment method was registered, nothing sold", "no_charge",
            "payment_method_registered", pay, kind="PAYMENT_METHOD"),
    Outcome("unknown", "스텝페이 응답이 서로 어긋남", "StepPay's answers contradict each other", "unknown",
            "contradiction", _pay_and_answer(None, _NO_RECEIPT)),
    Outcome("outage", "스텝페이 장애 (503)", "StepPay does not answer (503)", "unknown", "upstream_unavailable",
            _pay_and_answer(503, 503)),
)  # fmt: skip

OUTCOMES: Mapping[str, Outcome] = {outcome.name: outcome for outcome in _TABLE}


def apply(store: Store, order: Order, name: str) -> None:
    """Bring an order there. What was set before about its answers ends. Raises NotPossible for an unknown name, or
    where the order does not allow it."""
    outcome = OUTCOMES.get(name)
    if outcome is None:
        raise NotPossible(f"there is no such outcome; choose one of {', '.join(OUTCOMES)}")
    if not _fits(outcome, order):
        raise NotPossible(f"an order of this type cannot have the outcome {name}")
    order.canned, order.trouble = {}, {}
    outcome.effect(store, order)


def _fits(outcome: Outcome, order: Order) -> bool:
    return outcome.kind in (None, order.type) and outcome.is_trial == any(item.is_trial for item in order.items)


def fixed_order(store: Store, code: str) -> Order | None:
    """The order under a code with a fixed outcome, made now and without an event; None for any other code."""
    match = _CODE.fullmatch(code)
    outcome = OUTCOMES.get(match[1]) if match else None
    if match is None or outcome is None:
        return None
    with store.silence():
        order = order_with(store, outcome.name, int(match[2] or WON), code)
    order.fixed = outcome.name
    return order


def order_with(store: Store, name: str, won: int = WON, code: str | None = None) -> Order:
    """A new order of one item and a made-up customer, of the type that the outcome is about. Raises NotPossible for an
    unknown name."""
    outcome = OUTCOMES.get(name)
    kind: OrderType = (outcome and outcome.kind) or "ONE_TIME"
    order = new_order(store, won, kind, is_trial=bool(outcome and outcome.is_trial), code=code)
    apply(store, order, name)
    return order


def new_order(
    store: Store, won: int, kind: OrderType = "ONE_TIME", *, is_trial: bool = False, code: str | None = None
) -> Order:
    """An unpaid order of `won`; of a trial, `won` is due afterwards. RECURRING: its subscription began before."""
    renews = kind == "RECURRING"
    product = Product(
        9, "product_test", "시험 상품", "Test item", "BOX", f"price_test_{won}", "시험 가격",
        0 if kind == "PAYMENT_METHOD" else won, "RECURRING_INITIAL" if renews else kind, TRIAL_DAYS if is_trial else 0,
    )  # fmt: skip
    customer = store.add_sample_customer()
    first = store.add_order(customer, [(product, 1)]) if renews else None
    if first:
        pay(store, first)
    order = store.add_order(customer, [(product, 1)], code, renews=first)
    order.subscriptions = list(first.subscriptions) if first else []
    return order
