"""The tables as SQLAlchemy sees them; `migrations/versions` creates them, and a test keeps both equal."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
    true,
)
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
    naming_convention={
        "pk": "%(table_name)s_pk",
        "ix": "%(table_name)s_%(column_0_name)s_ix",
        "uq": "%(table_name)s_%(column_0_name)s_uq",
    },
)

checkouts = Table(
    "steppay_checkouts",
    metadata,
    Column("id", String(22), primary_key=True),
    Column("order_code", String(64), nullable=False),
    Column("mode", String(16), nullable=False),
    Column("origin", String(300)),
    Column("locale", String(16)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    Column("returned_at", UtcDateTime),
    Column("last_verdict", JSON(none_as_null=True)),
    Column("claim", String(8)),
    Index("steppay_checkouts_order_code_ix", "order_code", "created_at"),
)

expectations = Table(
    "steppay_expectations",
    metadata,
    Column("order_code", String(64), primary_key=True),
    # Text such as 10000 or 9.5: SQLite has no exact decimal, and an amount must be read as it was bound.
    Column("amount", String(32), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("bound_at", UtcDateTime, nullable=False),
    Column("settled_at", UtcDateTime),
)

_NUMBER = BigInteger().with_variant(Integer(), "sqlite")  # SQLite counts up INTEGER keys alone

orders = Table(
    "steppay_orders",
    metadata,
    Column("order_code", String(64), primary_key=True),
    Column("order_id", BigInteger, index=True),
    Column("verdict", String(24), nullable=False),
    Column("reason", String(40), nullable=False),
    Column("returned_amount", String(32), nullable=False),
    Column("checked_at", UtcDateTime, nullable=False),
    Column("body", JSON(none_as_null=True)),
    Column("needs_review", Boolean, nullable=False),
    # How often the slow sweep has asked about it (domain/recheck_schedule.py).
    Column("sweep_step", Integer, nullable=False, server_default="0"),
    # The verdict too: counting a day by hours reads the index alone.
    Index("steppay_orders_checked_at_ix", "checked_at", "verdict"),
    Index("steppay_orders_verdict_ix", "verdict", "checked_at"),
)


def _partial(name: str, condition: str, *columns: Column[Any]) -> None:
    """An index over few of the rows. A query uses it only when it repeats the condition word by word (SQLite)."""
    Index(name, *columns, sqlite_where=text(condition), postgresql_where=text(condition))


_partial("steppay_checkouts_claim_ix", "claim IS NOT NULL", checkouts.c.order_code)
_partial("steppay_orders_needs_review_ix", "needs_review", orders.c.checked_at)
_partial(  # settled orders that a refund may still follow
    "steppay_orders_sweep_ix",
    "verdict IN ('paid', 'no_charge', 'partially_refunded')",
    orders.c.sweep_step,
    orders.c.checked_at,
)

transitions = Table(
    "steppay_transitions",
    metadata,
    Column("id", _NUMBER, primary_key=True, autoincrement=True),
    Column("order_code", String(64), nullable=False),
    Column("step", String(64), nullable=False),
    Column("verdict", String(24), nullable=False),
    Column("reason", String(40), nullable=False),
    Column("cause", String(16), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    UniqueConstraint("order_code", "step"),
)

# What an event names, never its body: that may hold customer data.
webhooks = Table(
    "steppay_webhooks",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("event", String(64), nullable=False),
    Column("order_code", String(64)),
    Column("order_id", BigInteger),
    Column("claimed_status", String(24)),
    Column("received_at", UtcDateTime, nullable=False, index=True),
    Column("state", String(16), nullable=False),
)
_partial("steppay_webhooks_new_ix", "state = 'new'", webhooks.c.digest)
_partial("steppay_webhooks_order_code_ix", "order_code IS NOT NULL", webhooks.c.order_code)
_partial("steppay_webhooks_order_id_ix", "order_id IS NOT NULL", webhooks.c.order_id)

# What StepPay last said, as `domain.subscription.Subscription.fingerprint`; nothing of the member.
subscriptions = Table(
    "steppay_subscriptions",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("order_code", String(64)),
    Column("state", String(64)),
    # How often `state` has changed: two changes are two webhooks, also where the second undoes the first.
    Column("version", Integer, nullable=False),
    Column("known_since", UtcDateTime, nullable=False),
    Column("asked_at", UtcDateTime),
    Column("ask_again_at", UtcDateTime),
    # `services.subscription_views.stored_body`: access, dates and order codes, for operators.
    Column("body", JSON(none_as_null=True)),
    Index("steppay_subscriptions_known_since_ix", "known_since", "id"),
)
_partial("steppay_subscriptions_over_ix", "ask_again_at IS NULL", subscriptions.c.id)
_partial("steppay_subscriptions_ask_again_ix", "ask_again_at IS NOT NULL", subscriptions.c.ask_again_at)

deliveries = Table(
    "steppay_deliveries",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("order_code", String(64), index=True),
    Column("type", String(64), nullable=False),
    # The text that every attempt sends: one id never has two payloads.
    Column("payload", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False, index=True),
    Column("state", String(16), nullable=False),
    Index("steppay_deliveries_state_ix", "state", "created_at"),
)

delivery_attempts = Table(
    "steppay_delivery_attempts",
    metadata,
    Column("id", _NUMBER, primary_key=True, autoincrement=True),
    Column("delivery_id", String(40), nullable=False, index=True),
    Column("started_at", UtcDateTime, nullable=False),
    Column("status", Integer),
    Column("outcome", String(24), nullable=False),
    Column("answer", Text, nullable=False),
)

jobs = Table(
    "steppay_jobs",
    metadata,
    Column("kind", String(16), primary_key=True),
    Column("subject", String(64), primary_key=True),
    Column("due_at", UtcDateTime, nullable=False),
    Column("step", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("starts", Integer, nullable=False),
    Column("until", UtcDateTime),
    Column("leased_by", String(64)),
    Column("leased_until", UtcDateTime),
    Column("confirmed", Boolean, nullable=False, server_default=true()),
    Index("steppay_jobs_queue_ix", "kind", "confirmed", "due_at"),
)

# What an operator should know, while it lasts: a message reports each row once, and goes when its cause is gone.
alerts = Table(
    "steppay_alerts",
    metadata,
    Column("kind", String(24), primary_key=True),
    Column("subject", String(64), primary_key=True),
    Column("order_code", String(64)),
    Column("raised_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("told_at", UtcDateTime),
)

# Idempotency keys of new orders, as keyed hashes. The customer's number is there until the order is known.
order_requests = Table(
    "steppay_order_requests",
    metadata,
    Column("key_digest", String(64), primary_key=True),
    Column("body_digest", String(64), nullable=False),
    Column("created_at", UtcDateTime, nullable=False, index=True),
    Column("leased_by", String(64)),
    Column("leased_until", UtcDateTime),
    Column("sent_at", UtcDateTime),
    Column("customer_id", BigInteger),
    Column("newest_order", BigInteger),
    Column("order_code", String(64), unique=True),
    Column("order_id", BigInteger),
    Column("amount", String(32)),
    Column("currency", String(3)),
)
_partial("steppay_order_requests_open_ix", "order_code IS NULL", order_requests.c.body_digest)
