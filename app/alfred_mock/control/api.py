"""The control API: an application of its own, with its own OpenAPI document and page."""

from collections.abc import Sequence
from typing import Any

from fastapi import Depends
from fastapi.security import HTTPBasic, HTTPBearer
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from alfred_mock import __version__
from alfred_mock.control import clock_router, companies, connections, credentials, reset
from alfred_mock.control.access import DOCS_PATH, PREFIX
from alfred_mock.control.body_limit import BODY_BYTES
from alfred_mock.control.declared_only import declared_only
from alfred_mock.control.event_stream import OpenStreams
from alfred_mock.control.events.router import router as told
from alfred_mock.control.faults.router import router as faults
from alfred_mock.control.journal.queue import JournalQueue
from alfred_mock.control.journal.router import router as journal
from alfred_mock.control.lifetimes import remove_what_is_over
from alfred_mock.control.overrides.router import router as overrides
from alfred_mock.control.pact.catalogue import KNOWN_STATES
from alfred_mock.control.pact.router import router as pact
from alfred_mock.control.pact.states import Catalogue, State
from alfred_mock.control.seed.router import router as seed
from alfred_mock.control.webhooks.router import router as webhooks
from alfred_mock.core.error_handlers import install_error_handlers
from alfred_mock.core.errors import (
    ApiError,
    BadRequest,
    Forbidden,
    PayloadTooLarge,
    Unauthorized,
    Unavailable,
    UnsupportedEncoding,
    describe_errors,
)
from alfred_mock.core.openapi import DocumentedApp, Links
from alfred_mock.core.openapi.pages import add_swagger_page
from alfred_mock.core.services import Services
from alfred_mock.events.wiring import Events

_bearer = HTTPBearer(
    scheme_name="Token", description="The value of ALFRED_MOCK_ADMIN_TOKEN.", auto_error=False
)
_basic = HTTPBasic(
    scheme_name="TokenAsPassword", description="The same, with any user name.", auto_error=False
)
_OF_BODIES = (PayloadTooLarge(BODY_BYTES), UnsupportedEncoding())


_LINKS: Links = {
    "CompanyMade.id": ("companies-remove",),
    "FaultShown.id": ("faults-remove",),
    "EventShown.id": ("webhooks-redeliver",),
    "DeliveryFaultShown.id": ("webhooks-clear-fault",),
    "ConnectionShown.id": ("realtime-drop",),
    "SessionDetail.id": ("state-change-session", "state-remove-session"),
    "JobDetail.id": ("state-change-job", "state-remove-job"),
    "JobFile.id": ("state-change-file", "state-remove-file"),
    "FileDetail.id": ("state-change-file", "state-remove-file"),
}


def _dependencies(services: Services) -> list[Any]:
    """What is done before every call; the token itself is judged before the application."""
    documented = [Depends(_bearer)] if services.settings.admin_token is not None else []
    return [*documented, Depends(declared_only), Depends(remove_what_is_over)]


def _responses(services: Services) -> dict[int | str, dict[str, Any]]:
    """The errors that every call can answer."""
    errors: list[type[ApiError] | ApiError] = [BadRequest, Forbidden, *_OF_BODIES, Unavailable]
    if services.settings.admin_token is not None:
        errors.append(Unauthorized)
    return describe_errors(*errors)


def control_app(
    services: Services, queue: JournalQueue, events: Events, own_states: Sequence[State] = ()
) -> ASGIApp:
    """The application behind `/__admin`; `own_states` are Pact states of the tester's own."""
    app = DocumentedApp(
        title="alfred-mock control",
        summary="The tester's side of alfred-mock: companies, reset, seed, faults, journal, clock,"
        " events, Pact states.",
        description="Every call takes what it declares and nothing else. Answers may get more"
        " members in time.",
        version=__version__,
        links=_LINKS,
        public_url=services.settings.public_url,
        openapi_url=f"{PREFIX}/openapi.json",
        dependencies=_dependencies(services),
        responses=_responses(services),
    )
    app.state.services, app.state.journal, app.state.events = services, queue, events
    app.state.outbox = events.outbox
    app.state.streams = OpenStreams()
    app.state.pact_states = Catalogue([*KNOWN_STATES, *own_states])
    install_error_handlers(app)
    add_swagger_page(app, DOCS_PATH)
    for router in (
        companies.router,
        credentials.router,
        reset.router,
        seed,
        overrides,
        faults,
        journal,
        told,
        clock_router.router,
        connections.router,
        webhooks,
    ):
        app.include_router(router, prefix=PREFIX)
    documented = [Depends(_basic)] if services.settings.admin_token is not None else []
    app.include_router(pact, prefix=PREFIX, dependencies=documented)
    origins = services.settings.admin_origins
    if not origins:
        return app
    return CORSMiddleware(
        app, allow_origins=list(origins), allow_methods=["*"], allow_headers=["*"]
    )
