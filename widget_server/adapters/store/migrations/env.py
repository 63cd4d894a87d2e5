"""Alembic's entry: runs on the connection and in the transaction that `store.migrate` has opened."""

from alembic import context

from widget_server.adapters.store.ownership import VERSION_TABLE, schema_of
from widget_server.adapters.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    version_table_schema=schema_of(connection),
)
with context.begin_transaction():
    context.run_migrations()
