"""Whether the database takes what is written: a full or read-only disk can still be read."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Engine

from widget_server.adapters.store.connections import connections_of
from widget_server.adapters.store.sql import DbConnection, insert_into, run

PROBE_TTL = timedelta(seconds=5)
"""Any client may ask `/readyz`, and each write is one commit: so at most one in this time, while all is well."""
_FILLING = {"probe": "x" * 8192}
"""More than one page, so that the file has to grow where it has no room left."""


class WriteProbe:
    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._connections = connections_of(engine)
        self._clock = clock
        self._proven: datetime | None = None

    def check(self) -> None:
        """Writes a row and deletes it, and commits that. Raises `StorageError`."""
        now = self._clock()
        if self._proven is not None and abs(now - self._proven) < PROBE_TTL:
            return
        row: dict[str, object] = {"id": secrets.token_urlsafe(16), "order_code": "probe", "mode": "probe"}
        row |= {"created_at": now, "expires_at": now, "last_verdict": _FILLING}

        def come_and_go(db: DbConnection) -> None:
            run(db, insert_into("steppay_checkouts", tuple(row)), **row)
            run(db, "DELETE FROM steppay_checkouts WHERE id = :id", id=row["id"])

        self._connections.write(come_and_go)
        self._proven = now
