"""Companies made and removed over HTTP: a tenant for each test."""

from typing import Any

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from alfred_mock.alfred.wire import Date, Id
from alfred_mock.control.body import ControlBody
from alfred_mock.control.company_filter import company_id_of
from alfred_mock.control.journal.queue import JournalDep
from alfred_mock.control.lifetimes import list_companies, remove_company
from alfred_mock.control.new_companies import CompanyMade, add_company, ending, new_company
from alfred_mock.control.seed.loading import Loading
from alfred_mock.core.clock import Instant, to_wire
from alfred_mock.core.errors import BadRequest, NotFound, describe_errors
from alfred_mock.core.models import LateModel
from alfred_mock.core.replies import JsonReply
from alfred_mock.core.services import ServicesDep
from alfred_mock.core.values import IdPath, ShortText
from alfred_mock.database import Transaction
from alfred_mock.engine.late_routes import LateRoute

router = APIRouter(route_class=LateRoute, prefix="/companies", tags=["Companies"])

MOST_SECONDS = 31_536_000
"""The longest life that can be asked for: a year."""


class CompanyCreate(ControlBody):
    """What the new company is to be; all of it optional."""

    name: ShortText | None = None
    ttl_s: float | None = Field(
        None,
        gt=0,
        le=MOST_SECONDS,
        description="Seconds, after which the next control call of anybody removes the company.",
    )
    seed: dict[str, Any] | None = Field(
        None,
        description="What a company has in a seed document, less its id and name: tags, rules,"
        " sessions, more credentials and so on. A reset goes back to it.",
    )


class CompanyShown(LateModel):
    """A company, without what it takes to be a caller of it."""

    model_config = ConfigDict(extra="forbid")

    id: Id
    name: str
    created: Date | None = Field(description="Real time; null is before this was noted.")
    expires: Date | None = Field(description="When its time to live is over; null is never.")


class CompanyList(LateModel):
    """All companies, the oldest first."""

    model_config = ConfigDict(extra="forbid")

    companies: list[CompanyShown]


@router.get(
    "",
    summary="The companies.",
    response_model=CompanyList,
    responses=describe_errors(BadRequest),
)
async def list_all(services: ServicesDep) -> JsonReply:
    """Their ids and names, by which all other calls know them; no credentials."""
    rows = await list_companies(services)
    return JsonReply(
        {
            "companies": [
                {"id": id_, "name": name, "created": _date(created), "expires": _date(expires)}
                for id_, name, created, expires in rows
            ]
        }
    )


def _date(instant: Instant | None) -> str | None:
    return None if instant is None else to_wire(instant)


@router.post(
    "",
    summary="Make a company with credentials of its own.",
    response_model=CompanyMade,
    responses=describe_errors(BadRequest),
)
async def create(services: ServicesDep, asked: CompanyCreate | None = None) -> JsonReply:
    """Nothing that another company does is ever seen by it."""
    asked = asked or CompanyCreate()
    made = new_company(services, asked.name)

    def added(loading: Loading) -> Transaction[None]:
        yield from loading()
        yield from ending(services, made, asked.ttl_s)

    await add_company(services, made, asked.seed or {}, added)
    return JsonReply(made)


@router.delete(
    "/{id}",
    summary="Remove a company and all that it owns.",
    response_model=dict[str, str],
    responses=describe_errors(BadRequest, NotFound),
)
async def remove(
    services: ServicesDep,
    journal: JournalDep,
    id: IdPath,  # noqa: A002
) -> JsonReply:
    """Its credentials are refused everywhere when this is answered."""
    await company_id_of(services, id)
    await remove_company(services, journal, id)
    await services.database.announce()
    return JsonReply({})
