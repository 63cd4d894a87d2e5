"""The recipes in Python, each as a process of its own."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.recipes.cases import AMOUNT, ORDERS
from tests.recipes.frame import Shop, running, write


@contextmanager
def flask(server: str, folder: Path, port: int) -> Iterator[Shop]:
    write("flask", server, folder)
    _make_tables(folder)
    command = [sys.executable, "-m", "flask", "run", "--port", str(port)]
    with running(command, folder, port) as url:
        yield Shop(url, server, lambda code: _parcels(folder, code))


def _make_tables(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "shop.db")) as rows, rows:
        rows.executescript((folder / "schema.sql").read_text("utf-8"))
        rows.executemany("INSERT INTO orders VALUES (?, ?, 'KRW')", [(code, AMOUNT) for code in ORDERS.values()])


def _parcels(folder: Path, code: str, table: str = "parcels", column: str = "order_code") -> int:
    with closing(sqlite3.connect(folder / "shop.db")) as rows:
        return int(rows.execute(f"SELECT count(*) FROM {table} WHERE {column} = ?", [code]).fetchone()[0])
