"""A PostgreSQL cluster of the bench's own with fsync, as is the default: the tests' one does not wait for the disk."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.servers import free_port
from tools.postgres_cluster import Cluster, find_programs


@contextmanager
def running_postgresql() -> Iterator[str | None]:
    """Its URL; None: PostgreSQL is not installed."""
    programs = find_programs()
    if programs is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="bench-pg-") as folder:
        made = Cluster(programs, Path(folder), free_port(), options="")
        made.create()
        made.start()
        try:
            yield made.url
        finally:
            made.crash()
