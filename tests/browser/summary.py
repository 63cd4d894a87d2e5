"""The transport matrix as a table at the end of a test run: a cell a line, an engine a column."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.engines import ENGINE_NAMES
from tests.browser.matrix_cases import LEFT_OUT, SPREAD

WORDS = {"passed": "ok", "failed": "FAILED", "error": "FAILED", "skipped": "skipped", "xfailed": "known bug"}
Results = dict[str, dict[str, str]]


def remember_cell(item: pytest.Item) -> None:
    """Lets a test's report carry its cell, also from another process."""
    values = item.callspec.params if hasattr(item, "callspec") else {}
    if "cell" in values:
        item.user_properties.append(("cell", (values["cell"].id, values["engine_name"])))


def read_results(stats: dict[str, list[Any]]) -> Results:
    """For each cell, in the order of the tests: what became of it in each engine."""
    found: Results = {}
    for outcome, reports in stats.items():
        for cell, engine in (value for report in reports for value in cells_of(report)):
            row = found.setdefault(cell, {})
            if outcome in WORDS and row.get(engine) != "FAILED":
                row[engine] = WORDS[outcome]
    return {cell: row for cell, row in sorted(found.items()) if row}


def cells_of(report: Any) -> Iterator[tuple[str, str]]:
    yield from (value for name, value in getattr(report, "user_properties", []) if name == "cell")


def table(results: Results) -> Iterator[str]:
    """Lines of text; nothing when no cell has run."""
    if not results:
        return
    width = max(map(len, results))
    yield "  ".join([f"{'way of opening':<{width}}", *(f"{engine:<9}" for engine in ENGINE_NAMES)])
    for cell, row in results.items():
        yield "  ".join([f"{cell:<{width}}", *(f"{row.get(engine, '-'):<9}" for engine in ENGINE_NAMES)]).rstrip()
    words = [word for row in results.values() for word in row.values()]
    yield f"{words.count('ok')} of {len(words)} cells end in the one true verdict, reported once"
    yield from (f"left out (-): {reason}" for reason in (*LEFT_OUT, SPREAD))
