"""Over any course of bindings and final answers: what was answered under is what stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from widget_server.domain.expectation import Binding, Outcome, rebind
from widget_server.domain.model import Expectation

START = datetime(2026, 11, 23, 3, 16, tzinfo=UTC)
expectations = st.builds(
    Expectation,
    amount=st.sampled_from([Decimal(0), Decimal(10000), Decimal("1E+4"), Decimal("9.5")]),
    currency=st.sampled_from(["KRW", "USD"]),
)
SETTLE = "settle"


@given(st.lists(st.one_of(expectations, st.just(SETTLE)), max_size=20))
def test_a_settled_expectation_never_changes_and_an_open_one_is_the_last_wish(
    steps: list[Expectation | str],
) -> None:
    current: Binding | None = None
    for number, step in enumerate(steps):
        now = START + timedelta(seconds=number)
        if isinstance(step, str):
            current = replace(current, settled_at=current.settled_at or now) if current else None
            continue
        before, (current, outcome) = current, rebind(current, step, now)
        assert (outcome is Outcome.CREATED) == (before is None)
        assert (outcome is Outcome.REFUSED) == (current.expectation != step)
        assert (outcome in (Outcome.KEPT, Outcome.REFUSED)) == (current is before)
        if before is not None and before.settled_at is not None:
            assert current is before
        else:
            assert (current.expectation, current.settled_at) == (step, None)
        assert (current.bound_at == now) == (outcome in (Outcome.CREATED, Outcome.CHANGED))
