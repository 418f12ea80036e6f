"""The control API under test, over the services of an application."""

import httpx
from fastapi import FastAPI

from alfred_mock.control.seed.router import router as seed
from alfred_mock.control.states.router import router as states
from alfred_mock.core.error_handlers import install_error_handlers
from alfred_mock.main import AlfredMock
from tests.support import ORIGIN

SEED = "/__admin/seed"


def admin_of(app: AlfredMock) -> httpx.AsyncClient:
    """A client that talks to the control API of an application."""
    control = FastAPI()
    control.state.services = app.services
    install_error_handlers(control)
    for router in (seed, states):
        control.include_router(router, prefix="/__admin")
    transport = httpx.ASGITransport(app=control, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=ORIGIN)
