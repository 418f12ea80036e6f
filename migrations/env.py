"""How Alembic reaches the database: over a connection that the server hands it.

It has no URL of its own: its caller (`alfred-mock migrate`, a start, a test) opens the connection.
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
