"""`X-TagshelfAPI-Key: <key>` (docs)."""

from fastapi.security import APIKeyHeader
from sqlalchemy import bindparam
from sqlmodel import select

from alfred_mock.auth.caller import Caller, Scheme
from alfred_mock.auth.secrets import digest, equal
from alfred_mock.auth.tables import ApiKey, Company
from alfred_mock.core.errors import Unauthorized
from alfred_mock.database import Database, Statement

HEADER = "X-TagshelfAPI-Key"
PARAMETER = "apiKey"
"""In the query of a realtime connection, which has no such header (SDK)."""

scheme = APIKeyHeader(
    name=HEADER, scheme_name="ApiKey", description="Application API key.", auto_error=False
)

_FIND = Statement(
    select(ApiKey.id, ApiKey.name, ApiKey.key, Company.id, Company.name)  # type: ignore[call-overload]
    .join(Company)
    .where(ApiKey.digest == bindparam("digest"))
)


async def authenticate(key: str, database: Database) -> Caller:
    """The application that the key belongs to.

    Raises:
        Unauthorized: no company has this key.
    """
    hashed = digest(key)
    remembered = database.remembered
    if hashed in remembered:
        known_caller: Caller = remembered[hashed]
        return known_caller
    for key_id, name, known, company_id, company_name in await database.look_up(
        _FIND(digest=hashed)
    ):
        if not known or equal(key, known):  # without a text, the digest has decided
            caller = remembered[hashed] = Caller(
                Scheme.API_KEY,
                company_id,
                company_name,
                user_name=name,
                app_id=key_id,
                app_name=name,
            )
            return caller
    raise Unauthorized("no company has this API key")


async def unverified_company(key: str, database: Database) -> str | None:
    """The id of the company that has this key."""
    for _, _, known, company_id, _ in await database.look_up(_FIND(digest=digest(key))):
        if not known or equal(key, known):
            return str(company_id)
    return None
