"""The recipes in Python, each as a process of its own."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.recipes.cases import AMOUNT, ORDERS
from tests.recipes.frame import Shop, running, write
from widget_server.testing import NOTIFY_SECRET


@contextmanager
def flask(server: str, folder: Path, port: int) -> Iterator[Shop]:
    write("flask", server, folder)
    _make_tables(folder)
    command = [sys.executable, "-m", "flask", "run", "--port", str(port)]
    with running(command, folder, port) as url:
        yield Shop(url, server, lambda code: _parcels(folder, code))


@contextmanager
def fastapi(server: str, folder: Path, port: int) -> Iterator[Shop]:
    write("fastapi", server, folder)
    _make_tables(folder)
    command = [sys.executable, "-m", "uvicorn", "main:app", "--port", str(port)]
    with running(command, folder, port) as url:
        yield Shop(url, server, lambda code: _parcels(folder, code))


DJANGO = """
SECRET_KEY, ROOT_URLCONF, ALLOWED_HOSTS = "of-this-test", "shop.urls", ["127.0.0.1"]
INSTALLED_APPS = ["shop"]
MIDDLEWARE = ["django.middleware.security.SecurityMiddleware", "django.middleware.csrf.CsrfViewMiddleware"]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SQLITE = {"ENGINE": "django.db.backends.sqlite3", "NAME": "shop.db"}
DATABASES = {"default": {**SQLITE, "OPTIONS": {"transaction_mode": "IMMEDIATE"}}}
"""
"""What `django-admin startproject` writes, as far as the recipe uses it."""


@contextmanager
def django(server: str, folder: Path, port: int) -> Iterator[Shop]:
    write("django", server, folder)
    (folder / "project.py").write_text(DJANGO, "utf-8")
    command = [sys.executable, "-m", "django"]
    environment = {"DJANGO_SETTINGS_MODULE": "project", "PYTHONPATH": str(folder)}
    secret = {"WIDGET_NOTIFY_SECRET": NOTIFY_SECRET}
    subprocess.run(
        [*command, "migrate", "--run-syncdb", "--verbosity", "0"],
        cwd=folder, env={**os.environ, **environment, **secret}, check=True,
    )  # fmt: skip
    with closing(sqlite3.connect(folder / "shop.db")) as rows, rows:
        orders = [(code, AMOUNT) for code in ORDERS.values()]
        rows.executemany("INSERT INTO shop_order (code, amount, currency) VALUES (?, ?, 'KRW')", orders)
    with running([*command, "runserver", str(port), "--noreload"], folder, port, **environment) as url:
        yield Shop(url, server, lambda code: _parcels(folder, code, "shop_parcel", "order_id"))


def _make_tables(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "shop.db")) as rows, rows:
        rows.executescript((folder / "schema.sql").read_text("utf-8"))
        rows.executemany("INSERT INTO orders VALUES (?, ?, 'KRW')", [(code, AMOUNT) for code in ORDERS.values()])


def _parcels(folder: Path, code: str, table: str = "parcels", column: str = "order_code") -> int:
    with closing(sqlite3.connect(folder / "shop.db")) as rows:
        return int(rows.execute(f"SELECT count(*) FROM {table} WHERE {column} = ?", [code]).fetchone()[0])
