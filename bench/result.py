"""What a measure found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

MET, MISSED, UNKNOWN = "met", "missed", "not measured"


@dataclass(frozen=True)
class Goal:
    """One line of the table of goals."""

    what: str
    wanted: str
    found: str
    state: str


def goal(what: str, found: float, wanted: float, unit: str = "", *, at_least: bool = False) -> Goal:
    """Held against a number: at most `wanted`, or at least."""
    met = found >= wanted if at_least else found <= wanted
    sign = "≥" if at_least else "≤"
    return Goal(what, f"{sign} {_number(wanted)}{unit}", f"{_number(found)}{unit}", MET if met else MISSED)


def not_measured(what: str, why: str) -> Goal:
    return Goal(what, "", why, UNKNOWN)


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


@dataclass
class Result:
    """`rows`: a table, its first row the heads. `bars`: (name, value) for the plot."""

    number: str
    title: str
    goals: list[Goal] = field(default_factory=list)
    rows: list[Sequence[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    bars: list[tuple[str, float]] = field(default_factory=list)
    bars_say: str = ""
