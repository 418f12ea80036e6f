"""States about jobs."""

from typing import Annotated, Any

from pydantic import Field

from alfred_mock.alfred.processing.outcomes import Outcome
from alfred_mock.alfred.processing.pipeline import Stage
from alfred_mock.alfred.wire import Id
from alfred_mock.control.overrides.removals import JOBS
from alfred_mock.control.pact.parts import USER_NAME, IdParameters, file_part, session_part
from alfred_mock.control.pact.scopes import Made
from alfred_mock.control.pact.setups import Setup
from alfred_mock.control.pact.states import FromText, Parameters, Values, state
from alfred_mock.control.pact.tags import Tagged, tagged
from alfred_mock.control.pact.undoing import JOB
from alfred_mock.core.clock import to_wire
from alfred_mock.core.settings import Progression
from alfred_mock.core.values import Json

MOST_FILES = 100


class JobParameters(Parameters):
    """A job: completed at once, from a session with one file, unless given."""

    id: Id | None = None
    stage: Stage | None = None
    outcome: Outcome = Outcome.COMPLETED
    progression: Progression = Progression.IMMEDIATE
    metadata: Annotated[Json, FromText] = None
    files: Annotated[int, Field(ge=0, le=MOST_FILES)] = 1


@state(
    "a job exists",
    "a job with ID {id} exists",
    "job {id} exists",
    kind=JobParameters,
    returns="job_id session_id file_id",
)
async def job(setup: Setup, asked: JobParameters) -> Values:
    """Its files have the company's first tag with its own values, once they are extracted."""
    company_id = await setup.company_id()
    return await completed_job(setup, asked, await tagged(setup, company_id, None, None))


async def completed_job(
    setup: Setup, asked: JobParameters, files: Tagged, file_name: str | None = None
) -> Values:
    """Add a job; its files have this tag and these values, and this name if it is given."""
    services = setup.services
    company_id = await setup.company_id()
    now = services.clock.now(company_id)
    job_id, session_id = asked.id or services.ids.uuid(), services.ids.uuid()
    more: dict[str, Any] = {
        "job_id": job_id,
        "tag": files.name,
        "values": files.values,
        "fails": asked.outcome.fails_file,
    }
    if file_name is not None:
        more["file_name"] = file_name
    numbers = range(1, asked.files + 1)
    parts = [{**file_part(setup, number, now, session_id), **more} for number in numbers]
    await setup.make_room(JOBS, Made(JOB, job_id))
    await setup.add(
        company_id,
        tags=[files.tag],
        deferred_sessions=[session_part(session_id, now, job_id=job_id)],
        jobs=[
            {
                "id": job_id,
                "deferred_session_id": session_id,
                "creation_date": to_wire(now),
                "user_name": USER_NAME,
                "outcome": asked.outcome.value,
                "progression": asked.progression.value,
                "stage": asked.stage and asked.stage.value,
                "metadata": asked.metadata,
            }
        ],
        files=parts,
    )
    values: Values = {"job_id": job_id, "session_id": session_id}
    return {**values, "file_id": parts[0]["id"]} if parts else values


@state(
    "no job exists",
    "no job with ID {id} exists",
    "a job with ID {id} does not exist",
    "job {id} does not exist",
    kind=IdParameters,
    returns="job_id",
)
async def no_job(setup: Setup, asked: IdParameters) -> Values:
    """One that the company has goes, with its files."""
    return {"job_id": await setup.remove(JOBS, asked.id)}
