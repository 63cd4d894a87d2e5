"""The version after this one, with a migration more: from a folder of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from widget_server.adapters.store import ownership

_SCRIPT = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "{new}", "{old}", None, None


def upgrade() -> None:
    op.add_column("steppay_orders", sa.Column("next_note", sa.String(8), nullable=False, server_default="new"))
    op.create_table("steppay_next", sa.Column("id", sa.Integer(), nullable=False), sa.PrimaryKeyConstraint("id"))


def downgrade() -> None:
    op.drop_table("steppay_next")
    op.drop_column("steppay_orders", "next_note")
"""
PRESENT = ownership.known_revisions()[-1]
NEXT = f"{int(PRESENT) + 1:04d}"


@contextmanager
def next_version(folder: Path) -> Iterator[None]:
    """This process is of the next version until the block ends; `folder` is empty."""
    (folder / f"{NEXT}_next.py").write_text(_SCRIPT.format(new=NEXT, old=PRESENT), "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ownership, "VERSIONS", (*ownership.VERSIONS, folder))
        yield
