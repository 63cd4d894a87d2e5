"""A Redis of the tests' own, in a temporary folder, on a loopback port."""

from __future__ import annotations

import shutil
import signal
import subprocess
from pathlib import Path

import redis

PROGRAM = shutil.which("redis-server")
PASSWORD = "canary-R3dis-0a1b2c3d4e5f"


class RedisServer:
    """`kill` ends it as a power failure would, `stop` lets it hang; `start` and `go_on` bring it back."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder, self._port = folder, port
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"redis://:{PASSWORD}@127.0.0.1:{port}/0"

    def start(self) -> None:
        assert PROGRAM is not None
        options = ["--port", str(self._port), "--bind", "127.0.0.1", "--save", "", "--requirepass", PASSWORD]
        self._process = subprocess.Popen([PROGRAM, *options], cwd=self._folder, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        assert any(b"Ready to accept" in line for line in self._process.stdout), "it ended at once"

    def kill(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()

    def stop(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def admin(self) -> redis.Redis:
        return redis.Redis.from_url(self.url, decode_responses=True)
