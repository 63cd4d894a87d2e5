"""How soon asking again is worth it."""

from __future__ import annotations

from widget_server.domain.model import FINAL, Finding, VerdictKind

_SECONDS_BY_REASON = {
    "awaiting_deposit": 60,
    "awaiting_bank_debit": 600,
    "cancel_in_progress": 30,
    "cancel_failed_review": 300,
}
_SECONDS_BY_KIND = {VerdictKind.FAILED: 10, VerdictKind.CANCELED: 10, VerdictKind.MISMATCH: 60}
_SECONDS_OTHERWISE = 3


def retry_after_seconds(finding: Finding) -> int | None:
    """Seconds to wait before asking again; None when the finding is final. A deposit takes a person's time, a
    lag only moments."""
    if finding.kind in FINAL:
        return None
    by_kind = _SECONDS_BY_KIND.get(finding.kind, _SECONDS_OTHERWISE)
    return _SECONDS_BY_REASON.get(finding.reason, by_kind)
