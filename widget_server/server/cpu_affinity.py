"""Pins a web process to one core.

Python threads hand one lock around. Where two cores take turns in running them, each handing over is a wake-up of the
other core, and a verification takes half as long again (docs/decisions/0037).
"""

import os
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path

POLL_SECONDS = 5.0


def pin_to_free_core(family: str = "steppay-widget") -> None:
    """Pin this process to the first of its cores that no other process of this user and `family` is pinned to. Where
    all are taken, nothing changes until one is free: during a reload the old process still has it. Nothing happens
    where the system cannot do this. Best called before threads are started."""
    if hasattr(os, "sched_setaffinity") and not _try_pin(family):
        threading.Thread(target=_pin_when_free, args=(family,), name="cores", daemon=True).start()


def _pin_when_free(family: str) -> None:
    while not _try_pin(family):
        time.sleep(POLL_SECONDS)


def _try_pin(family: str) -> bool:
    for core in sorted(os.sched_getaffinity(0)):
        if _reserve(f"{family}-{os.getuid()}-core-{core}"):
            for _ in range(2):  # a thread that was started during the first round
                _move_threads(core)
            return True
    return False


def _reserve(name: str) -> bool:
    """In Linux' abstract namespace, where the kernel frees a name when its process ends, however it ends (unix(7))."""
    taken = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        taken.bind(f"\0{name}")
    except OSError:
        taken.close()
        return False
    taken.detach()  # kept until the process ends
    return True


def _move_threads(core: int) -> None:
    """Linux pins threads, not processes; those to come inherit it."""
    for thread in Path("/proc/self/task").iterdir():
        with suppress(ProcessLookupError):
            os.sched_setaffinity(int(thread.name), {core})
