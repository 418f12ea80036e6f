"""Where requests meet the rules, and the faults that they ask for themselves."""

import json
from collections.abc import Awaitable
from itertools import count
from typing import NamedTuple

from pydantic import ValidationError
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from alfred_mock.auth.unverified import unverified_company
from alfred_mock.control.access import SERVICE_PATHS, is_control
from alfred_mock.control.faults.effect_schemas import Effect
from alfred_mock.control.faults.effects import Bent
from alfred_mock.control.faults.schedule import delay_seconds
from alfred_mock.control.faults.store import meet
from alfred_mock.control.state import ControlState
from alfred_mock.core.error_handlers import TOLD, api_error
from alfred_mock.core.errors import BadRequest
from alfred_mock.core.scope_keys import FAULT
from alfred_mock.core.services import Services

HEADER = "X-Alfred-Mock-Fault"

_HEADER = HEADER.lower().encode()


class _Fault(NamedTuple):
    """What happens to one request, and what has decided so."""

    origin: str
    effect: Effect
    delay_seconds: float


class Faults:
    """Has the first rule that matches, or the request's own header, decide what happens to it.

    The header comes before all rules, which so do not count the request. The control API, health
    checks and documentation never fail.
    """

    def __init__(self, app: ASGIApp, state: ControlState, services: Services) -> None:
        self._app = app
        self._state = state
        self._services = services
        self._with_header = services.settings.with_fault_header
        self._asked = count(1)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Not a coroutine itself, so that a request which no fault concerns costs none."""
        if scope["type"] == "http":
            asked = _asked_for(scope) if self._with_header else None
            if asked is not None or self._state.faults:
                return self._meet(asked, scope, receive, send)
        return self._app(scope, receive, send)

    async def _meet(self, asked: bytes | None, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._app
        try:
            if not _is_spared(scope["path"]):
                fault = await self._by_rule(scope) if asked is None else self._by_header(asked)
                if fault is not None:
                    scope[FAULT] = f"{fault.origin}: {fault.effect.summary()}"
                    app = Bent(
                        app,
                        fault.effect,
                        delay_seconds=fault.delay_seconds,
                        clock=self._services.clock,
                    )
        except TOLD as error:
            app = await api_error(Request(scope), error)
        await app(scope, receive, send)

    async def _by_rule(self, scope: Scope) -> _Fault | None:
        """What the first rule decides that matches and is not exhausted: perhaps nothing."""
        services = self._services
        for active in self._state.faults:
            if active.exhausted or not active.matches(scope):
                continue
            if active.company_id is not None and (
                active.company_id != await unverified_company(scope, services)
            ):
                continue
            met = await meet(services.database, active.id, active.rule)
            if met is None:
                active.exhausted = True
                continue
            if met.is_last:
                active.exhausted = True
            if met.effect is None:
                return None
            seconds = delay_seconds(met.effect, seed=active.rule.seed, number=met.number)
            return _Fault(active.id, met.effect, seconds)
        return None

    def _by_header(self, asked: bytes) -> _Fault:
        effect = _effect_in(asked)
        return _Fault("header", effect, delay_seconds(effect, seed="", number=next(self._asked)))


def _asked_for(scope: Scope) -> bytes | None:
    for name, value in scope["headers"]:
        if name == _HEADER:
            return bytes(value)
    return None


def _is_spared(path: str) -> bool:
    return path in SERVICE_PATHS or is_control(path)


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
        problems = [
            " ".join((".".join(str(part) for part in item["loc"]), item["msg"])).strip()
            for item in error.errors()
        ]
        raise BadRequest(f"Header '{HEADER}': {'; '.join(problems)}.") from None
