"""A PostgreSQL cluster of the bench's own that keeps its promises: the tests' one does not wait for the disk."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.servers import free_port
from tools.postgres_cluster import Cluster, find_programs


class DurableCluster(Cluster):
    def start(self) -> None:
        """With fsync, PostgreSQL's default."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''"
        self._run("pg_ctl", "-D", str(self._data), "-w", "-l", str(self._folder / "log"), "-o", options, "start")


@contextmanager
def running_postgresql() -> Iterator[str | None]:
    """Its URL; None: PostgreSQL is not installed."""
    programs = find_programs()
    if programs is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="bench-pg-") as folder:
        made = DurableCluster(programs, Path(folder), free_port())
        made.create()
        made.start()
        try:
            yield made.url
        finally:
            made.crash()
