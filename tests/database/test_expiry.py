"""Rows whose time is over are forgotten, and no others."""

import pytest
from sqlmodel import insert, select

from alfred_mock.auth.tables import AccessToken, HmacPair, Nonce, User
from alfred_mock.database import Statement
from alfred_mock.database.expiry import AT_ONCE, forget_expired
from alfred_mock.main import Application
from tests.support import UNKNOWN_ID

pytestmark = pytest.mark.anyio

_TOKEN = Statement(insert(AccessToken))
_NONCE = Statement(insert(Nonce))
_USER = Statement(select(User.id))
_PAIR = Statement(select(HmacPair.id))
_TOKENS = Statement(select(AccessToken.digest))
_NONCES = Statement(select(Nonce.nonce))
_FORGET_TOKENS = forget_expired(
    AccessToken.digest, expires_at=AccessToken.expires_at, owner=AccessToken.user_id
)
_FORGET_NONCES = forget_expired(
    Nonce.hmac_pair_id, Nonce.nonce, expires_at=Nonce.expires_at, owner=Nonce.hmac_pair_id
)


async def test_what_expired_goes_and_the_rest_stays_with_a_simple_key(app: Application) -> None:
    database = app.services.database
    [(user,)] = await database.fetch(_USER())
    for name, expires_at in (("old", 9), ("now", 10), ("new", 11)):
        await database.write(_TOKEN(digest=name, user_id=user, issued_at=0, expires_at=expires_at))
    await database.write(_FORGET_TOKENS(owner=user, before=10))
    assert {name for (name,) in await database.fetch(_TOKENS())} == {"now", "new"}


async def test_what_expired_goes_and_the_rest_stays_with_a_composite_key(app: Application) -> None:
    database = app.services.database
    [(pair,)] = await database.fetch(_PAIR())
    for name, expires_at in (("old", 9), ("now", 10), ("new", 11)):
        await database.write(_NONCE(hmac_pair_id=pair, nonce=name, expires_at=expires_at))
    await database.write(_FORGET_NONCES(owner=pair, before=10))
    assert {name for (name,) in await database.fetch(_NONCES())} == {"now", "new"}


async def test_only_so_many_are_forgotten_at_once(app: Application) -> None:
    database = app.services.database
    [(pair,)] = await database.fetch(_PAIR())
    for number in range(AT_ONCE + 1):
        await database.write(_NONCE(hmac_pair_id=pair, nonce=str(number), expires_at=1))
    await database.write(_FORGET_NONCES(owner=pair, before=2))
    assert len(await database.fetch(_NONCES())) == 1


async def test_what_is_somebody_elses_stays(app: Application) -> None:
    database = app.services.database
    [(pair,)] = await database.fetch(_PAIR())
    await database.write(_NONCE(hmac_pair_id=pair, nonce="old", expires_at=9))
    await database.write(_FORGET_NONCES(owner=UNKNOWN_ID, before=10))
    assert await database.fetch(_NONCES()) == [("old",)]
