"""From here on the number stands in `steppay_widget_version` (store/ownership.py moves it). No other table changes."""

revision = "0008"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
