"""The tables of the first release. No personal data."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite counts up INTEGER keys alone


def upgrade() -> None:
    _checkouts()
    _orders()
    _webhooks()
    _deliveries()
    _jobs()


def downgrade() -> None:
    for name in ("jobs", "delivery_attempts", "deliveries", "webhooks", "transitions", "orders", "expectations"):
        op.drop_table(f"steppay_{name}")
    op.drop_table("steppay_checkouts")


def _checkouts() -> None:
    op.create_table(
        "steppay_checkouts",
        sa.Column("id", sa.String(22), nullable=False),
        sa.Column("order_code", sa.String(64), nullable=False),
        sa.Column("mode", sa.String(16), nullable=False),
        sa.Column("origin", sa.String(300)),
        sa.Column("locale", sa.String(16)),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("returned_at", MOMENT),
        sa.Column("last_verdict", sa.JSON()),
        sa.Column("claim", sa.String(8)),
        sa.PrimaryKeyConstraint("id", name="steppay_checkouts_pk"),
    )
    _index("checkouts", "order_code", "order_code", "created_at")
    _index("checkouts", "expires_at", "expires_at")
    _index("checkouts", "claim", "order_code", where="claim IS NOT NULL")


def _orders() -> None:
    op.create_table(
        "steppay_expectations",
        sa.Column("order_code", sa.String(64), nullable=False),
        sa.Column("amount", sa.String(32), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("bound_at", MOMENT, nullable=False),
        sa.Column("settled_at", MOMENT),
        sa.PrimaryKeyConstraint("order_code", name="steppay_expectations_pk"),
    )
    op.create_table(
        "steppay_orders",
        sa.Column("order_code", sa.String(64), nullable=False),
        sa.Column("order_id", sa.BigInteger()),
        sa.Column("verdict", sa.String(24), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("returned_amount", sa.String(32), nullable=False),
        sa.Column("checked_at", MOMENT, nullable=False),
        sa.Column("body", sa.JSON()),
        sa.Column("needs_review", sa.Boolean(), nullable=False),
        sa.Column("sweep_step", sa.Integer(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("order_code", name="steppay_orders_pk"),
    )
    _index("orders", "order_id", "order_id")
    _index("orders", "checked_at", "checked_at", "verdict")
    _index("orders", "verdict", "verdict", "checked_at")
    _index("orders", "needs_review", "checked_at", where="needs_review")
    settled = "verdict IN ('paid', 'no_charge', 'partially_refunded')"
    _index("orders", "sweep", "sweep_step", "checked_at", where=settled)
    op.create_table(
        "steppay_transitions",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("order_code", sa.String(64), nullable=False),
        sa.Column("step", sa.String(64), nullable=False),
        sa.Column("verdict", sa.String(24), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("cause", sa.String(16), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="steppay_transitions_pk"),
        sa.UniqueConstraint("order_code", "step", name="steppay_transitions_order_code_uq"),
    )


def _webhooks() -> None:
    op.create_table(
        "steppay_webhooks",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("event", sa.String(64), nullable=False),
        sa.Column("order_code", sa.String(64)),
        sa.Column("order_id", sa.BigInteger()),
        sa.Column("claimed_status", sa.String(24)),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="steppay_webhooks_pk"),
    )
    _index("webhooks", "received_at", "received_at")
    _index("webhooks", "new", "digest", where="state = 'new'")
    for name in ("order_code", "order_id"):  # an event names its order by one of them, mostly
        _index("webhooks", name, name, where=f"{name} IS NOT NULL")


def _deliveries() -> None:
    op.create_table(
        "steppay_deliveries",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("order_code", sa.String(64)),
        sa.Column("type", sa.String(64), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("id", name="steppay_deliveries_pk"),
    )
    _index("deliveries", "order_code", "order_code")
    _index("deliveries", "created_at", "created_at")
    _index("deliveries", "state", "state", "created_at")
    op.create_table(
        "steppay_delivery_attempts",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("delivery_id", sa.String(40), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("outcome", sa.String(24), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="steppay_delivery_attempts_pk"),
    )
    _index("delivery_attempts", "delivery_id", "delivery_id")


def _jobs() -> None:
    op.create_table(
        "steppay_jobs",
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Integer(), nullable=False),
        sa.Column("until", MOMENT),
        sa.Column("leased_by", sa.String(64)),
        sa.Column("leased_until", MOMENT),
        sa.Column("confirmed", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.PrimaryKeyConstraint("kind", "subject", name="steppay_jobs_pk"),
    )
    _index("jobs", "queue", "kind", "confirmed", "due_at")


def _index(table: str, name: str, *columns: str, where: str | None = None) -> None:
    """`where`: over few of the rows."""
    rows = sa.text(where) if where else None
    full_name = f"steppay_{table}_{name}_ix"
    op.create_index(full_name, f"steppay_{table}", list(columns), sqlite_where=rows, postgresql_where=rows)
