"""How the shopper came back is a fact about the checkout (docs/decisions/0043).

A stored claim does what a claim always does: it chooses between pending, failed and canceled where StepPay shows an
order that is not paid, and nothing else.
"""

from collections.abc import Mapping
from dataclasses import replace

from widget_server.domain.model import Claim
from widget_server.domain.rules import BY_CLAIM, not_paid
from widget_server.domain.verdict_reasons import Finding

_UNPAID = frozenset({"not_paid_yet", *BY_CLAIM})


def with_stored_status(claim: Claim, stored: str | None) -> Claim:
    """The claim, with the stored status where it names none of its own."""
    return claim if claim.status or stored is None else replace(claim, status=stored)


def with_stored_claim(body: Mapping[str, object], stored: str | None) -> Mapping[str, object]:
    """A verdict's JSON members as they are for a checkout with this stored claim. None changes nothing."""
    if stored is None or body["reason"] not in _UNPAID:
        return body
    return _with_finding(body, not_paid(stored))


def body_without_claim(body: Mapping[str, object] | None) -> Mapping[str, object] | None:
    """A verdict's JSON members as StepPay alone gives them. None: only a claim made them. A claim must not
    look like a failed payment to the merchant."""
    if body is None or body["reason"] == "order_id_mismatch":
        return None
    if body["reason"] not in BY_CLAIM:
        return body
    return _with_finding(body, not_paid(None))


def _with_finding(body: Mapping[str, object], found: Finding) -> Mapping[str, object]:
    made = {"verdict": found.kind.value, "reason": found.reason, "retryAfter": found.retry_after_seconds}
    return {**body, **made}


def lacks_claim(body: Mapping[str, object]) -> bool:
    """Whether a claim would have decided this verdict and there was none."""
    return body.get("reason") == "not_paid_yet"
