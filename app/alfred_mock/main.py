"""The application: what is mounted, and what every request passes, in order."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from alfred_mock import __version__
from alfred_mock.alfred import tagshelf, tokens
from alfred_mock.alfred.companies.router import router as companies
from alfred_mock.alfred.deferred_sessions.router import router as deferred_sessions
from alfred_mock.alfred.endpoints import LINKS
from alfred_mock.alfred.files.router import router as files
from alfred_mock.alfred.jobs.router import router as jobs
from alfred_mock.alfred.remote_uploads.router import router as remote_uploads
from alfred_mock.alfred.storage import storage_for
from alfred_mock.alfred.tags.router import router as tags
from alfred_mock.auth.rate_limits import SharedRateLimits
from alfred_mock.connections.peers import Peers
from alfred_mock.control.access import is_never_refused
from alfred_mock.control.known_secrets import secrets_among
from alfred_mock.control.startup import prepare
from alfred_mock.control.wiring import Control
from alfred_mock.core.clock import Clock
from alfred_mock.core.database import database_for
from alfred_mock.core.environment import load_settings
from alfred_mock.core.error_handlers import install_error_handlers
from alfred_mock.core.forwarded import Forwarding
from alfred_mock.core.host_header import OneHost
from alfred_mock.core.ids import Ids
from alfred_mock.core.load_shed import LoadShed
from alfred_mock.core.middleware import AccessLog, CommonHeaders, refusals_in_plain
from alfred_mock.core.openapi import DocumentedApp
from alfred_mock.core.openapi.pages import add_redoc_page, add_swagger_page
from alfred_mock.core.passwords import Passwords
from alfred_mock.core.services import Services
from alfred_mock.core.services import services as services_of
from alfred_mock.core.settings import Settings
from alfred_mock.core.slots import slots_of
from alfred_mock.core.vault import Vault
from alfred_mock.engine.compiled_routes import FastLane
from alfred_mock.engine.fast_path import FastPath
from alfred_mock.events.facts import EventFacts
from alfred_mock.events.webhooks.router import router as webhooks
from alfred_mock.events.wiring import Events
from alfred_mock.telemetry import health
from alfred_mock.telemetry.assembly import Telemetry

_DESCRIPTION = """What alfred-mock imitates of Alfred.

Every answer has the `X-RateLimit-*` headers and an `X-Request-ID`. Every error but those of
`/token` is `{"error": "<HTTP reason phrase>", "message": "<a sentence>"}`. Answers may get more
members in time."""


class Application(DocumentedApp):
    """FastAPI inside our own middleware, which so sees each and every answer, a 500 included."""

    services: Services
    events: Events
    control: Control
    telemetry: Telemetry
    routers: list[APIRouter]
    fast_path: FastPath | None = None
    """How the server answers plain requests by itself, if it may."""
    peers: Peers | None = None
    """The other workers of the server, if it has several."""

    def build_middleware_stack(self) -> ASGIApp:
        """What every request passes, innermost first.

        The fast path stands for all of it: another layer has to be in `_has_fast_path`, unless it
        has nothing to do with requests that are taken there.
        """
        settings, clock = self.services.settings, self.services.clock
        realtime = self.events.realtime
        lane = FastLane(
            super().build_middleware_stack(),
            routers=self.routers,
            known={services_of: self.services},
        )
        app = self.control.around(realtime.openings(lane))
        slots = slots_of(settings, self.services.meter)
        shed = LoadShed(app, **slots, is_exempt=is_never_refused)
        app = OneHost(realtime.traffic(shed))
        if settings.access_log or settings.dev:
            app = AccessLog(
                app, partial(secrets_among, self.services.database, settings.admin_token)
            )
        app = self.telemetry.around(app)
        common = CommonHeaders(app, rate_limit=settings.rate_limit, clock=clock)
        if self._has_fast_path():
            self.fast_path = FastPath(
                self,
                lane,
                common=common,
                slots=shed.requests,
                witness=self.control.journal,
                needs_tasks=self.services.database.is_shared,
                is_free=self._is_free,
                is_exempt=is_never_refused,
            )
        return common

    def _has_fast_path(self) -> bool:
        """Whether no layer but those that it knows has anything to do with requests."""
        settings, database = self.services.settings, self.services.database
        return (
            settings.fast_path
            and not settings.access_log
            and not settings.dev
            and not settings.rate_limit_enforced
            and not self.telemetry.looks_at_requests
            and not self.control.plays_back
            # Where announcements are not heard, each request asks for them first.
            and (database.hears_others or not database.is_shared)
        )

    def _is_free(self) -> bool:
        """Whether nobody wants to bend the next request."""
        return not self.control.has_faults and not self.dependency_overrides

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; FastAPI's own way in would add nothing but layers."""
        scope["app"] = self
        if self.middleware_stack is None:
            self.middleware_stack = self.build_middleware_stack()
        if scope["type"] == "lifespan":
            send = refusals_in_plain(send)
        await self.middleware_stack(scope, receive, send)


def create_app(settings: Settings | None = None, telemetry: Telemetry | None = None) -> Application:
    """The application with these settings, or with those of the environment.

    `telemetry` is what it tells about itself: as the settings say, unless it is given.

    Raises:
        Refusal: the settings cannot be served.
    """
    settings = settings or load_settings()
    database = database_for(
        settings.database_url,
        listen_url=settings.database_listen_url,
        pool_size=settings.database_pool,
        timeout=settings.database_timeout,
        workers=settings.workers,
    )
    telemetry = telemetry or Telemetry(settings)
    telemetry.measure(database)
    clock, vault = Clock(), Vault(settings.secret_key)
    services = Services(
        settings=settings,
        clock=clock,
        ids=Ids(settings.ids_seed),
        database=database,
        storage=storage_for(settings, database),
        forwarding=Forwarding(settings.trusted_proxies, settings.public_url),
        facts=EventFacts(),
        vault=vault,
        passwords=Passwords(hashes=vault.seals, meter=telemetry.meter),
        rate_limits=SharedRateLimits(
            database, clock, limit=settings.rate_limit, meter=telemetry.meter
        )
        if settings.rate_limit_enforced
        else None,
        meter=telemetry.meter,
    )
    app = Application(
        title="Alfred",
        summary="Reference server and test double for Tagshelf's Alfred API.",
        description=_DESCRIPTION,
        version=__version__,
        links=LINKS,
        public_url=settings.public_url,
        lifespan=_lifespan,
    )
    app.services = app.state.services = services
    app.events = app.state.events = Events(services)
    app.control = app.state.control = Control(services, app.events, telemetry.metrics_app())
    app.telemetry = app.state.telemetry = telemetry
    install_error_handlers(app)
    add_swagger_page(app, "/docs")
    add_redoc_page(app, "/redoc")
    app.routers = [
        deferred_sessions,
        files,
        remote_uploads,
        jobs,
        tags,
        companies,
        webhooks,
        tokens.router,
        tagshelf.router,
        health.router,
    ]
    for router in app.routers:
        app.include_router(router)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    services: Services = app.state.services
    events: Events = app.state.events
    peers = app.peers if isinstance(app, Application) else None
    control: Control = app.state.control
    telemetry: Telemetry = app.state.telemetry
    await services.database.open()
    try:
        await services.storage.open()
        await prepare(services)
        await control.open()
        await events.open()
        if peers is not None:
            peers.open()
        async with telemetry.running():
            yield
        if peers is not None:
            peers.close()
        await events.close()
        await control.close()
    finally:
        await services.storage.close()
        await services.database.close()
