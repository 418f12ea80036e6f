"""Puts a seed document into the database, all of it or nothing.

Loading the same document again changes nothing: companies and credentials are set to what the
document says, sessions are left as they have become.
"""

from typing import Any

from sqlalchemy import bindparam
from sqlmodel import SQLModel, select

from alfred_mock.alfred.deferred_sessions.models import DeferredSession
from alfred_mock.auth.models import ApiKey, Company, HmacPair, User
from alfred_mock.auth.secrets import digest
from alfred_mock.control.seed.document import CompanySeed, SeedDocument
from alfred_mock.core.database import Statement, Transaction
from alfred_mock.core.errors import Refusal
from alfred_mock.core.ids import Ids
from alfred_mock.core.services import Services


def _put(model: type[SQLModel], key: str, *updated: str) -> Statement:
    """Insert a row; where its key exists in the same company, set these columns instead.

    Returns no row where the key belongs to another company.
    """

    def clause(insert: Any) -> Any:
        statement = insert(model)
        table = model.__table__  # type: ignore[attr-defined]
        same_owner = (
            None if model is Company else table.c.company_id == statement.excluded.company_id
        )
        return statement.on_conflict_do_update(
            index_elements=[key],
            set_={column: statement.excluded[column] for column in updated},
            where=same_owner,
        ).returning(table.c[key])

    return Statement(clause)


_PUT_COMPANY = _put(Company, "id", "name")
_PUT_USER = _put(User, "user_name", "password", "name", "last_name")
_PUT_KEY = _put(ApiKey, "digest", "name")
_PUT_HMAC = _put(HmacPair, "public_id", "name", "key")
_ADD_SESSION = Statement(lambda insert: insert(DeferredSession).on_conflict_do_nothing())
_OWNER_OF_SESSION = Statement(
    select(DeferredSession.company_id).where(DeferredSession.id == bindparam("id"))
)
_USER = Statement(select(User.id).where(User.user_name == bindparam("user_name")))
_KEY = Statement(select(ApiKey.id).where(ApiKey.digest == bindparam("digest")))
_HMAC = Statement(select(HmacPair.id).where(HmacPair.public_id == bindparam("public_id")))


async def load(services: Services, document: SeedDocument, *, source: str) -> None:
    """Load a document.

    Raises:
        Refusal: something in it belongs to another company already.
    """
    await services.database.transact(_load(document, services.ids, source))


def _load(document: SeedDocument, ids: Ids, source: str) -> Transaction[None]:
    for company in document.companies:
        yield _PUT_COMPANY(id=company.id, name=company.name)
        for user in company.users:
            if not (yield _PUT_USER(id=ids.uuid(), company_id=company.id, **user.model_dump())):
                raise _taken(source, f"the user_name {user.user_name}")
        for key in company.api_keys:
            row = {"name": key.name, "key": key.key, "digest": digest(key.key)}
            if not (yield _PUT_KEY(id=ids.uuid(), company_id=company.id, **row)):
                raise _taken(source, f"the API key of {key.name}")
        for pair in company.hmac:
            row = {"name": pair.name, "key": pair.key, "public_id": pair.id}
            if not (yield _PUT_HMAC(id=ids.uuid(), company_id=company.id, **row)):
                raise _taken(source, f"the HMAC id {pair.id}")
        for session in company.deferred_sessions:
            values = session.model_dump()
            values["update_date"] = values["update_date"] or values["creation_date"]
            yield _ADD_SESSION(company_id=company.id, **values)
            if (yield _OWNER_OF_SESSION(id=session.id)) != [(company.id,)]:
                raise _taken(source, f"the deferred session {session.id}")


def _taken(source: str, what: str) -> Refusal:
    return Refusal(f"{source}: {what} belongs to another company in the database already")


async def has_any_credential(services: Services, company: CompanySeed) -> bool:
    """Whether the database knows any of the company's credentials."""
    calls = [_USER(user_name=user.user_name) for user in company.users]
    calls += [_KEY(digest=digest(key.key)) for key in company.api_keys]
    calls += [_HMAC(public_id=pair.id) for pair in company.hmac]
    return any([await services.database.fetch(call) for call in calls])
