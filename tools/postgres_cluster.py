"""A PostgreSQL cluster of the tests' own, in a temporary folder, on a loopback port."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

QUICK = "-c fsync=off -c full_page_writes=off -c max_connections=200"
"""The cluster lives as long as the tests; only its process may die, never the machine."""


def find_programs() -> Path | None:
    """Where `initdb` is: Debian keeps it out of the PATH."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return folders[-1] if folders else None


class Cluster:
    """`crash` ends it as a power failure would; `start` brings it back. `follow` makes a standby of another one, and
    `promote` makes this one writable. `options` are the server's; `prefix` is a command that runs its programs."""

    def __init__(
        self,
        programs: Path,
        folder: Path,
        port: int,
        *,
        options: str = QUICK,
        address: str = "127.0.0.1",
        prefix: Sequence[str] = (),
    ) -> None:
        self._programs, self._folder, self.port, self.address = programs, folder, port, address
        self._options, self._prefix = options, prefix
        self.url = f"postgresql://widget@{address}:{port}/postgres"

    def create(self) -> None:
        if os.getuid() == 0:  # initdb refuses to run as root
            shutil.chown(self._folder, "postgres")
        self._run("initdb", "-D", str(self._data), "-U", "widget", "--auth=trust", "-E", "UTF8", "--locale=C")
        with (self._data / "pg_hba.conf").open("a", encoding="utf-8") as file:
            file.write("host all,replication all samenet trust\n")

    def follow(self, primary: Cluster) -> None:
        if os.getuid() == 0:
            shutil.chown(self._folder, "postgres")
        source = ["-h", primary.address, "-p", str(primary.port), "-U", "widget"]
        self._run(
            "pg_basebackup", *source, "-D", str(self._data), "-c", "fast", "-X", "stream", "--write-recovery-conf"
        )

    def promote(self) -> None:
        self._run("pg_ctl", "-D", str(self._data), "-w", "promote")

    def start(self) -> None:
        where = f"-p {self.port} -c listen_addresses={self.address} -c unix_socket_directories='' {self._options}"
        self._run("pg_ctl", "-D", str(self._data), "-w", "-l", str(self._folder / "log"), "-o", where, "start")

    def crash(self) -> None:
        self._run("pg_ctl", "-D", str(self._data), "-m", "immediate", "stop")

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        if os.getuid() == 0:
            command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *command]
        subprocess.run(
            [*self._prefix, *command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/"
        )


@contextmanager
def cluster(programs: Path, folder: Path, port: int) -> Iterator[Cluster]:
    made = Cluster(programs, folder, port)
    made.create()
    made.start()
    try:
        yield made
    finally:
        made.crash()
