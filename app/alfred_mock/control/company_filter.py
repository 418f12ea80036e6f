"""The company that a control call is about: one that is named, or all of them."""

from typing import Annotated, Any

from fastapi import Depends, Query
from pydantic import Field
from sqlalchemy import bindparam, or_, select

from alfred_mock.auth.secrets import digest
from alfred_mock.auth.tables import ApiKey, Company, HmacPair, User
from alfred_mock.control.body import NotNull
from alfred_mock.control.company_tokens import only_own
from alfred_mock.control.tables import UNFINISHED, CompanyLifetime
from alfred_mock.core.errors import NotFound
from alfred_mock.core.ids import parse_uuid
from alfred_mock.core.services import Services, ServicesDep
from alfred_mock.database import Statement
from alfred_mock.database.columns import columns_of

_companies = columns_of(Company)
_lifetimes = columns_of(CompanyLifetime)
_keys = columns_of(ApiKey)
_pairs = columns_of(HmacPair)
_users = columns_of(User)

_BY_ID = Statement(
    select(_companies.id)
    .outerjoin(CompanyLifetime, _lifetimes.company_id == _companies.id)
    .where(
        _companies.id == bindparam("id"),
        or_(_lifetimes.created_at.is_(None), _lifetimes.created_at != UNFINISHED),
    )
)
_BY_CREDENTIAL = Statement(
    select(_companies.id).where(
        or_(
            _companies.id.in_(select(_keys.company_id).where(_keys.digest == bindparam("digest"))),
            _companies.id.in_(
                select(_pairs.company_id).where(_pairs.public_id == bindparam("credential"))
            ),
            _companies.id.in_(
                select(_users.company_id).where(_users.user_name == bindparam("credential"))
            ),
        )
    )
)

_Name = Annotated[str, Field(min_length=1, max_length=256, pattern=r"^[^\x00]*$")]
_SAID = "A company's id, API key, HMAC id or user name; all companies if absent."
CompanyName = Annotated[_Name | None, NotNull, Field(description=_SAID)]
"""In a body; null is refused, since a variable that was never set would else mean everybody."""


async def company_id_of(services: Services, named: str | None) -> str | None:
    """The id of a company that is named by its id or by one of its credentials; None for None.

    Raises:
        NotFound: there is no such company.
        Forbidden: the caller's token is for another one.
    """
    if named is None:
        only_own(None)
        return None
    as_id = parse_uuid(named)
    if as_id is not None:
        found = await services.database.fetch(_BY_ID(id=as_id))
    else:
        call = _BY_CREDENTIAL(digest=digest(named), credential=named)
        found = await services.database.fetch(call)
    if not found:
        # The name may be a mistyped secret, so the message does not repeat it.
        only_own(None)
        raise NotFound("There is no company with this id or credential.")
    only_own(str(found[0][0]))
    return str(found[0][0])


async def _queried(
    services: ServicesDep, company: Annotated[_Name | None, Query(description=_SAID)] = None
) -> str | None:
    return await company_id_of(services, company)


CompanyQuery = Annotated[str | None, Depends(_queried)]
"""The company that the query names, None for all."""


def of_company(column: Any) -> Any:
    """A condition: rows of the company in the parameter `company_id`, or all rows if it is None."""
    parameter = bindparam("company_id", type_=column.type)
    return or_(parameter.is_(None), column == parameter)
