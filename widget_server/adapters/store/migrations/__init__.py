"""Alembic scripts; `store.migrate` runs them, there is no alembic.ini."""
