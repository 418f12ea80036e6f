"""A second address, served on the running event loop beside the server's own."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager

import uvicorn
from starlette.types import ASGIApp
from uvicorn.server import ServerState

from alfred_mock.engine.http_protocol import Protocol

KEEP_ALIVE_SECONDS = 65
"""Longer than Prometheus waits between two requests as a rule, so that it need not connect anew."""


@asynccontextmanager
async def serving(app: ASGIApp, sockets: Iterable[socket.socket]) -> AsyncIterator[None]:
    """Serve an application on sockets that listen already; closes them at the end.

    The limits of a request are those of the server's own connections.
    """
    config = uvicorn.Config(
        app,
        http=Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()

    def connection() -> Protocol:
        return Protocol(config=config, server_state=state, app_state={}, _loop=loop)

    async with AsyncExitStack() as stack:
        for each in sockets:
            server = await loop.create_server(connection, sock=each)
            stack.callback(server.close)
        try:
            yield
        finally:
            for open_one in list(state.connections):
                open_one.shutdown()
