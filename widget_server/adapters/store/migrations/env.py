"""Alembic's entry: runs on the connection and in the transaction that `store.migrate` has opened."""

from __future__ import annotations

from alembic import context

from widget_server.adapters.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
