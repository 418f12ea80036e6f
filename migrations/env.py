"""How Alembic reaches the database: over a connection that the server hands it.

It has no URL of its own: its caller (`alfred-mock migrate`, a start, a test) opens the connection.
"""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from alembic import context

from alfred_mock.tables import metadata

_FIRST_THAT_STORES = "0012"


def _store_whom_it_serves(ctx: Any, step: Any, heads: Collection[str], run_args: Any) -> None:
    """Write down the oldest version of the application that the schema serves by now.

    A revision cannot serve more than those before it do, and one that says nothing serves nobody
    older than itself.
    """
    if not heads or (head := max(heads)) < _FIRST_THAT_STORES:
        return
    serves_from = max(
        getattr(each.module, "serves_from", each.revision)
        for each in context.script.iterate_revisions(head, _FIRST_THAT_STORES, inclusive=True)
    )
    connection.execute(sa.update(_version).values(serves_from=serves_from))


_version = sa.table("alembic_version", sa.column("serves_from"))
connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    # The caller holds the transaction, so that a lock around it keeps other replicas out.
    transactional_ddl=False,
    on_version_apply=_store_whom_it_serves,
)
context.run_migrations()
