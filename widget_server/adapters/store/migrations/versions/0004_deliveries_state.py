"""What waits and what is parked is counted at every scrape, among all that was ever delivered."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_deliveries_state", "deliveries", ["state", "created_at"])


def downgrade() -> None:
    op.drop_index("ix_deliveries_state", "deliveries")
