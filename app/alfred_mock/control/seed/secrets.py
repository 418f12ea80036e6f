"""Secrets in seeds: how they are stored where secrets are protected, and what an export tells.

A document that comes out without secrets has a mask in their places, and cannot be loaded: a mask
would be everybody's password. One with them has what can be read back: HMAC keys, and those
passwords and API keys that the company's seed, which is sealed, has given.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import bindparam, select

from alfred_mock.auth.secrets import digest
from alfred_mock.auth.tables import User
from alfred_mock.control.seed.credentials import BY_DIGEST, UserSeed
from alfred_mock.control.seed.document import SeedDocument
from alfred_mock.control.seed.formats import parse_json
from alfred_mock.control.tables import StoredSeed
from alfred_mock.core.masking import MASK
from alfred_mock.core.passwords import HASHED
from alfred_mock.core.services import Services
from alfred_mock.core.vault import Vault
from alfred_mock.database import Statement
from alfred_mock.database.columns import columns_of

_users = columns_of(User)
_STORED = Statement(
    select(_users.password).where(
        _users.user_name == bindparam("user_name"), _users.company_id == bindparam("company_id")
    )
)
_seeds = columns_of(StoredSeed)
_SEED = Statement(select(_seeds.document_json).where(_seeds.company_id == bindparam("company_id")))
_PLACES = (("users", "password"), ("api_keys", "key"), ("hmac", "key"))


async def passwords_to_store(services: Services, document: SeedDocument) -> dict[str, str]:
    """The password of each user of a document as it is to be stored, by user name.

    One that is stored already is the same text again. It is made before the transaction, which
    must be quick.
    """
    return {
        user.user_name: await stored_password(services, company.id, user)
        for company in document.companies
        for user in company.users
    }


async def stored_password(services: Services, company_id: str, user: UserSeed) -> str:
    """The password of a user as it is to be stored; that which is there if it is the same."""
    call = _STORED(user_name=user.user_name, company_id=company_id)
    for (text,) in await services.database.fetch(call):
        if await services.passwords.is_right(user.password, text):
            return str(text)
    return await services.passwords.to_store(user.password)


async def password_of(
    services: Services, company_id: str, user_name: str, stored: str
) -> str | None:
    """The password of a user in clear, from the company's seed where only a hash is stored.

    None if nobody knows it any more.
    """
    if not stored.startswith(HASHED):
        return stored
    for (text,) in await services.database.fetch(_SEED(company_id=company_id)):
        seed = json.loads(services.vault.open(text, of=company_id))
        for user in seed.get("users", ()):
            is_known = user["user_name"] == user_name
            if is_known and await services.passwords.is_right(user["password"], stored):
                return str(user["password"])
    return None


def masked(companies: Iterable[dict[str, Any]]) -> None:
    """Put a mask in the place of each secret of exported companies."""
    for company in companies:
        for part, key in _PLACES:
            for credential in company.get(part, ()):
                credential[key] = MASK


def revealed(companies: Iterable[dict[str, Any]], seeds: Mapping[str, str], vault: Vault) -> None:
    """Put each secret of exported companies in its place in clear, as far as it can be read.

    `seeds` are the stored seeds by the ids of their companies. A credential whose secret nobody
    knows any more is left out: it would come back as another one.
    """
    for company in companies:
        company_id = company["id"]
        text = seeds.get(company_id)
        seed = parse_json(vault.open(text, of=company_id)) if text is not None else {}
        given = {user["user_name"]: user["password"] for user in seed.get("users", ())}
        keys = {BY_DIGEST + digest(item["key"]): item["key"] for item in seed.get("api_keys", ())}
        for user in company.get("users", ()):
            if user["password"].startswith(HASHED):
                user["password"] = given.get(user["user_name"])
        for item in company.get("api_keys", ()):
            if item["key"].startswith(BY_DIGEST):
                item["key"] = keys.get(item["key"])
        for pair in company.get("hmac", ()):
            pair["key"] = vault.open(pair["key"], of=pair["id"])
        for part, key in _PLACES[:2]:
            if part in company:
                company[part] = [item for item in company[part] if item[key] is not None]
                if not company[part]:
                    del company[part]
