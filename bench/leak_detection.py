"""From samples to a judgement: a line through the later ones says what an hour would add. Rows come and go with each
sweep; those that should be gone are counted one by one."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

Samples = Sequence[tuple[float, dict[str, float]]]

_WARM_PART = 0.3
"""Of the time: caches, pools and threads fill at first."""
OVERDUE = "rows that should be gone"
_MAY_ADD = {"memory, MB": 0.05, "threads": 0.05, "file handles": 0.05, "of these connections": 0.05, "processes": 0.0}
"""Parts of the level that the sampled time may add at most. Of others nothing is wanted."""


@dataclass(frozen=True)
class Growth:
    """`slope`: what an hour adds, by the line through the samples after warming up."""

    name: str
    first: float
    level: float
    most: float
    slope: float
    grows: bool


def judge(samples: Samples) -> list[Growth]:
    if len(samples) < 4:
        return []
    warm = samples[int(len(samples) * _WARM_PART) :]
    return [_growth(name, samples[0][1][name], warm) for name in samples[-1][1]]


def _growth(name: str, first: float, warm: Samples) -> Growth:
    times, values = [at for at, _ in warm], [seen[name] for _, seen in warm]
    slope = statistics.linear_regression(times, values).slope
    level, most = statistics.fmean(values), max(values)
    added = slope * (times[-1] - times[0])
    grows = most > 0 if name == OVERDUE else added > _MAY_ADD.get(name, math.inf) * level
    return Growth(name, first, level, most, slope * 3600, grows)


def table(samples: Samples) -> list[str]:
    head = ["| | at first | mean when warm | most | an hour adds | |", "|---|---|---|---|---|---|"]
    return [*head, *(_row(one) for one in judge(samples))]


def _row(one: Growth) -> str:
    verdict = "grows" if one.grows else "flat" if one.name in _MAY_ADD else "none" if one.name == OVERDUE else ""
    numbers = " | ".join(f"{value:,.1f}" for value in (one.first, one.level, one.most, one.slope))
    return f"| {one.name} | {numbers} | {verdict} |"
