"""Indexes for an order with very many checkouts, which any caller can open; and smaller ones over events."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_CLAIMED = sa.text("claim IS NOT NULL")
_NAMED = ("order_code", "order_id")
"""An event names its order by one of them, mostly."""


def upgrade() -> None:
    op.drop_index("ix_checkouts_order_code", "checkouts")
    op.create_index("ix_checkouts_order_code", "checkouts", ["order_code", "created_at"])
    op.create_index("ix_checkouts_claim", "checkouts", ["order_code"], sqlite_where=_CLAIMED, postgresql_where=_CLAIMED)
    for name in _NAMED:
        op.drop_index(f"ix_webhooks_{name}", "webhooks")
        given = sa.text(f"{name} IS NOT NULL")
        op.create_index(f"ix_webhooks_{name}", "webhooks", [name], sqlite_where=given, postgresql_where=given)


def downgrade() -> None:
    for name in _NAMED:
        op.drop_index(f"ix_webhooks_{name}", "webhooks")
        op.create_index(f"ix_webhooks_{name}", "webhooks", [name])
    op.drop_index("ix_checkouts_claim", "checkouts")
    op.drop_index("ix_checkouts_order_code", "checkouts")
    op.create_index("ix_checkouts_order_code", "checkouts", ["order_code"])
