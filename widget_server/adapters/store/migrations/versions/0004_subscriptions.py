"""Which subscriptions are known, and when StepPay is asked about them again. Nothing of the member."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "steppay_subscriptions",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_code", sa.String(64)),
        sa.Column("state", sa.String(64)),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("known_since", MOMENT, nullable=False),
        sa.Column("asked_at", MOMENT),
        sa.Column("ask_again_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="steppay_subscriptions_pk"),
    )
    due = sa.text("ask_again_at IS NOT NULL")
    op.create_index(
        "steppay_subscriptions_ask_again_ix",
        "steppay_subscriptions",
        ["ask_again_at"],
        sqlite_where=due,
        postgresql_where=due,
    )


def downgrade() -> None:
    op.drop_table("steppay_subscriptions")
