"""Bodies and answers of the calls about webhooks."""

from typing import Annotated

from pydantic import ConfigDict, Field

from alfred_mock.alfred.wire import Date, HttpUrl, Id
from alfred_mock.control.body import ControlBody
from alfred_mock.core.models import LateModel
from alfred_mock.events.webhooks.faults import DeliveryFault

_CompanyNamed = Annotated[
    str,
    Field(
        min_length=1,
        max_length=256,
        pattern=r"^[^\x00]*$",
        description="Its id, API key, HMAC id or user name.",
        examples=["alfred-mock-demo-key"],
    ),
]


class WebhookPut(ControlBody):
    """A URL that becomes a company's webhook."""

    company: _CompanyNamed
    url: HttpUrl
    verify: bool = Field(
        False, description="Do the handshake first, as `POST /api/account/webhook` does."
    )


class WebhookShown(LateModel):
    """A company's webhook, and how far its deliveries have come."""

    model_config = ConfigDict(extra="forbid")

    id: Id
    company: Id
    url: str
    token: str
    created_at: Date
    delivered: int = Field(
        description="The number of the last event that was acknowledged or given up."
    )
    waiting: int = Field(description="How many events come after that one.")


class WebhookList(LateModel):
    """The webhooks of a company, or of all."""

    webhooks: list[WebhookShown]


class Removed(LateModel):
    """How many are gone."""

    removed: int


class FaultAsked(DeliveryFault, ControlBody):
    """A fault on deliveries, with exactly one effect."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"company": "alfred-mock-demo-key", "event": "job_*", "lost": True}
        }
    )

    company: _CompanyNamed


class DeliveryFaultShown(DeliveryFault):
    """A fault, and what has come of it so far."""

    id: str
    company: Id
    remaining: int | None = Field(description="How often it still applies; null is always.")
    seen: int = Field(description="Attempts that it has matched.")
    fired: int = Field(description="Those of them that it has changed.")


class DeliveryFaultList(LateModel):
    """The faults in the order in which they are tried."""

    faults: list[DeliveryFaultShown]


class DeliveryShown(LateModel):
    """An attempt to deliver an event, made or planned."""

    model_config = ConfigDict(extra="forbid")

    id: Id
    company: Id
    event: Id
    name: str | None = Field(
        description="The event's name, such as job_finished; null once it was forgotten."
    )
    number: int = Field(description="The event's number in its company.")
    attempt: int
    at: Date = Field(description="When it began, or was planned; real time.")
    state: str = Field(description="pending, acknowledged, failed, given_up or lost.")
    status: int | None = Field(description="The status of the answer; null without one.")
    error: str | None = Field(description="Why it is no acknowledgement, or which fault it met.")
    answer: str | None = Field(description="The beginning of the answer's body.")
    next_at: Date | None = Field(description="When the next attempt is due, or this planned one.")


class DeliveryList(LateModel):
    """Attempts, the newest last."""

    deliveries: list[DeliveryShown]
