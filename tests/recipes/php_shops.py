"""The recipes in PHP, served by `php -S`."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.recipes.cases import AMOUNT, ORDERS
from tests.recipes.frame import ROOT, Shop, running, write

LARAVEL = ROOT / "tests" / "recipes" / "laravel" / "index.php"
STRICT = """<?php
error_reporting(E_ALL);
set_error_handler(fn (int $level, string $text) => error_reporting() & $level ? throw new Exception($text) : false);
"""
"""A warning is an answer of 500."""


@contextmanager
def php(server: str, folder: Path, port: int) -> Iterator[Shop]:
    _prepare("php", server, folder)
    (folder / "strict.php").write_text(STRICT, "utf-8")
    _add_orders(folder, (folder / "tables.sql").read_text("utf-8"))
    command = ["php", "-d", "auto_prepend_file=../strict.php", "-S", f"127.0.0.1:{port}", "-t", "public"]
    with running(command, folder, port, DATABASE_DSN=f"sqlite:{folder / 'shop.db'}") as url:
        yield Shop(url, server, _parcels(folder), "/pay.php?order={code}", "/paid.php", "/deliveries.php")


@contextmanager
def laravel(server: str, folder: Path, port: int) -> Iterator[Shop]:
    _prepare("laravel", server, folder)
    shutil.copy(LARAVEL, folder)
    _add_orders(folder, "CREATE TABLE orders (code TEXT PRIMARY KEY, amount INTEGER, currency TEXT)")
    subprocess.run(["php", "index.php"], cwd=folder, check=True)
    with running(["php", "-S", f"127.0.0.1:{port}", "index.php"], folder, port) as url:
        yield Shop(url, server, _parcels(folder))


def _prepare(page: str, server: str, folder: Path) -> None:
    if not shutil.which("php"):
        pytest.skip("php is not installed; tools/setup.sh browsers installs it on Debian")
    write(page, server, folder)
    for name in ("verify_verdict.php", "verify_delivery.php"):
        shutil.copy(ROOT / "docs" / "examples" / name, folder)


def _add_orders(folder: Path, tables: str) -> None:
    with closing(sqlite3.connect(folder / "shop.db")) as shop, shop:
        shop.executescript(tables)
        shop.executemany("INSERT INTO orders VALUES (?, ?, 'KRW')", [(code, AMOUNT) for code in ORDERS.values()])


def _parcels(folder: Path) -> Callable[[str], int]:
    def count(code: str) -> int:
        with closing(sqlite3.connect(folder / "shop.db", timeout=60)) as shop:
            return int(shop.execute("SELECT count(*) FROM parcels WHERE order_code = ?", (code,)).fetchone()[0])

    return count
