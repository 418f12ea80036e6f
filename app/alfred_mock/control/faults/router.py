"""`/__admin/faults`: make rules, look at them, clear them."""

from typing import Any

from fastapi import APIRouter
from pydantic import Field

from alfred_mock.control.company_filter import CompanyQuery, company_id_of
from alfred_mock.control.faults import store
from alfred_mock.control.faults.rules import FaultRule
from alfred_mock.control.faults.schedule import remaining
from alfred_mock.control.faults.store import CountedRule
from alfred_mock.control.request_match import path_problem
from alfred_mock.core.errors import BadRequest, NotFound, describe_errors
from alfred_mock.core.models import LateModel
from alfred_mock.core.replies import JsonReply
from alfred_mock.core.services import ServicesDep
from alfred_mock.core.values import IdPath
from alfred_mock.database import ConstraintViolated
from alfred_mock.engine.late_routes import LateRoute

router = APIRouter(route_class=LateRoute, prefix="/faults", tags=["Faults"])


class FaultShown(FaultRule):
    """A rule and what has come of it so far."""

    id: str
    company: str | None = Field(None, description="Its id; null is every company.")
    remaining: int | None = Field(
        description="How often it still applies; null is until it is cleared."
    )
    seen: int = Field(description="Requests that it has matched.")
    fired: int = Field(description="Those of them that something happened to.")


class FaultList(LateModel):
    """The rules in the order in which they are tried."""

    faults: list[FaultShown]


class FaultsCleared(LateModel):
    """How many rules are gone."""

    cleared: int


@router.post(
    "",
    summary="Make requests fail.",
    response_model=FaultShown,
    responses=describe_errors(BadRequest, NotFound),
)
async def create(services: ServicesDep, asked: FaultRule) -> JsonReply:
    """The rule is tried after all that are there; it holds on every replica when answered."""
    # Not a part of the schema: a rule that is stored already must not keep a server from starting.
    problem = None if asked.match.path is None else path_problem(asked.match.path)
    if problem is not None:
        raise BadRequest(f"Parameter 'match.path' {problem}.")
    company_id = await company_id_of(services, asked.company)
    rule = asked.model_copy(update={"company": company_id})
    try:
        made = await store.create(
            services.database, services.ids.uuid(), rule, now=services.clock.real()
        )
    except ConstraintViolated:  # the company has gone in the meantime
        raise NotFound("There is no company with this id or credential.") from None
    await services.database.announce()
    return JsonReply(_shown(made))


@router.get(
    "",
    summary="The rules, in the order in which they are tried.",
    response_model=FaultList,
    responses=describe_errors(BadRequest, NotFound),
)
async def list_all(services: ServicesDep, company: CompanyQuery = None) -> JsonReply:
    """All rules, or those of a company; not those that are for every company."""
    rules = await store.list_rules(services.database, company)
    return JsonReply({"faults": [_shown(rule) for rule in rules]})


@router.delete(
    "",
    summary="Clear the rules.",
    response_model=FaultsCleared,
    responses=describe_errors(BadRequest, NotFound),
)
async def clear(services: ServicesDep, company: CompanyQuery = None) -> JsonReply:
    """All rules, or those of a company; not those that are for every company."""
    cleared = await services.database.transact(store.clear_faults(company))
    await services.database.announce()
    return JsonReply(FaultsCleared(cleared=cleared))


@router.delete(
    "/{id}",
    summary="Clear one rule.",
    response_model=FaultsCleared,
    responses=describe_errors(BadRequest, NotFound),
)
async def remove(services: ServicesDep, id: IdPath) -> JsonReply:  # noqa: A002
    """No request meets it any more when this is answered."""
    if not await store.remove(services.database, id):
        raise NotFound(f"Fault with ID {id} does not exist.")
    await services.database.announce()
    return JsonReply(FaultsCleared(cleared=1))


def _shown(stored: CountedRule) -> dict[str, Any]:
    """A `FaultShown` without the keys that are not set."""
    rule = stored.rule()
    return {
        "id": stored.id,
        "company": rule.company,
        "match": {},
        **rule.model_dump(exclude_defaults=True),
        "remaining": remaining(rule, seen=stored.seen, fired=stored.fired),
        "seen": stored.seen,
        "fired": stored.fired,
    }
