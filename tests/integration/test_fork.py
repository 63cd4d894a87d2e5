"""A host process that forks (gunicorn --preload, multiprocessing) while it uses the database."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from tests.integration.test_store import address
from widget_server.adapters.store.tables import webhooks

ROOT = Path(__file__).parents[2]
CHILDREN, ROWS = 8, 10
SCRIPT = f"""
import os, signal, sys, threading, warnings
from itertools import count

warnings.simplefilter("ignore", DeprecationWarning)  # from 3.12 on: a fork of a process with threads
from widget_server.adapters.store.connections import connections_of
from widget_server.adapters.store.database import make_engine
from widget_server.adapters.store.sql import insert_or_ignore, run
from widget_server.clock import utc_now

CHILDREN, ROWS, is_sqlite = {CHILDREN}, {ROWS}, sys.argv[1].startswith("sqlite")
connections = connections_of(make_engine(sys.argv[1], busy_timeout_ms=60_000))
numbers, stop, sessions = count(), threading.Event(), set()


def write():
    row = {{"digest": f"{{os.getpid()}} {{next(numbers)}}", "event": "e", "received_at": utc_now(), "state": "done"}}

    def add(db):
        if not is_sqlite:
            sessions.add(run(db, "SELECT pg_backend_pid() AS number")[0].number)
        return insert_or_ignore(db, "steppay_webhooks", row)

    assert connections.write(add)
    assert connections.read_one("SELECT event FROM steppay_webhooks WHERE digest = :digest", digest=row["digest"])


def write_on():
    while not stop.is_set():
        write()


write()
threads = [threading.Thread(target=write_on) for _ in range(4)]
for thread in threads:
    thread.start()
children = []
for _ in range(CHILDREN):
    child = os.fork()
    if not child:
        signal.alarm(100)  # before the test's own end, so that no child outlives it
        inherited = set(sessions)
        sessions.clear()
        for _ in range(ROWS):
            write()
        assert not sessions & inherited, "a session of the parent's"
        sys.exit()  # all the way: what the interpreter still holds is closed
    children.append(child)
ends = [os.waitpid(child, 0)[1] for child in children]
stop.set()
for thread in threads:
    thread.join()
for _ in range(ROWS):
    write()
assert ends == [0] * CHILDREN, ends
print(next(numbers) + CHILDREN * ROWS)
"""

WITHOUT_HOOKS = """
import ctypes, os, sys

from widget_server.adapters.store.connections import connections_of
from widget_server.adapters.store.database import make_engine
from widget_server.adapters.store.sql import run
from widget_server.errors import StorageError

connections = connections_of(make_engine(sys.argv[1]))
fork = ctypes.PyDLL(None).fork  # as uWSGI does it


def outcome_of_a_child():
    child = fork()
    if not child:
        try:
            connections.read_one("SELECT event FROM steppay_webhooks LIMIT 1")
            connections.write(lambda db: run(db, "DELETE FROM steppay_webhooks"))
        except StorageError as error:
            print(error.detail, flush=True)
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1]


print(outcome_of_a_child(), flush=True)
connections.read_one("SELECT event FROM steppay_webhooks LIMIT 1")
print(outcome_of_a_child(), flush=True)
connections.write(lambda db: run(db, "DELETE FROM steppay_webhooks"))
"""


@pytest.mark.stores
def test_a_process_that_was_forked_without_pythons_hooks_uses_nothing_of_its_parents(engine: Engine) -> None:
    """Where the parent has SQLite open, too late to close it, the child leaves the file alone."""
    first, *rest = run_script(WITHOUT_HOOKS, engine).split("\n", 1)
    refused = "the database did not answer (it was in use when this process was forked)\n256\n"
    assert (first, *rest) == ("0", refused if engine.dialect.name == "sqlite" else "0\n")


@pytest.mark.stores
def test_a_forked_process_writes_by_connections_of_its_own(engine: Engine) -> None:
    written = int(run_script(SCRIPT, engine))
    with engine.connect() as connection:
        rows = connection.execute(select(func.count()).select_from(webhooks)).scalar_one()
        if engine.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
    assert rows == written


def run_script(script: str, engine: Engine) -> str:
    command = [sys.executable, "-c", script, address(engine)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=ROOT)
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout
