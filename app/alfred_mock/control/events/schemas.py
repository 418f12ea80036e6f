"""Events as the control API shows and takes them."""

import json
from types import SimpleNamespace
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, Strict
from pydantic_core import PydanticCustomError

from alfred_mock.alfred.wire import Date, Id
from alfred_mock.control.body import ControlBody, NotNull
from alfred_mock.core.clock import to_wire
from alfred_mock.core.models import LateModel
from alfred_mock.core.validation import what_is_known
from alfred_mock.core.values import LongText, ShortText
from alfred_mock.events.catalogue import KINDS


def _known(value: str) -> str:
    if value not in KINDS:
        raise PydanticCustomError(
            "event",
            "must be an event; {known}",
            {"known": what_is_known(value, KINDS, "'")},
        )
    return value


EventName = Annotated[
    str,
    AfterValidator(_known),
    Field(max_length=64, json_schema_extra={"enum": list(KINDS)}, examples=["job_finished"]),
]
"""The short name of an event."""

Value = LongText | Annotated[bool, Strict()] | int | float | list[LongText] | None
"""A member of an event."""


class EventShown(LateModel):
    """An event as it was recorded, in no style."""

    model_config = ConfigDict(extra="forbid")

    number: Annotated[int, Field(description="Of its company: 1, 2, 3 and so on.")]
    id: Annotated[Id, Field(description="What receivers see as `event_id`.")]
    company: Id
    at: Annotated[Date, Field(description="By the clock of the company.")]
    name: Annotated[str, Field(examples=["job_finished"])]
    job: Id | None
    file: Id | None
    fields: Annotated[dict[str, Any], Field(description="The inner object, with native types.")]


class EventsShown(LateModel):
    """Events, the newest last."""

    model_config = ConfigDict(extra="forbid")

    total: Annotated[int, Field(description="How many match, shown or not.")]
    events: list[EventShown]


class EventsAwaited(LateModel):
    """The error object, and what has come."""

    model_config = ConfigDict(extra="forbid")

    error: Annotated[str, Field(examples=["Request Timeout"])]
    message: Annotated[str, Field(examples=["0 of 1 events came within 5 s."])]
    total: int
    events: list[EventShown]


class Emit(ControlBody):
    """An event to be told although nothing has happened."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "name": "file_property_create",
                "file": "456f1234-e89b-12d3-a456-426655440000",
                "fields": {"name": "Document Type", "value": "Confidential Report"},
            }
        }
    )

    name: EventName
    job: Annotated[Id | None, NotNull] = Field(None, description="For an event about a job.")
    file: Annotated[Id | None, NotNull] = Field(None, description="For an event about a file.")
    fields: dict[ShortText, Value] = Field(
        {}, description="Members that are to differ; the others follow from the job or the file."
    )


def shown(event: SimpleNamespace) -> EventShown:
    """A row of an event as the control API shows it."""
    return EventShown(
        number=event.number,
        id=event.id,
        company=event.company_id,
        at=to_wire(event.occurred_at),
        name=event.name,
        job=event.job_id,
        file=event.file_id,
        fields=json.loads(event.fields_json),
    )
