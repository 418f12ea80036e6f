"""`/api/account` and `/api/company`: the caller's company."""

from alfred_mock.alfred.companies import repository
from alfred_mock.alfred.companies.schemas import CloudInfo, CompanyShown
from alfred_mock.alfred.endpoints import api_router, errors_of_id
from alfred_mock.alfred.tags import repository as tag_repository
from alfred_mock.alfred.tags.schemas import TagShown
from alfred_mock.alfred.wire import unknown
from alfred_mock.auth.dependency import CallerDep
from alfred_mock.core.errors import describe_errors
from alfred_mock.core.replies import JsonReply
from alfred_mock.core.services import ServicesDep
from alfred_mock.core.values import IdPath

router = api_router("/api")


@router.get(
    "/account/companies",
    tags=["Account"],
    summary="List the companies that the caller may access.",
    response_model=list[CompanyShown],
)
async def companies(caller: CallerDep) -> JsonReply:
    """Always one, the caller's own (our choice)."""
    return JsonReply([CompanyShown(id=caller.company_id, name=caller.company_name)])


@router.get(
    "/account/tags/{company_id}",
    tags=["Account"],
    summary="List the Tags of a company that the caller may access.",
    response_model=list[TagShown],
    responses=describe_errors(*errors_of_id("Company", parameter="company_id")),
)
async def tags(services: ServicesDep, caller: CallerDep, company_id: IdPath) -> JsonReply:
    """A company other than the caller's own is as unknown as none at all (our choice)."""
    if company_id != caller.company_id:
        raise unknown("Company", company_id)
    return JsonReply(await tag_repository.tags(services, company_id))


@router.get(
    "/company/cloudinfo",
    tags=["Company"],
    summary="Cloud information of the caller's company.",
    response_model=CloudInfo,
)
async def cloudinfo(services: ServicesDep, caller: CallerDep) -> JsonReply:
    """The documented example, but for what the company's seed says otherwise."""
    return JsonReply(await repository.cloudinfo_of(services, caller.company_id))
