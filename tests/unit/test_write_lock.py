"""Processes that write to one SQLite file take turns; none waits long, and none depends on it."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from widget_server.adapters.store import group_commit
from widget_server.adapters.store.group_commit import end_turn, wait_for_turn

HOLD = "import os, sys; from pathlib import Path\n"
HOLD += "from widget_server.adapters.store.group_commit import wait_for_turn\n"
HOLD += "turn = wait_for_turn(Path(sys.argv[1])); print('inside', flush=True); sys.stdin.read()"


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_commit, "TURN_SECONDS", 60.0)


def end(turn: int | None) -> None:
    assert turn is not None
    end_turn(turn)


def test_only_one_is_in_its_turn(tmp_path: Path) -> None:
    alone, seen = threading.Lock(), []

    def write(_index: int) -> None:
        for _ in range(20):
            turn = wait_for_turn(tmp_path)
            seen.append(alone.acquire(blocking=False))
            threading.Event().wait(0.0001)
            alone.release()
            end(turn)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    assert seen == [True] * 80


def test_a_process_killed_while_it_holds_the_lock_blocks_no_other(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout
        assert process.stdout.readline() == "inside\n"
        waits = threading.Thread(target=lambda: end(wait_for_turn(tmp_path)))
        waits.start()
        assert waits.is_alive()
        process.kill()
        waits.join(60)
        assert not waits.is_alive()


def test_a_process_that_was_forked_meanwhile_holds_up_no_other(tmp_path: Path) -> None:
    turn = wait_for_turn(tmp_path)
    assert turn is not None
    # It has what a forked process has.
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=[turn])
    with child:
        end(turn)
        other = os.open(tmp_path, os.O_RDONLY)
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(other)
        child.kill()


def test_one_that_stands_still_in_its_turn_is_passed_by(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_commit, "TURN_SECONDS", 0.01)
    for turn in [wait_for_turn(tmp_path) for _ in range(3)]:
        end(turn)


def test_without_the_lock_folder_no_writer_waits(tmp_path: Path) -> None:
    assert [wait_for_turn(tmp_path / "gone") for _ in range(2)] == [None, None]
