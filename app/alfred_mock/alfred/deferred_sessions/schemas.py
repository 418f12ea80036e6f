"""Wire shapes of deferred sessions, with the documented examples."""

from pydantic import ConfigDict, Field

from alfred_mock.alfred.tables import SessionStatus
from alfred_mock.alfred.wire import OptionalId, ShownDate, ShownId
from alfred_mock.core.models import LateModel


class SessionCreated(LateModel):
    """Answer of `POST /api/deferred/create` (docs)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"session_id": "0f767925-b464-4ffa-b621-1a0aeacac256"}},
    )

    session_id: ShownId = Field(
        description="Groups the files that are uploaded until a job is created."
    )


class SessionDetail(LateModel):
    """Answer of `GET /api/deferred/detail/{id}` (docs); the order of the fields is documented."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "id": "0f767925-b464-4ffa-b621-1a0aeacad257",
                "creation_date": "2022-11-17T00:00:00.000",
                "update_date": "2022-11-17T00:00:00.000",
                "status": "open",
                "user_name": "SuperTagShelf",
                "company_id": "286e2ed0-3626-4faa-a745-8ebf3488fbd7",
                "job_id": None,
            }
        },
    )

    id: ShownId
    creation_date: ShownDate = Field(description="UTC, without a zone.")
    update_date: ShownDate = Field(
        description="UTC, without a zone; moves when a job closes the session."
    )
    status: SessionStatus
    user_name: str = Field(description="The user, or the name of the API key, that created it.")
    company_id: ShownId
    job_id: OptionalId = Field(description="The job that closed the session.")
