"""How expired rows are deleted."""

from typing import Any

from sqlalchemy import bindparam, delete, select, tuple_

from alfred_mock.database.statements import Statement

AT_ONCE = 100


def forget_expired(*key: Any, expires_at: Any, owner: Any) -> Statement:
    """Delete rows, named by their key, that expired before the parameter `before`.

    Only rows of one owner (the parameter `owner`), since another one may have another time. Some at
    a time, and none that another replica is deleting: two that deleted the same rows in different
    orders could wait for each other for ever.
    """
    expired = (
        select(*key)
        .where(owner == bindparam("owner"), expires_at < bindparam("before"))
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
        # PostgreSQL may run a subquery once for each row, and so pass its limit. This it runs once.
        .cte("expired")
    )
    return Statement(delete(key[0].table).where(tuple_(*key).in_(select(expired))))
