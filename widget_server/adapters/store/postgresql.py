"""What PostgreSQL's connections need: time limits, a check before each use, and care behind a connection pooler.

docs/decisions/0044 says why.
"""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import URL, Connection, Engine, event
from sqlalchemy.exc import InvalidatePoolError

_LONGEST_STATEMENT_MS = 20_000
LIMITS = "widget_server_limits"
"""In a connection's `info`: SQL that each transaction begins with. Only behind a pooler."""
_SEVERAL_HOSTS = re.compile(
    r"(?P<before>postgresql://(?:.*@)?)(?P<hosts>[^@/?#]+,[^@/?#]+)(?P<path>/[^?#]*)?(?P<query>\?.*)?"
)


def with_hosts_as_options(url: str) -> str:
    """`postgresql://user@a:5432,b:5432/name` as libpq takes it, in the form that SQLAlchemy takes."""
    match = _SEVERAL_HOSTS.fullmatch(url)
    if match is None:
        return url
    before, path, query = match["before"], match["path"] or "/", match["query"] or "?"
    hosts = "&".join(f"host={host}" for host in match["hosts"].split(","))
    return f"{before}{path}{query}{'' if query == '?' else '&'}{hosts}"


def connect_args(url: URL) -> dict[str, Any]:
    """What the URL says itself stays. libpq would wait without end for a machine that is gone: seconds, the last in
    milliseconds. Of several addresses it takes the first that may be written."""
    wanted: dict[str, Any] = {"connect_timeout": 5, "keepalives_idle": 15, "keepalives_interval": 5}
    wanted |= {"keepalives_count": 3, "tcp_user_timeout": 15_000, "target_session_attrs": "read-write"}
    return {name: value for name, value in wanted.items() if name not in url.query}


def tend(engine: Engine, lock_timeout_ms: int) -> None:
    """PostgreSQL itself waits without end for a lock that another client holds; SQLite's limit holds here as well."""
    limits = [f"lock_timeout = {int(lock_timeout_ms)}", f"statement_timeout = {_LONGEST_STATEMENT_MS}"]
    event.listen(engine, "connect", _Configure(limits))
    event.listen(engine, "checkout", _Check(engine))
    event.listen(engine, "begin", _limit)


def limits_of(info: dict[Any, Any]) -> str | None:
    """What a transaction on the connection with this `info` has to begin with."""
    return info.get(LIMITS)


class _Configure:
    """A pooler gives each transaction another session: what a session is set to would reach other clients, and what it
    has prepared would be missing. It is known by the session's number, which it has made up (PgBouncer, Odyssey and
    their like have to: one client's number stands for many sessions)."""

    def __init__(self, limits: list[str]) -> None:
        self._session = "; ".join(f"SET {limit}" for limit in limits)
        self._transaction = "; ".join(f"SET LOCAL {limit}" for limit in limits)

    def __call__(self, connection: Any, entry: Any) -> None:
        connection.autocommit = True
        (number,) = connection.execute("SELECT pg_backend_pid()").fetchone()
        if number == connection.info.backend_pid:
            connection.execute(self._session)
        else:
            connection.prepare_threshold = None
            entry.info[LIMITS] = self._transaction
        connection.autocommit = False


class _Check:
    """Before each use, in place of SQLAlchemy's `pool_pre_ping`: whether the connection still lives, and leads to a
    server that may be written. After a failover the old primary may keep its connections; what is read there is of
    yesterday, such as an order without the amount that is bound to it now. All that were opened before are left then.
    """

    def __init__(self, engine: Engine) -> None:
        self._error = engine.dialect.loaded_dbapi.Error

    def __call__(self, connection: Any, _entry: object, _proxy: object) -> None:
        try:
            connection.autocommit = True
            (read_only,) = connection.execute("SHOW transaction_read_only").fetchone()
            connection.autocommit = False
        except self._error as error:
            raise InvalidatePoolError from error
        if read_only == "on":
            raise InvalidatePoolError


def _limit(connection: Connection) -> None:
    if limits := limits_of(connection.info):
        connection.exec_driver_sql(limits)
