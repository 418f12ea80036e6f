"""Access tokens that a tester makes expire."""

from sqlalchemy import bindparam, or_, select, update

from alfred_mock.auth.tables import AccessToken, User
from alfred_mock.control.company_filter import of_company
from alfred_mock.core.errors import NotFound
from alfred_mock.core.services import Services
from alfred_mock.database import Statement, Transaction
from alfred_mock.database.columns import columns_of

_tokens, _users = columns_of(AccessToken), columns_of(User)

LONG_AGO = 0
"""When such a token has expired: no clock can be set to an earlier time."""

_name = bindparam("user_name", type_=_users.user_name.type)
_WHO = (of_company(_users.company_id), or_(_name.is_(None), _users.user_name == _name))
_USERS = Statement(select(_users.id).where(*_WHO).limit(1))
_FIND = Statement(
    select(_users.company_id, _tokens.expires_at)
    .join_from(AccessToken, User, _tokens.user_id == _users.id)
    .where(*_WHO)
)
_EXPIRE = Statement(
    update(AccessToken)
    .where(_tokens.user_id.in_(select(_users.id).where(*_WHO)))
    .values(expires_at=bindparam("long_ago"))
)


async def expire(services: Services, company_id: str | None, user_name: str | None) -> int:
    """Have every replica refuse these tokens; returns how many were valid until now.

    Raises:
        NotFound: the company has no user with this name.
    """
    who = {"company_id": company_id, "user_name": user_name}
    if user_name is not None and not await services.database.fetch(_USERS(**who)):
        raise NotFound(f"There is no user {user_name}.")
    found = await services.database.transact(_expire(who))
    expired = sum(services.clock.now(owner) < expires_at for owner, expires_at in found)
    await services.database.announce()
    return expired


def _expire(who: dict[str, str | None]) -> Transaction[list[tuple[str, int]]]:
    rows = yield _FIND(**who)
    yield _EXPIRE(long_ago=LONG_AGO, **who)
    return [(owner, expires_at) for owner, expires_at in rows]
