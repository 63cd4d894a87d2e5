"""What a process that is forked begins anew: it has its parent's locks, perhaps taken, and none of its threads."""

import os
from typing import Protocol
from weakref import WeakSet


class Forkable(Protocol):
    def start_empty(self) -> None:
        """As new. Nothing of the parent's may be closed."""


_THINGS: WeakSet[Forkable] = WeakSet()


def begins_anew(thing: Forkable) -> None:
    """Each child of this process calls `thing.start_empty()` before anything else."""
    _THINGS.add(thing)


def _begin_anew() -> None:
    for thing in tuple(_THINGS):
        thing.start_empty()


os.register_at_fork(after_in_child=_begin_anew)
