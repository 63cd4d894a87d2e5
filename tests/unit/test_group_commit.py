"""Callers who share a transaction: each gets its own result, and another caller's failure changes nothing of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from widget_server.adapters.store.group_commit import GroupCommit
from widget_server.errors import StorageError

WAIT = 30
NOWHERE = Path("/no-such-folder")
"""No process takes turns."""


class Database:
    """Counts transactions. The first waits inside until `gate` is set, so that others gather behind it."""

    def __init__(self, *, breaks_at: int = -1) -> None:
        self.gate, self.inside = threading.Event(), threading.Event()
        self.begun = 0
        self.committed: list[object] = []
        self._breaks_at = breaks_at

    def transact(self, work: Callable[[Any], object]) -> None:
        self.begun += 1
        if self.begun == 1:
            self.inside.set()
            assert self.gate.wait(WAIT)
        rows: list[object] = []
        work(rows)
        if self.begun == self._breaks_at:
            raise StorageError("the disk is full")
        self.committed += rows


def write(value: object) -> Any:
    def work(connection: Any) -> object:
        if isinstance(value, Exception):
            raise value
        connection.append(value)
        return value

    return work


def together(database: Database, values: list[object]) -> list[Future[object]]:
    """The first leads; the rest come while it writes, and then share."""
    group = GroupCommit(database.transact, NOWHERE)
    with ThreadPoolExecutor(len(values)) as pool:
        calls = [pool.submit(group.run, write(values[0]))]
        assert database.inside.wait(WAIT)
        calls += [pool.submit(group.run, write(value)) for value in values[1:]]
        while len(group._waiting) < len(values) - 1:
            threading.Event().wait(0.001)
        database.gate.set()
    return calls


def test_who_waits_shares_a_transaction_and_gets_the_own_result() -> None:
    database = Database()
    calls = together(database, list(range(20)))
    assert [call.result() for call in calls] == list(range(20))
    assert (database.begun, sorted(database.committed, key=str)) == (2, sorted(range(20), key=str))


def test_a_large_crowd_is_written_in_several_groups() -> None:
    database = Database()
    calls = together(database, list(range(100)))
    assert [call.result() for call in calls] == list(range(100))
    assert (database.begun, len(database.committed)) == (3, 100)


@pytest.mark.parametrize("trouble", [StorageError("a constraint"), KeyError("a bug")])
def test_only_the_caller_whose_work_fails_gets_the_error(trouble: Exception) -> None:
    database = Database()
    calls = together(database, [0, 1, trouble, 3])
    assert [type(call.exception()) for call in calls] == [type(None), type(None), type(trouble), type(None)]
    assert sorted(database.committed, key=str) == [0, 1, 3]


def test_when_the_database_fails_all_of_the_group_get_the_error_and_the_next_do_not() -> None:
    database = Database(breaks_at=2)
    group_of_three = together(database, [0, 1, 2, 3])
    faults = [call.exception() for call in group_of_three[1:]]
    assert [type(fault) for fault in faults] == [StorageError] * 3
    assert len({id(fault) for fault in faults}) == 3
    assert (group_of_three[0].result(), database.committed) == (0, [0])


def test_alone_a_writer_does_not_wait() -> None:
    database = Database()
    group = GroupCommit(database.transact, NOWHERE)
    database.gate.set()
    assert [group.run(write(number)) for number in range(3)] == [0, 1, 2]
    assert database.begun == 3
