"""How soon a page may ask again: as often as the shopper can make a difference, and no more often."""

from __future__ import annotations

import pytest

from tests.unit.test_verdict_gates import GATES
from tests.vectors import VECTORS
from widget_server.domain.verdict_kinds import VerdictKind
from widget_server.domain.verdict_reasons import Finding

KINDS_AND_REASONS = {
    *(
        (vector["expect"]["verdict"], vector["expect"]["reason"])
        for vector in VECTORS
        if vector["expect"]["http"] == 200
    ),
    *((str(row[-1][0]), row[-1][1]) for row in GATES),
}
SECONDS_BY_REASON = {
    "awaiting_deposit": 60,
    "awaiting_bank_debit": 600,
    "cancel_in_progress": 30,
    "cancel_failed_review": 300,
}
SECONDS_BY_KIND = {VerdictKind.FAILED: 10, VerdictKind.CANCELED: 10, VerdictKind.MISMATCH: 60}
FINDINGS = [Finding(VerdictKind(kind), reason) for kind, reason in sorted(KINDS_AND_REASONS)]


@pytest.mark.parametrize("finding", FINDINGS, ids=lambda finding: finding.reason)
def test_a_wait_lasts_as_long_as_its_reason(finding: Finding) -> None:
    by_kind = None if finding.kind.facts.final else SECONDS_BY_KIND.get(finding.kind, 3)
    seconds = SECONDS_BY_REASON.get(finding.reason, by_kind)
    assert finding.retry_after_seconds == seconds
