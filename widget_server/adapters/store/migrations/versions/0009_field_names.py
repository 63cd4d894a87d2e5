"""The field's names for a table and three columns, and indexes that keep each query short over a million orders.

A version before it cannot run on its tables (docs/decisions/0053): it was made before the first release.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_COLUMNS = [
    ("checkouts", "verdict", "last_verdict"),
    ("orders", "returned", "returned_amount"),
    ("webhooks", "said", "claimed_status"),
]
_NEW = sa.text("state = 'new'")
_SWEPT = sa.text("verdict IN ('paid', 'no_charge', 'partially_refunded')")


def upgrade() -> None:
    _rename_table("attempts", "checkouts")
    for table, old, new in _COLUMNS:
        op.execute(f"ALTER TABLE {table} RENAME COLUMN {old} TO {new}")
    op.drop_index("ix_jobs_due_at", "jobs")
    op.drop_index("ix_orders_needs_review", "orders")
    op.drop_index("ix_orders_sweep", "orders")
    _partial("ix_orders_needs_review", "orders", ["checked_at"], sa.text("needs_review"))
    _partial("ix_orders_sweep", "orders", ["sweep_step", "checked_at"], _SWEPT)
    op.create_index("ix_orders_verdict", "orders", ["verdict", "checked_at"])
    _partial("ix_webhooks_new", "webhooks", ["digest"], _NEW)


def downgrade() -> None:
    op.drop_index("ix_webhooks_new", "webhooks")
    op.drop_index("ix_orders_verdict", "orders")
    op.drop_index("ix_orders_sweep", "orders")
    op.drop_index("ix_orders_needs_review", "orders")
    op.create_index(
        "ix_orders_needs_review",
        "orders",
        ["checked_at"],
        sqlite_where=sa.text("needs_review = 1"),
        postgresql_where=sa.text("needs_review"),
    )
    op.create_index("ix_jobs_due_at", "jobs", ["due_at"])
    for table, old, new in _COLUMNS:
        op.execute(f"ALTER TABLE {table} RENAME COLUMN {new} TO {old}")
    op.create_index("ix_orders_sweep", "orders", ["verdict", "sweep_step", "checked_at"])
    _rename_table("checkouts", "attempts")


def _rename_table(old: str, new: str) -> None:
    for column in ("order_code", "expires_at"):
        op.drop_index(f"ix_{old}_{column}", old)
    op.rename_table(old, new)
    if op.get_bind().dialect.name == "postgresql":  # SQLite keeps the key's old name, by which nothing finds it
        op.execute(f"ALTER TABLE {new} RENAME CONSTRAINT pk_{old} TO pk_{new}")
    for column in ("order_code", "expires_at"):
        op.create_index(f"ix_{new}_{column}", new, [column])


def _partial(name: str, table: str, columns: list[str], where: sa.TextClause) -> None:
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
