"""Tables of what is told: events, the webhook, its deliveries, realtime connections."""

from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field

from alfred_mock.alfred.tables import Webhook as Webhook
from alfred_mock.auth.tables import owned_by_company
from alfred_mock.database.columns import id_field, instant_field
from alfred_mock.database.table_model import TableModel


class Event(TableModel):
    """Something that happened to a job or a file.

    How it is written for a receiver follows from the row and from a style, see `events.payloads`.
    """

    __table_args__ = (Index("ix_event_company_id_number", "company_id", "number", unique=True),)

    id: str = id_field(primary_key=True)
    company_id: str = owned_by_company()
    number: int
    """The order of a company's events: 1, 2, 3 and so on, also beyond a reset."""
    occurred_at: int = instant_field()
    """By the clock of the company."""
    name: str
    """One of the names in `events.catalogue`, such as `job_create`."""
    job_id: str | None = id_field(default=None)
    file_id: str | None = id_field(default=None)
    fields_json: str
    """The members of the inner object in their documented order, with native types: a boolean is
    `true`, an instant an ISO 8601 date with `Z`. Without `event_name` and `event_type`."""


class DeliveryState(StrEnum):
    """What became of an attempt to deliver an event."""

    PENDING = "pending"
    ACKNOWLEDGED = "acknowledged"
    FAILED = "failed"
    GIVEN_UP = "given_up"
    LOST = "lost"


class Delivery(TableModel):
    """An attempt to deliver an event to the webhook."""

    __table_args__ = (
        Index("ix_delivery_company_id_event_id_attempt", "company_id", "event_id", "attempt"),
        Index("ix_delivery_company_id_at", "company_id", "at"),
    )

    id: str = id_field(primary_key=True)
    company_id: str = owned_by_company()
    event_id: str = id_field()
    event_number: int
    attempt: int
    """1, 2, 3 and so on."""
    at: int = instant_field()
    """Real time, as is `next_at`."""
    state: str
    status: int | None = None
    """The status of the answer; None where there was none."""
    error: str | None = None
    """Why it was no acknowledgement."""
    answer: str | None = None
    """The beginning of the answer's body."""
    next_at: int | None = instant_field(default=None)
    """When the next attempt is due."""


class RealtimeConnection(TableModel):
    """A client that is connected by Socket.IO, to whichever process."""

    __tablename__ = "realtime_connection"

    id: str = Field(primary_key=True)
    company_id: str = owned_by_company(index=True)
    process_id: str
    """A random id of the process, not the system's."""
    api_key_id: str | None = id_field(default=None)
    user_name: str = ""
    transport: str
    """`polling` or `websocket`."""
    connected_at: int = instant_field()
    """Real time, as is `seen_at`."""
    seen_at: int = instant_field(index=True)
    """When the process last said that the connection is there."""
