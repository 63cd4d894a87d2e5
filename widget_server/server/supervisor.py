"""A worker process of the web server: started with it, restarted when it dies, ended with it."""

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

log = logging.getLogger("widget_server.worker")

_RESTART_SECONDS = 1.0
_STOP_SECONDS = 30.0
"""Longer than the longest job."""
_fork_lock = threading.Lock()
"""`Popen` reads from a pipe until its child has begun. granian forks its processes; one that is forked in that moment
inherits the pipe's other end, and `Popen` waits as long as that one lives: the supervisor missed the worker's death."""
os.register_at_fork(before=_fork_lock.acquire, after_in_parent=_fork_lock.release, after_in_child=_fork_lock.release)


@contextmanager
def supervised_worker() -> Iterator[None]:
    """A process of its own, so that neither its work nor its death touches a request."""
    stop = threading.Event()
    thread = threading.Thread(target=_supervise, args=(stop,), name="worker-supervisor", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(_STOP_SECONDS + 5)


def is_orphan(parent: int) -> bool:
    """Whether the web server that started this worker is gone, however it ended."""
    return os.getppid() != parent


def _supervise(stop: threading.Event) -> None:
    while not stop.is_set():
        process = _start()
        while process.poll() is None and not stop.wait(0.2):
            pass
        if stop.is_set():
            _end(process)
        else:
            log.error("worker_died exit=%d", process.returncode)
            stop.wait(_RESTART_SECONDS)


def _start() -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "widget_server.cli", "worker", "--parent", str(os.getpid())]
    with _fork_lock:
        return subprocess.Popen(command)  # noqa: S603 - our own program, nothing of it comes from outside


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
