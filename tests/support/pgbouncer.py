"""A PgBouncer of the tests' own in front of a PostgreSQL on 127.0.0.1, which hands out sessions by the transaction."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAM = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
_SETTINGS = """[databases]
* = host=127.0.0.1 port={target} user=widget
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
auth_type = any
pool_mode = {mode}
default_pool_size = {sessions}
max_client_conn = 200
logfile = /dev/null
unix_socket_dir =
"""


@contextmanager
def pgbouncer(port: int, target: int, mode: str) -> Iterator[None]:
    """It listens on `port` until the block ends. By the transaction three sessions are enough for all clients."""
    assert PROGRAM is not None
    with tempfile.TemporaryDirectory(prefix="steppay-pgbouncer-") as folder:
        settings = Path(folder, "pgbouncer.ini")
        sessions = 3 if mode == "transaction" else 60
        settings.write_text(_SETTINGS.format(port=port, target=target, mode=mode, sessions=sessions), "utf-8")
        command = [PROGRAM, "-q", str(settings)]
        if os.getuid() == 0:  # it refuses to run as root
            for path in (folder, settings):
                shutil.chown(path, "postgres")
            command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *command]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
        try:
            _wait_for(process, port)
            yield
        finally:
            process.terminate()
            process.wait()


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    pause = threading.Event()
    for _ in range(1200):
        assert process.poll() is None, "PgBouncer ended"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=60).close()
        except OSError:
            pause.wait(0.05)
        else:
            return
    raise AssertionError("PgBouncer does not answer")
