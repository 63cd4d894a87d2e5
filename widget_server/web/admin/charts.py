"""Two drawings, computed here and drawn by the templates: no library, no script, nothing in a `style` attribute."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from widget_server.domain.verdict_kinds import KINDS
from widget_server.services.order_views import HourLine
from widget_server.services.upstream_stats import Bucket, Snapshot

HEIGHT = 100.0
_SMALL, _LARGE = (2, 4, 6, 8, 10), (10, 12, 16, 20, 30, 40, 50, 60, 80, 100)


@dataclass(frozen=True)
class Part:
    verdict: str
    count: int
    y: float
    height: float


@dataclass(frozen=True)
class Bar:
    hour: datetime
    total: int
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Stack:
    """Bars from 0 to `top`, 100 units high, the ground at 100. `shown`: the verdicts that occur."""

    bars: tuple[Bar, ...]
    top: int
    shown: tuple[str, ...]

    def count(self, verdict: str) -> int:
        return sum(part.count for bar in self.bars for part in bar.parts if part.verdict == verdict)


def stack(hours: Sequence[datetime], lines: Sequence[HourLine]) -> Stack:
    """One bar for each of `hours`."""
    counts = {(line.hour, line.verdict): line.count for line in lines}
    totals = [sum(counts.get((hour, kind.value), 0) for kind in KINDS) for hour in hours]
    top = round_up(max(totals, default=0))
    bars = tuple(
        Bar(hour, total, _parts([(kind.value, counts.get((hour, kind.value), 0)) for kind in KINDS], top))
        for hour, total in zip(hours, totals, strict=True)
    )
    occurring = {part.verdict for bar in bars for part in bar.parts}
    return Stack(bars, top, tuple(kind.value for kind in KINDS if kind.value in occurring))


def _parts(counts: Sequence[tuple[str, int]], top: int) -> tuple[Part, ...]:
    parts, ground = [], HEIGHT
    for verdict, count in counts:
        if count:
            height = HEIGHT * count / top
            ground -= height
            parts.append(Part(verdict, count, round(ground, 2), round(height, 2)))
    return tuple(parts)


def round_up(count: int) -> int:
    """Up to the next number that an axis ends well with. Its middle is a whole number too."""
    if count <= _SMALL[-1]:
        return next(end for end in _SMALL if count <= end)
    size: int = 10 ** (len(str(count)) - 2)
    return next(end * size for end in _LARGE if count <= end * size)


@dataclass(frozen=True)
class Share:
    """One line of the latency table; `width` in hundredths of the longest line."""

    bucket: Bucket
    percent: float
    width: float


def shares(snapshot: Snapshot) -> tuple[Share, ...]:
    """Without the empty buckets at both ends."""
    filled = [number for number, bucket in enumerate(snapshot.latency) if bucket.calls]
    if not filled:
        return ()
    longest = max(bucket.calls for bucket in snapshot.latency)
    return tuple(
        Share(bucket, round(100 * bucket.calls / snapshot.calls, 1), round(100 * bucket.calls / longest, 2))
        for bucket in snapshot.latency[filled[0] : filled[-1] + 1]
    )
