"""Bodies of the calls that override state."""

from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from alfred_mock.alfred.processing.outcomes import Outcome
from alfred_mock.alfred.processing.pipeline import FileStatus, Stage
from alfred_mock.alfred.tables import SessionStatus
from alfred_mock.alfred.wire import Id
from alfred_mock.control.body import Choice, ControlBody, NotNull
from alfred_mock.control.company_filter import CompanyName
from alfred_mock.core.models import LateModel
from alfred_mock.core.settings import Progression
from alfred_mock.core.values import InstantText, LongText, Score, ShortText

_DATE = "2022-11-17T00:00:00.000"


class Override(ControlBody):
    """Values to be set; null, unless a key says otherwise, sets nothing."""

    def sets(self, key: str) -> bool:
        """Whether this is to be set, be it to null."""
        return key in self.model_fields_set


class SessionPatch(Override):
    """A change of a session."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"status": "open", "creation_date": _DATE}}
    )

    status: Choice[SessionStatus] | None = Field(
        None, description="Unless given, `job_id` decides: closed with one, open for null."
    )
    job_id: Id | None = Field(
        None,
        description="The job that has closed it, which need not exist; null, like opening the"
        " session, takes it away.",
    )
    creation_date: InstantText | None = None
    update_date: InstantText | None = Field(
        None, description="Unless given it moves to now when the session is opened or closed."
    )
    user_name: ShortText | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        is_closed = self.status is SessionStatus.CLOSED
        if self.status is SessionStatus.OPEN and self.job_id is not None:
            raise PydanticCustomError("open", "has a job_id: an open session has none")
        if is_closed and self.sets("job_id") and self.job_id is None:
            raise PydanticCustomError("closed", "has no job_id: a closed session has one")
        return self


class SessionMake(SessionPatch):
    """A new session."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"company": "alfred-mock-demo-key", "creation_date": _DATE}}
    )

    company: Annotated[
        str,
        Field(
            min_length=1,
            max_length=256,
            pattern=r"^[^\x00]*$",
            description="Its id, API key, HMAC id or user name.",
        ),
    ]
    id: Id | None = Field(None, description="A new one unless given.")
    user_name: ShortText = "API Key 1"


class JobPatch(Override):
    """A change of a job."""

    model_config = ConfigDict(json_schema_extra={"example": {"stage": "in_revision"}})

    stage: Choice[Stage] | None = Field(
        None, description="Where it stands still; null lets it follow its pipeline again."
    )
    advance: int | None = Field(
        None,
        ge=1,
        le=1_000,
        description="Make the job manual and move it on by so many steps from where it is; from its"
        " first one if it was immediate.",
    )
    outcome: Choice[Outcome] | None = Field(
        None, description="How it ends; `file_failed` and `download_failed` fail all its files."
    )
    progression: Choice[Progression] | None = Field(
        None,
        description="Made manual, a timed job stays where it is and an immediate one begins anew.",
    )
    creation_date: InstantText | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.advance is not None:
            if self.sets("stage"):
                raise PydanticCustomError("advance", "has both stage and advance")
            if self.progression not in (None, Progression.MANUAL):
                raise PydanticCustomError("advance", "has advance, which makes the job manual")
        return self


class FilePatch(Override):
    """A change of a file."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"tag": "FACTURA", "values": {"monto": "12.50"}}}
    )

    status: Choice[FileStatus] | None = Field(
        None, description="Where it stands still; null lets it follow its job again."
    )
    tag: ShortText | None = Field(
        None, description="The name of a tag of its company; null for none."
    )
    classification_score: Score | None = None
    values: dict[ShortText, LongText] | None = Field(
        None,
        description="By the names of data points of its tag; in the place of all it had. Those of a"
        " tag that is new to it are that tag's own unless given.",
    )
    directory: ShortText | None = Field(
        None,
        description="Where it was moved to, such as `Recycle Bin`; null is where processing puts"
        " it. Only events show it.",
    )
    properties: dict[ShortText, LongText] | None = Field(
        None, description="In the place of all it had. Only events show them."
    )


class TokensExpire(ControlBody):
    """Whose tokens: those of a company, of a user, or of all."""

    model_config = ConfigDict(json_schema_extra={"example": {"user_name": "SuperTagShelf"}})

    company: CompanyName = None
    user_name: Annotated[ShortText | None, NotNull] = None


class TokensExpired(LateModel):
    """How many tokens were valid until now."""

    model_config = ConfigDict(extra="forbid")

    expired: int
