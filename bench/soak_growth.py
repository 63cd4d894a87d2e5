"""From samples to a judgement: a line is laid through the later ones, and its slope says what an hour would add."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

Samples = Sequence[tuple[float, dict[str, float]]]

_WARM_PART = 0.3
"""Of the time: caches, pools and threads fill at first, and rows come before the first of them is forgotten."""
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
    times, values = [at for at, _ in warm], [seen[name] for _, seen in warm]
    slope = statistics.linear_regression(times, values).slope
    level = statistics.fmean(values)
    added = slope * (times[-1] - times[0])
    allowed = _MAY_ADD.get(name, _ROWS_MAY_ADD) * max(level, 1.0)
    grows = added > allowed and name not in _GROWS_ALWAYS | _KEPT_FOR_EVER
    return Growth(name, samples[0][1][name], level, max(values), slope * 3600, grows)


def table(samples: Samples) -> list[str]:
    head = ["| | at first | mean when warm | most | an hour adds | |", "|---|---|---|---|---|---|"]
    return [*head, *(_row(one) for one in judge(samples))]


def _row(one: Growth) -> str:
    verdict = "grows" if one.grows else "as it should" if one.name in _GROWS_ALWAYS else "flat"
    numbers = " | ".join(f"{value:,.1f}" for value in (one.first, one.level, one.most, one.slope))
    return f"| {one.name} | {numbers} | {verdict} |"
