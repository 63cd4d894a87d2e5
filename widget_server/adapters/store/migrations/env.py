"""Alembic's entry: runs on the connection and in the transaction that `store.migrate` has opened."""

from alembic import context

from widget_server.adapters.store.ownership import schema_of
from widget_server.adapters.store.tables import metadata

given = context.config.attributes
context.configure(
    connection=given["connection"],
    target_metadata=metadata,
    version_table=given["version_table"],
    version_table_schema=schema_of(given["connection"]),
)
with context.begin_transaction():
    context.run_migrations()
