"""What happens when the process forks: gunicorn --preload, multiprocessing and their like (docs/decisions/0059).

SQLite remembers its open files and their locks for a whole process. A child that inherits this believes that it holds
locks which only its parent holds, so both write at once, even where the child opens a connection of its own
(sqlite.org/howtocorrupt.html, 2.6). So nothing is open at the moment of the fork: a thread that uses a connection then
is waited for.
"""

from __future__ import annotations

import os
import threading
from typing import Protocol
from weakref import WeakSet


class Forkable(Protocol):
    def before_fork(self) -> None:
        """Come to rest, if others let it."""

    def after_fork(self) -> None:
        """In the parent: go on."""

    def is_at_rest(self) -> bool: ...

    def start_afresh(self, *, was_at_rest: bool) -> None:
        """In the child: without what threads of the parent had begun. `was_at_rest`: all that is registered."""


_ALL: WeakSet[Forkable] = WeakSet()
_one_fork = threading.Lock()
"""Two at once would wait for each other's connections."""
process = os.getpid()
"""This one, until a program that runs no hooks of Python's forks it, such as uWSGI."""


def register(one: Forkable) -> None:
    """As long as it lives."""
    _ALL.add(one)


def begin_child() -> None:
    global _one_fork, process
    _one_fork, process = threading.Lock(), os.getpid()
    things = list(_ALL)
    was_at_rest = all(one.is_at_rest() for one in things)
    for one in things:
        one.start_afresh(was_at_rest=was_at_rest)


def _before() -> None:
    _one_fork.acquire()
    for one in list(_ALL):
        one.before_fork()


def _in_parent() -> None:
    for one in list(_ALL):
        one.after_fork()
    _one_fork.release()


os.register_at_fork(before=_before, after_in_parent=_in_parent, after_in_child=begin_child)
