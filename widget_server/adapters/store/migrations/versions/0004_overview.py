"""Indexes for the admin dashboard and for the metrics. No row changes."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_orders_checked_at", "orders")
    op.create_index("ix_orders_checked_at", "orders", ["checked_at", "verdict"])
    op.create_index(
        "ix_orders_needs_review",
        "orders",
        ["checked_at"],
        sqlite_where=sa.text("needs_review = 1"),
        postgresql_where=sa.text("needs_review"),
    )
    op.create_index("ix_webhooks_order_code", "webhooks", ["order_code"])
    op.create_index("ix_webhooks_order_id", "webhooks", ["order_id"])
    op.create_index("ix_deliveries_order_code", "deliveries", ["order_code"])
    op.create_index("ix_deliveries_state", "deliveries", ["state", "created_at"])


def downgrade() -> None:
    op.drop_index("ix_deliveries_state", "deliveries")
    op.drop_index("ix_deliveries_order_code", "deliveries")
    op.drop_index("ix_webhooks_order_id", "webhooks")
    op.drop_index("ix_webhooks_order_code", "webhooks")
    op.drop_index("ix_orders_needs_review", "orders")
    op.drop_index("ix_orders_checked_at", "orders")
    op.create_index("ix_orders_checked_at", "orders", ["checked_at"])
