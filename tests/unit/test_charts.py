"""The drawings add up: no part of a bar is lost, none sticks out."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from widget_server.domain.verdict_kinds import VerdictKind
from widget_server.services.order_views import HourLine, last_hours
from widget_server.services.upstream_stats import Bucket, Snapshot
from widget_server.web.admin.charts import HEIGHT, round_up, shares, stack

HOURS = last_hours(datetime(2026, 11, 23, 3, 16, tzinfo=UTC))
KINDS = [kind.value for kind in VerdictKind]
COUNTS = st.dictionaries(
    st.tuples(st.sampled_from(HOURS), st.sampled_from(KINDS)), st.integers(1, 100_000), max_size=20
)


def test_the_running_hour_is_the_last_of_24() -> None:
    assert (len(HOURS), HOURS[-1].isoformat()) == (24, "2026-11-23T03:00:00+00:00")


@given(COUNTS)
def test_every_order_is_drawn_once_and_every_bar_stands_on_the_ground(counts: dict[tuple[datetime, str], int]) -> None:
    drawn = stack(HOURS, [HourLine(hour, verdict, count) for (hour, verdict), count in counts.items()])
    assert len(drawn.bars) == 24
    assert {(bar.hour, part.verdict): part.count for bar in drawn.bars for part in bar.parts} == counts
    assert set(drawn.shown) == {verdict for _hour, verdict in counts}
    for bar in drawn.bars:
        assert sum(part.count for part in bar.parts) == bar.total <= drawn.top
        edges = [HEIGHT, *(part.y for part in bar.parts)]
        assert all(part.y >= 0 and (part.height > 0 or part.count * 10_000 < drawn.top) for part in bar.parts)
        assert edges == sorted(edges, reverse=True)


@given(st.integers(0, 10**9))
def test_an_axis_ends_near_its_longest_bar_and_has_a_whole_middle(count: int) -> None:
    top = round_up(count)
    assert count <= top <= max(2, 2 * count)
    assert top % 2 == 0


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=12))
def test_the_lines_of_the_latency_table_are_all_calls(calls: list[int]) -> None:
    limits = [0.05 * 2**number for number in range(len(calls) - 1)]
    snapshot = Snapshot("closed", 0, tuple(map(Bucket, [*limits, None], calls)))
    lines = shares(snapshot)
    assert sum(line.bucket.calls for line in lines) == snapshot.calls == sum(calls)
    assert not lines or max(line.width for line in lines) == 100
    half = snapshot.within(0.5)
    assert (half is None) == (snapshot.calls == 0)
