"""The fast lane: how a request reaches its endpoint without passing through the framework.

The routers are ordinary FastAPI: they declare dependencies, parameters and answers, OpenAPI is
made from them, and without this module they are served all the same. But between the socket and
an endpoint FastAPI walks every route's pattern, opens two exit stacks, resolves the tree of
dependencies anew and guards each step, which together takes longer than authentication and the
database. So at start each endpoint's declarations are compiled into a plan, and a request that
exactly one plan fits is run by it. Everything else (other paths and methods, parameters that are
not valid, endpoints that declare what no plan can do, overridden dependencies) goes the ordinary
way, which is also what words the errors. `docs/performance.md` has the measurements.
"""

import inspect
from collections.abc import Callable, Iterable
from typing import Any

from fastapi import APIRouter, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from fastapi.security.base import SecurityBase
from pydantic import TypeAdapter, ValidationError
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from alfred_mock.core.error_handlers import answer_to


class _Plan:
    """Calls an endpoint after everything that it depends on, each thing once and in order."""

    def __init__(self, dependant: Dependant) -> None:
        self._steps: list[tuple[Callable[..., Any], str | None, list[tuple[str, int]]]] = []
        self._index: dict[Callable[..., Any], int] = {}
        self._add(dependant)
        self._call, self._request_name, self._needs = self._steps.pop()

    def _add(self, dependant: Dependant) -> int:
        call = dependant.call
        assert call is not None  # noqa: S101 - for the type checker
        if call not in self._index:
            needs = [
                (needed.name, self._add(needed))
                for needed in dependant.dependencies
                if needed.name is not None
            ]
            self._index[call] = len(self._steps)
            self._steps.append((call, dependant.request_param_name, needs))
        return self._index[call]

    async def run(self, request: Request, arguments: dict[str, Any]) -> Any:
        """The endpoint's answer; `arguments` are those that come out of the path."""
        results: list[Any] = []
        for call, request_name, needs in self._steps:
            given = {name: results[index] for name, index in needs}
            if request_name is not None:
                given[request_name] = request
            results.append(await call(**given))
        for name, index in self._needs:
            arguments[name] = results[index]
        if self._request_name is not None:
            arguments[self._request_name] = request
        return await self._call(**arguments)


class _Entry:
    """An endpoint, and the parameter that its path ends in."""

    def __init__(self, route: APIRoute, parameter: str | None) -> None:
        self.plan = _Plan(route.dependant)
        self.parameter = parameter
        if parameter is not None:
            annotation = inspect.signature(route.endpoint).parameters[parameter].annotation
            self.adapter: TypeAdapter[Any] = TypeAdapter(annotation)


class FastLane:
    """Runs the requests that a plan fits, and leaves the rest to the application it wraps."""

    def __init__(self, app: ASGIApp, *, routers: Iterable[APIRouter]) -> None:
        self._app = app
        self._entries = {
            (method, path): entry
            for router in routers
            for route in router.routes
            if isinstance(route, APIRoute) and _is_plain(router, route)
            for path, entry in [_compile(route)]
            for method in route.methods or ()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (
            scope["type"] != "http"
            or scope.get("root_path")
            or scope["app"].dependency_overrides  # they are not in the plans
        ):
            await self._app(scope, receive, send)
            return
        method, path = scope["method"], scope["path"]
        entry = self._entries.get((method, path))
        arguments: dict[str, Any] = {}
        if entry is None or entry.parameter is not None:
            before, _, last = path.rpartition("/")
            entry = self._entries.get((method, before + "/"))
            if entry is None or entry.parameter is None:
                await self._app(scope, receive, send)
                return
            try:
                arguments[entry.parameter] = entry.adapter.validate_python(last)
            except ValidationError:
                await self._app(scope, receive, send)
                return
        request = Request(scope, receive, send)
        try:
            response: Response = await entry.plan.run(request, arguments)
        except Exception as error:
            response = await answer_to(request, error)
        await response(scope, receive, send)


def _compile(route: APIRoute) -> tuple[str, _Entry]:
    """The path up to its parameter, if it ends in one, and what to do there."""
    before, brace, name = route.path.partition("{")
    return before, _Entry(route, name.removesuffix("}") if brace else None)


def _is_plain(router: APIRouter, route: APIRoute) -> bool:
    """Whether a plan can do all that the route declares."""
    _, brace, name = route.path.partition("{")
    ends_in_parameter = not brace or (name.endswith("}") and not {"/", "{"} & set(name))
    documents_only = all(
        isinstance(needed.dependency, SecurityBase) for needed in router.dependencies
    )
    return ends_in_parameter and documents_only and _needs_are_plain(route.dependant)


def _needs_are_plain(dependant: Dependant) -> bool:
    unknown = (
        dependant.query_params
        or dependant.header_params
        or dependant.cookie_params
        or dependant.body_params
        or dependant.http_connection_param_name
        or dependant.response_param_name
        or dependant.background_tasks_param_name
        or dependant.security_scopes_param_name
    )
    if unknown or not inspect.iscoroutinefunction(dependant.call):
        return False
    return all(
        isinstance(needed.call, SecurityBase) if needed.name is None else _needs_are_plain(needed)
        for needed in dependant.dependencies
    )
