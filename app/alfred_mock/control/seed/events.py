"""Who is told of a company's jobs and files, and how."""

import json
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from sqlalchemy import bindparam, delete, select, update

from alfred_mock.alfred.tables import EventStream
from alfred_mock.control.company_filter import of_company
from alfred_mock.control.seed.part import Flag, Stored, StoredPart
from alfred_mock.control.seed.rows import CompanyRows
from alfred_mock.core.clock import Instant
from alfred_mock.core.ids import derived_uuid
from alfred_mock.core.services import Services
from alfred_mock.database import Rows, Statement, Transaction
from alfred_mock.database.columns import columns_of
from alfred_mock.database.rows import Insert, defaults_of
from alfred_mock.events.listening import lock_stream, refresh_listening
from alfred_mock.events.payloads import Style
from alfred_mock.events.recording import count_as_told
from alfred_mock.events.tables import Delivery, Event, Webhook
from alfred_mock.events.webhooks.faults import MOST_FAULTS, CountedFault, DeliveryFault, dump_faults
from alfred_mock.events.webhooks.handshake import token_of

Url = Annotated[str, Field(max_length=2_048, pattern=r"^(https?://[!-~]+)?$")]
StyleSeed = Annotated[Style, Field(strict=False)]


def _faults_json(faults: list[DeliveryFault]) -> str:
    return dump_faults(CountedFault(**fault.model_dump()) for fault in faults)


def _faults(text: str) -> list[dict[str, Any]]:
    """Without their counters: a seed is what there was before anything was delivered."""
    counters = {"id", "seen", "fired"}
    faults: list[dict[str, Any]] = json.loads(text)
    return [{key: value for key, value in fault.items() if key not in counters} for fault in faults]


class EventsSeed(StoredPart):
    """What becomes of a company's events; `events: on` stands for `recorded: true` alone."""

    rows = CompanyRows(EventStream)

    recorded: Annotated[bool, Stored("is_on", show=bool)] = Field(
        False, description="Whether events are written, also while nobody listens."
    )
    webhook: Url | None = Field(
        None, description="Where they are sent to, without a handshake; empty is nowhere."
    )
    webhook_style: StyleSeed | None = Field(None, description="The server's unless given.")
    realtime_style: StyleSeed | None = Field(None, description="The server's unless given.")
    job_finished_first: Flag = Field(
        False, description="Whether a job tells its end before its files do."
    )
    delivery_faults: Annotated[
        list[DeliveryFault], Stored("delivery_faults_json", _faults_json, _faults)
    ] = Field([], max_length=MOST_FAULTS, description="What goes wrong with deliveries.")


def _long_form(value: Any) -> Any:
    return {"recorded": value} if isinstance(value, bool) else value


EventsKey = Annotated[EventsSeed | None, BeforeValidator(_long_form)]

_streams, _webhooks = columns_of(EventStream), columns_of(Webhook)
_SETTINGS = (
    "is_on",
    "webhook_style",
    "realtime_style",
    "job_finished_first",
    "delivery_faults_json",
)
_USUAL = {
    name: value
    for name, value in defaults_of(EventStream).items()
    if name not in ("is_listened_to", "last_number")
}
_PUT = Statement(
    update(EventStream)
    .where(_streams.company_id == bindparam("of_company"))
    .values({name: bindparam(f"new_{name}") for name in _SETTINGS})
)
_LAST = Statement(
    select(_streams.last_number).where(_streams.company_id == bindparam("company_id"))
)
_FIND_WEBHOOK = Statement(
    select(_webhooks.url).where(_webhooks.company_id == bindparam("company_id"))
)
_CLEAR = [
    Statement(delete(model).where(of_company(columns_of(model).company_id)))
    for model in (Delivery, Event, Webhook)
]
_CLEAR_ONE_WEBHOOK = Statement(
    delete(Webhook).where(_webhooks.company_id == bindparam("company_id"))
)
_CLEAR_STREAMS = Statement(
    update(EventStream).where(of_company(_streams.company_id)).values(_USUAL)
)
_ALL = Statement(select(_streams.company_id).where(of_company(_streams.company_id)))
_INSERT_WEBHOOK = Insert(Webhook)
_WEBHOOKS = CompanyRows(Webhook)


def put_events(services: Services, company_id: str, events: EventsSeed | None) -> Transaction[None]:
    """Set who is told, and how; to be called after the jobs and files of the company are added.

    What a seed says nothing of stays as it is, as does a webhook that has the same URL. What the
    seed itself has made is not told.
    """
    if events is None:
        return
    yield from lock_stream(company_id)
    row = {name: value for name, value in _USUAL.items() if name in _SETTINGS}
    values = {f"new_{name}": value for name, value in {**row, **events.row()}.items()}
    yield _PUT(of_company=company_id, **values)
    if events.webhook:
        yield from _put_webhook(company_id, events.webhook, services.clock.real())
    yield from refresh_listening(company_id)
    yield from count_as_told(company_id, services.clock.now(company_id))


def _put_webhook(company_id: str, url: str, now: Instant) -> Transaction[None]:
    if (yield _FIND_WEBHOOK(company_id=company_id)) == [(url,)]:
        return
    ((last_number,),) = yield _LAST(company_id=company_id)
    yield _CLEAR_ONE_WEBHOOK(company_id=company_id)
    yield _INSERT_WEBHOOK(
        company_id=company_id,
        id=derived_uuid(company_id, "webhook", url),
        url=url,
        token=token_of(company_id),
        created_at=now,
        delivered_number=last_number,
    )


def clear_events(company_id: str | None) -> Transaction[None]:
    """Forget what a company, or each, was told, what is pending, and who is to be told.

    Connections stay. Numbers go on, since receivers may know those that were given.
    """
    for statement in _CLEAR:
        yield statement(company_id=company_id)
    yield _CLEAR_STREAMS(company_id=company_id)


def refresh_streams(services: Services, company_id: str | None) -> Transaction[None]:
    """After a reset: go on for those who still listen, but tell nothing of what the seed made."""
    rows: Rows = yield _ALL(company_id=company_id)
    for id_ in sorted(str(id_) for (id_,) in rows):
        yield from refresh_listening(id_)
        yield from count_as_told(id_, services.clock.now(id_))


def export_events(company_id: str | None) -> Transaction[dict[str, dict[str, Any]]]:
    """The part of each company of which there is something to say, by the company's id."""
    urls = {row.company_id: row.url for row in (yield from _WEBHOOKS(company_id))}
    rows = yield from EventsSeed.rows(company_id)
    shown = {
        row.company_id: EventsSeed.shown(row, webhook=urls.get(row.company_id)) for row in rows
    }
    return {id_: part for id_, part in shown.items() if part}
