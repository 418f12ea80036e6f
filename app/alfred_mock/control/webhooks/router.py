"""`/__admin/webhook`, `/__admin/deliveries` and `POST /__admin/events/{id}/redeliver`."""

import asyncio
from contextlib import suppress
from types import SimpleNamespace
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import AfterValidator

from alfred_mock.auth.caller import CompanyRemoved
from alfred_mock.control.company_filter import CompanyQuery, company_id_of
from alfred_mock.control.company_tokens import only_own
from alfred_mock.control.waiting import LimitQuery
from alfred_mock.control.webhooks.schemas import (
    DeliveryFaultList,
    DeliveryFaultShown,
    DeliveryList,
    DeliveryShown,
    FaultAsked,
    Removed,
    WebhookList,
    WebhookPut,
    WebhookShown,
)
from alfred_mock.core.clock import to_wire
from alfred_mock.core.errors import BadRequest, Conflict, NotFound, describe_errors
from alfred_mock.core.replies import JsonReply
from alfred_mock.core.services import Services, ServicesDep
from alfred_mock.core.values import IdPath, canonical_id
from alfred_mock.engine.late_routes import LateRoute
from alfred_mock.events.tables import DeliveryState
from alfred_mock.events.webhooks import attempts, fault_store, repository, service
from alfred_mock.events.webhooks.faults import MOST_FAULTS, CountedFault
from alfred_mock.events.webhooks.router import SenderDep

POLL_SECONDS = 0.02

router = APIRouter(route_class=LateRoute, tags=["Webhooks"])

_UNKNOWN = "456f1234-e89b-12d3-a456-426655440000"
_NO_COMPANY = NotFound("There is no company with this id or credential.")
_NO_FAULT = NotFound(f"Fault with ID {_UNKNOWN} does not exist.")
_NO_EVENT = NotFound(f"Event with ID {_UNKNOWN} does not exist.")
_NO_WEBHOOK = Conflict("The company has no webhook.")
_Id = Annotated[str, AfterValidator(canonical_id)]
_errors = describe_errors(BadRequest, _NO_COMPANY)


@router.put(
    "/webhook",
    summary="Set a company's webhook, with or without the handshake.",
    response_model=WebhookShown,
    responses=_errors,
)
async def put(services: ServicesDep, sender: SenderDep, asked: WebhookPut) -> JsonReply:
    """It gets the events from now on; those that wait for the webhook before it, it gets too."""
    company_id = await company_id_of(services, asked.company)
    assert company_id is not None  # noqa: S101 - the schema asks for it
    try:
        if asked.verify:
            await service.register(services, sender, company_id, asked.url)
        else:
            await service.replace(services, company_id, asked.url)
    except CompanyRemoved:
        raise _NO_COMPANY from None
    line = await repository.line_of(services.database, company_id)
    if line is None:
        raise Conflict("The webhook was removed meanwhile.")
    return JsonReply(_webhook(line))


@router.get(
    "/webhook",
    summary="The webhook of a company, or those of all.",
    response_model=WebhookList,
    responses=_errors,
)
async def read(services: ServicesDep, company: CompanyQuery = None) -> JsonReply:
    """With how far each has come; a company without one has none in the list."""
    lines = await repository.lines_of(services.database, company)
    return JsonReply(WebhookList(webhooks=[_webhook(line) for line in lines]))


@router.delete(
    "/webhook",
    summary="Remove the webhook of a company, or those of all.",
    response_model=Removed,
    responses=_errors,
)
async def remove(services: ServicesDep, company: CompanyQuery = None) -> JsonReply:
    """What was still to be delivered is not; an attempt that is under way may arrive."""
    lines = await repository.lines_of(services.database, company)
    removed = [
        await services.database.transact(repository.remove_webhook(line.company_id))
        for line in lines
    ]
    return JsonReply(Removed(removed=sum(removed)))


@router.post(
    "/webhook/faults",
    summary="Make deliveries go wrong.",
    response_model=DeliveryFaultShown,
    responses=_errors,
)
async def add_fault(services: ServicesDep, asked: FaultAsked) -> JsonReply:
    """The fault is tried after those that are there; the next attempt can meet it.

    A lost, delayed or reordered event is so instead of being sent; all other effects are on an
    event that is sent.
    """
    company_id = await company_id_of(services, asked.company)
    assert company_id is not None  # noqa: S101 - the schema asks for it
    faults = await fault_store.faults_of(services.database, company_id)
    if len(faults) >= MOST_FAULTS:
        raise BadRequest(f"A company has at most {MOST_FAULTS} faults on deliveries.")
    wanted = asked.model_dump(exclude={"company"}, exclude_defaults=True)
    fault = CountedFault(id=services.ids.uuid(), **wanted)
    try:
        await services.database.transact(fault_store.change_faults(company_id, add=fault))
    except CompanyRemoved:
        raise _NO_COMPANY from None
    return JsonReply(_fault(company_id, fault))


@router.get(
    "/webhook/faults",
    summary="The faults on deliveries, in the order in which they are tried.",
    response_model=DeliveryFaultList,
    responses=_errors,
)
async def list_faults(services: ServicesDep, company: CompanyQuery = None) -> JsonReply:
    """Those of a company, or of all."""
    found = await fault_store.all_faults(services.database, company)
    shown = [_fault(company_id, fault) for company_id, faults in found for fault in faults]
    return JsonReply({"faults": shown})


@router.delete(
    "/webhook/faults",
    summary="Clear the faults on deliveries.",
    response_model=Removed,
    responses=_errors,
)
async def clear_faults(services: ServicesDep, company: CompanyQuery = None) -> JsonReply:
    """Those of a company, or of all; what they hold back is still sent."""
    removed = 0
    for company_id, _ in await fault_store.all_faults(services.database, company):
        removed += await services.database.transact(fault_store.change_faults(company_id))
    return JsonReply(Removed(removed=removed))


@router.delete(
    "/webhook/faults/{id}",
    summary="Clear one fault on deliveries.",
    response_model=Removed,
    responses=describe_errors(BadRequest, _NO_FAULT),
)
async def clear_fault(services: ServicesDep, id: IdPath) -> JsonReply:  # noqa: A002
    """No attempt meets it any more when this is answered."""
    for company_id, faults in await fault_store.all_faults(services.database, None):
        if any(fault.id == id for fault in faults):
            only_own(company_id)
            change = fault_store.change_faults(company_id, remove=id)
            return JsonReply(Removed(removed=await services.database.transact(change)))
    only_own(None)
    raise NotFound(f"Fault with ID {id} does not exist.")


@router.get(
    "/deliveries",
    summary="Attempts to deliver events, made and planned.",
    response_model=DeliveryList,
    responses=_errors,
)
async def list_deliveries(
    services: ServicesDep,
    company: CompanyQuery = None,
    event: Annotated[
        Annotated[str, AfterValidator(canonical_id)] | None,
        Query(description="The id of an event."),
    ] = None,
    state: Annotated[DeliveryState | None, Query(description="What became of them.")] = None,
    limit: LimitQuery = 100,
) -> JsonReply:
    """With what the receiver has answered, the newest last."""
    found = await attempts.deliveries(
        services.database, company, event_id=event, state=state, limit=limit
    )
    return JsonReply(DeliveryList(deliveries=[_delivery(each) for each in found]))


@router.post(
    "/events/{id}/redeliver",
    summary="Deliver an event once more, at once.",
    response_model=DeliveryShown,
    responses=describe_errors(BadRequest, _NO_EVENT, _NO_WEBHOOK),
)
async def redeliver(services: ServicesDep, id: IdPath) -> JsonReply:  # noqa: A002
    """The planned attempt is answered; an event that waits to be sent again is sent now.

    It has the same `event_id` and the next number of an attempt. If it fails, it is sent again as
    long as that number leaves retries.
    """
    event = await _event(services, id)
    await _until_delivered(services, event)
    planned = await services.database.transact(
        attempts.redeliver(
            event.company_id, event, delivery_id=services.ids.uuid(), now=services.clock.real()
        )
    )
    planned.name = event.name
    return JsonReply(_delivery(planned))


async def _event(services: Services, event_id: str) -> SimpleNamespace:
    owner = await attempts.owner_of(services.database, event_id)
    only_own(owner)
    event = owner and await attempts.find_event(services.database, owner, event_id)
    if not isinstance(event, SimpleNamespace):
        raise NotFound(f"Event with ID {event_id} does not exist.")
    return event


async def _until_delivered(services: Services, event: SimpleNamespace) -> None:
    """Wait for the first attempt, which may be under way: a receiver knows of it before we do.

    Raises:
        Conflict: the company has no webhook, or the event's turn does not come.
    """
    patience = services.settings.webhook_timeout
    with suppress(TimeoutError):
        async with asyncio.timeout(patience):
            while True:
                line = await repository.line_of(services.database, event.company_id)
                if line is None:
                    raise _NO_WEBHOOK
                if event.number <= line.delivered_number or await attempts.is_planned(
                    services.database, event
                ):
                    return
                await asyncio.sleep(POLL_SECONDS)
    raise Conflict("The event has not been delivered yet: it waits for those before it.")


def _webhook(line: SimpleNamespace) -> WebhookShown:
    return WebhookShown(
        id=line.id,
        company=line.company_id,
        url=line.url,
        token=line.token,
        created_at=to_wire(line.created_at),
        delivered=line.delivered_number,
        waiting=max(0, line.last_number - line.delivered_number),
    )


def _fault(company_id: str, fault: CountedFault) -> dict[str, Any]:
    """A `DeliveryFaultShown` without the keys that are not set."""
    return {
        **fault.model_dump(exclude_defaults=True),
        "id": fault.id,
        "company": company_id,
        "remaining": fault.remaining,
        "seen": fault.seen,
        "fired": fault.fired,
    }


def _delivery(delivery: SimpleNamespace) -> DeliveryShown:
    return DeliveryShown(
        id=delivery.id,
        company=delivery.company_id,
        event=delivery.event_id,
        name=delivery.name,
        number=delivery.event_number,
        attempt=delivery.attempt,
        at=to_wire(delivery.at),
        state=delivery.state,
        status=delivery.status,
        error=delivery.error,
        answer=delivery.answer,
        next_at=None if delivery.next_at is None else to_wire(delivery.next_at),
    )
