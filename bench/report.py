"""The Markdown page and its plot."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from bench.result import Result

PLOT_NAME = "performance.svg"
BEGIN, END = "<!-- measured: written by a command -->", "<!-- end of what was measured -->"
_WIDTH, _BAR, _LEFT = 760, 26, 220
_INK, _PALE, _STRONG = "#4a4a4a", "#9aa7b5", "#0a7d5a"


def markdown(results: Sequence[Result], about: str) -> str:
    """Goals first, then what each measure saw."""
    parts = [about, "", *table([("", "measured", "wanted", "found", ""), *_goal_rows(results)]), ""]
    if any(result.bars for result in results):
        parts += [f"![Verifications a second compared with other servers]({PLOT_NAME})", ""]
    for result in results:
        parts += [f"### {result.number}: {result.title}", ""]
        parts += [*table(result.rows), ""] if result.rows else []
        parts += [line for note in result.notes for line in (note, "")]
    return "\n".join(parts).rstrip() + "\n"


def _goal_rows(results: Sequence[Result]) -> list[tuple[str, ...]]:
    rows = [(result.number, one) for result in results for one in result.goals]
    return [(number, one.what, one.wanted, one.found, one.state) for number, one in rows]


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return [lines[0], "|---" * len(rows[0]) + "|", *lines[1:]]


def put_into(page: Path, measured: str) -> None:
    """Between the two marks of a page; what people wrote around them stays."""
    text = page.read_text("utf-8") if page.exists() else f"# Performance\n\n{BEGIN}\n{END}\n"
    head, _, rest = text.partition(BEGIN)
    tail = rest.partition(END)[2]
    page.write_text(f"{head}{BEGIN}\n{measured}{END}{tail}", "utf-8")


def plot(results: Sequence[Result]) -> str:
    """Bars as SVG, one group for each result that has some; readable on light and on dark."""
    shapes: list[str] = []
    top = 0
    for result in (result for result in results if result.bars):
        shapes.append(_text(8, top + 24, f"{result.title}: {result.bars_say}", weight="bold"))
        top += 36
        most = max(value for _name, value in result.bars)
        for name, value in result.bars:
            shapes += _bar(name, value, most, top)
            top += _BAR + 6
        top += 14
    style = 'font-family="system-ui, sans-serif" font-size="14"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {top}" {style}>'
    paper = f'<rect width="{_WIDTH}" height="{top}" fill="#ffffff"/>'
    return "\n".join([head, paper, *shapes, "</svg>", ""])


def _bar(name: str, value: float, most: float, top: int) -> list[str]:
    width = max(2.0, (_WIDTH - _LEFT - 80) * value / most)
    color = _STRONG if name == "this server" else _PALE
    return [
        _text(_LEFT - 10, top + 18, name, anchor="end"),
        f'<rect x="{_LEFT}" y="{top}" width="{width:.1f}" height="{_BAR}" rx="3" fill="{color}"/>',
        _text(int(_LEFT + width + 8), top + 18, f"{value:.2f}"),
    ]


def _text(x: int, y: int, text: str, *, weight: str = "normal", anchor: str = "start") -> str:
    look = f'fill="{_INK}" font-weight="{weight}" text-anchor="{anchor}"'
    return f'<text x="{x}" y="{y}" {look}>{escape(text)}</text>'
