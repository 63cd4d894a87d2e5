"""P9: what it costs that every verdict is on the disk before the answer (SQLite, WAL, synchronous = FULL)."""

from __future__ import annotations

import sqlite3

from bench.context import Bench, median, ratio, take_turns
from bench.result import Result, goal
from bench.servers import Server

WITH, WITHOUT = "with the ledger", "without"


def measure(bench: Bench) -> Result:
    servers = [bench.starter.ours(WITH), bench.starter.ours(WITHOUT, module="bench.ablation")]
    bench.warm(*servers)
    bench.say("P9: with and without the ledger in turn")
    before = _rows(servers[0])
    turns = take_turns(bench, servers)
    kept, answered = _rows(servers[0]) - before, sum(turn.window.done for turn in turns[WITH])
    empty = _rows(servers[1])
    bench.starter.stop(*servers)
    if kept < answered or empty:
        raise RuntimeError(f"{answered} verdicts answered, {kept} kept; {empty} kept without a ledger")
    cpu = {name: [turn.cpu_us for turn in taken] for name, taken in turns.items()}
    slow = {name: [turn.window.percentile(0.99) for turn in taken] for name, taken in turns.items()}
    result = Result("P9", "The ledger, durable")
    result.goals = [
        goal("CPU added", (ratio(cpu[WITH], cpu[WITHOUT]) - 1) * 100, 40, " %"),
        goal("p99, as a multiple", ratio(slow[WITH], slow[WITHOUT]), 1.3, " x"),
    ]
    result.rows = [("", "verifications/s", "CPU µs each", "p50 ms", "p99 ms")]
    for name, taken in turns.items():
        rate, half = (median([turn.window.rate for turn in taken]), median([t.window.percentile(0.5) for t in taken]))
        result.rows.append(
            (name, f"{rate:,.0f}", f"{median(cpu[name]):,.0f}", f"{half:.1f}", f"{median(slow[name]):.1f}")
        )
    result.notes.append(f"Counted: {answered:,} verdicts answered, {kept:,} rows in the ledger.")
    return result


def _rows(server: Server) -> int:
    with sqlite3.connect(server.folder / "widget.db", timeout=30) as connection:
        return int(connection.execute("SELECT count(*) FROM steppay_orders").fetchone()[0])
