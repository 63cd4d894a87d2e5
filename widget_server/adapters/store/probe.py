"""Whether the database takes what is written: a full or read-only disk can still be read."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Engine, delete, insert

from widget_server.adapters.store.database import for_writing, transaction
from widget_server.adapters.store.tables import checkouts

PROBE_TTL = timedelta(seconds=5)
"""Anybody may ask `/readyz`, and each write is one commit: so at most one in this time, while all is well."""
_FILLING = {"probe": "x" * 8192}
"""More than one page, so that the file has to grow where it has no room left."""


class WriteProbe:
    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._writer = for_writing(engine)
        self._clock = clock
        self._proven: datetime | None = None

    def check(self) -> None:
        """Writes a row and takes it back, and commits that. Raises `StorageError`."""
        now = self._clock()
        if self._proven is not None and abs(now - self._proven) < PROBE_TTL:
            return
        row = {"id": secrets.token_urlsafe(16), "order_code": "probe", "mode": "probe", "verdict": _FILLING}
        with transaction(self._writer) as connection:
            connection.execute(insert(checkouts).values(**row, created_at=now, expires_at=now))
            connection.execute(delete(checkouts).where(checkouts.c.id == row["id"]))
        self._proven = now
