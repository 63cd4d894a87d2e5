"""What becomes of an order's record after another answer of StepPay, and when an operator has to look.

The record is the observation of the highest precedence, and precedence is a total order: any order
and any duplication of webhooks, verifications and rechecks ends in the same record (docs/decisions/0021).
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from widget_server.domain.model import OrderType, Verdict
from widget_server.domain.rules import BY_CLAIM, NOT_PAID_YET
from widget_server.domain.verdict_json import canonical_decimal
from widget_server.domain.verdict_kinds import VerdictKind
from widget_server.domain.verdict_reasons import Review

MISMATCH_TYPE = "payment.mismatch"
_FREE = "free"
_AFTER_CHECKS = 3
"""Checks after 1, 5 and 15 minutes are behind it: the one after an hour (domain/recheck_schedule.py)."""


@dataclass(frozen=True)
class OrderState:
    """What is recorded of an order. `returned`: what of its amount went back. `checked_at`: aware UTC. `fulfill`:
    whether the merchant may fulfill it."""

    kind: VerdictKind
    reason: str
    returned: Decimal
    checked_at: datetime
    fulfill: bool = False

    @property
    def rank(self) -> int:
        return self.kind.facts.rank

    @property
    def settled(self) -> bool:
        """Whether rechecks have ended: the order is paid, was refunded, or costs nothing."""
        return self.rank > 1

    @property
    def step(self) -> str:
        """The transition's name. Each partial refund is one of its own; so is a free order that may be fulfilled, which
        the merchant must learn also where it was recorded before the backend bound it."""
        if self.kind is VerdictKind.PARTIALLY_REFUNDED:
            return f"{self.kind}:{canonical_decimal(self.returned)}"
        return f"{self.kind}:{_FREE}" if self.kind is VerdictKind.NO_CHARGE and self.fulfill else str(self.kind)

    @property
    def precedence(self) -> tuple[int, Decimal, bool, datetime, str, str, Decimal]:
        """What may be fulfilled stays so. Between equals the newer answer counts; the rest makes the order total."""
        back = self.returned if self.kind is VerdictKind.PARTIALLY_REFUNDED else Decimal(0)
        return self.rank, back, self.fulfill, self.checked_at, self.kind.value, self.reason, self.returned


def without_claim(verdict: Verdict) -> Verdict | None:
    """The verdict without the claim. None: only the claim made this verdict, so nothing is recorded.

    Otherwise a caller who knows an order code could report a failed payment to the merchant.
    """
    if verdict.finding.reason == "order_id_mismatch":
        return None
    if verdict.finding.reason in BY_CLAIM:
        return replace(verdict, finding=NOT_PAID_YET)
    return verdict


def for_record(verdict: Verdict) -> Verdict:
    """The verdict as the record takes it. Money that went back is a fact whatever was bound: an amount that differs
    must not hide a refund from a merchant who was notified of `paid`."""
    unbound = verdict.unbound_finding
    if unbound is None or unbound.kind not in (VerdictKind.PARTIALLY_REFUNDED, VerdictKind.REFUNDED):
        return verdict
    return replace(verdict, finding=unbound)


def is_paid_mismatch(verdict: Verdict) -> bool:
    """StepPay keeps money for this order, and it is not what the merchant bound."""
    if verdict.finding.kind is not VerdictKind.MISMATCH or verdict.unbound_finding is None:
        return False
    return verdict.unbound_finding.kind in (VerdictKind.PAID, VerdictKind.PARTIALLY_REFUNDED)


def mismatch_step(verdict: Verdict) -> str:
    """The name of a paid mismatch: each other pair of amounts is one of its own, because the merchant may correct what
    was bound and be wrong again. At most 52 characters: an amount has at most 17."""
    order, expected = verdict.order, verdict.expectation
    paid = f"{canonical_decimal(order.amount)} {order.currency}"
    wanted = f"{canonical_decimal(expected.amount)} {expected.currency}" if expected else ""
    return f"{VerdictKind.MISMATCH.value}:{paid}/{wanted}"


def state_from_verdict(verdict: Verdict) -> OrderState:
    order, finding = verdict.order, verdict.finding
    fulfill = finding.kind is VerdictKind.PAID or verdict.is_free
    return OrderState(finding.kind, finding.reason, order.returned_amount, verdict.checked_at, fulfill)


def supersedes(current: OrderState | None, seen: OrderState) -> bool:
    """Whether the record becomes `seen`. A final record that is merely confirmed stays as it is."""
    if current is None:
        return True
    confirmed = seen.settled and seen.step == current.step
    return not confirmed and seen.precedence > current.precedence


def contradicts(current: OrderState | None, seen: OrderState) -> bool:
    """StepPay contradicts the record: the record stays, and the order needs review (paid again after a refund, or not
    paid any more)."""
    if current is None or seen.reason == "cancel_in_progress":
        return False
    return 0 < seen.kind.facts.rank < current.kind.facts.rank and seen.checked_at > current.checked_at


def needs_review_at_once(verdict: Verdict) -> bool:
    """Also where StepPay shows the order as done and only the expectation keeps it from being `paid`."""
    if verdict.finding.facts.review is Review.AT_ONCE:
        return True
    unbound = verdict.unbound_finding
    if unbound is None or unbound.facts.review is Review.IF_IT_LASTS:
        return False
    return unbound.kind not in (VerdictKind.PENDING, VerdictKind.REFUNDED)


def doubt_lasts(verdict: Verdict, checks: int) -> bool:
    """StepPay has a payment date and, after an hour of `checks`, still no receipt: not a matter of moments any more."""
    beneath = verdict.unbound_finding or verdict.finding
    return checks >= _AFTER_CHECKS and beneath.reason == "receipt_missing"


def needs_review_at_the_end(verdict: Verdict) -> bool:
    """When the rechecks end. A mismatch that was never paid is an abandoned cart."""
    if verdict.finding.kind is VerdictKind.MISMATCH and verdict.order.payment_date is None:
        return False
    return verdict.finding.facts.review is not Review.NEVER


def webhook_type(state: OrderState, order_type: OrderType | None) -> str | None:
    """The type of the webhook: `payment.paid`, `renewal.paid`, ...; None: no webhook. A paid mismatch changes no record
    and has its own type (`MISMATCH_TYPE`)."""
    if not state.kind.facts.notifies:
        return None
    if state.reason == "payment_method_registered":
        return "subscription.payment_method_changed"
    renewed = state.kind is VerdictKind.PAID and order_type is OrderType.RECURRING
    return "renewal.paid" if renewed else f"payment.{state.kind}"


def webhook_id(subject: str, step: str) -> str:
    """The same transition always has the same id, also after a restored backup: the merchant ignores duplicates."""
    return "evt_" + hashlib.sha256(f"{subject}\n{step}".encode()).hexdigest()[:32]
