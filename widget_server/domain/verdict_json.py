"""The verdict as JSON members: what pages, backends and the record see of it."""

from datetime import datetime
from decimal import Decimal

from widget_server.domain.model import Verdict
from widget_server.domain.verdict_kinds import VerdictKind


def verdict_body(verdict: Verdict) -> dict[str, object]:
    """The verdict as JSON members, without message and token. An allow-list: nothing personal is in it by
    construction."""
    order, finding = verdict.order, verdict.finding
    paid_at = order.payment_date  # below: `str` of a `StrEnum` is its value; `value` itself is a slow descriptor
    return {
        "orderCode": order.order_code,
        "orderId": order.order_id,
        "orderType": str(order.type) if order.type else None,
        "verdict": str(finding.kind),
        "reason": finding.reason,
        "fulfill": finding.kind is VerdictKind.PAID or verdict.is_free,
        "final": finding.kind.facts.final,
        "retryAfter": finding.retry_after_seconds,
        "paymentStatus": str(verdict.payment_status) if verdict.payment_status else None,
        "paymentDate": paid_at.isoformat() if isinstance(paid_at, datetime) else None,
        "amount": json_number(order.amount),
        "returnedAmount": json_number(order.returned_amount),
        "currency": order.currency,
        "subscriptionIds": list(order.subscription_ids),
        "checkedAt": rfc3339(verdict.checked_at),
    }


def mismatch_body(verdict: Verdict) -> dict[str, object]:
    """`amount` and `currency` are those of StepPay's order, `expectation` is what was bound."""
    expected = verdict.expectation
    bound = {"amount": json_number(expected.amount), "currency": expected.currency} if expected else None
    return {**verdict_body(verdict), "expectation": bound}


def json_number(amount: Decimal) -> int | float:
    """Exact: amounts have at most 15 significant digits, which a double keeps."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def canonical_decimal(amount: Decimal) -> str:
    """One text for one amount: `1E+4`, `10000` and `10000.0` are all `10000`."""
    return format(abs(amount).normalize(), "f")


def rfc3339(at: datetime) -> str:
    """RFC 3339 in UTC, to the second."""
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
