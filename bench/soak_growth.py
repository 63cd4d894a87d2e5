"""From samples to a judgement: a line through the later ones says what an hour would add. Less than ten minutes are too
short to judge rows."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

Samples = Sequence[tuple[float, dict[str, float]]]

_WARM_PART = 0.3
"""Of the time: caches, pools and threads fill at first, and rows come before the first of them is forgotten."""
_SWEEP_SECONDS = 90.0
"""Rows rise until the worker's sweep, once a minute: the lowest count of each such stretch is what stays."""
_FEWEST_STRETCHES = 4
_MAY_ADD = {"memory, MB": 0.05, "threads": 0.05, "file handles": 0.05, "of these connections": 0.05, "processes": 0.0}
_ROWS_MAY_ADD = 0.25
"""Parts of the level that the sampled time may add at most: rows go up and down with every sweep."""
_GROWS_ALWAYS = frozenset({"log, KB"})
_KEPT_FOR_EVER = frozenset({"rows of expectations"})


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
    return [_growth(name, samples, warm) for name in samples[-1][1]]


def _growth(name: str, samples: Samples, warm: Samples) -> Growth:
    points = [(at, seen[name]) for at, seen in warm]
    times, values = zip(*(_lowest(points) if name.startswith("rows") else points), strict=True)
    slope = statistics.linear_regression(times, values).slope if len(times) >= _FEWEST_STRETCHES else 0.0
    level = statistics.fmean(values)
    added = slope * (times[-1] - times[0])
    allowed = _MAY_ADD.get(name, _ROWS_MAY_ADD) * max(level, 1.0)
    grows = added > allowed and name not in _GROWS_ALWAYS | _KEPT_FOR_EVER
    return Growth(name, samples[0][1][name], level, max(value for _, value in points), slope * 3600, grows)


def _lowest(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The lowest count of each stretch of time."""
    stretches: dict[int, float] = {}
    for at, value in points:
        stretch = int(at // _SWEEP_SECONDS)
        stretches[stretch] = min(value, stretches.get(stretch, value))
    return [(stretch * _SWEEP_SECONDS, value) for stretch, value in stretches.items()]


def table(samples: Samples) -> list[str]:
    head = ["| | at first | mean when warm | most | an hour adds | |", "|---|---|---|---|---|---|"]
    return [*head, *(_row(one) for one in judge(samples))]


def _row(one: Growth) -> str:
    verdict = "grows" if one.grows else "as it should" if one.name in _GROWS_ALWAYS else "flat"
    numbers = " | ".join(f"{value:,.1f}" for value in (one.first, one.level, one.most, one.slope))
    return f"| {one.name} | {numbers} | {verdict} |"
