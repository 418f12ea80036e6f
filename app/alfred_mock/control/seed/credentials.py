"""Who may call: users, API keys and HMAC pairs."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field
from sqlalchemy import bindparam, delete, select

from alfred_mock.auth.amx_signature import is_key
from alfred_mock.auth.secrets import digest
from alfred_mock.auth.tables import AccessToken, ApiKey, HmacPair, User
from alfred_mock.control.seed.part import Stored, StoredPart
from alfred_mock.control.seed.rows import CompanyRows, Upsert, taken
from alfred_mock.core.masking import MASK
from alfred_mock.core.passwords import HASHED
from alfred_mock.core.services import Services
from alfred_mock.core.values import ShortText
from alfred_mock.core.vault import Vault
from alfred_mock.database import Rows, Statement, Transaction
from alfred_mock.database.columns import columns_of

_users = columns_of(User)
_PASSWORD = Statement(
    select(_users.id, _users.password)
    .where(_users.user_name == bindparam("user_name"), _users.company_id == bindparam("company_id"))
    .with_for_update()
)
_END_TOKENS = Statement(
    delete(AccessToken).where(columns_of(AccessToken).user_id == bindparam("user_id"))
)


BY_DIGEST = "\0"
"""Before the digest of an API key whose text is not stored; no key has this character."""


def _known(value: str) -> str:
    if value == MASK:
        raise ValueError("is masked: an export with secrets=true has it")
    return value


def _password(value: str) -> str:
    if value.startswith(HASHED):
        raise ValueError(f"must not begin with {HASHED}, like a hash")
    return _known(value)


def _hmac_key(value: str) -> str:
    if not is_key(value):
        raise ValueError("must be base64")
    return value


# What travels in a header must survive the trip.
HeaderText = Annotated[str, Field(min_length=1, max_length=256, pattern=r"^[!-~]+$")]
KeyText = Annotated[HeaderText, AfterValidator(_known)]
Password = Annotated[ShortText, AfterValidator(_password)]
HmacId = Annotated[str, Field(min_length=1, max_length=256, pattern=r"^[!-9;-~]+$")]


class CredentialSeed(StoredPart):
    """What proves that a caller belongs to a company."""

    upsert: ClassVar[Upsert]
    unique: ClassVar[str]
    """The key whose value no other credential of this kind may have, in no company."""
    unique_name: ClassVar[str]
    """What refusals call that value."""

    @property
    def unique_value(self) -> str:
        """That value."""
        value: str = getattr(self, self.unique)
        return value

    @property
    def label(self) -> str:
        """What refusals call this credential."""
        return f"{self.unique_name} {self.unique_value}"


class UserSeed(CredentialSeed):
    """Somebody who can log in at `POST /token`; user names are unique across companies."""

    rows = CompanyRows(User, "user_name")
    upsert = Upsert(User, "user_name")
    unique = unique_name = "user_name"

    user_name: ShortText
    password: Password
    name: ShortText | None = None
    last_name: ShortText | None = None


class KeySeed(CredentialSeed):
    """An API key; its name is the `user_name` of what is made with it."""

    rows = CompanyRows(ApiKey, "key", "digest")
    upsert = Upsert(ApiKey, "digest")
    unique, unique_name = "key", "API key"

    key: KeyText
    name: ShortText = "API Key 1"

    @property
    def label(self) -> str:
        """By its name, since the key is a secret."""
        return f"API key of {self.name}"

    def row(self) -> dict[str, Any]:
        """With the digest by which a key is looked up."""
        return {**super().row(), "digest": digest(self.key)}

    @classmethod
    def shown(cls, row: Any, **given: Any) -> dict[str, Any]:
        """With the digest in the place of a key that is not stored."""
        return super().shown(row, key=row.key or BY_DIGEST + row.digest, **given)


class HmacSeed(CredentialSeed):
    """An HMAC pair: the id that is sent and the base64 key that signs."""

    rows = CompanyRows(HmacPair, "public_id")
    upsert = Upsert(HmacPair, "public_id")
    unique, unique_name = "id", "HMAC id"

    id: Annotated[HmacId, Stored("public_id")]
    key: Annotated[str, AfterValidator(_hmac_key)]
    name: ShortText = "HMAC Key 1"

    def row(self) -> dict[str, Any]:
        """With the digest by which a key is known for one."""
        return {**super().row(), "digest": digest(self.key)}


def put_credentials(
    services: Services,
    company_id: str,
    credentials: Iterable[CredentialSeed],
    passwords: Mapping[str, str],
    source: str,
) -> Transaction[None]:
    """Add the credentials that are missing, and change those that are there.

    A password that changes ends the tokens that were handed out for the old one; `passwords` are
    those of the users as they are to be stored.

    Raises:
        Refusal: another company has one of them.
    """
    for given in credentials:
        # Held until the end, so that nobody logs in with the old password meanwhile.
        known: Rows = []
        row = _protected(services.vault, given.row(), passwords)
        if isinstance(given, UserSeed):
            known = yield _PASSWORD(user_name=given.user_name, company_id=company_id)
        if not (yield given.upsert(id=services.ids.uuid(), company_id=company_id, **row)):
            raise taken(source, f"the {given.label}")
        if isinstance(given, UserSeed) and known and known[0][1] != row["password"]:
            yield _END_TOKENS(user_id=known[0][0])


def _protected(vault: Vault, row: dict[str, Any], passwords: Mapping[str, str]) -> dict[str, Any]:
    """The row of a credential with its secret as it is to be stored."""
    if "password" in row:
        return {**row, "password": passwords[row["user_name"]]}
    if "public_id" in row:
        return {**row, "key": vault.seal(row["key"], of=row["public_id"])}
    return {**row, "key": ""} if vault.seals else row
