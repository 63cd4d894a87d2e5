"""Idempotency keys of new orders. No personal data."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_TABLE = "steppay_order_requests"


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("key_digest", sa.String(64), nullable=False),
        sa.Column("body_digest", sa.String(64), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("leased_by", sa.String(64)),
        sa.Column("leased_until", _MOMENT),
        sa.Column("sent_at", _MOMENT),
        sa.Column("customer_id", sa.BigInteger()),
        sa.Column("newest_order", sa.BigInteger()),
        sa.Column("order_code", sa.String(64)),
        sa.Column("order_id", sa.BigInteger()),
        sa.Column("amount", sa.String(32)),
        sa.Column("currency", sa.String(3)),
        sa.PrimaryKeyConstraint("key_digest", name=f"{_TABLE}_pk"),
        sa.UniqueConstraint("order_code", name=f"{_TABLE}_order_code_uq"),
    )
    op.create_index(f"{_TABLE}_created_at_ix", _TABLE, ["created_at"])
    rows = sa.text("order_code IS NULL")
    op.create_index(f"{_TABLE}_open_ix", _TABLE, ["body_digest"], sqlite_where=rows, postgresql_where=rows)


def downgrade() -> None:
    op.drop_table(_TABLE)
