"""The double beside the real Alfred: a server of our own in memory, asked without a socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import unquote_to_bytes

from starlette.types import ASGIApp, Message

from alfred_mock.conformance.exchange import Answer, Request
from alfred_mock.core.environment import settings_of
from alfred_mock.core.settings import JournalMode
from alfred_mock.main import Application, create_app

API_KEY = "the-key-of-the-double"
USER_NAME, PASSWORD = "somebody", "the-password-of-the-double"
COMPANY_ID = "1d0b7e3a-93c5-4c5e-9a4e-0d5d3f3f4a01"
_SESSION_ID = "1d0b7e3a-93c5-4c5e-9a4e-0d5d3f3f4a02"
_JOB_ID = "1d0b7e3a-93c5-4c5e-9a4e-0d5d3f3f4a03"
_FILE_ID = "1d0b7e3a-93c5-4c5e-9a4e-0d5d3f3f4a04"
_DATE = "2024-05-13T17:41:20.133"
ORIGIN = ("127.0.0.1", 8000)

COMPANY: dict[str, Any] = {
    "id": COMPANY_ID,
    "name": "Double",
    "users": [{"user_name": USER_NAME, "password": PASSWORD}],
    "api_keys": [{"key": API_KEY}],
    "tags": [
        {
            "name": "FACTURA",
            "description": "An invoice",
            "data_points": [{"name": "rnc", "value": "1"}],
        }
    ],
}
"""A company that has nothing yet."""
COMPANY_WITH_A_JOB: dict[str, Any] = {
    **COMPANY,
    "deferred_sessions": [
        {
            "id": _SESSION_ID,
            "creation_date": _DATE,
            "status": "closed",
            "user_name": "API Key 1",
            "job_id": _JOB_ID,
        }
    ],
    "jobs": [
        {
            "id": _JOB_ID,
            "deferred_session_id": _SESSION_ID,
            "creation_date": _DATE,
            "user_name": "API Key 1",
            "metadata": {"batch": 17},
            "parent_file_prefix": "Inbox",
        }
    ],
    "files": [
        {
            "id": _FILE_ID,
            "deferred_session_id": _SESSION_ID,
            "job_id": _JOB_ID,
            "file_name": "factura.txt",
            "content": "RNC 1\n",
            "metadata": {"source": "scanner"},
            "creation_date": _DATE,
            "tag": "FACTURA",
            "values": {"rnc": "1"},
        }
    ],
}
"""The same with one of each thing, as a company has that works with Alfred."""


class Double:
    """Answers in this process."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def send(self, request: Request) -> Answer:
        """The answer of the application."""
        path, _, query = request.target.partition("?")
        raw = [(b"host", b"%s:%d" % (ORIGIN[0].encode(), ORIGIN[1]))]
        raw += [
            (k.lower().encode("latin-1"), v.encode("latin-1")) for k, v in request.headers.items()
        ]
        if request.body or request.method in ("POST", "PUT", "PATCH"):
            raw.append((b"content-length", b"%d" % len(request.body)))
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": request.method,
            "scheme": "http",
            "path": unquote_to_bytes(path).decode("utf-8", "replace"),
            "raw_path": path.encode("latin-1"),
            "query_string": query.encode("latin-1"),
            "root_path": "",
            "headers": raw,
            "server": ORIGIN,
            "client": ("127.0.0.1", 1),
            "state": {},
        }
        incoming = [{"type": "http.request", "body": request.body, "more_body": False}]
        sent: list[Message] = []

        async def receive() -> Message:
            if incoming:
                return incoming.pop()
            await asyncio.Event().wait()  # a client that stays
            raise AssertionError

        async def send(message: Message) -> None:
            sent.append(message)

        await self._app(scope, receive, send)
        begin = next(message for message in sent if message["type"] == "http.response.start")
        body = b"".join(message.get("body", b"") for message in sent)
        named = tuple(
            (bytes(name).decode("latin-1").lower(), bytes(value).decode("latin-1"))
            for name, value in begin["headers"]
        )
        return Answer(begin["status"], named, b"" if request.method == "HEAD" else body)


@asynccontextmanager
async def started(company: dict[str, Any]) -> AsyncIterator[Application]:
    """An application with one company, on a database in memory; the environment bends nothing."""
    from alfred_mock.control.seed.document import parse_seed
    from alfred_mock.control.seed.loading import load

    settings = settings_of(
        database_url="sqlite:///:memory:", demo=False, journal=JournalMode.OFF, fault_header=True
    )
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        await load(
            app.services,
            parse_seed({"companies": [company]}, source="the double"),
            source="the double",
        )
        yield app
