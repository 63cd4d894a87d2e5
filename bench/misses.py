"""What a missed goal carries: where the time goes, and what was tried before."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bench.benchmarks import cpu_profile
from bench.context import Bench
from bench.report import table
from bench.result import MISSED, Result
from bench.servers import ROOT

NOTES = ROOT / "docs" / "performance-notes.md"
_PROFILED = {"P10": cpu_profile.FILE, "P12": cpu_profile.EVENT}
"""What is profiled, where it is not a verification."""
_OF_ITS_OWN = {"P11", "Profile"}
"""The widget runs in a browser, which says itself what took the time."""
_BULLET = re.compile(r"^\* (P[0-9P, ]+): (.+(?:\n  .+)*)", re.MULTILINE)


def explain(bench: Bench, result: Result) -> None:
    """Adds to the notes of a result that has missed a goal."""
    if all(one.state != MISSED for one in result.goals):
        return
    if result.number not in _OF_ITS_OWN:
        rows = cpu_profile.functions(bench, _PROFILED.get(result.number, cpu_profile.VERIFICATION))
        result.notes.append("\n".join(["**Missed.** What takes the time:", "", *table(rows)]))
    found = tried(NOTES.read_text("utf-8"), result.number)
    if found:
        result.notes.append(
            "\n".join(["What was tried ([performance notes](../performance-notes.md)):", "", *_list(found)])
        )


def tried(notes: str, number: str) -> list[str]:
    """The lines `* P1, P2: ...` of the notes that name this measure."""
    return [" ".join(text.split()) for names, text in _BULLET.findall(notes) if number in names.split(", ")]


def _list(lines: Sequence[str]) -> list[str]:
    return [f"* {line}" for line in lines]
