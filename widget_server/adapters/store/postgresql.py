"""What PostgreSQL's connections need: time limits, a check before each use, and care behind a connection pooler.

docs/decisions/0044 says why.
"""

import re
from collections.abc import Mapping
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
    event.listen(engine, "checkout", _check)
    event.listen(engine, "begin", _limit)


def limits_of(info: Mapping[Any, Any]) -> str:
    """What a transaction on the connection with this `info` has to begin with; empty where no pooler is."""
    return str(info.get(LIMITS, ""))


def is_primary(connection: Any, then: str = "") -> bool:
    """Whether the psycopg connection, which commits by itself, still lives and leads to a server that may be written;
    `then` is run in the same round trip. After a failover the old primary may keep its connections; what is read there
    is of yesterday, such as an order without the amount that is bound to it now."""
    try:
        (read_only,) = connection.execute(f"SHOW transaction_read_only{then}", prepare=False).fetchone()
    except Exception:  # noqa: BLE001  # the driver is not always installed, so its errors have no name here
        return False
    return bool(read_only == "off")


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


def _check(connection: Any, _entry: object, _proxy: object) -> None:
    """Before each use by SQLAlchemy, in place of its `pool_pre_ping`."""
    connection.autocommit = True
    if not is_primary(connection):
        raise InvalidatePoolError
    connection.autocommit = False


def _limit(connection: Connection) -> None:
    if limits := limits_of(connection.info):
        connection.exec_driver_sql(limits)
