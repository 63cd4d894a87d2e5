"""The verdict kinds: one row each, and everything that depends on the kind alone derives from its row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

Text = tuple[str, str]
"""Korean, English."""


class Tone(StrEnum):
    """How good the news is. Style sheets know tones, never kinds."""

    SUCCESS = "success"
    INFO = "info"
    WARNING = "warning"
    DANGER = "danger"
    NEUTRAL = "neutral"


class VerdictKind(StrEnum):
    """What a shop may believe about a payment."""

    PAID = "paid"
    NO_CHARGE = "no_charge"
    PENDING = "pending"
    FAILED = "failed"
    CANCELED = "canceled"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    MISMATCH = "mismatch"
    UNKNOWN = "unknown"

    facts: KindFacts
    """Its row of `KINDS`."""


@dataclass(frozen=True)
class KindFacts:
    """`rank` decides which of two answers the order record keeps: a refund is never replaced by `paid`, and `unknown`
    replaces nothing. From rank 2 on the order is settled. `notifies`: a new record of this kind sends
    `payment.<kind>`. `retry_after`: seconds, unless the reason says otherwise; a final answer has none. `icon` names
    `static/img/status-<icon>.svg`, `name` labels the kind in lists, `title` heads the shopper's page."""

    rank: int
    tone: Tone
    icon: str
    name: Text
    title: Text
    final: bool = False
    notifies: bool = True
    may_be_refunded: bool = False
    retry_after: int = 3


KINDS: Mapping[VerdictKind, KindFacts] = {
    VerdictKind.PAID: KindFacts(
        rank=3,
        tone=Tone.SUCCESS,
        icon="check",
        name=("결제 완료", "Paid"),
        title=("결제가 완료되었습니다", "Payment complete"),
        final=True,
        may_be_refunded=True,
    ),
    VerdictKind.NO_CHARGE: KindFacts(
        rank=2,
        tone=Tone.SUCCESS,
        icon="check",
        name=("청구 없음", "No charge"),
        title=("신청이 완료되었습니다", "You're all set"),
        final=True,
        may_be_refunded=True,
    ),
    VerdictKind.PENDING: KindFacts(
        rank=1,
        tone=Tone.WARNING,
        icon="clock",
        name=("결제 대기", "Pending"),
        title=("결제 확인 중입니다", "Checking your payment"),
        notifies=False,
    ),
    VerdictKind.CANCELED: KindFacts(
        rank=1,
        tone=Tone.NEUTRAL,
        icon="minus",
        name=("결제 취소", "Canceled"),
        title=("결제가 취소되었습니다", "Payment canceled"),
        retry_after=10,
    ),
    VerdictKind.FAILED: KindFacts(
        rank=1,
        tone=Tone.DANGER,
        icon="cross",
        name=("결제 실패", "Failed"),
        title=("결제하지 못했습니다", "The payment did not go through"),
        retry_after=10,
    ),
    VerdictKind.PARTIALLY_REFUNDED: KindFacts(
        rank=4,
        tone=Tone.INFO,
        icon="undo",
        name=("부분 환불", "Partly refunded"),
        title=("일부 금액이 환불되었습니다", "Partly refunded"),
        final=True,
        may_be_refunded=True,
    ),
    VerdictKind.REFUNDED: KindFacts(
        rank=5,
        tone=Tone.INFO,
        icon="undo",
        name=("전액 환불", "Refunded"),
        title=("환불되었습니다", "Refunded"),
        final=True,
    ),
    VerdictKind.MISMATCH: KindFacts(
        rank=0,
        tone=Tone.DANGER,
        icon="alert",
        name=("주문 불일치", "Mismatch"),
        title=("주문 정보가 일치하지 않습니다", "This order does not match"),
        notifies=False,
        retry_after=60,
    ),
    VerdictKind.UNKNOWN: KindFacts(
        rank=0,
        tone=Tone.WARNING,
        icon="question",
        name=("확인되지 않음", "Unconfirmed"),
        title=("결제를 확인하고 있습니다", "We are confirming your payment"),
        notifies=False,
    ),
}
"""In the order of the charts: the usual at the bottom, the unusual on top."""
for _kind, _row in KINDS.items():
    _kind.facts = _row
