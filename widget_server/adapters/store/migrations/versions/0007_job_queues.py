"""Jobs that any stranger can order wait in a queue of their own. Rows that are there already count as confirmed."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("confirmed", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.create_index("ix_jobs_queue", "jobs", ["kind", "confirmed", "due_at"])


def downgrade() -> None:
    op.drop_index("ix_jobs_queue", "jobs")
    op.drop_column("jobs", "confirmed")
