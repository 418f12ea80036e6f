"""Credentials that are taken away from a running server."""

import json
from typing import Any, Self

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError
from sqlalchemy import bindparam, delete, select, update

from alfred_mock.auth.secrets import digest
from alfred_mock.auth.tables import ApiKey, HmacPair, User
from alfred_mock.control.body import ControlBody
from alfred_mock.control.company_filter import CompanyName, company_id_of, of_company
from alfred_mock.control.seed.company import hold_companies
from alfred_mock.control.tables import StoredSeed
from alfred_mock.core.errors import BadRequest, NotFound, describe_errors
from alfred_mock.core.replies import JsonReply
from alfred_mock.core.services import ServicesDep
from alfred_mock.core.vault import Vault
from alfred_mock.database import Rows, Statement, Transaction
from alfred_mock.database.columns import columns_of

router = APIRouter(prefix="/credentials", tags=["Companies"])

_seeds = columns_of(StoredSeed)
_DOCUMENT = Statement(
    select(_seeds.document_json).where(_seeds.company_id == bindparam("company_id"))
)
_STORE = Statement(
    update(StoredSeed)
    .where(_seeds.company_id == bindparam("company"))
    .values(document_json=bindparam("document"))
)
_NONE = NotFound("There is no such credential.")


class _Kind:
    """A kind of credentials: where they are stored, and where in a seed."""

    def __init__(self, table: Any, column: str, part: str, key: str) -> None:
        columns = columns_of(table)
        self.part, self.key = part, key
        is_it = (columns[column] == bindparam("value"), of_company(columns.company_id))
        self.find = Statement(select(columns.company_id).where(*is_it))
        self.delete = Statement(delete(table).where(*is_it).returning(columns.company_id))


_KINDS = {
    "api_key": _Kind(ApiKey, "digest", "api_keys", "key"),
    "hmac_id": _Kind(HmacPair, "public_id", "hmac", "id"),
    "user_name": _Kind(User, "user_name", "users", "user_name"),
}


class CredentialRemove(ControlBody):
    """Which credential is to be removed; exactly one."""

    company: CompanyName = None
    api_key: str | None = Field(None, min_length=1, max_length=256, pattern=r"^[^\x00]*$")
    hmac_id: str | None = Field(None, min_length=1, max_length=256, pattern=r"^[^\x00]*$")
    user_name: str | None = Field(None, min_length=1, max_length=256, pattern=r"^[^\x00]*$")

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if len(self.given) != 1:
            raise PydanticCustomError(
                "one", "must have exactly one of api_key, hmac_id and user_name"
            )
        return self

    @property
    def given(self) -> list[tuple[str, str]]:
        """What is given, each with its name."""
        values = ((name, getattr(self, name)) for name in _KINDS)
        return [(name, value) for name, value in values if value is not None]


class CredentialRemoved(BaseModel):
    """Whose credential it was."""

    model_config = ConfigDict(extra="forbid")

    company: str


@router.post(
    "/remove",
    summary="Remove an API key, an HMAC pair or a user.",
    response_model=CredentialRemoved,
    responses=describe_errors(BadRequest, _NONE),
)
async def remove_credential(services: ServicesDep, asked: CredentialRemove) -> JsonReply:
    """It is refused everywhere when this is answered, and so are all tokens of the user.

    A reset does not bring it back; a restart with a seed that gives it does.
    """
    company_id = await company_id_of(services, asked.company)
    [(name, value)] = asked.given
    kind = _KINDS[name]
    stored_as = digest(value) if name == "api_key" else value
    found = await services.database.fetch(kind.find(value=stored_as, company_id=company_id))
    owner = str(found[0][0]) if found else None
    if owner is None or not await services.database.transact(
        _remove(services.vault, kind, owner, value, stored_as)
    ):
        raise _NONE
    await services.database.announce()
    return JsonReply(CredentialRemoved(company=owner))


def _remove(
    vault: Vault, kind: _Kind, company_id: str, value: str, stored_as: str
) -> Transaction[bool]:
    yield from hold_companies(company_id)
    if not (yield kind.delete(value=stored_as, company_id=company_id)):
        return False
    rows: Rows = yield _DOCUMENT(company_id=company_id)
    for (text,) in rows:
        document = json.loads(vault.open(text, of=company_id))
        given = document.get(kind.part) or []
        document[kind.part] = [item for item in given if item.get(kind.key) != value]
        compact = json.dumps(document, separators=(",", ":"))
        yield _STORE(company=company_id, document=vault.seal(compact, of=company_id))
    return True
