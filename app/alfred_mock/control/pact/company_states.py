"""States about the company and its callers."""

import base64
from collections.abc import Mapping
from typing import Annotated, Any

from sqlalchemy import bindparam, select

from alfred_mock.auth.secrets import digest
from alfred_mock.auth.tables import AccessToken, User
from alfred_mock.control.overrides.tokens import LONG_AGO
from alfred_mock.control.pact import scopes, tenancy
from alfred_mock.control.pact.parts import NoParameters
from alfred_mock.control.pact.scopes import Made, Scope
from alfred_mock.control.pact.setups import Setup
from alfred_mock.control.pact.states import FromText, Parameters, Values, state
from alfred_mock.control.pact.undoing import ACCESS_TOKEN, API_KEY, USER
from alfred_mock.control.seed.credentials import (
    CredentialSeed,
    KeySeed,
    KeyText,
    Password,
    UserSeed,
    put_credentials,
)
from alfred_mock.control.seed.rows import Taken
from alfred_mock.control.seed.secrets import password_of, stored_password
from alfred_mock.core.clock import SECOND, Instant
from alfred_mock.core.errors import Conflict
from alfred_mock.core.settings import Progression
from alfred_mock.core.values import Seconds, ShortText
from alfred_mock.database import Statement, Transaction
from alfred_mock.database.columns import columns_of
from alfred_mock.database.rows import Insert

_users = columns_of(User)
_USER = Statement(
    select(_users.id, _users.company_id, _users.password).where(
        _users.user_name == bindparam("user_name")
    )
)
_HAND_OUT = Insert(AccessToken)
_NO_PASSWORDS: Mapping[str, str] = {}


class CompanyParameters(Parameters):
    """What the new company is to be."""

    name: ShortText | None = None
    seed: Annotated[dict[str, Any], FromText] | None = None
    progression: Progression | None = None
    stage_seconds: Seconds | None = None


@state("a company", "a company named {name}", kind=CompanyParameters)
async def company(setup: Setup, asked: CompanyParameters) -> Values:
    """A new one in any case; the one before it goes."""
    seed = dict(asked.seed or {})
    if asked.progression is not None:
        seed["progression"] = asked.progression.value
    if asked.stage_seconds is not None:
        seed["stage_seconds"] = asked.stage_seconds
    await tenancy.renew(setup.services, setup.journal, setup.scope_name, asked.name, seed)
    return {}


class KeyParameters(Parameters):
    """The API key that a contract has in its text."""

    key: KeyText | None = None


@state("the API key {key} is valid", "the API key is valid", kind=KeyParameters)
async def api_key(setup: Setup, asked: KeyParameters) -> Values:
    """The company that has the key becomes the scope's; a key of nobody becomes the company's."""
    if asked.key is None:
        return {}
    owner = await tenancy.owner_of_key(setup.services, asked.key)
    if owner is None:
        scope = await setup.scope()
        credential = KeySeed(key=asked.key)
        made = Made(API_KEY, digest(asked.key))
        await _transact(setup, _with_credential(setup, scope, credential, made))
    elif owner != (await _company_id(setup)):
        await tenancy.adopt(setup.services, setup.journal, setup.scope_name, owner, asked.key)
    return {"api_key": asked.key}


async def _company_id(setup: Setup) -> str | None:
    found = await scopes.find(setup.services, setup.scope_name)
    return None if found is None else found.company_id


_REFUSED = "api_key access_token hmac_id hmac_key user_name password"


@state("no valid credentials", kind=NoParameters, returns=_REFUSED)
async def no_credentials(setup: Setup, _: NoParameters) -> Values:
    """What is answered in the place of the company's credentials is refused."""
    ids = setup.services.ids
    await setup.scope()
    return {
        "api_key": ids.token(),
        "access_token": ids.token(),
        "hmac_id": ids.uuid(),
        "hmac_key": base64.b64encode(ids.token().encode()).decode(),
        "user_name": f"nobody-{ids.uuid()}",
        "password": ids.token(),
    }


@state("an expired access token", kind=NoParameters, returns="api_key access_token")
async def expired_token(setup: Setup, _: NoParameters) -> Values:
    """The token was the company's user's; the API key is nobody's."""
    handed_out = await _log_in(setup, UserParameters(), expires_at=LONG_AGO)
    return {"api_key": setup.services.ids.token(), "access_token": handed_out["access_token"]}


class UserParameters(Parameters):
    """Who has logged in: the company's user unless given."""

    user_name: ShortText | None = None
    password: Password | None = None


@state(
    "a logged-in user",
    "a logged-in user named {user_name}",
    "the user {user_name} is logged in",
    kind=UserParameters,
    returns="access_token",
)
async def logged_in_user(setup: Setup, asked: UserParameters) -> Values:
    """A user that the company does not have is made, and so is one's password another."""
    return await _log_in(setup, asked, expires_at=None)


async def _log_in(setup: Setup, asked: UserParameters, expires_at: Instant | None) -> Values:
    services = setup.services
    scope = await setup.scope()
    user_name = asked.user_name or scope.values.get("user_name") or f"user-{services.ids.uuid()}"
    company_id, access_token = scope.values["company_id"], services.ids.token()
    known = await services.database.fetch(_USER(user_name=user_name))
    password = asked.password
    if password is None and known and known[0][1] == company_id:
        password = await password_of(services, company_id, user_name, known[0][2])
    # A password that nobody knows any more could not be told, so it becomes another.
    user = UserSeed(user_name=user_name, password=password or services.ids.token())
    stored = None
    if asked.password is not None or password is None:
        stored = await stored_password(services, company_id, user)
    await _transact(setup, _logged_in(setup, scope, user, stored, access_token, expires_at))
    return {"access_token": access_token, "user_name": user_name, "password": user.password}


def _logged_in(
    setup: Setup,
    scope: Scope,
    user: UserSeed,
    stored: str | None,
    access_token: str,
    expires_at: Instant | None,
) -> Transaction[None]:
    """`stored` is the user's password as it is to be stored; None if it stays as it is."""
    services = setup.services
    company_id = scope.values["company_id"]
    known = yield _USER(user_name=user.user_name)
    if stored is not None:
        made = () if known else (Made(USER, user.user_name),)
        passwords = {user.user_name: stored}
        yield from _with_credential(setup, scope, user, *made, passwords=passwords)
        known = yield _USER(user_name=user.user_name)
    now = services.clock.now(company_id)
    yield _HAND_OUT(
        digest=digest(access_token),
        user_id=known[0][0],
        issued_at=now,
        expires_at=now + services.settings.token_lifetime * SECOND
        if expires_at is None
        else expires_at,
    )
    yield from setup.record(Made(ACCESS_TOKEN, digest(access_token)))


def _with_credential(
    setup: Setup,
    scope: Scope,
    credential: CredentialSeed,
    *made: Made,
    passwords: Mapping[str, str] = _NO_PASSWORDS,
) -> Transaction[None]:
    company_id = scope.values["company_id"]
    yield from put_credentials(setup.services, company_id, [credential], passwords, "state")
    yield from setup.record(*made)


async def _transact(setup: Setup, transaction: Transaction[None]) -> None:
    try:
        await setup.services.database.transact(transaction)
    except Taken:
        raise Conflict("The user name or API key is one of another company.") from None
