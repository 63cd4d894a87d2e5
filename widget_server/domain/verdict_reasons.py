"""The reasons of verdicts: one row each, and everything that depends on the reason alone derives from its row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property
from typing import Literal

from widget_server.domain.verdict_kinds import Text, VerdictKind

Reason = Literal[
    "payment_complete",
    "zero_amount",
    "payment_method_registered",
    "not_paid_yet",
    "awaiting_deposit",
    "awaiting_bank_debit",
    "cancel_in_progress",
    "order_lagging",
    "payment_failed",
    "not_paid_after_error",
    "shopper_canceled",
    "not_paid_after_cancel",
    "payment_canceled",
    "partially_refunded",
    "refunded",
    "order_id_mismatch",
    "amount_mismatch",
    "currency_mismatch",
    "currency_unclear",
    "unreadable_payment_date",
    "unrecognized_order_type",
    "unrecognized_payment_status",
    "id_key_missing",
    "receipt_missing",
    "receipt_unavailable",
    "receipt_mismatch",
    "contradiction",
    "cancel_failed_review",
]
"""Every reason that a finding may have. The type checker refuses any other."""


class Money(Enum):
    """What an answer that is not final says about money."""

    NONE = auto()
    AWAITED = auto()
    """The shopper has chosen a deposit or a bank debit, and may still choose another way to pay."""
    POSSIBLE = auto()
    """It may have arrived, or may be about to: another pay page could charge twice."""


class Review(Enum):
    """When an operator has to look."""

    NEVER = auto()
    """StepPay says plainly that nothing is paid and nothing is under way."""
    AT_THE_END = auto()
    """When the rechecks end and it is still so."""
    IF_IT_LASTS = auto()
    """As `AT_THE_END`; asking again mostly makes it clear."""
    AT_ONCE = auto()
    """Asking again does not make it clear: StepPay contradicts itself, or says what this version does not know."""


CHECKING: Text = (
    "결제를 확인하고 있습니다. 다시 결제하지 마세요.",
    "We are confirming your payment. Please do not pay again.",
)


@dataclass(frozen=True)
class ReasonFacts:
    """`sentence`: what the shopper reads. `title` and `retry_after` (seconds) replace those of the kind."""

    kind: VerdictKind
    sentence: Text = CHECKING
    title: Text | None = None
    retry_after: int | None = None
    money: Money = Money.NONE
    review: Review = Review.AT_THE_END


_AWAITING: Text = ("입금을 기다리고 있습니다", "Waiting for your payment")
_NOTHING_CHARGED: Text = ("결제가 취소되었습니다. 청구된 금액은 없습니다.", "Payment canceled. Nothing was charged.")

REASONS: Mapping[Reason, ReasonFacts] = {
    "payment_complete": ReasonFacts(VerdictKind.PAID, ("결제가 완료되었습니다.", "Payment complete.")),
    "zero_amount": ReasonFacts(
        VerdictKind.NO_CHARGE,
        ("신청이 완료되었습니다. 오늘 결제된 금액은 없습니다.", "You're all set. Nothing was charged today."),
    ),
    "payment_method_registered": ReasonFacts(
        VerdictKind.NO_CHARGE,
        (
            "결제수단이 등록되었습니다. 결제된 금액은 없습니다.",
            "Your payment method is registered. Nothing was charged.",
        ),
        title=("결제수단이 등록되었습니다", "Payment method registered"),
    ),
    "not_paid_yet": ReasonFacts(
        VerdictKind.PENDING,
        ("아직 결제가 확인되지 않았습니다.", "This order has not been paid yet."),
        review=Review.NEVER,
    ),
    "awaiting_deposit": ReasonFacts(
        VerdictKind.PENDING,
        (
            "가상계좌가 발급되었습니다. 계좌번호는 스텝페이의 안내 문자나 메일에서 확인해 주세요. "
            "안내받은 계좌로 입금하시면 주문이 완료됩니다.",
            "A virtual account was issued. You find its number in StepPay's text message or e-mail. "
            "Your order completes when your deposit arrives.",
        ),
        title=_AWAITING,
        retry_after=60,
        money=Money.AWAITED,
    ),
    "awaiting_bank_debit": ReasonFacts(
        VerdictKind.PENDING,
        ("계좌 출금이 끝나면 주문이 완료됩니다.", "Your order completes when the bank debit goes through."),
        title=_AWAITING,
        retry_after=600,
        money=Money.AWAITED,
    ),
    "cancel_in_progress": ReasonFacts(
        VerdictKind.PENDING,
        (
            "결제를 취소하고 있습니다. 취소가 끝날 때까지 잠시 기다려 주세요.",
            "Canceling the payment. This takes a moment.",
        ),
        title=("결제를 취소하고 있습니다", "Canceling the payment"),
        retry_after=30,
        money=Money.POSSIBLE,
    ),
    "order_lagging": ReasonFacts(VerdictKind.PENDING, money=Money.POSSIBLE),
    "payment_failed": ReasonFacts(
        VerdictKind.FAILED,
        ("결제가 승인되지 않았습니다. 다시 시도해 주세요.", "The payment was declined. Please try again."),
        review=Review.NEVER,
    ),
    "not_paid_after_error": ReasonFacts(
        VerdictKind.FAILED,
        ("결제가 이루어지지 않았습니다. 다시 시도해 주세요.", "The payment did not go through. Please try again."),
    ),
    "shopper_canceled": ReasonFacts(VerdictKind.CANCELED, _NOTHING_CHARGED, review=Review.NEVER),
    "not_paid_after_cancel": ReasonFacts(VerdictKind.CANCELED, _NOTHING_CHARGED),
    "payment_canceled": ReasonFacts(
        VerdictKind.CANCELED, ("결제가 취소되었습니다.", "Payment canceled."), review=Review.NEVER
    ),
    "partially_refunded": ReasonFacts(
        VerdictKind.PARTIALLY_REFUNDED, ("결제 금액의 일부가 환불되었습니다.", "Part of the payment was refunded.")
    ),
    "refunded": ReasonFacts(VerdictKind.REFUNDED, ("결제 금액이 환불되었습니다.", "The payment was refunded.")),
    "order_id_mismatch": ReasonFacts(
        VerdictKind.MISMATCH,
        (
            "주문 정보가 일치하지 않습니다. 쇼핑몰에 문의해 주세요.",
            "This order does not match. Please contact the shop.",
        ),
    ),
    "amount_mismatch": ReasonFacts(
        VerdictKind.MISMATCH,
        (
            "주문 금액이 일치하지 않습니다. 쇼핑몰에 문의해 주세요.",
            "The amount does not match. Please contact the shop.",
        ),
    ),
    "currency_mismatch": ReasonFacts(
        VerdictKind.MISMATCH,
        (
            "주문 통화가 일치하지 않습니다. 쇼핑몰에 문의해 주세요.",
            "The currency does not match. Please contact the shop.",
        ),
    ),
    "currency_unclear": ReasonFacts(VerdictKind.UNKNOWN),
    "unreadable_payment_date": ReasonFacts(VerdictKind.UNKNOWN, money=Money.POSSIBLE, review=Review.AT_ONCE),
    "unrecognized_order_type": ReasonFacts(VerdictKind.UNKNOWN, review=Review.AT_ONCE),
    "unrecognized_payment_status": ReasonFacts(VerdictKind.UNKNOWN, review=Review.AT_ONCE),
    "id_key_missing": ReasonFacts(VerdictKind.UNKNOWN, review=Review.AT_ONCE),
    "receipt_missing": ReasonFacts(VerdictKind.UNKNOWN, review=Review.IF_IT_LASTS),
    "receipt_unavailable": ReasonFacts(VerdictKind.UNKNOWN, review=Review.IF_IT_LASTS),
    "receipt_mismatch": ReasonFacts(VerdictKind.UNKNOWN, review=Review.AT_ONCE),
    "contradiction": ReasonFacts(VerdictKind.UNKNOWN, money=Money.POSSIBLE, review=Review.AT_ONCE),
    "cancel_failed_review": ReasonFacts(
        VerdictKind.UNKNOWN, retry_after=300, money=Money.POSSIBLE, review=Review.AT_ONCE
    ),
}
"""In the order of the API document."""
_NO_ANSWER = ReasonFacts(VerdictKind.UNKNOWN)


def reason_facts(reason: object) -> ReasonFacts:
    """Also for an error code, which takes the place of the reason where StepPay gave no answer, and for a stored reason
    of a newer version."""
    return REASONS.get(reason, _NO_ANSWER)  # type: ignore[call-overload,no-any-return]  # any text may be asked for


@dataclass(frozen=True)
class Finding:
    """A verdict's core: what kind, and why."""

    kind: VerdictKind
    reason: Reason

    @cached_property
    def facts(self) -> ReasonFacts:
        return REASONS[self.reason]

    @cached_property
    def retry_after_seconds(self) -> int | None:
        """Seconds to wait before asking again; None when the finding is final. A deposit takes a person's time, a
        lag only moments."""
        return None if self.kind.facts.final else self.facts.retry_after or self.kind.facts.retry_after


finding: Callable[[Reason], Finding] = {
    reason: Finding(facts.kind, reason) for reason, facts in REASONS.items()
}.__getitem__
"""The finding with this reason: a reason belongs to one kind."""
