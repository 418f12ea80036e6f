"""Which texts are secrets that the database knows: to be left out of whatever is written."""

from collections.abc import Iterable
from itertools import islice

from sqlalchemy import String, bindparam, literal, select, union_all

from alfred_mock.auth.secrets import digest
from alfred_mock.auth.tables import AccessToken, ApiKey, HmacPair, User
from alfred_mock.core.known_texts import is_telling
from alfred_mock.core.passwords import HASHED
from alfred_mock.core.vault import Vault
from alfred_mock.database import Database, Statement
from alfred_mock.database.columns import columns_of

MOST_WORDS = 512
"""So many texts are looked for; the others are not."""
_AT_ONCE = 64

_keys, _pairs, _users, _tokens = (
    columns_of(table) for table in (ApiKey, HmacPair, User, AccessToken)
)
_company = bindparam("company_id", type_=_keys.company_id.type)
_NOTHING = literal("")
_OF_COMPANY = Statement(
    union_all(
        select(_keys.key, _NOTHING).where(_keys.company_id == _company),
        select(_pairs.key, _pairs.public_id).where(_pairs.company_id == _company),
        select(_users.password, _NOTHING).where(_users.company_id == _company),
    )
)
_words = [bindparam(f"word_{index}", type_=String()) for index in range(_AT_ONCE)]
_digests = [bindparam(f"digest_{index}", type_=String()) for index in range(_AT_ONCE)]
_AMONG = Statement(
    union_all(
        select(_keys.digest).where(_keys.digest.in_(_digests)),
        select(_tokens.digest).where(_tokens.digest.in_(_digests)),
        select(_pairs.digest).where(_pairs.digest.in_(_digests)),
        select(_pairs.key).where(_pairs.key.in_(_words)),
        select(_users.password).where(_users.password.in_(_words)),
    )
)


async def secrets_of(database: Database, vault: Vault, company_id: str) -> list[str]:
    """The passwords and keys of a company, as far as they can be read."""
    rows = await database.fetch(_OF_COMPANY(company_id=company_id))
    return [vault.open(secret, of=of) for secret, of in rows if not secret.startswith(HASHED)]


async def secrets_among(database: Database, words: Iterable[str]) -> list[str]:
    """Those of the texts that are a password, a key or a token of anybody's."""
    telling = {digest(word): word for word in words if is_telling(word)}
    left = iter(list(telling.items())[:MOST_WORDS])
    found: list[str] = []
    while asked := dict(islice(left, _AT_ONCE)):
        padding = [""] * (_AT_ONCE - len(asked))
        values = {
            **{f"word_{index}": word for index, word in enumerate([*asked.values(), *padding])},
            **{f"digest_{index}": key for index, key in enumerate([*asked, *padding])},
        }
        rows = await database.fetch(_AMONG(**values))
        found += [asked.get(str(secret), str(secret)) for (secret,) in rows]
    return found
