"""`serve --pin`: each process keeps to a core of its own, with all of its threads."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from uuid import uuid4

import pytest

CORES = sorted(os.sched_getaffinity(0))
KEEP = """
import contextlib, os, sys, threading
from widget_server.server import cpu_affinity
cpu_affinity.POLL_SECONDS = 0.05
before = threading.Event()
early = threading.Thread(target=before.wait, daemon=True)
early.start()
cpu_affinity.pin_to_free_core(sys.argv[1])
def told():
    found = set()
    for task in os.listdir("/proc/self/task"):
        with contextlib.suppress(ProcessLookupError):  # the thread that waited for a core has ended
            found |= os.sched_getaffinity(int(task))
    return sorted(found)
for _ in sys.stdin:
    print(*told(), flush=True)
"""


class Process:
    """One that keeps to a core, and says to which its threads may go."""

    def __init__(self, family: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", KEEP, family], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def cores(self) -> list[int]:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return [int(core) for core in self.process.stdout.readline().split()]

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def crowd() -> Iterator[list[Process]]:
    """One process for each core, and one more."""
    processes: list[Process] = []
    family = f"test-{uuid4()}"
    try:
        for _ in [*CORES, None]:
            processes.append(Process(family))
            processes[-1].cores()
        yield processes
    finally:
        for process in processes:
            process.kill()


def test_each_process_keeps_to_a_core_of_its_own_with_all_its_threads(crowd: list[Process]) -> None:
    kept = [process.cores() for process in crowd[:-1]]
    assert sorted(kept) == [[core] for core in CORES]


def test_who_finds_no_core_goes_on_everywhere_and_takes_the_next_that_is_free(crowd: list[Process]) -> None:
    assert crowd[-1].cores() == CORES
    freed = crowd[0].cores()
    crowd[0].kill()  # as hard as it gets: the kernel frees the name
    while crowd[-1].cores() != freed:
        assert crowd[-1].process.poll() is None
