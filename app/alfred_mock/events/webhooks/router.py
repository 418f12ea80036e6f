"""`POST /api/account/webhook`: where the events of the caller's company are sent to."""

from typing import Annotated, cast

from fastapi import Depends, Request

from alfred_mock.alfred.endpoints import api_router, documented_body
from alfred_mock.auth.dependency import CallerDep
from alfred_mock.core.body import json_of
from alfred_mock.core.errors import (
    BadRequest,
    PayloadTooLarge,
    UnsupportedEncoding,
    describe_errors,
)
from alfred_mock.core.replies import JsonReply
from alfred_mock.core.services import ServicesDep
from alfred_mock.events.webhooks.schemas import WebhookAsked, WebhookMade
from alfred_mock.events.webhooks.sender import Sender

router = api_router("/api/account", "Account")


async def _sender(request: Request) -> Sender:
    return cast(Sender, request.app.state.events.sender)


SenderDep = Annotated[Sender, Depends(_sender)]


@router.post(
    "/webhook",
    summary="Set the Webhook of the caller's company.",
    response_model=WebhookMade,
    responses=describe_errors(
        BadRequest(
            "The webhook URL could not be verified: the receiver answered with another challenge."
        ),
        PayloadTooLarge,
        UnsupportedEncoding(),
    ),
    openapi_extra=documented_body(WebhookAsked),
)
async def webhook(
    request: Request, services: ServicesDep, sender: SenderDep, caller: CallerDep
) -> JsonReply:
    """The URL is sent a challenge, and must send it back, before this is answered (docs).

    A company has one webhook; the next one replaces it (our choice).
    """
    # Loaded with the first of them, since most servers are never sent one.
    from alfred_mock.events.webhooks import service

    asked = await json_of(request, WebhookAsked, strict=services.settings.strict)
    webhook_id = await service.register(services, sender, caller.company_id, asked.url)
    return JsonReply(WebhookMade(id=webhook_id))
