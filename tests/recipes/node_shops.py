"""The recipes for Node, each as a process of its own, on one PostgreSQL. Node 18 runs jose with a flag, as Debian 12
has it; the pages ask for Node 20."""

from __future__ import annotations

import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.recipes.cases import AMOUNT, ORDERS
from tests.recipes.frame import ROOT, Shop, running, write
from tools.postgres_cluster import cluster, find_programs

PACKAGES = ROOT / "tests" / "recipes" / "node_modules"
NODE = ["node", "--experimental-global-webcrypto", "--no-warnings"]


@contextmanager
def express(server: str, folder: Path, port: int) -> Iterator[Shop]:
    with _shop("express", [*NODE, "shop.mjs"], server, folder, port) as shop:
        yield shop


@contextmanager
def nextjs(server: str, folder: Path, port: int) -> Iterator[Shop]:
    if not (ROOT / "node_modules" / "esbuild").exists():
        pytest.skip("needs the widget's npm packages (tools/setup.sh recipes)")
    (folder / "package.json").write_text('{"type": "module"}', "utf-8")
    shutil.copy(ROOT / "tests/recipes/nextjs.mjs", folder / "run.mjs")
    with _shop("nextjs", [*NODE, "run.mjs", str(ROOT)], server, folder, port) as shop:
        yield shop


@contextmanager
def _shop(page: str, command: list[str], server: str, folder: Path, port: int) -> Iterator[Shop]:
    write(page, server, folder)
    if not PACKAGES.exists() or (programs := find_programs()) is None:
        pytest.skip("needs npm packages (tools/setup.sh recipes) and PostgreSQL (apt install postgresql)")
    (folder / "node_modules").symlink_to(PACKAGES)
    with (
        tempfile.TemporaryDirectory(prefix="steppay-pg-") as data,  # PostgreSQL's own user cannot read pytest's folder
        cluster(programs, Path(data), _free_port()) as made,
        psycopg.connect(made.url, autocommit=True) as rows,
    ):
        rows.execute((folder / "schema.sql").read_text("utf-8"))
        with rows.cursor() as cursor:
            orders = [(code, AMOUNT) for code in ORDERS.values()]
            cursor.executemany("INSERT INTO orders VALUES (%s, %s, 'KRW')", orders)

        def parcels(code: str) -> int:
            found = rows.execute("SELECT count(*) FROM parcels WHERE order_code = %s", [code]).fetchone()
            assert found
            return int(found[0])

        with running(command, folder, port, DATABASE_URL=made.url) as url:
            yield Shop(url, server, parcels)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
