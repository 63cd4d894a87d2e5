"""How the shopper came back, in the checkout's row."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("attempts", sa.Column("claim", sa.String(8)))


def downgrade() -> None:
    op.drop_column("attempts", "claim")
