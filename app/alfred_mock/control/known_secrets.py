"""Which words are a secret of this server: of a company in the database, or a control token."""

from collections.abc import Iterable

from alfred_mock.auth import known_secrets
from alfred_mock.control.company_tokens import company_of
from alfred_mock.database import Database


async def secrets_among(
    database: Database, admin_token: str | None, words: Iterable[str]
) -> list[str]:
    """Those of the words that are a secret, and the control token for all, which always is one."""
    words = list(words)
    found = await known_secrets.secrets_among(database, words)
    if admin_token is None:
        return found
    return [admin_token, *found, *[word for word in words if company_of(word, admin_token)]]
