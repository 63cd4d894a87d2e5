"""The record of orders, the inbox of webhooks, the deliveries to the merchant, and the jobs. No personal data."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite counts up INTEGER keys alone


def upgrade() -> None:
    _orders()
    _webhooks()
    _deliveries()
    _jobs()


def _orders() -> None:
    op.create_table(
        "orders",
        sa.Column("order_code", sa.String(64), nullable=False),
        sa.Column("order_id", sa.BigInteger()),
        sa.Column("verdict", sa.String(24), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("returned", sa.String(32), nullable=False),
        sa.Column("checked_at", MOMENT, nullable=False),
        sa.Column("body", sa.JSON()),
        sa.Column("needs_review", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("order_code", name="pk_orders"),
    )
    op.create_index("ix_orders_order_id", "orders", ["order_id"])
    op.create_index("ix_orders_checked_at", "orders", ["checked_at"])
    op.create_table(
        "transitions",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("order_code", sa.String(64), nullable=False),
        sa.Column("step", sa.String(64), nullable=False),
        sa.Column("verdict", sa.String(24), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("cause", sa.String(16), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_transitions"),
        sa.UniqueConstraint("order_code", "step", name="uq_transitions_order_code"),
    )


def _webhooks() -> None:
    op.create_table(
        "webhooks",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("event", sa.String(64), nullable=False),
        sa.Column("order_code", sa.String(64)),
        sa.Column("order_id", sa.BigInteger()),
        sa.Column("said", sa.String(24)),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_webhooks"),
    )
    op.create_index("ix_webhooks_received_at", "webhooks", ["received_at"])


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("order_code", sa.String(64)),
        sa.Column("type", sa.String(64), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
    )
    op.create_index("ix_deliveries_created_at", "deliveries", ["created_at"])
    op.create_table(
        "delivery_attempts",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("delivery_id", sa.String(40), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("outcome", sa.String(24), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_delivery_attempts"),
    )
    op.create_index("ix_delivery_attempts_delivery_id", "delivery_attempts", ["delivery_id"])


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Integer(), nullable=False),
        sa.Column("until", MOMENT),
        sa.Column("leased_by", sa.String(64)),
        sa.Column("leased_until", MOMENT),
        sa.PrimaryKeyConstraint("kind", "subject", name="pk_jobs"),
    )
    op.create_index("ix_jobs_due_at", "jobs", ["due_at"])


def downgrade() -> None:
    for table in ("jobs", "delivery_attempts", "deliveries", "webhooks", "transitions", "orders"):
        op.drop_table(table)
