"""The pure rules give exactly what the table of examples says."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.judging import ORDER, judge
from tests.vectors import VECTORS, name_of
from widget_server.domain.verdict_kinds import VerdictKind

ABOUT_AN_ORDER = [vector for vector in VECTORS if vector["expect"]["http"] == 200]


def test_the_table_covers_every_verdict() -> None:
    assert {vector["expect"]["verdict"] for vector in VECTORS} == {kind.value for kind in VerdictKind}


@pytest.mark.parametrize("vector", ABOUT_AN_ORDER, ids=name_of)
def test_the_rules_agree_with_the_table(vector: dict[str, Any]) -> None:
    claim, expect = vector["claim"], vector["expect"]
    order = ORDER | vector["order"]
    finding = judge(order, vector["receipt"], status=claim["status"], order_id=claim["orderId"])
    assert (finding.kind.value, finding.reason) == (expect["verdict"], expect["reason"])
    assert (finding.kind.facts.final) == expect["final"]
    assert (finding.kind is VerdictKind.PAID) == expect["fulfill"]
    assert (finding.retry_after_seconds is None) == expect["final"]
