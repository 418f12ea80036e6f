"""The company of a scope: made when first needed, made anew, adopted, and removed.

Only companies that were made here are ever removed. Times are real ones: a company that sets its
clock lives no longer for it.
"""

from typing import Any

from sqlalchemy import bindparam, select

from alfred_mock.auth.secrets import digest
from alfred_mock.auth.tables import ApiKey, HmacPair, User
from alfred_mock.control.journal.queue import JournalQueue
from alfred_mock.control.lifetimes import end_at
from alfred_mock.control.new_companies import CompanyMade, add_company, ending, new_company
from alfred_mock.control.pact import scopes
from alfred_mock.control.pact.scopes import Made, Scope
from alfred_mock.control.pact.undoing import COMPANY, UNDOING
from alfred_mock.control.seed.loading import Loading
from alfred_mock.control.seed.secrets import password_of
from alfred_mock.core.clock import SECOND
from alfred_mock.core.errors import Conflict
from alfred_mock.core.services import Services
from alfred_mock.database import ConstraintViolated, Statement, Transaction
from alfred_mock.database.columns import columns_of

IDLE_SECONDS = 600
"""How long a scope may be unused before its company is removed (our choice)."""
FORGET_SECONDS = 86_400
"""How long an unused scope, with its last failure, is remembered (our choice)."""

_keys, _pairs, _users = columns_of(ApiKey), columns_of(HmacPair), columns_of(User)
_OWNER = Statement(select(_keys.company_id).where(_keys.digest == bindparam("digest")))


def _first(*columns: Any, order: Any) -> Statement:
    return Statement(
        select(*columns)
        .where(columns[0].table.c.company_id == bindparam("company_id"))
        .order_by(order)
        .limit(1)
    )


_PAIR = _first(_pairs.public_id, _pairs.key, order=_pairs.public_id)
_USER = _first(_users.user_name, _users.password, order=_users.user_name)


async def owner_of_key(services: Services, key: str) -> str | None:
    """The id of the company that has an API key."""
    rows = await services.database.fetch(_OWNER(digest=digest(key)))
    return str(rows[0][0]) if rows else None


async def open_scope(services: Services, journal: JournalQueue, name: str) -> Scope:
    """The scope with its company, which is made where there is none."""
    found = await scopes.find(services, name)
    if found is None or found.company_id is None:
        await tear_down(services, journal, found)
        await _begin(services, name, new_company(services, None), {}, replaces=False)
    return await services.database.transact(_used(services, name))


async def renew(
    services: Services, journal: JournalQueue, name: str, company_name: str | None, seed: Any
) -> None:
    """Give the scope a new company in the place of the one that it has.

    Raises:
        BadRequest: the seed cannot be loaded; names the place.
    """
    made = new_company(services, company_name)
    found = await scopes.find(services, name)
    await tear_down(services, journal, found)
    await _begin(services, name, made, seed, replaces=True)


async def adopt(
    services: Services, journal: JournalQueue, name: str, company_id: str, key: str
) -> None:
    """Give the scope a company that is there; a teardown removes only what setups have made.

    Raises:
        Conflict: another scope has the company.
    """
    other = await scopes.name_of_owner(services.database, company_id)
    if other not in (None, name):
        raise Conflict("The API key is one of the company of another scope.")
    values = {"company_id": company_id, "api_key": key}
    for hmac_id, sealed in await services.database.fetch(_PAIR(company_id=company_id)):
        values.update(hmac_id=hmac_id, hmac_key=services.vault.open(sealed, of=hmac_id))
    for user_name, stored in await services.database.fetch(_USER(company_id=company_id)):
        password = await password_of(services, company_id, user_name, stored)
        values.update(user_name=user_name, **({} if password is None else {"password": password}))
    await tear_down(services, journal, await scopes.find(services, name))
    try:
        await services.database.transact(_adopted(services, name, values))
    except ConstraintViolated:  # another scope was quicker, or the company has gone
        raise Conflict("The API key is one of the company of another scope.") from None


async def tear_down(services: Services, journal: JournalQueue, scope: Scope | None) -> None:
    """Remove what setups have made, the company included; a second time, nothing happens."""
    if scope is None or (scope.company_id is None and not scope.made):
        return
    # What is in a company that goes, goes with it.
    made = scope.made if scope.is_adopted else [one for one in scope.made if one.kind == COMPANY]
    if scope.company_id is not None and not scope.is_adopted:
        made = [Made(COMPANY, scope.company_id), *made]
    for kind, id_ in reversed(made):
        await UNDOING[kind](services, journal, id_)
    await services.database.transact(_emptied(services, scope))
    await services.database.announce()


async def remove_unused(services: Services, journal: JournalQueue) -> None:
    """Tear down the scopes that were idle for too long, and in the end forget them."""
    now = services.clock.real()
    for scope in await scopes.unused_since(services, now - IDLE_SECONDS * SECOND):
        await tear_down(services, journal, scope)
        if scope.used_at <= now - FORGET_SECONDS * SECOND:
            await scopes.forget(services.database, scope.name)


async def add_other_company(services: Services, name: str, seed: dict[str, Any]) -> None:
    """Add a company that is not the scope's, but is removed with it."""
    made = new_company(services, None)

    def recorded(loading: Loading) -> Transaction[None]:
        yield from loading()
        yield from ending(services, made, IDLE_SECONDS)
        now = services.clock.real()
        yield from scopes.record(services.vault, name, now, Made(COMPANY, made.id))

    await add_company(services, made, seed, recorded)


async def _begin(
    services: Services, name: str, made: CompanyMade, seed: dict[str, Any], *, replaces: bool
) -> None:
    def begun(loading: Loading) -> Transaction[None]:
        scope = yield from scopes.hold(services.vault, name, services.clock.real())
        if scope.company_id is None or replaces:
            yield from loading()
            yield from ending(services, made, IDLE_SECONDS)
            scope.company_id, scope.is_adopted = made.id, False
            scope.values = _values_of(made)
            yield from scopes.keep(services.vault, scope)

    await add_company(services, made, seed, begun)


def _values_of(made: CompanyMade) -> dict[str, str]:
    return {
        "company_id": made.id,
        "api_key": made.api_key,
        "hmac_id": made.hmac.id,
        "hmac_key": made.hmac.key,
        "user_name": made.user.user_name,
        "password": made.user.password,
    }


def _used(services: Services, name: str) -> Transaction[Scope]:
    now = services.clock.real()
    scope = yield from scopes.hold(services.vault, name, now)
    scope.used_at = now
    companies = [id_ for kind, id_ in scope.made if kind == COMPANY]
    if scope.company_id is not None and not scope.is_adopted:
        companies.append(scope.company_id)
    for company_id in companies:
        yield from end_at(company_id, now + IDLE_SECONDS * SECOND)
    yield from scopes.keep(services.vault, scope)
    return scope


def _adopted(services: Services, name: str, values: dict[str, str]) -> Transaction[None]:
    scope = yield from scopes.hold(services.vault, name, services.clock.real())
    scope.company_id, scope.is_adopted, scope.values = values["company_id"], True, values
    yield from scopes.keep(services.vault, scope)


def _emptied(services: Services, torn: Scope) -> Transaction[None]:
    scope = yield from scopes.hold(services.vault, torn.name, services.clock.real())
    if scope.company_id in (None, torn.company_id):
        scope.company_id, scope.is_adopted, scope.values = None, False, {}
        scope.made = [one for one in scope.made if one not in torn.made]
        yield from scopes.keep(services.vault, scope)
