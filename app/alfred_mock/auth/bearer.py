"""`Authorization: Bearer <access_token>`, with tokens from `POST /token` (docs).

A token is random and means nothing by itself: what it stands for is in the database, so it is
good on every replica, outlives a restart and ends at once with its user.
"""

from fastapi.security import OAuth2PasswordBearer
from sqlalchemy import bindparam
from sqlmodel import select

from alfred_mock.auth.caller import Caller, Scheme
from alfred_mock.auth.secrets import digest
from alfred_mock.auth.tables import AccessToken, Company, User
from alfred_mock.core.clock import Clock, to_wire
from alfred_mock.core.errors import Unauthorized
from alfred_mock.database import Database, Statement

scheme = OAuth2PasswordBearer(
    tokenUrl="/token",
    scheme_name="OAuth2",
    description="`Authorization: Bearer <access_token>`, with a token from `POST /token`.",
    auto_error=False,
)

_FIND = Statement(
    select(  # type: ignore[call-overload]
        AccessToken.expires_at,
        User.id,
        User.user_name,
        User.name,
        User.last_name,
        Company.id,
        Company.name,
    )
    .join(User, AccessToken.user_id == User.id)
    .join(Company, User.company_id == Company.id)
    .where(AccessToken.digest == bindparam("digest"))
)


async def authenticate(token: str, database: Database, clock: Clock) -> Caller:
    """The user whom the token was handed out to.

    Raises:
        Unauthorized: nobody was given this token, or it has expired.
    """
    rows = await database.look_up(_FIND(digest=digest(token)))
    if not rows:
        raise Unauthorized("this access token was never handed out")
    expires_at, user_id, user_name, name, last_name, company_id, company_name = rows[0]
    now = clock.now(company_id)
    if now >= expires_at:
        raise Unauthorized(
            f"the access token expired at {to_wire(expires_at)}; for its company it is"
            f" {to_wire(now)}"
        )
    return Caller(
        Scheme.OAUTH,
        company_id,
        company_name,
        user_name=user_name,
        user_id=user_id,
        name=name,
        last_name=last_name,
    )


async def unverified_company(token: str, database: Database) -> str | None:
    """The id of the company whose user the token was handed out to, however long ago."""
    rows = await database.look_up(_FIND(digest=digest(token)))
    return str(rows[0][5]) if rows else None
