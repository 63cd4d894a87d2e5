"""The folder that the processes of one server share their metrics in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory


@contextmanager
def private_folder() -> Iterator[Path]:
    """Readable by this user alone; it goes with the server, and with it what was counted."""
    with TemporaryDirectory(prefix="widget-metrics-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)
