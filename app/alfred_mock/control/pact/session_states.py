"""States about deferred sessions."""

from typing import Annotated

from pydantic import Field

from alfred_mock.alfred.tables import SessionStatus
from alfred_mock.alfred.wire import Id
from alfred_mock.control.overrides import sessions
from alfred_mock.control.overrides.removals import SESSIONS
from alfred_mock.control.overrides.schemas import SessionPatch
from alfred_mock.control.pact import tenancy
from alfred_mock.control.pact.parts import (
    USER_NAME,
    IdParameters,
    NoParameters,
    file_part,
    session_part,
)
from alfred_mock.control.pact.setups import Setup
from alfred_mock.control.pact.states import Parameters, Values, state
from alfred_mock.core.clock import Instant, from_wire, to_wire
from alfred_mock.core.errors import BadRequest, Conflict
from alfred_mock.core.values import InstantText, ShortText

MOST_FILES = 100


class SessionParameters(Parameters):
    """A session: open, and made now by the company's API key, unless given."""

    id: Id | None = None
    status: SessionStatus | None = None
    creation_date: InstantText | None = None
    user_name: ShortText = USER_NAME
    job_id: Id | None = None
    files: Annotated[int, Field(ge=0, le=MOST_FILES)] = 0


@state(
    "a deferred session exists",
    "a deferred session with ID {id} exists",
    "deferred session {id} exists",
    kind=SessionParameters,
    returns="session_id job_id creation_date",
)
async def session(setup: Setup, asked: SessionParameters) -> Values:
    """One that the company has already is changed; a closed one need not have a job."""
    is_closed = asked.status is SessionStatus.CLOSED or asked.job_id is not None
    if is_closed and asked.status is SessionStatus.OPEN:
        raise BadRequest("Parameter 'job_id' is for a closed session: an open one has none.")
    if is_closed and asked.files:
        raise BadRequest("Parameter 'files' is for an open session: say 'a job exists' instead.")
    services = setup.services
    company_id = await setup.company_id()
    session_id = asked.id or services.ids.uuid()
    created = asked.creation_date
    if created is None:
        created = services.clock.now(company_id)
    job_id = (asked.job_id or services.ids.uuid()) if is_closed else None
    owner = await SESSIONS.owner(services, session_id)
    if owner is not None and owner != company_id:
        raise Conflict(f"{SESSIONS.kind} with ID {session_id} belongs to another company.")
    if owner is not None:
        created = await _change(setup, session_id, asked, job_id)
    await setup.add(
        company_id,
        deferred_sessions=[session_part(session_id, created, asked.user_name, job_id)],
        files=[
            file_part(setup, number, created, session_id) for number in range(1, asked.files + 1)
        ],
    )
    values: Values = {"session_id": session_id, "creation_date": to_wire(created)}
    return values if job_id is None else {**values, "job_id": job_id}


async def _change(
    setup: Setup, session_id: str, asked: SessionParameters, job_id: str | None
) -> Instant:
    """Change a session; returns when it was made."""
    patch: dict[str, object] = {"job_id": job_id, "user_name": asked.user_name}
    if asked.creation_date is not None:
        patch["creation_date"] = to_wire(asked.creation_date)
    detail = await sessions.change(setup.services, session_id, SessionPatch.model_validate(patch))
    return from_wire(detail.creation_date)


@state(
    "no deferred session exists",
    "no deferred session with ID {id} exists",
    "a deferred session with ID {id} does not exist",
    "deferred session {id} does not exist",
    kind=IdParameters,
    returns="session_id",
)
async def no_session(setup: Setup, asked: IdParameters) -> Values:
    """One that the company has goes, with the files that wait in it."""
    return {"session_id": await setup.remove(SESSIONS, asked.id)}


@state("a deferred session of another company exists", kind=NoParameters, returns="session_id")
async def foreign_session(setup: Setup, _: NoParameters) -> Values:
    """That company has no other purpose, and goes with the scope's."""
    services = setup.services
    await setup.scope()
    session_id = services.ids.uuid()
    seed = {"deferred_sessions": [session_part(session_id, services.clock.now())]}
    await tenancy.add_other_company(services, setup.scope_name, seed)
    return {"session_id": session_id}
