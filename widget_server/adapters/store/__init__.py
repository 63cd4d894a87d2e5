"""Everything that is kept, in a SQL database: SQLite by default, PostgreSQL where several machines share one store."""
