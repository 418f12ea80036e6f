"""Where requests meet the rules, and the effects that they ask for themselves."""

import json
from collections.abc import Awaitable
from itertools import count
from typing import NamedTuple

from pydantic import ValidationError
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from alfred_mock.alfred.tokens import LOGIN_PATH, MAX_BODY_BYTES, company_of_login
from alfred_mock.auth.unverified import unverified_company
from alfred_mock.control.access import SERVICE_PATHS, is_control
from alfred_mock.control.faults.applying import apply_to
from alfred_mock.control.faults.effects import Effect
from alfred_mock.control.faults.read_ahead import ReadAhead
from alfred_mock.control.faults.schedule import delay_seconds
from alfred_mock.control.faults.store import ActiveRules, count_match
from alfred_mock.core.error_handlers import TOLD, api_error
from alfred_mock.core.errors import BadRequest
from alfred_mock.core.scope_keys import FAULT, UNVERIFIED_COMPANY
from alfred_mock.core.services import Services
from alfred_mock.core.validation import place_of

HEADER = "X-Alfred-Mock-Fault"

_HEADER = HEADER.lower().encode()


class _Chosen(NamedTuple):
    """The effect on one request, and the rule or header that asks for it."""

    origin: str
    effect: Effect
    delay_seconds: float


class FaultMiddleware:
    """The request's own header, or the first rule that matches, decides which effect it has.

    A request with the header is not counted by any rule. The control API, health checks and
    documentation never fail.
    """

    def __init__(self, app: ASGIApp, active: ActiveRules, services: Services) -> None:
        self._app = app
        self._active = active
        self._services = services
        self._with_header = services.settings.with_fault_header
        self._asked = count(1)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Not a coroutine itself: a request without a fault costs no coroutine more."""
        if scope["type"] == "http":
            asked = _asked_for(scope) if self._with_header else None
            if asked is not None or self._active.rules:
                return self._decide(asked, scope, receive, send)
        return self._app(scope, receive, send)

    async def _decide(
        self, asked: bytes | None, scope: Scope, receive: Receive, send: Send
    ) -> None:
        app, chosen = self._app, None
        try:
            if scope["path"] not in SERVICE_PATHS and not is_control(scope["path"]):
                if asked is None and self._asks_who_logs_in(scope):
                    receive = ahead = ReadAhead(receive)
                    body = await ahead.look(MAX_BODY_BYTES)
                    scope[UNVERIFIED_COMPANY] = await company_of_login(body, self._services)
                chosen = await self._by_rule(scope) if asked is None else self._by_header(asked)
        except TOLD as error:
            app = await api_error(Request(scope), error)
        if chosen is None:
            await app(scope, receive, send)
            return
        origin, effect, seconds = chosen
        scope[FAULT] = f"{origin}: {effect.summary()}"
        clock = self._services.clock
        await apply_to(app, scope, receive, send, effect, delay_seconds=seconds, clock=clock)

    def _asks_who_logs_in(self, scope: Scope) -> bool:
        """Whether a company's rule is for this log-in, whose caller only the form names."""
        return (
            scope["path"] == LOGIN_PATH
            and scope["method"] == "POST"
            and any(
                active.rule.company is not None and not active.exhausted and active.matches(scope)
                for active in self._active.rules
            )
        )

    async def _by_rule(self, scope: Scope) -> _Chosen | None:
        """The decision of the first rule that matches and is not exhausted; it may be nothing."""
        services = self._services
        for active in self._active.rules:
            if active.exhausted or not active.matches(scope):
                continue
            company_id = active.rule.company
            if company_id is not None and company_id != await unverified_company(scope, services):
                continue
            counted = await count_match(services.database, active)
            if counted is None or counted.is_last:
                active.exhausted = True
            if counted is None:
                continue
            if counted.effect is None:
                return None
            seconds = delay_seconds(counted.effect, seed=active.rule.seed, number=counted.number)
            return _Chosen(active.id, counted.effect, seconds)
        return None

    def _by_header(self, asked: bytes) -> _Chosen:
        effect = _effect_in(asked)
        return _Chosen("header", effect, delay_seconds(effect, seed="", number=next(self._asked)))


def _asked_for(scope: Scope) -> bytes | None:
    for name, value in scope["headers"]:
        if name == _HEADER:
            return bytes(value)
    return None


def _effect_in(header: bytes) -> Effect:
    """The effect that a header asks for: one as JSON, or a status alone.

    Raises:
        BadRequest: it is neither.
    """
    try:
        content = json.loads(header)
    except (ValueError, RecursionError):
        raise BadRequest(f"Header '{HEADER}' must be JSON or a status.") from None
    try:
        return Effect.model_validate({"status": content} if type(content) is int else content)
    except ValidationError as error:
        problems = [f"{place_of(item)} {item['msg']}".strip() for item in error.errors()]
        raise BadRequest(f"Header '{HEADER}': {'; '.join(problems)}.") from None
