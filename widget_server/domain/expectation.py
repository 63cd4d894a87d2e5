"""What the merchant's backend expects of an order: bound before payment, corrected until an answer settles it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from widget_server.domain.model import Expectation
from widget_server.domain.verdict_reasons import finding


@dataclass(frozen=True)
class Binding:
    """An expectation as it is stored; times are aware UTC. `settled_at`: when a final answer was first given under
    it. From then on it stands."""

    expectation: Expectation
    bound_at: datetime
    settled_at: datetime | None = None


class Outcome(StrEnum):
    """What became of a wish to bind."""

    CREATED = "created"
    KEPT = "kept"
    CHANGED = "changed"
    REFUSED = "refused"


def rebind(current: Binding | None, wanted: Expectation, now: datetime) -> tuple[Binding, Outcome]:
    """What stands afterwards. A shop may correct its cart before payment, but never what a final answer was checked
    against (docs/decisions/0012)."""
    if current is None:
        return Binding(wanted, now), Outcome.CREATED
    if current.expectation == wanted:
        return current, Outcome.KEPT
    if current.settled_at is not None:
        return current, Outcome.REFUSED
    return Binding(wanted, now), Outcome.CHANGED


_DECIDED = ("payment_complete", "zero_amount")
"""Reasons of verdicts that another binding may turn."""


def depends_on_binding(body: Mapping[str, object]) -> bool:
    """Whether a stored verdict, as JSON members, may be another one under what is bound now."""
    return body["reason"] in _DECIDED


def under_binding(body: Mapping[str, object], binding: Binding | None, *, free_orders: bool) -> Mapping[str, object]:
    """A stored verdict, as JSON members, under what is bound now: it may have been given before. `free_orders`: whether
    orders of 0 may be fulfilled without a binding."""
    if not depends_on_binding(body):
        return body
    expected = binding.expectation if binding else None
    if expected and Decimal(str(body["amount"])) != expected.amount:
        return _mismatch(body, "amount_mismatch")
    if expected and body["currency"] != expected.currency:
        return _mismatch(body, "currency_mismatch")
    return {**body, "fulfill": body["reason"] == "payment_complete" or expected is not None or free_orders}


def _mismatch(body: Mapping[str, object], reason: Literal["amount_mismatch", "currency_mismatch"]) -> dict[str, object]:
    found = finding(reason)
    members = {"verdict": found.kind.value, "reason": found.reason, "fulfill": False, "final": False}
    return {**body, **members, "retryAfter": found.retry_after_seconds}
