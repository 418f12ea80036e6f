"""How Alembic reaches the database: over a connection that the server hands it.

`alembic` on its own is for authors of migrations: it takes the database of `ALFRED_MOCK_DATABASE_URL`
through `alfred-mock migrate`, never through a URL of its own.
"""

from alembic import context

from alfred_mock.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    # The caller holds the transaction, so that a lock around it keeps other replicas out.
    transactional_ddl=False,
)
context.run_migrations()
