"""Tables of companies and of what proves that a caller belongs to one.

On one's own machine secrets are stored as they are given: a tester must be able to export them
again. Where `ALFRED_MOCK_SECRET_KEY` is set, API keys are digests only, passwords are hashed by
Argon2, and HMAC keys, which a digest cannot check, are sealed (`core.vault`). What a caller
presents is looked up by its SHA-256 digest, so that the time a look-up takes says nothing about the
secret, and then compared in constant time.
"""

from typing import Any

from sqlmodel import Field

from alfred_mock.database.columns import id_field, instant_field, size_field
from alfred_mock.database.table_model import TableModel


def owned_by_company(**options: Any) -> Any:
    """A column that holds the id of the company whose row this is; it goes with the company."""
    return id_field(foreign_key="company.id", ondelete="CASCADE", **options)


class Company(TableModel):
    """Who owns everything else; nothing is ever seen across companies."""

    id: str = id_field(primary_key=True)
    name: str


class User(TableModel):
    """Somebody who logs in with a password at `POST /token`."""

    __tablename__ = "account_user"  # `user` is a reserved word of PostgreSQL

    id: str = id_field(primary_key=True)
    company_id: str = owned_by_company(index=True)
    user_name: str = Field(unique=True)
    password: str
    """In clear, or its Argon2 hash, which no password may look like."""
    name: str | None = None
    last_name: str | None = None


class ApiKey(TableModel):
    """An application's key, sent as `X-TagshelfAPI-Key`; its name is the caller's user name."""

    __tablename__ = "api_key"

    id: str = id_field(primary_key=True)
    company_id: str = owned_by_company(index=True)
    name: str
    key: str
    """Empty where only the digest is stored."""
    digest: str = Field(unique=True)


class HmacPair(TableModel):
    """The public id and the base64 key that `Authorization: amx` signs with."""

    __tablename__ = "hmac_pair"

    id: str = id_field(primary_key=True)
    company_id: str = owned_by_company(index=True)
    name: str
    public_id: str = Field(unique=True)
    key: str
    """In clear, or sealed for its public id."""
    digest: str | None = Field(default=None, index=True)
    """None is of a row that a server of an older version has added."""


class AccessToken(TableModel):
    """A token that `POST /token` has handed out; only its digest is kept."""

    __tablename__ = "access_token"

    digest: str = Field(primary_key=True)
    user_id: str = id_field(foreign_key="account_user.id", ondelete="CASCADE", index=True)
    issued_at: int = instant_field()
    expires_at: int = instant_field(index=True)


class Nonce(TableModel):
    """A nonce that an HMAC pair has used and must not use again before it expires."""

    hmac_pair_id: str = id_field(primary_key=True, foreign_key="hmac_pair.id", ondelete="CASCADE")
    nonce: str = Field(primary_key=True)
    expires_at: int = instant_field(index=True)


class RateWindow(TableModel):
    """How often a credential was used in its latest minute; only where limits are enforced."""

    __tablename__ = "rate_window"

    credential_id: str = id_field(primary_key=True)
    """The id of an API key, an HMAC pair or a user."""
    company_id: str = owned_by_company(index=True)
    minute: int = size_field()
    """Its number, counted from 1970."""
    used: int = size_field()
    """Requests that were reserved, which may be a few more than there may be."""
