"""Whether an order may lead to StepPay's pay page (again). A shopper must not pay twice (docs/decisions/0043)."""

from collections.abc import Mapping

from widget_server.domain.verdict_kinds import VerdictKind
from widget_server.domain.verdict_reasons import Money, reason_facts


def blocks_payment(verdict: Mapping[str, object]) -> bool:
    """Whether money came, is on its way or may have come, by a verdict's JSON members."""
    has_date = verdict["paymentDate"] is not None
    return verdict["final"] is True or has_date or reason_facts(verdict["reason"]).money is not Money.NONE


def may_pay_another_way(verdict: Mapping[str, object]) -> bool:
    """Whether the shopper may still choose another way to pay, if they ask for it: nothing has been paid so far."""
    return reason_facts(verdict["reason"]).money is Money.AWAITED


def may_pay_again(verdict: Mapping[str, object]) -> bool:
    """Whether a page may offer another try: it can help, and no money has come or is on its way. The widget offers its
    retry by the same rule (`static/js/src/screens.js`)."""
    is_unpaid = str(verdict["reason"]).startswith(("not_paid", "shopper"))
    return (verdict["verdict"] == VerdictKind.FAILED or is_unpaid) and not blocks_payment(verdict)
