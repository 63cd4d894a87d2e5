"""One file of numbers for each process, in a folder that the processes of one machine share.

A process owns a file while it holds its lock, which the kernel gives back however the process ends. The next one takes
the file over and counts on: there are never more files than processes at once, and no sum goes down. No process has to
notice a death. The files hold eight-byte numbers and nothing else, so no text can get into them.
"""

import fcntl
import mmap
import os
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

from widget_server.adapters.metrics.layout import Layout

_BYTES = 8


class ProcessValues:
    """This process's numbers: `cells[i]` reads and writes. In memory alone where there is no `folder`. Raises `OSError`
    where no file can be made."""

    def __init__(self, layout: Layout, folder: Path | None) -> None:
        size = layout.size * _BYTES
        self._file = None if folder is None else _claim(folder, layout)
        self._map = mmap.mmap(-1 if self._file is None else self._file, size)
        # Setting an item is one store of eight bytes, so a reader in another process never sees half a number.
        self.cells = memoryview(self._map).cast("d")
        for place in range(layout.gauges_from, layout.size):
            self.cells[place] = 0.0  # what was so in the process before is not so in this one


def _claim(folder: Path, layout: Layout) -> int:
    """The descriptor of the first file that no process has; it stays open and locked while the process lives."""
    for number in count():
        file = os.open(folder / f"{layout.digest}-{number}.cells", os.O_RDWR | os.O_CREAT, 0o600)
        if _lock(file, fcntl.LOCK_EX):
            try:
                _fill(file, layout.size * _BYTES)
            except OSError:
                os.close(file)
                raise
            return file
        os.close(file)
    raise AssertionError("count() has no end")


def _fill(file: int, size: int) -> None:
    """Written, not only stretched: on a full disk a mapped page without a block would kill the process (SIGBUS)."""
    there = os.fstat(file).st_size
    while there < size:
        there += os.pwrite(file, bytes(size - there), there)


def read_cells(layout: Layout, folder: Path) -> Iterator[tuple[bool, Sequence[float]]]:
    """Each process's numbers, and whether it lives."""
    for path in folder.glob(f"{layout.digest}-*.cells"):
        file = os.open(path, os.O_RDONLY)
        try:
            if os.fstat(file).st_size >= layout.size * _BYTES:  # smaller: it is being made
                alive = not _lock(file, fcntl.LOCK_SH)
                yield alive, _mapped(file, layout.size * _BYTES)
        finally:
            os.close(file)


def _mapped(file: int, size: int) -> list[float]:
    """Mapped, not read: each number is loaded whole."""
    with mmap.mmap(file, size, access=mmap.ACCESS_READ) as mapped, memoryview(mapped) as view, view.cast("d") as cells:
        return list(cells)


def _lock(file: int, kind: int) -> bool:
    """A lock belongs to the open file, not to the process: we meet our own, too."""
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
