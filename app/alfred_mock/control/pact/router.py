"""`/__admin/pact/states`: what verifiers call before and after each interaction."""

from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Query, Request

from alfred_mock.control.body_limit import BODY_BYTES
from alfred_mock.control.journal.queue import JournalDep
from alfred_mock.control.pact import failures, scopes, tenancy
from alfred_mock.control.pact.calls import call_of
from alfred_mock.control.pact.schemas import (
    CatalogueShown,
    FailureShown,
    ScopeShown,
    StateCall,
    StateShown,
)
from alfred_mock.control.pact.setups import Setup
from alfred_mock.control.pact.states import Catalogue, State, Values, together
from alfred_mock.core.body import body_of
from alfred_mock.core.clock import to_wire
from alfred_mock.core.errors import ApiError, BadRequest, Conflict, NotFound
from alfred_mock.core.errors import describe_errors as described
from alfred_mock.core.replies import JsonReply
from alfred_mock.core.services import ServicesDep
from alfred_mock.engine.late_routes import LateRoute

router = APIRouter(route_class=LateRoute, prefix="/pact/states", tags=["Pact"])

COMPANY_RETURNS = ["company_id", "api_key", "hmac_id", "hmac_key", "user_name", "password"]

_NAME = {"min_length": 1, "max_length": 256, "pattern": r"^[^\x00-\x1f\x7f]+$"}
ScopeName = Annotated[
    str,
    Query(**_NAME, description="Any text; verifiers that run at the same time need one each."),
]
AnyScope = Annotated[str | None, Query(**_NAME, description="This scope alone; all if absent.")]


async def _catalogue(request: Request) -> Catalogue:
    return cast(Catalogue, request.app.state.pact_states)


CatalogueDep = Annotated[Catalogue, Depends(_catalogue)]

_CALL: dict[str, Any] = {
    "requestBody": {
        "required": False,
        "content": {"application/json": {"schema": StateCall.model_json_schema()}},
    },
    "parameters": [
        {
            "name": "call",
            "in": "query",
            "style": "form",
            "explode": True,
            "required": False,
            "description": "Without a body: `state`, `action` and each parameter of the state.",
            "schema": {"type": "object", "additionalProperties": {"type": "string"}},
        }
    ],
}


@router.post(
    "",
    summary="Set a state up, or tear it down.",
    response_model=dict[str, str | int | float],
    responses={
        200: {"content": {"application/json": {"example": {"api_key": "…", "session_id": "…"}}}},
        **described(
            BadRequest("Parameter 'stage' must be 'queued', 'started' or 'completed'."),
            NotFound(
                "There is no state 'a session exists'; the nearest is 'a deferred session exists'."
            ),
            Conflict("The API key is one of the company of another scope."),
        ),
    },
    openapi_extra=_CALL,
)
async def change(
    request: Request,
    services: ServicesDep,
    journal: JournalDep,
    catalogue: CatalogueDep,
    scope: ScopeName = "default",
) -> JsonReply:
    """What a verifier sends before and after an interaction; what it answers is for generators.

    The first setup makes a company, which the first teardown removes with all that setups made.
    Members of the body that are not known are ignored: no tester chooses what a verifier sends.
    """
    body, call = b"", None
    try:
        body = b"".join([chunk async for chunk in body_of(request, limit=BODY_BYTES)])
        call = call_of(request.query_params, body)
        await tenancy.remove_unused(services, journal)
        if call.action == "teardown":
            found = await scopes.find(services, scope)
            await tenancy.tear_down(services, journal, found)
            return JsonReply({})
        return JsonReply(await _set_up(Setup(services, journal, scope), catalogue, call))
    except ApiError as error:
        await failures.tell(services, journal, request.scope, body, call, scope, error)
        raise


async def _set_up(setup: Setup, catalogue: Catalogue, call: StateCall) -> Values:
    if not call.state.strip():
        return {}
    found = catalogue.find(call.state)
    checked = found.state.check(together(found.given, call.params or {}))
    values = await found.state.make(setup, checked)
    return {**(await setup.scope()).values, **values}


@router.get(
    "",
    summary="The states, and the scopes with the last failure of each.",
    response_model=CatalogueShown,
)
async def show(services: ServicesDep, catalogue: CatalogueDep, scope: AnyScope = None) -> JsonReply:
    """Sentences, parameters and returned names change only with a line in the changelog."""
    known = await scopes.list_scopes(services)
    return JsonReply(
        CatalogueShown(
            company_returns=COMPANY_RETURNS,
            states=[_state_shown(state) for state in catalogue.states],
            scopes=[_scope_shown(one) for one in known if scope in (None, one.name)],
        )
    )


def _state_shown(state: State) -> StateShown:
    sentences = [sentence.text for sentence in state.sentences]
    return StateShown(
        state=sentences[0], sentences=sentences, params=state.parameters, returns=state.returns
    )


def _scope_shown(scope: scopes.Scope) -> ScopeShown:
    return ScopeShown(
        scope=scope.name,
        company=scope.company_id,
        adopted=scope.is_adopted,
        used=to_wire(scope.used_at),
        last_failure=None if scope.failure is None else FailureShown(**scope.failure),
    )


@router.delete("", summary="Forget a scope.", response_model=dict[str, str])
async def forget(
    services: ServicesDep, journal: JournalDep, scope: ScopeName = "default"
) -> JsonReply:
    """Tear it down, and forget its last failure; one that was never used is forgotten already."""
    await tenancy.tear_down(services, journal, await scopes.find(services, scope))
    await scopes.forget(services.database, scope)
    return JsonReply({})
