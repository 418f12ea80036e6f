"""PostgreSQL announces every change of a credential, also one that is made by hand.

Replicas keep credentials in memory, and drop them when they hear of this.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Rows are only ever kept once they were found, so new ones need no announcement.
TABLES = ("company", "account_user", "api_key", "hmac_pair", "access_token")


def upgrade() -> None:
    """Add the triggers; SQLite looks credentials up every time and needs none."""
    if op.get_context().dialect.name != "postgresql":
        return
    op.execute(
        """
        CREATE FUNCTION announce_changed_credentials() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_notify('alfred_mock_credentials', '');
            RETURN NULL;
        END $$
        """
    )
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER announce_row AFTER UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION announce_changed_credentials()"
        )
        op.execute(
            f"CREATE TRIGGER announce_all AFTER TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION announce_changed_credentials()"
        )


def downgrade() -> None:
    """Drop the triggers."""
    if op.get_context().dialect.name != "postgresql":
        return
    for table in TABLES:
        op.execute(f"DROP TRIGGER announce_row ON {table}")
        op.execute(f"DROP TRIGGER announce_all ON {table}")
    op.execute("DROP FUNCTION announce_changed_credentials()")
