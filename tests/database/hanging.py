"""A way to PostgreSQL that can stop working without a word, as networks and servers do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

_CHUNK = 65_536


class HangingWay:
    """Passes bytes on between clients and PostgreSQL until it hangs."""

    def __init__(self, target: str) -> None:
        self._target = urlsplit(target)
        self._flows = asyncio.Event()
        self._flows.set()
        self._tasks: set[asyncio.Task[None]] = set()

    def hang(self) -> None:
        """Pass nothing on, and end nothing."""
        self._flows.clear()

    def go_on(self) -> None:
        """Pass everything on again, also what came meanwhile."""
        self._flows.set()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        folder = parse_qs(self._target.query).get("host", [None])[0]
        port = self._target.port or 5432
        if folder is not None and folder.startswith("/"):
            return await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.{port}")
        return await asyncio.open_connection(self._target.hostname, port)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        there = await self._connect()
        for one, other in ((reader, there[1]), (there[0], writer)):
            task = asyncio.create_task(self._pass_on(one, other))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(_CHUNK):
                await self._flows.wait()
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def end(self) -> None:
        """End all connections."""
        for task in list(self._tasks):
            task.cancel()


@asynccontextmanager
async def way_to(url: str) -> AsyncIterator[tuple[HangingWay, str]]:
    """A way to the database at this URL, and the URL of the same database by that way."""
    way = HangingWay(url)
    server = await asyncio.start_server(way.serve, "127.0.0.1", 0)
    parts = urlsplit(url)
    login = f"{parts.username or 'postgres'}:{parts.password or ''}"
    port = server.sockets[0].getsockname()[1]
    try:
        # asyncpg leaves an error behind where it was asking for TLS when it was given up.
        yield way, f"postgresql://{login}@127.0.0.1:{port}{parts.path}?sslmode=disable"
    finally:
        server.close()
        await way.end()
