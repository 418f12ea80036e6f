"""Scopes in the database: the company of each, and what its setups have made."""

import json
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, select, update

from alfred_mock.control.tables import NO_VALUES, PactScope
from alfred_mock.core.clock import Instant
from alfred_mock.core.services import Services
from alfred_mock.core.vault import Vault
from alfred_mock.database import Database, Rows, Statement, Transaction
from alfred_mock.database.columns import columns_of
from alfred_mock.database.rows import Selection, row_of


class Made(NamedTuple):
    """Something that a setup has made."""

    kind: str
    """A key of `undoing.UNDOING`."""
    id: str


@dataclass
class Scope:
    """What interactions of one verifier have in common; those of others do not see it."""

    name: str
    used_at: Instant
    company_id: str | None = None
    is_adopted: bool = False
    """Whether the company was there before, and so stays."""
    values: dict[str, str] = field(default_factory=dict)
    """What every answer says of the company, its credentials among it."""
    made: list[Made] = field(default_factory=list)
    failure: dict[str, Any] | None = None
    """The last call that failed, as the control API shows it."""

    def has_made(self, made: Made) -> bool:
        """Whether it is the scope's own, to be replaced and removed."""
        return not self.is_adopted or made in self.made


_scopes = columns_of(PactScope)
_ROW = Selection(PactScope)
_OF_NAME = select(*_ROW.columns).where(_scopes.name == bindparam("name"))
_FIND, _HOLD = Statement(_OF_NAME), Statement(_OF_NAME.with_for_update())
_LIST = Statement(select(*_ROW.columns).order_by(_scopes.name))
_UNUSED = Statement(
    select(*_ROW.columns).where(_scopes.used_at <= bindparam("before")).order_by(_scopes.name)
)
_OF_COMPANY = Statement(select(_scopes.name).where(_scopes.company_id == bindparam("company_id")))
_BEGIN = Statement(lambda insert: insert(PactScope).on_conflict_do_nothing())
_FORGET = Statement(delete(PactScope).where(_scopes.name == bindparam("name")))
_KEPT = [name for name in PactScope.model_fields if name != "name"]
_KEEP = Statement(
    update(PactScope)
    .where(_scopes.name == bindparam("of_name"))
    .values({name: bindparam(f"new_{name}", type_=_scopes[name].type) for name in _KEPT})
)


def hold(vault: Vault, name: str, now: Instant) -> Transaction[Scope]:
    """A scope, which begins if need be; locked until the transaction ends."""
    yield _BEGIN(**row_of(PactScope, name=name, used_at=now))
    rows: Rows = yield _HOLD(name=name)
    return _read(vault, rows[0])


def keep(vault: Vault, scope: Scope) -> Transaction[None]:
    """Store a scope that is held."""
    yield _KEEP(
        of_name=scope.name,
        new_company_id=scope.company_id,
        new_is_adopted=scope.is_adopted,
        new_values_json=vault.seal(json.dumps(scope.values), of=scope.name)
        if scope.values
        else NO_VALUES,
        new_made_json=json.dumps(scope.made),
        new_failure_json=None if scope.failure is None else json.dumps(scope.failure),
        new_used_at=scope.used_at,
    )


def record(vault: Vault, name: str, now: Instant, *made: Made) -> Transaction[None]:
    """Note what is made in the same transaction, for the teardown."""
    scope = yield from hold(vault, name, now)
    scope.made += made
    yield from keep(vault, scope)


async def find(services: Services, name: str) -> Scope | None:
    """The scope with this name."""
    rows = await services.database.fetch(_FIND(name=name))
    return _read(services.vault, rows[0]) if rows else None


async def list_scopes(services: Services) -> list[Scope]:
    """All scopes."""
    return [_read(services.vault, row) for row in await services.database.fetch(_LIST())]


async def unused_since(services: Services, before: Instant) -> list[Scope]:
    """The scopes that no call was about after this instant."""
    rows = await services.database.fetch(_UNUSED(before=before))
    return [_read(services.vault, row) for row in rows]


async def name_of_owner(database: Database, company_id: str) -> str | None:
    """The name of the scope that has this company."""
    rows = await database.fetch(_OF_COMPANY(company_id=company_id))
    return str(rows[0][0]) if rows else None


async def forget(database: Database, name: str) -> None:
    """Remove the scope with this name."""
    await database.write(_FORGET(name=name))


def _read(vault: Vault, row: Any) -> Scope:
    columns = _ROW.read(row)
    return Scope(
        name=columns.name,
        used_at=columns.used_at,
        company_id=columns.company_id,
        is_adopted=bool(columns.is_adopted),
        values=json.loads(vault.open(columns.values_json, of=columns.name)),
        made=[Made(*pair) for pair in json.loads(columns.made_json)],
        failure=columns.failure_json and json.loads(columns.failure_json),
    )
