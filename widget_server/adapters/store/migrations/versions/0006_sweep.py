"""How far the slow sweep of settled orders is. Orders that are there already begin with the first check that is due."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("sweep_step", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("ix_orders_sweep", "orders", ["verdict", "sweep_step", "checked_at"])


def downgrade() -> None:
    op.drop_index("ix_orders_sweep", "orders")
    op.drop_column("orders", "sweep_step")
