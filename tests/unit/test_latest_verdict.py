"""Which of two verdicts on one order is shown: the newer one; within a second what was told, or what is further."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from widget_server.domain.order_record import latest_verdict
from widget_server.domain.verdict_kinds import VerdictKind

EARLY, LATE = "2026-11-23T03:16:00Z", "2026-11-23T03:16:01Z"


def body(verdict: str, at: str) -> Mapping[str, object]:
    return {"verdict": verdict, "checkedAt": at}


@pytest.mark.parametrize("one", VerdictKind)
@pytest.mark.parametrize("other", VerdictKind)
def test_the_later_look_is_shown_whatever_it_says(one: VerdictKind, other: VerdictKind) -> None:
    early, late = body(one, EARLY), body(other, LATE)
    assert latest_verdict(early, late) == latest_verdict(late, early) == late


@pytest.mark.parametrize(
    ("told", "recorded", "shown"),
    [
        ("pending", "paid", "paid"),
        ("unknown", "paid", "paid"),
        ("paid", "refunded", "refunded"),
        ("paid", "unknown", "paid"),
        ("failed", "pending", "failed"),
        ("mismatch", "pending", "mismatch"),
        ("unknown", "pending", "unknown"),
        ("pending", "failed", "pending"),
    ],
)
def test_within_one_second_the_last_answer_is_shown_unless_the_record_is_newer(
    told: str, recorded: str, shown: str
) -> None:
    assert latest_verdict(body(told, EARLY), body(recorded, EARLY)) == body(shown, EARLY)


def test_what_is_not_there_is_not_shown() -> None:
    known = body("paid", EARLY)
    assert (latest_verdict(None, None), latest_verdict(known, None), latest_verdict(None, known)) == (
        None,
        known,
        known,
    )
