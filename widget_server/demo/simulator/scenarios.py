"""The outcomes a person or a test can choose, as one table."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from widget_server.demo.simulator.payments import NotPossible, leave_unpaid, pay, refund
from widget_server.demo.simulator.records import Order, Trouble
from widget_server.demo.simulator.store import Store

Destination = Literal["success", "error", "cancel", "nowhere"]
Effect = Callable[[Store, Order], None]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One outcome; `returns_to` is the return URL the browser is sent to afterwards."""

    name: str
    korean: str
    english: str
    returns_to: Destination
    effect: Effect
    needs_charge: bool = False


def _nothing(store: Store, order: Order) -> None:
    return None


def _pay_in_trouble(trouble: Trouble, calls: int) -> Effect:
    def effect(store: Store, order: Order) -> None:
        order.trouble = {trouble: calls}
        pay(store, order)

    return effect


def _pay_silently(store: Store, order: Order) -> None:
    with store.silence():
        pay(store, order)


def _refunded(store: Store, order: Order) -> None:
    pay(store, order)
    refund(store, order)


def _partially_refunded(store: Store, order: Order) -> None:
    pay(store, order)
    refund(store, order, max(1, order.amount // 2))


_TABLE = (
    Scenario("paid", "결제 완료", "Paid", "success", pay),
    Scenario("declined", "카드 승인 거절", "Card declined", "error",
             lambda s, o: leave_unpaid(s, o, "FAILED")),
    Scenario("canceled", "구매자가 취소", "Canceled by the shopper", "cancel",
             lambda s, o: leave_unpaid(s, o, "USER_CANCELED")),
    Scenario("vbank", "가상계좌 발급, 입금 대기", "Virtual account, deposit awaited", "success",
             lambda s, o: leave_unpaid(s, o, "VIRTUAL_BANK_STANDBY", "VBANK"), needs_charge=True),
    Scenario("cms", "CMS 출금 대기", "Bank debit awaited", "success",
             lambda s, o: leave_unpaid(s, o, "CMS_STANDBY", "CMS"), needs_charge=True),
    Scenario("slow", "결제 완료, 느린 응답", "Paid, slow API", "success", _pay_in_trouble("slow_read", 2)),
    Scenario("outage", "결제 완료, API 장애", "Paid, API outage", "success", _pay_in_trouble("failing_call", 4)),
    Scenario("lagging", "결제 완료, 주문 반영 지연", "Paid, order lags behind", "success",
             _pay_in_trouble("lagging_read", 2)),
    Scenario("refunded", "결제 후 전액 환불", "Paid, then refunded", "success", _refunded, needs_charge=True),
    Scenario("partially_refunded", "결제 후 부분 환불", "Paid, then partly refunded", "success",
             _partially_refunded, needs_charge=True),
    Scenario("closed", "결제 후 창을 닫음", "Paid, then the window is closed", "nowhere", pay),
    Scenario("unheard", "결제 후 창을 닫고, 웹훅도 오지 않음", "The same, and no event arrives", "nowhere",
             _pay_silently),
    Scenario("forged", "위조된 성공 (결제 안 됨)", "Forged success, nothing paid", "success", _nothing),
)  # fmt: skip

SCENARIOS: dict[str, Scenario] = {scenario.name: scenario for scenario in _TABLE}

# A shopper who picks one of these methods and presses the pay button has not paid yet.
METHOD_SCENARIOS = {"VBANK": "vbank", "CMS": "cms"}


def offered(order: Order) -> list[Scenario]:
    """The outcomes that make sense for this order: without a charge there is nothing to owe or refund."""
    return [scenario for scenario in SCENARIOS.values() if order.has_receipt or not scenario.needs_charge]


def run(store: Store, order: Order, name: str) -> Scenario:
    """Apply one outcome. Raises NotPossible for an unknown name or where the order does not allow it."""
    scenario = SCENARIOS.get(name)
    if scenario is None:
        raise NotPossible("there is no such scenario")
    if scenario.needs_charge and not order.has_receipt:
        raise NotPossible("the order charges nothing")
    scenario.effect(store, order)
    return scenario
