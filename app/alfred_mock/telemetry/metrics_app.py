"""`GET /metrics`: who may ask is decided in front of it."""

import logging
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from alfred_mock.core.errors import error_body
from alfred_mock.core.replies import JsonReply
from alfred_mock.core.scope_keys import ROUTE
from alfred_mock.telemetry.prometheus import PrometheusMeter, Unreadable

log = logging.getLogger("alfred_mock")

PATH = "/metrics"


class MetricsApp:
    """Answers with all metrics, and with the documented error shape for anything else."""

    def __init__(self, meter: PrometheusMeter) -> None:
        self._meter = meter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        scope[ROUTE] = PATH
        await (await self._answer(scope))(scope, receive, send)

    async def _answer(self, scope: Scope) -> Response:
        if scope["path"] != PATH:
            status, message = HTTPStatus.NOT_FOUND, f"There is nothing here but {PATH}."
            return JsonReply(error_body(status, message), status_code=status)
        if scope["method"] not in ("GET", "HEAD"):
            status, message = HTTPStatus.METHOD_NOT_ALLOWED, f"{PATH} takes GET only."
            headers = {"Allow": "GET, HEAD"}
            return JsonReply(error_body(status, message), status_code=status, headers=headers)
        try:
            text, content_type = await self._meter.text(Headers(scope=scope).get("accept", ""))
        except Unreadable as problem:
            log.warning("no metrics: %s", problem)
            status, message = HTTPStatus.SERVICE_UNAVAILABLE, "The metrics cannot be read."
            return JsonReply(error_body(status, message), status_code=status)
        return Response(text, headers={"Content-Type": content_type})
