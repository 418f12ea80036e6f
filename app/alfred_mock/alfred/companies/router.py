"""`/api/account` and `/api/company`: the caller's company."""

import json

from fastapi import APIRouter

from alfred_mock.alfred.companies.repository import CLOUDINFO, FIND
from alfred_mock.alfred.companies.schemas import CloudInfo, CompanyShown
from alfred_mock.alfred.tags import repository as tag_repository
from alfred_mock.alfred.tags.schemas import TagShown
from alfred_mock.auth.dependency import CallerDep, documented_schemes
from alfred_mock.core.errors import (
    BadRequest,
    NotFound,
    Unauthorized,
    Unavailable,
    describe_errors,
)
from alfred_mock.core.ids import derived_uuid
from alfred_mock.core.replies import JsonReply
from alfred_mock.core.services import ServicesDep
from alfred_mock.core.values import IdPath

router = APIRouter(prefix="/api", dependencies=documented_schemes)


@router.get(
    "/account/companies",
    tags=["Account"],
    summary="List the companies that the caller may access.",
    response_model=list[CompanyShown],
    responses=describe_errors(Unauthorized, Unavailable),
)
async def companies(caller: CallerDep) -> JsonReply:
    """Always one, the caller's own (our choice)."""
    return JsonReply([CompanyShown(id=caller.company_id, name=caller.company_name)])


@router.get(
    "/account/tags/{company_id}",
    tags=["Account"],
    summary="List the Tags of a company that the caller may access.",
    response_model=list[TagShown],
    responses=describe_errors(
        BadRequest,
        Unauthorized,
        NotFound,
        Unavailable,
        BadRequest="Parameter 'company_id' must be a UUID.",
        NotFound="Company with ID 456f1234-e89b-12d3-a456-426655440000 does not exist.",
    ),
)
async def tags(services: ServicesDep, caller: CallerDep, company_id: IdPath) -> JsonReply:
    """A company other than the caller's own is as unknown as none at all (our choice)."""
    if company_id != caller.company_id:
        raise NotFound(f"Company with ID {company_id} does not exist.")
    return JsonReply(await tag_repository.tags(services, company_id))


@router.get(
    "/company/cloudinfo",
    tags=["Company"],
    summary="Cloud information of the caller's company.",
    response_model=CloudInfo,
    responses=describe_errors(Unauthorized, Unavailable),
)
async def cloudinfo(services: ServicesDep, caller: CallerDep) -> JsonReply:
    """The documented example, but for what the company's seed says otherwise."""
    company_id = caller.company_id
    rows = await services.database.fetch(FIND(company_id=company_id))
    own = json.loads(rows[0][2]) if rows else {}
    id_ = derived_uuid(company_id, "cloudinfo")
    return JsonReply(CloudInfo(**{**CLOUDINFO, **own, "id": id_, "company_id": company_id}))
