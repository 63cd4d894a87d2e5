"""The tables as SQLAlchemy sees them; `migrations/versions` creates them, and a test keeps both equal."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, Column, DateTime, Dialect, MetaData, String, Table
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """Aware datetimes in, aware UTC out. SQLite keeps no offset, so only UTC is ever written."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without offset cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


metadata = MetaData(
    naming_convention={"pk": "pk_%(table_name)s", "ix": "ix_%(table_name)s_%(column_0_name)s"},
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", String(22), primary_key=True),
    Column("order_code", String(64), nullable=False, index=True),
    Column("mode", String(16), nullable=False),
    Column("origin", String(300)),
    Column("locale", String(16)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    Column("returned_at", UtcDateTime),
    Column("verdict", JSON(none_as_null=True)),
)

expectations = Table(
    "expectations",
    metadata,
    Column("order_code", String(64), primary_key=True),
    # Text such as 10000 or 9.5: SQLite has no exact decimal, and an amount must come back as it was bound.
    Column("amount", String(32), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("bound_at", UtcDateTime, nullable=False),
    Column("settled_at", UtcDateTime),
)
