"""Brings the secrets of a database into the form in which they are to be stored.

For a database that has them in clear, and after a new `ALFRED_MOCK_SECRET_KEY`: first both keys
are given, then everything is sealed anew, then the old one is not needed any more. Servers may run
meanwhile: each can read the form before and the form after.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import bindparam, exists, func, literal, or_, select, union, update

from alfred_mock.auth.secrets import digest
from alfred_mock.auth.tables import ApiKey, HmacPair, User
from alfred_mock.control.tables import NO_VALUES, PactScope, StoredSeed
from alfred_mock.core.errors import Refusal
from alfred_mock.core.passwords import HASHED
from alfred_mock.core.services import Services
from alfred_mock.core.vault import NAMED_BYTES, Vault
from alfred_mock.database import Database, Statement
from alfred_mock.database.columns import columns_of

_users, _keys, _pairs, _seeds, _scopes = (
    columns_of(table) for table in (User, ApiKey, HmacPair, StoredSeed, PactScope)
)
_AT_ONCE = 100
# Beginnings are enough to tell what is to be done; a seed can be large.
_begin = func.substr
_BEGINNINGS = Statement(
    union(
        select(_begin(_pairs.key, 1, NAMED_BYTES)),
        select(_begin(_seeds.document_json, 1, NAMED_BYTES)),
        select(_begin(_scopes.values_json, 1, NAMED_BYTES)).where(_scopes.values_json != NO_VALUES),
    )
)
_IN_CLEAR = Statement(
    select(literal(1)).where(
        or_(
            exists().where(_begin(_users.password, 1, len(HASHED)) != HASHED),
            exists().where(_keys.key != ""),
        )
    )
)


class _Kind(NamedTuple):
    """A kind of secrets: where they are, and which of them are stored as they should be."""

    page: Statement
    replace: Statement
    is_done: Callable[[Vault, str], bool]


def _kind(
    table: Any, column: str, id_: str, of: str, is_done: Callable[[Vault, str], bool]
) -> _Kind:
    columns = columns_of(table)
    secret, key = columns[column], columns[id_]
    after = bindparam("after", type_=key.type)
    return _Kind(
        Statement(
            select(key, columns[of], secret)
            .where(or_(after.is_(None), key > after))
            .order_by(key)
            .limit(_AT_ONCE)
        ),
        # Only what is still as it was read: somebody may have changed it meanwhile.
        Statement(
            update(table)
            .where(key == bindparam("the_id", type_=key.type), secret == bindparam("before"))
            .values({column: bindparam("stored")})
            .returning(key)
        ),
        is_done,
    )


_PASSWORDS = _kind(User, "password", "id", "id", lambda _, text: text.startswith(HASHED))
_API_KEYS = _kind(ApiKey, "key", "id", "digest", lambda _, text: not text)
_HMAC_KEYS = _kind(HmacPair, "key", "id", "public_id", Vault.is_current)
_SEEDS = _kind(StoredSeed, "document_json", "company_id", "company_id", Vault.is_current)
_SCOPES = _kind(
    PactScope,
    "values_json",
    "name",
    "name",
    lambda vault, text: text == NO_VALUES or vault.is_current(text),
)
_KINDS = {
    "passwords": _PASSWORDS,
    "API keys": _API_KEYS,
    "HMAC keys": _HMAC_KEYS,
    "seeds": _SEEDS,
    "Pact scopes": _SCOPES,
}
_DIGEST = Statement(
    update(HmacPair)
    .where(_pairs.id == bindparam("the_id"), _pairs.digest.is_(None))
    .values(digest=bindparam("digest"))
)


async def check_key(database: Database, vault: Vault) -> bool:
    """Whether all secrets are stored as they should be.

    Raises:
        Refusal: some are sealed by a key that was not given.
    """
    beginnings = [str(text) for (text,) in await database.fetch(_BEGINNINGS())]
    if not all(vault.can_open(text) for text in beginnings):
        raise Refusal(
            "the database holds secrets that are sealed by another key: ALFRED_MOCK_SECRET_KEY must"
            " have the one that they were sealed by"
        )
    if not vault.seals:
        return True
    in_clear = await database.fetch(_IN_CLEAR())
    return not in_clear and all(vault.is_current(text) for text in beginnings)


async def seal_all(services: Services) -> dict[str, int]:
    """Store every secret as it should be, some at a time; how many of each kind were not.

    Raises:
        CannotOpen: one is sealed by a key that was not given.
    """
    counts = {}
    for name, kind in _KINDS.items():
        counts[name] = await _seal_kind(services, kind)
    return counts


async def _seal_kind(services: Services, kind: _Kind) -> int:
    database, vault = services.database, services.vault
    count, after = 0, None
    while rows := await database.fetch(kind.page(after=after)):
        for id_, of, text in rows:
            after = id_
            if kind.is_done(vault, text):
                continue
            if kind is _PASSWORDS:
                stored = await services.passwords.to_store(text)
            elif kind is _API_KEYS:
                stored = ""
            else:
                opened = vault.open(text, of=of)
                stored = vault.seal(opened, of=of)
                if kind is _HMAC_KEYS:
                    await database.write(_DIGEST(the_id=id_, digest=digest(opened)))
            replaced = kind.replace(the_id=id_, before=text, stored=stored)
            count += len(await database.write(replaced))
    return count
