"""What StepPay last said of a subscription, for the admin dashboard; the indexes of its list and of its deletion."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLE = "steppay_subscriptions"


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("body", sa.JSON()))
    op.create_index("steppay_subscriptions_known_since_ix", TABLE, ["known_since", "id"])
    over = sa.text("ask_again_at IS NULL")
    op.create_index("steppay_subscriptions_over_ix", TABLE, ["id"], sqlite_where=over, postgresql_where=over)


def downgrade() -> None:
    op.drop_index("steppay_subscriptions_over_ix", TABLE)
    op.drop_index("steppay_subscriptions_known_since_ix", TABLE)
    op.drop_column(TABLE, "body")
