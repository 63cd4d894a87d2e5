"""The expectations: what a merchant's backend bound to an order. No personal data."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "expectations",
        sa.Column("order_code", sa.String(64), nullable=False),
        sa.Column("amount", sa.String(32), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("bound_at", moment, nullable=False),
        sa.Column("settled_at", moment),
        sa.PrimaryKeyConstraint("order_code", name="pk_expectations"),
    )


def downgrade() -> None:
    op.drop_table("expectations")
