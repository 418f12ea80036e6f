"""The journal among what every request passes: it looks on, and changes nothing."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from alfred_mock.auth.unverified import unverified_company
from alfred_mock.control.access import SERVICE_PATHS
from alfred_mock.control.journal.exchange import BROKEN, Exchange
from alfred_mock.control.journal.nearest import NearestRoute
from alfred_mock.control.journal.recorder import Recorder
from alfred_mock.core.scope_keys import FAULT, REASON
from alfred_mock.core.settings import Journal as Keeps
from alfred_mock.database import DatabaseUnavailable


class Journal:
    """Records requests and their answers.

    An answer's last bytes pass only when the entry is where whoever asks for it looks; what else
    passes is not held up. It belongs inside what puts on the request's id, and around the faults.
    """

    def __init__(self, app: ASGIApp, recorder: Recorder) -> None:
        self._app = app
        self._recorder = recorder
        self._services = recorder.services
        self._errors_only = self._services.settings.with_journal is Keeps.ERRORS
        self._nearest: NearestRoute | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in SERVICE_PATHS:
            await self._app(scope, receive, send)
            return
        exchange = Exchange(scope, receive, self._services.clock.real())

        async def send_and_look(message: Message) -> None:
            if await exchange.answer(message):
                await self._record(exchange, None)
            await send(message)

        try:
            await self._app(scope, exchange.receive, send_and_look)
        except BaseException as error:
            if not exchange.is_complete:
                await self._record(exchange, f"it ended in {type(error).__name__}")
            raise
        if not exchange.is_complete:
            await self._record(exchange, None)

    async def _record(self, exchange: Exchange, reason: str | None) -> None:
        status = exchange.status if exchange.is_complete else BROKEN
        if self._errors_only and BROKEN < status < 400:
            return
        scope = exchange.scope
        if REASON not in scope and FAULT not in scope:
            if status in (404, 405):
                # Only the router itself says so without a reason.
                reason = f"no such route; the nearest is {self._nearest_to(scope)}"
            elif status == BROKEN and reason is None:
                reason = "the connection ended before the answer did"
        try:
            company_id = await unverified_company(scope, self._services)
        except DatabaseUnavailable:
            company_id = None
        await self._recorder.add(exchange.passed(company_id, reason))

    def _nearest_to(self, scope: Scope) -> str:
        if self._nearest is None:
            self._nearest = NearestRoute(scope["app"].routers)
        return self._nearest.to(scope["method"], scope["path"])
