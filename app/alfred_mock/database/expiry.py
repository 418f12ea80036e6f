"""How rows whose time is over are forgotten."""

from typing import Any

from sqlalchemy import bindparam, delete, select, tuple_

from alfred_mock.database.statements import Statement

AT_ONCE = 100


def forget_expired(*key: Any, expires_at: Any, owner: Any) -> Statement:
    """Delete rows of one owner, named by their key, that expired before the parameter `before`.

    Only of that owner (the parameter `owner`), because for another one it may be another time.
    Some at a time, and only those that nobody else is about to forget: replicas that did this in
    different orders could otherwise wait for each other for ever.
    """
    expired = (
        select(*key)
        .where(owner == bindparam("owner"), expires_at < bindparam("before"))
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    return Statement(delete(key[0].class_).where(tuple_(*key).in_(expired)))
