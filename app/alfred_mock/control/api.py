"""The control API: an application of its own, with its own OpenAPI document and page."""

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from alfred_mock import __version__
from alfred_mock.control import clock_router, companies, reset
from alfred_mock.control.access import PREFIX
from alfred_mock.control.body_limit import BODY_BYTES
from alfred_mock.control.faults.router import router as faults
from alfred_mock.control.journal.queue import JournalQueue
from alfred_mock.control.journal.router import router as journal
from alfred_mock.control.overrides.router import router as overrides
from alfred_mock.control.seed.router import router as seed
from alfred_mock.core.error_handlers import install_error_handlers
from alfred_mock.core.errors import PayloadTooLarge, UnsupportedEncoding, describe_errors
from alfred_mock.core.openapi import DocumentedApp
from alfred_mock.core.services import Services

_OF_BODIES = describe_errors(PayloadTooLarge(BODY_BYTES), UnsupportedEncoding())


def control_app(services: Services, queue: JournalQueue) -> ASGIApp:
    """The application behind `/__admin`."""
    app = DocumentedApp(
        title="alfred-mock control",
        summary="The tester's side of alfred-mock: companies, reset, seed, faults, journal, clock.",
        version=__version__,
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=f"{PREFIX}/docs",
        redoc_url=None,
    )
    app.state.services, app.state.journal = services, queue
    install_error_handlers(app)
    for router in (
        companies.router,
        reset.router,
        seed,
        overrides,
        faults,
        journal,
        clock_router.router,
    ):
        app.include_router(router, prefix=PREFIX, responses=_OF_BODIES)
    origins = services.settings.admin_origins
    if not origins:
        return app
    return CORSMiddleware(
        app, allow_origins=list(origins), allow_methods=["*"], allow_headers=["*"]
    )
